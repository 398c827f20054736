//! A registration, as it is kept.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wechat::AppId;

use super::{Order, stage::Stage};
use crate::text::Text;

/// How long a link of WeChat's is good.
pub(super) const LINK_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// Nobody waits for the answer to a call longer than this.
pub(super) const CALL: SignedDuration = SignedDuration::from_mins(2);
/// An event tells how it ends; in case it is lost, WeChat is asked this often.
const ASKING: SignedDuration = SignedDuration::from_mins(30);
/// Somebody who opened the link in time may need longer than its life to the end.
pub(super) const GRACE: SignedDuration = SignedDuration::from_hours(24);

/// A mini program that is being registered, or a trial one that is being converted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Its id.
    pub id: String,
    /// The component that registers it.
    pub component: AppId,
    /// Goes up by one with every change.
    pub version: u64,
    /// What is to be registered.
    pub order: Order,
    /// How it stands.
    pub state: RegistrationState,
    /// How often it was begun: once, and once more with each renewal.
    pub attempt: u32,
    /// When it was begun last.
    pub begun_at: Timestamp,
    /// What WeChat calls it: a task, or the `unique_id` of a trial mini program.
    #[serde(default)]
    pub task: Option<String>,
    /// What the person opens in WeChat.
    #[serde(default)]
    pub authorize_url: Option<String>,
    /// Until when the link is good; of a call without an answer, until when WeChat may have a task
    /// under way.
    #[serde(default)]
    pub deadline: Option<Timestamp>,
    /// How far it is, as WeChat answered last. The numbers mean different things in each flow.
    #[serde(default)]
    pub stage: Option<i64>,
    /// When WeChat was asked last.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
    /// Why it did not come to its end.
    #[serde(default)]
    pub trouble: Option<RegistrationTrouble>,
    /// The mini program.
    #[serde(default)]
    pub appid: Option<AppId>,
    /// The id of the operator's key.
    pub by: String,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When it was over.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// When an operator saw to it that it came to nothing.
    #[serde(default)]
    pub acknowledged_at: Option<Timestamp>,
}

/// How a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegistrationState {
    /// WeChat is being asked for it.
    Beginning,
    /// WeChat was asked and did not answer. Should it have begun a task, nobody has its link.
    Unknown,
    /// The person has the link, or is to be given it.
    Waiting,
    /// There is a mini program.
    Registered,
    /// WeChat refused, or the person.
    Failed,
    /// Nobody came to the end of it in time.
    Expired,
}

/// Why a registration did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationTrouble {
    /// WeChat's code for a refused call, or the status of its event.
    pub code: Option<i64>,
    /// In words.
    pub words: Text,
    /// What to do about it.
    pub what_to_do: Text,
}

impl RegistrationState {
    /// All of them.
    pub const ALL: [RegistrationState; 6] = [
        RegistrationState::Beginning,
        RegistrationState::Unknown,
        RegistrationState::Waiting,
        RegistrationState::Registered,
        RegistrationState::Failed,
        RegistrationState::Expired,
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            RegistrationState::Beginning => "beginning",
            RegistrationState::Unknown => "unknown",
            RegistrationState::Waiting => "waiting",
            RegistrationState::Registered => "registered",
            RegistrationState::Failed => "failed",
            RegistrationState::Expired => "expired",
        }
    }

    /// Whether something is still to come.
    pub fn is_open(self) -> bool {
        use RegistrationState::{Beginning, Unknown, Waiting};
        matches!(self, Beginning | Unknown | Waiting)
    }
}

impl Registration {
    /// How it stands, in words.
    pub fn words(&self) -> Text {
        if let Some(trouble) = self.trouble.as_ref().filter(|_| !self.is_registered()) {
            return trouble.words.clone();
        }
        match self.state {
            RegistrationState::Beginning => {
                Text::fixed("正在向微信发起注册", "WeChat is being asked for it")
            }
            RegistrationState::Unknown => Text::fixed(
                "微信没有返回结果，不知道是否已受理",
                "WeChat did not answer: it may have begun it or not",
            ),
            RegistrationState::Waiting => match self.how_far() {
                Some(stage) => stage.words,
                None => Text::fixed(
                    "等待对方在微信中打开链接并确认",
                    "the person has to open the link in WeChat and confirm",
                ),
            },
            RegistrationState::Registered => match self.appid {
                Some(_) => Text::fixed("小程序已注册", "the mini program is registered"),
                None => Text::fixed(
                    "小程序已注册，正在等待微信告知 appid",
                    "the mini program is registered; WeChat has yet to tell its appid",
                ),
            },
            RegistrationState::Failed => Text::fixed("注册没有成功", "it did not work"),
            RegistrationState::Expired => Text::fixed(
                "对方没有在期限内完成确认",
                "the person did not come to the end of it in time",
            ),
        }
    }

