//! What a test found: a step for each push, and for what follows from a code.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Item, PATIENCE};
use crate::text::Text;

/// A test, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its id.
    pub id: String,
    /// What is tested.
    pub base_url: String,
    /// Who asked for it: a key's id.
    pub requested_by: String,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// How it stands.
    pub state: TestState,
    /// What was found; empty until all pushes were sent.
    pub steps: Vec<Step>,
}

/// How a test stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestState {
    /// It goes on.
    Running,
    /// Every step passed.
    Passed,
    /// At least one did not.
    Failed,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which of the five pairs of accounts; none for what concerns none of them.
    pub pair: Option<u8>,
    /// The account that the push is about.
    pub appid: Option<String>,
    /// What was tried.
    pub probe: Probe,
    /// What came of it.
    pub outcome: Outcome,
    /// How long the answer took.
    pub milliseconds: u64,
}

/// What a step tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// The newest ticket comes once more: `success`.
    Ticket,
    /// A push with a wrong signature: anything but `success`.
    Forgery,
    /// A test account authorizes the platform: `success`.
    Authorized,
    /// It withdraws: `success`.
    Unauthorized,
    /// `TESTCOMPONENT_MSG_TYPE_TEXT`: an encrypted reply with `_callback`.
    Text,
    /// An event of older editions: an encrypted reply with `from_callback`.
    Event,
    /// `QUERY_AUTH_CODE:…`: empty or `success`.
    QueryAuthCode,
    /// The code of the step before is shown to WeChat, outside the request.
    Exchange,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// As WeChat wants it.
    Passed,
    /// It is still to come.
    Waiting,
    /// There is no ticket to push.
    NoTicket,
    /// There was no connection, or no answer within five seconds.
    NoAnswer {
        /// Why, for people who know networks.
        why: String,
    },
    /// Another status than 200.
    Status {
        /// The status.
        status: u16,
    },
    /// Neither `success` nor what else would do.
    NotSuccess,
    /// A push that was not genuine was accepted.
    Accepted,
    /// The reply does not open: no envelope, a wrong signature or key.
    Unreadable {
        /// What does not fit.
        why: String,
    },
    /// The reply opens and says something else.
    OtherReply,
    /// The code was not shown to WeChat, or WeChat answered otherwise than it should.
    NotExchanged {
        /// Why.
        why: String,
    },
    /// Nobody has shown the code to WeChat within a minute and a half.
    NeverExchanged,
}

impl Report {
    /// `notes` tell by appid what became of codes.
    pub(super) fn of(item: Item, notes: &[(String, Outcome)], now: Timestamp) -> Self {
        let started_at = crate::clock::moment(item.started_at);
        let late = now.duration_since(started_at) > PATIENCE;
        let mut steps = item.steps;
        for step in steps.iter_mut().filter(|step| step.outcome == Outcome::Waiting) {
            let note = notes.iter().find(|(appid, _)| Some(appid) == step.appid.as_ref());
            match note {
                Some((_, outcome)) => step.outcome = outcome.clone(),
                None if late => step.outcome = Outcome::NeverExchanged,
                None => {}
            }
        }
        let all = |wanted: &[Outcome]| steps.iter().all(|step| wanted.contains(&step.outcome));
        let state = match item.finished_at {
            None if late => TestState::Failed,
            None => TestState::Running,
            Some(_) if all(&[Outcome::Passed]) => TestState::Passed,
            Some(_) if all(&[Outcome::Passed, Outcome::Waiting]) => TestState::Running,
            Some(_) => TestState::Failed,
        };
        Report {
            id: item.sk,
            base_url: item.base_url,
            requested_by: item.requested_by,
            started_at,
            state,
            steps,
        }
    }
}

impl Probe {
    /// What is tried, in words.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Probe::Ticket => ("推送 verify ticket", "push the verify ticket"),
            Probe::Forgery => ("推送签名错误的消息", "push with a wrong signature"),
            Probe::Authorized => ("推送授权成功事件", "push the event authorized"),
            Probe::Unauthorized => ("推送取消授权事件", "push the event unauthorized"),
            Probe::Text => ("发送 TESTCOMPONENT_MSG_TYPE_TEXT", "send TESTCOMPONENT_MSG_TYPE_TEXT"),
            Probe::Event => ("推送普通事件（旧版检测）", "push an event, as older editions do"),
            Probe::QueryAuthCode => ("发送 QUERY_AUTH_CODE", "send QUERY_AUTH_CODE"),
            Probe::Exchange => ("用授权码调用微信", "show the code to WeChat"),
        };
        Text::fixed(zh, en)
    }
}

impl Outcome {
    /// What came of it, and what to do where that is not what WeChat wants.
    pub fn words(&self) -> (Text, Option<Text>) {
        let say = Text::fixed;
        match self {
            Outcome::Passed => (say("通过", "passed"), None),
            Outcome::Waiting => (say("等待处理", "still to come"), None),
            Outcome::NoTicket => (
                say("微信还没有推送过 verify ticket", "WeChat has not pushed a verify ticket yet"),
                Some(say(
                    "请在开放平台填写授权事件接收 URL，十分钟内会收到",
                    "enter the events address at WeChat's open platform; one comes within ten \
                     minutes",
                )),
            ),
            Outcome::NoAnswer { why } => (
                Text::new(format!("五秒内没有应答：{why}"), format!("no answer within 5 s: {why}")),
                Some(say(
                    "请检查域名解析、证书和网关；微信也只等五秒",
                    "look at the name, the certificate and the gateway; WeChat waits for five \
                     seconds too",
                )),
            ),
            Outcome::Status { status } => (
                Text::new(format!("应答状态为 {status}"), format!("answered with {status}")),
                Some(say(
                    "请核对该地址是否为本系统，Token 和 EncodingAESKey 是否一致，再看 callback 的日志",
                    "see that this system is at that address with the same Token and \
                     EncodingAESKey, then look at the log of callback",
                )),
            ),
            Outcome::NotSuccess => (
                say("应答不是 success", "the answer is not success"),
                Some(say("请核对该地址是否为本系统", "see that this system is at that address")),
            ),
            Outcome::Accepted => (
                say("签名错误的消息被接受了", "a push with a wrong signature was accepted"),
                Some(say(
                    "该地址不验证签名，不要上线",
                    "signatures are not verified there: do not go live",
                )),
            ),
            Outcome::Unreadable { why } => (
                Text::new(
                    format!("回复无法解密：{why}"),
                    format!("the reply does not open: {why}"),
                ),
                Some(say(
                    "请核对平台密钥中的 Token 和 EncodingAESKey",
                    "see that Token and EncodingAESKey in the platform secret are those there",
                )),
            ),
            Outcome::OtherReply => (
                say("回复的内容不对", "the reply says something else"),
                Some(say(
                    "请核对该地址运行的是本系统的当前版本",
                    "see that the present version of this system runs at that address",
                )),
            ),
            Outcome::NotExchanged { why } => (
                Text::new(format!("调用微信失败：{why}"), format!("WeChat was not reached: {why}")),
                Some(say(
                    "请先解决 GET /v1/attention 中的问题：令牌、IP 白名单",
                    "first mend what GET /v1/attention shows: the token, the IP list",
                )),
            ),
            Outcome::NeverExchanged => (
                say("授权码没有被处理", "nobody has dealt with the code"),
                Some(say(
                    "请查看 events 的队列和日志；若检测的不是本部署，请到那里查看",
                    "look at the queue and the log of events; if another deployment was tested, \
                     look there",
                )),
            ),
        }
    }
}
