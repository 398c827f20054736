//! What to make of an error: it passes, it waits for somebody, or something has to be mended.

use jiff::{SignedDuration, Timestamp};

use super::{
    record::{Look, Outcome, Stop, Wait},
    step::Whom,
};
use crate::{
    call::CallError,
    counters::UsedUp,
    explain::{Class, explain},
    fault::Faults,
    mini_programs::MiniProgramError,
    orders::OrderError,
    profile::ProfileError,
    releases::ReleaseError,
    rollouts::tomorrow,
    settings::SettingsError,
    storage::StorageError,
    text::{Language, Text},
    tokens::TokenError,
};

/// What waits for people is looked at again after this long, should no event tell sooner.
pub(super) const SELDOM: SignedDuration = SignedDuration::from_hours(1);
/// What settles by itself is looked at again after this long.
pub(super) const SOON: SignedDuration = SignedDuration::from_secs(30);

/// Why a step could not be taken.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The plan's part cannot be right for this mini program.
    Invalid(Faults),
    /// WeChat counts it, and nothing is left of it.
    UsedUp(UsedUp),
    /// It does not fit how things stand.
    WrongState { state: Text, what_to_do: Text },
    /// The same is being done, and its outcome is not known yet.
    UnderWay(Text),
    /// WeChat refused, and was asked why.
    Refused { errcode: i64, cause: Text, what_to_do: Text },
    /// WeChat refused, or could not be asked.
    Call(CallError),
    /// Storage failed: nothing can be written down either.
    Storage(StorageError),
}

impl Trouble {
    /// What follows from it for its step.
    pub(super) fn outcome(self, now: Timestamp) -> Result<Outcome, StorageError> {
        Ok(match self {
            Trouble::Storage(error)
            | Trouble::Call(CallError::Token(TokenError::Storage(error))) => {
                return Err(error);
            }
            Trouble::Invalid(faults) => failed(
                Whom::Operator,
                words(&faults),
                Text::fixed(
                    "请修改上线方案，然后重新开始该小程序的上线流程",
                    "correct the plan, then begin this onboarding anew",
                ),
            ),
            Trouble::WrongState { state, what_to_do } => failed(Whom::Operator, state, what_to_do),
            Trouble::Refused { errcode, cause, what_to_do } => {
                failed_with(Whom::Operator, cause, what_to_do, Some(errcode))
            }
            Trouble::UnderWay(why) => {
                let what_to_do = Text::fixed("系统会自动核对", "it is being found out");
                waits(Whom::WeChat, why, what_to_do, Look::In(SOON))
            }
            Trouble::UsedUp(UsedUp(quota)) => {
                let (why, what_to_do) = (quota.words(), quota.what_to_do());
                match quota.renews_at {
                    Some(at) => waits(Whom::WeChat, why, what_to_do, Look::At(at)),
                    None => failed(Whom::Operator, why, what_to_do),
                }
            }
            Trouble::Call(CallError::Token(
                TokenError::NotAuthorized(_)
                | TokenError::Revoked(_)
                | TokenError::NeedsAuthorization(_),
            )) => not_authorized(),
            Trouble::Call(error) => of_call(&error, now),
        })
    }
}

/// The merchant has to authorize, for the first time or again.
pub(super) fn not_authorized() -> Outcome {
    waits(
        Whom::Merchant,
        Text::fixed("商家未授权，或授权已失效", "the merchant does not authorize this platform"),
        Text::fixed(
            "请把授权链接发给小程序管理员，授权后自动继续",
            "send the authorization link to the administrator; it goes on by itself then",
        ),
        Look::In(SELDOM),
    )
}

/// It waits for somebody.
pub(super) fn waits(whom: Whom, why: Text, what_to_do: Text, look: Look) -> Outcome {
    let wait = Wait { whom, why, what_to_do, errcode: None, is_marked_elsewhere: false };
    Outcome::Stops(Box::new(Stop { failed: false, wait, look }))
}

