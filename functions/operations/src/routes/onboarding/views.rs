//! An onboarding as it is shown.

use platform::{
    AppId,
    onboarding::{Onboarding, Stage, State, Step, StepRecord, StepState, Whom},
    records::Current,
    text::Language,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The onboarding of a mini program. All words are in the caller's language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnboardingView {
    /// Goes up by one with every change.
    version: u64,
    /// The mini program.
    #[schema(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// How it stands as a whole.
    #[schema(value_type = OnboardingState)]
    state: State,
    /// The state in words.
    #[schema(example = "等待中")]
    state_text: String,
    /// The column of the board in which it stands.
    #[schema(value_type = OnboardingStage)]
    stage: Stage,
    /// The column in words.
    #[schema(example = "备案")]
    stage_text: String,
    /// The version of the plan that it began with.
    plan_version: u64,
    /// When it began.
    #[schema(format = DateTime)]
    began_at: String,
    /// When it came to its end, or was ended.
    #[schema(format = DateTime)]
    ended_at: Option<String>,
    /// When it is looked at next, if nothing happens before.
    #[schema(format = DateTime)]
    next_look_at: Option<String>,
    /// The steps, in their order.
    steps: Vec<OnboardingStep>,
}

/// A step of an onboarding.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnboardingStep {
    /// Its name: `authorization`, `server-domains`, `business-domains`, `privacy`, `testers`,
    /// `categories`, `trial`, `filing`, `review` or `release`.
    #[schema(value_type = String, example = "filing")]
    step: Step,
    /// What it is called.
    #[schema(example = "ICP 备案")]
    title: String,
    /// `pending`, `done`, `left-out`, `waiting` or `failed`.
    #[schema(value_type = String, example = "waiting")]
    state: StepState,
    /// The state in words.
    #[schema(example = "等待中")]
    state_text: String,
    /// Since when it stands so.
    #[schema(format = DateTime)]
    since: String,
    /// Who has to do something, where it waits or failed.
    #[schema(value_type = Option<OnboardingWhom>)]
    whom: Option<Whom>,
    /// The same in words.
    #[schema(example = "运营人员")]
    whom_text: Option<String>,
    /// Why it does not go on.
    #[schema(example = "ICP 备案：未备案。")]
    why: Option<String>,
    /// What to do.
    #[schema(example = "请先发起人脸核验。")]
    what_to_do: Option<String>,
    /// WeChat's code, where one is the reason.
    errcode: Option<i64>,
}

/// How an onboarding stands.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnboardingState {
    /// It goes on within a minute.
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

/// The columns of the board.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnboardingStage {
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

/// Who has to do something.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnboardingWhom {
    /// The merchant, or its administrator.
    Merchant,
    /// Whoever runs the mini programs here.
    Operator,
    /// WeChat or the authority.
    Wechat,
}

impl OnboardingView {
    /// None where nothing ever began.
    pub(super) fn of(
        appid: &AppId,
        current: Current<Onboarding>,
        language: Language,
    ) -> Option<Self> {
        let Current { version, record } = current;
        let (state, stage) = (record.state()?, record.stage()?);
        Some(OnboardingView {
            version,
            appid: appid.clone(),
            state,
            state_text: state.words().read(language).to_owned(),
            stage,
            stage_text: stage.title().read(language).to_owned(),
            plan_version: record.plan_version,
            began_at: record.began_at?.to_string(),
            ended_at: record.ended_at.map(|at| at.to_string()),
            next_look_at: record.next_look.map(|at| at.to_string()),
            steps: record.steps.into_iter().map(|it| OnboardingStep::of(it, language)).collect(),
        })
    }
}

impl OnboardingStep {
    fn of(record: StepRecord, language: Language) -> Self {
        let wait = record.wait.as_ref();
        OnboardingStep {
            step: record.step,
            title: record.step.title().read(language).to_owned(),
            state: record.state,
            state_text: record.state.words().read(language).to_owned(),
            since: record.since.to_string(),
            whom: wait.map(|wait| wait.whom),
            whom_text: wait.map(|wait| wait.whom.words().read(language).to_owned()),
            why: wait.map(|wait| wait.why.sentence(language)),
            what_to_do: wait.map(|wait| wait.what_to_do.sentence(language)),
            errcode: wait.and_then(|wait| wait.errcode),
        }
    }
}

impl From<OnboardingState> for State {
    fn from(state: OnboardingState) -> Self {
        match state {
            OnboardingState::Running => State::Running,
            OnboardingState::Waiting => State::Waiting,
            OnboardingState::Failed => State::Failed,
            OnboardingState::Finished => State::Finished,
            OnboardingState::Stopped => State::Stopped,
        }
    }
}

impl From<OnboardingStage> for Stage {
    fn from(stage: OnboardingStage) -> Self {
        match stage {
            OnboardingStage::Authorization => Stage::Authorization,
            OnboardingStage::Configuration => Stage::Configuration,
            OnboardingStage::Trial => Stage::Trial,
            OnboardingStage::Filing => Stage::Filing,
            OnboardingStage::Review => Stage::Review,
            OnboardingStage::Release => Stage::Release,
            OnboardingStage::Finished => Stage::Finished,
            OnboardingStage::Stopped => Stage::Stopped,
        }
    }
}

impl From<OnboardingWhom> for Whom {
    fn from(whom: OnboardingWhom) -> Self {
        match whom {
            OnboardingWhom::Merchant => Whom::Merchant,
            OnboardingWhom::Operator => Whom::Operator,
            OnboardingWhom::Wechat => Whom::WeChat,
        }
    }
}