    /// What to do about it, if there is anything to be done.
    pub fn what_to_do(&self) -> Option<Text> {
        if let Some(trouble) = self.trouble.as_ref().filter(|_| !self.is_registered()) {
            return Some(trouble.what_to_do.clone());
        }
        match self.state {
            RegistrationState::Beginning | RegistrationState::Registered => None,
            RegistrationState::Unknown if self.order.kind().asks_by_itself() => {
                Some(Text::fixed("系统会自动重试", "it is tried again by itself"))
            }
            RegistrationState::Unknown => Some(Text::fixed(
                "请重新发起（renewal）：上次的链接没有发给任何人，不会重复注册",
                "renew it: nobody has the link of the last time, so that nothing is registered \
                 twice",
            )),
            RegistrationState::Waiting if self.authorize_url.is_none() => Some(Text::fixed(
                "微信没有给出链接：请对方留意微信的通知，并按提示确认",
                "WeChat gave no link: the person looks out for a message of WeChat's and confirms",
            )),
            RegistrationState::Waiting => Some(Text::fixed(
                "请把邀请（invitation）发给对方，由本人在期限内用微信打开",
                "send the invitation to the person, who opens it in WeChat in time",
            )),
            RegistrationState::Failed | RegistrationState::Expired => Some(Text::fixed(
                "请重新发起（renewal），并提醒对方及时确认",
                "renew it and remind the person",
            )),
        }
    }

    /// How far it is, as WeChat told last.
    pub fn how_far(&self) -> Option<Stage> {
        self.stage.map(|number| Stage::of(self.order.kind(), number))
    }

    /// WeChat has said what became of the last call.
    pub fn is_answered(&self) -> bool {
        use RegistrationState::{Beginning, Unknown};
        !matches!(self.state, Beginning | Unknown)
    }

    /// It came to nothing, or nobody knows, and no operator has seen to it.
    pub fn needs_a_person(&self) -> bool {
        use RegistrationState::{Expired, Failed, Unknown};
        let is_stuck = match self.state {
            Unknown => !self.order.kind().asks_by_itself(),
            state => matches!(state, Expired | Failed),
        };
        is_stuck && self.acknowledged_at.is_none()
    }

    /// There is a mini program.
    pub fn is_registered(&self) -> bool {
        self.state == RegistrationState::Registered
    }

    /// When something is to be done without an order, if anything is.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        let asked_at = self.asked_at.unwrap_or(self.begun_at);
        match self.state {
            RegistrationState::Beginning => Some(self.begun_at + CALL),
            RegistrationState::Unknown if self.order.kind().asks_by_itself() => {
                Some(asked_at + CALL)
            }
            RegistrationState::Unknown => self.deadline,
            RegistrationState::Waiting if !self.order.kind().can_be_asked() => self.deadline,
            // Before the deadline, at the deadline, and after it.
            RegistrationState::Waiting => {
                let next = asked_at + ASKING;
                let deadline = self.deadline.filter(|deadline| *deadline > asked_at);
                Some(deadline.map_or(next, |deadline| next.min(deadline)))
            }
            _ => None,
        }
    }

    /// It is over.
    pub(super) fn end(&mut self, state: RegistrationState, now: Timestamp) {
        self.state = state;
        self.ended_at = Some(now);
        if let Order::OfficialAccount { ticket, .. } = &mut self.order {
            *ticket = None;
        }
    }
}

/// The stored item.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) version: u64,
    pub(super) registration: Registration,
    /// The id of the last write: whoever hears nothing of its write knows it again.
    pub(super) saved_by: String,
    #[serde(default)]
    pub(super) due_shard: Option<String>,
    #[serde(default)]
    pub(super) due_at: Option<i64>,
}