/// Somebody has to mend something. It is looked at again all the same: it may be mended elsewhere.
pub(super) fn failed(whom: Whom, why: Text, what_to_do: Text) -> Outcome {
    failed_with(whom, why, what_to_do, None)
}

/// The same, for what WeChat has a code for.
pub(super) fn failed_with(
    whom: Whom,
    why: Text,
    what_to_do: Text,
    errcode: Option<i64>,
) -> Outcome {
    let wait = Wait { whom, why, what_to_do, errcode, is_marked_elsewhere: false };
    Outcome::Stops(Box::new(Stop { failed: true, wait, look: Look::In(SELDOM) }))
}

/// A call that gave no answer: it may pass, come back with time, or be for somebody to mend.
fn of_call(error: &CallError, now: Timestamp) -> Outcome {
    let (why, what_to_do) = (error.words(), error.what_to_do());
    let refusal = error.refusal().filter(|refusal| !refusal.is_busy());
    let errcode = error.errcode();
    let class = refusal.map(|refusal| explain(refusal.path, refusal.errcode).map(|it| it.class));
    let (whom, failed, look) = match class {
        // Nobody answered, or the component as a whole is refused.
        None | Some(Some(Class::Busy | Class::Credentials)) => (Whom::WeChat, false, Look::Growing),
        Some(Some(Class::Quota)) => (Whom::WeChat, false, Look::At(tomorrow(now))),
        Some(Some(Class::Permission | Class::Authorization)) => {
            (Whom::Merchant, true, Look::In(SELDOM))
        }
        Some(_) => (Whom::Operator, true, Look::In(SELDOM)),
    };
    let wait = Wait { whom, why, what_to_do, errcode, is_marked_elsewhere: false };
    Outcome::Stops(Box::new(Stop { failed, wait, look }))
}

/// What is wrong, in words.
pub(super) fn words(faults: &Faults) -> Text {
    let all = |language: Language| {
        let words = faults
            .list()
            .iter()
            .map(|fault| format!("{}: {}", fault.pointer, fault.why.read(language)));
        words.collect::<Vec<_>>().join("; ")
    };
    Text::new(all(Language::Chinese), all(Language::English))
}

impl From<StorageError> for Trouble {
    fn from(error: StorageError) -> Self {
        Trouble::Storage(error)
    }
}

impl From<MiniProgramError> for Trouble {
    fn from(error: MiniProgramError) -> Self {
        match error {
            MiniProgramError::Storage(error) => Trouble::Storage(error),
            MiniProgramError::Call(error) => Trouble::Call(error),
            MiniProgramError::NotAuthorized(appid) => {
                Trouble::Call(TokenError::NotAuthorized(appid).into())
            }
            MiniProgramError::Busy(_) | MiniProgramError::Cursor => {
                Trouble::UnderWay(Text::new("小程序的资料正在被修改", error.to_string()))
            }
        }
    }
}

impl From<SettingsError> for Trouble {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Invalid(faults) => Trouble::Invalid(faults),
            SettingsError::UsedUp(used_up) => Trouble::UsedUp(used_up),
            SettingsError::PartlyRefused(refused) => {
                let list: Vec<String> =
                    refused.iter().map(|one| format!("{} ({})", one.domain, one.list)).collect();
                let list = list.join(", ");
                Trouble::WrongState {
                    state: Text::new(
                        format!("微信没有接受这些域名：{list}"),
                        format!("WeChat did not accept {list}"),
                    ),
                    what_to_do: Text::fixed(
                        "请确认域名已完成 ICP 备案、可以用 HTTPS 访问，然后重试",
                        "see that the domains have an ICP filing and answer over HTTPS, then try \
                         it again",
                    ),
                }
            }
            SettingsError::WrongState { state, what_to_do } => {
                Trouble::WrongState { state, what_to_do }
            }
            SettingsError::NotFound(what) => not_found(what),
            SettingsError::Call(error) => Trouble::Call(error),
            SettingsError::Storage(error) => Trouble::Storage(error),
            SettingsError::ConfirmFile(error) => Trouble::WrongState {
                state: Text::new(
                    format!("微信给出的校验文件不合规范：{error}"),
                    format!("WeChat's confirm file cannot be served: {error}"),
                ),
                what_to_do: Text::fixed("请稍后重试", "try it again later"),
            },
        }
    }
}

