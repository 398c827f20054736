//! The steps of an onboarding in their order, and what stands on a board about them.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// A step, in the order in which they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// It is a mini program, and granted what the platform works with.
    Authorization,
    /// Its server domains are those of the plan.
    ServerDomains,
    /// Its business domains are those of the plan.
    BusinessDomains,
    /// The privacy guideline of the version in development is that of the plan.
    Privacy,
    /// The plan's testers may use the trial version.
    Testers,
    /// It has the plan's categories, and they are approved.
    Categories,
    /// The plan's code is on trial.
    Trial,
    /// Its ICP filing is in force.
    Filing,
    /// WeChat approved the version on trial.
    Review,
    /// That version is online.
    Release,
}

/// A column of the board: what an onboarding is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The merchant authorizes.
    Authorization,
    /// Domains, guideline, testers and categories are set.
    Configuration,
    /// Code is uploaded.
    Trial,
    /// The filing comes into force.
    Filing,
    /// WeChat reviews the code.
    Review,
    /// The approved version goes online.
    Release,
    /// Everything is done.
    Finished,
    /// An operator ended it.
    Stopped,
}

/// How an onboarding stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It goes on with the next tick of the clock.
    Running,
    /// It waits for somebody.
    Waiting,
    /// Something has to be mended.
    Failed,
    /// Everything is done.
    Finished,
    /// An operator ended it.
    Stopped,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Its turn has not come.
    Pending,
    /// It is as it should be.
    Done,
    /// The plan has nothing for it.
    LeftOut,
    /// It waits for somebody.
    Waiting,
    /// Something has to be mended.
    Failed,
}

/// Who has to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whom {
    /// The merchant, or its administrator.
    Merchant,
    /// Whoever runs the mini programs here.
    Operator,
    /// WeChat or the authority; nobody here can do anything.
    #[serde(rename = "wechat")]
    WeChat,
}

impl Step {
    /// All of them.
    pub const ALL: [Step; 10] = [
        Step::Authorization,
        Step::ServerDomains,
        Step::BusinessDomains,
        Step::Privacy,
        Step::Testers,
        Step::Categories,
        Step::Trial,
        Step::Filing,
        Step::Review,
        Step::Release,
    ];

    /// What it is called.
    pub fn title(self) -> Text {
        let (zh, en) = match self {
            Step::Authorization => ("授权", "the authorization"),
            Step::ServerDomains => ("服务器域名", "the server domains"),
            Step::BusinessDomains => ("业务域名", "the business domains"),
            Step::Privacy => ("隐私保护指引", "the privacy guideline"),
            Step::Testers => ("体验者", "the testers"),
            Step::Categories => ("服务类目", "the categories"),
            Step::Trial => ("上传代码", "the trial version"),
            Step::Filing => ("ICP 备案", "the ICP filing"),
            Step::Review => ("代码审核", "the review"),
            Step::Release => ("发布上线", "the release"),
        };
        Text::fixed(zh, en)
    }

    /// The column of the board in which it stands.
    pub fn stage(self) -> Stage {
        match self {
            Step::Authorization => Stage::Authorization,
            Step::ServerDomains
            | Step::BusinessDomains
            | Step::Privacy
            | Step::Testers
            | Step::Categories => Stage::Configuration,
            Step::Trial => Stage::Trial,
            Step::Filing => Stage::Filing,
            Step::Review => Stage::Review,
            Step::Release => Stage::Release,
        }
    }
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Stage; 8] = [
        Stage::Authorization,
        Stage::Configuration,
        Stage::Trial,
        Stage::Filing,
        Stage::Review,
        Stage::Release,
        Stage::Finished,
        Stage::Stopped,
    ];

    /// What it is called.
    pub fn title(self) -> Text {
        let (zh, en) = match self {
            Stage::Authorization => ("授权", "authorization"),
            Stage::Configuration => ("配置", "configuration"),
            Stage::Trial => ("上传代码", "trial version"),
            Stage::Filing => ("备案", "filing"),
            Stage::Review => ("审核", "review"),
            Stage::Release => ("待发布", "release"),
            Stage::Finished => ("已完成", "finished"),
            Stage::Stopped => ("已中止", "stopped"),
        };
        Text::fixed(zh, en)
    }
}

impl State {
    /// In words.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            State::Running => ("进行中", "going on"),
            State::Waiting => ("等待中", "waiting"),
            State::Failed => ("需要处理", "something has to be mended"),
            State::Finished => ("已完成", "finished"),
            State::Stopped => ("已中止", "stopped"),
        };
        Text::fixed(zh, en)
    }
}

impl StepState {
    /// In words.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            StepState::Pending => ("未开始", "not begun"),
            StepState::Done => ("已完成", "done"),
            StepState::LeftOut => ("方案未包含", "not part of the plan"),
            StepState::Waiting => ("等待中", "waiting"),
            StepState::Failed => ("需要处理", "something has to be mended"),
        };
        Text::fixed(zh, en)
    }
}

impl Whom {
    /// In words.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Whom::Merchant => ("商家", "the merchant"),
            Whom::Operator => ("运营人员", "an operator"),
            Whom::WeChat => ("微信", "WeChat"),
        };
        Text::fixed(zh, en)
    }
}