impl From<ProfileError> for Trouble {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::Invalid(faults) => Trouble::Invalid(faults),
            ProfileError::UsedUp(used_up) => Trouble::UsedUp(used_up),
            ProfileError::WrongState { state, what_to_do } => {
                Trouble::WrongState { state, what_to_do }
            }
            ProfileError::NotFound(what) => not_found(what),
            ProfileError::Busy(_) => {
                Trouble::UnderWay(Text::new("小程序的资料正在被修改", error.to_string()))
            }
            ProfileError::Call(error) => Trouble::Call(error),
            ProfileError::Storage(error) => Trouble::Storage(error),
        }
    }
}

impl From<OrderError> for Trouble {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Invalid(faults) | OrderError::Faulty { faults, .. } => {
                Trouble::Invalid(faults)
            }
            OrderError::WrongState { state, what_to_do } => {
                Trouble::WrongState { state, what_to_do }
            }
            OrderError::UnderWay(words) => Trouble::UnderWay(words),
            OrderError::NotFound(what) => not_found(what),
            OrderError::Call(error) => Trouble::Call(error),
            OrderError::Storage(error) => Trouble::Storage(error),
        }
    }
}

impl From<ReleaseError> for Trouble {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::NotAuthorized(error) => Trouble::Call(error.into()),
            ReleaseError::WrongState { state, what_to_do } => {
                Trouble::WrongState { state, what_to_do }
            }
            ReleaseError::Invalid(faults) => Trouble::Invalid(faults),
            ReleaseError::UsedUp(used_up) => Trouble::UsedUp(used_up),
            ReleaseError::InProgress(words) => Trouble::UnderWay(words),
            ReleaseError::Refused { refusal, cause, what_to_do } => {
                Trouble::Refused { errcode: refusal.errcode, cause, what_to_do }
            }
            ReleaseError::Call(error) => Trouble::Call(error),
            ReleaseError::Storage(error) => Trouble::Storage(error),
        }
    }
}

fn not_found(state: Text) -> Trouble {
    let what_to_do = Text::fixed("请核对上线方案，然后重试", "check the plan, then try it again");
    Trouble::WrongState { state, what_to_do }
}

#[cfg(test)]
mod tests {
    use wechat::ApiError;

    use super::*;

    fn outcome(path: &'static str, errcode: i64) -> Stop {
        let refusal = ApiError { path, errcode, errmsg: "no".to_owned(), rid: None };
        let trouble = Trouble::Call(CallError::WeChat(refusal.into()));
        match trouble.outcome(Timestamp::UNIX_EPOCH).unwrap() {
            Outcome::Stops(stop) => *stop,
            Outcome::Done => panic!("done"),
        }
    }

    #[test]
    fn an_error_passes_or_waits_or_is_for_somebody_to_mend() {
        let busy = outcome("/wxa/commit", -1);
        assert_eq!((busy.failed, busy.wait.whom, busy.look), (false, Whom::WeChat, Look::Growing));
        let address = outcome("/wxa/commit", 61_004);
        assert_eq!((address.failed, address.look), (false, Look::Growing));
        let quota = outcome("/wxa/commit", 45_009);
        assert_eq!((quota.failed, quota.wait.whom), (false, Whom::WeChat));
        assert!(matches!(quota.look, Look::At(_)));
        let permission = outcome("/wxa/modify_domain", 61_007);
        assert_eq!((permission.failed, permission.wait.whom), (true, Whom::Merchant));
        assert_eq!(permission.wait.errcode, Some(61_007));
        let unheard_of = outcome("/wxa/commit", -123_456);
        assert_eq!((unheard_of.failed, unheard_of.wait.whom), (true, Whom::Operator));
        assert!(unheard_of.wait.why.zh.contains("-123456"));
    }
}
