use wechat::{ApiError, AppId};

use super::record::ReviewState;
use crate::{
    call::CallError,
    counters::{CounterError, UsedUp},
    fault::Faults,
    storage::StorageError,
    text::Text,
    tokens::TokenError,
};

/// Why an order about releases was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The mini program has not authorized this platform, or not any more.
    #[error(transparent)]
    NotAuthorized(TokenError),
    /// The order does not fit how things stand. Nothing was changed.
    #[error("{state}; {what_to_do}")]
    WrongState {
        /// How things stand.
        state: Text,
        /// What would help.
        what_to_do: Text,
    },
    /// Fields of the order are not acceptable. Nothing was changed.
    #[error("{0}")]
    Invalid(Faults),
    /// WeChat counts it, and nothing is left of it. WeChat was not asked.
    #[error(transparent)]
    UsedUp(#[from] UsedUp),
    /// Another order about this mini program is being carried out, or WeChat has not said yet what
    /// became of the last one. It settles by itself; ask again.
    #[error("{0}")]
    InProgress(Text),
    /// WeChat refused, and was asked why: its code alone does not tell.
    #[error("{refusal}: {cause}; {what_to_do}")]
    Refused {
        /// What it said.
        refusal: Box<ApiError>,
        /// Why.
        cause: Text,
        /// What would help.
        what_to_do: Text,
    },
    /// WeChat refused, or could not be asked.
    #[error(transparent)]
    Call(CallError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<CallError> for ReleaseError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Token(
                error @ (TokenError::NotAuthorized(_)
                | TokenError::Revoked(_)
                | TokenError::NeedsAuthorization(_)),
            ) => ReleaseError::NotAuthorized(error),
            error => ReleaseError::Call(error),
        }
    }
}

impl From<Faults> for ReleaseError {
    fn from(faults: Faults) -> Self {
        ReleaseError::Invalid(faults)
    }
}

impl From<CounterError> for ReleaseError {
    fn from(error: CounterError) -> Self {
        match error {
            CounterError::UsedUp(used_up) => ReleaseError::UsedUp(used_up),
            CounterError::Storage(error) => ReleaseError::Storage(error),
        }
    }
}

impl From<TokenError> for ReleaseError {
    fn from(error: TokenError) -> Self {
        CallError::from(error).into()
    }
}

impl ReleaseError {
    pub(super) fn invalid(pointer: &str, zh: &str, en: &str) -> Self {
        ReleaseError::Invalid(Faults::one(pointer, Text::new(zh, en)))
    }

    pub(super) fn wrong_state(state: Text, what_to_do: Text) -> Self {
        ReleaseError::WrongState { state, what_to_do }
    }

    pub(super) fn busy(appid: &AppId) -> Self {
        ReleaseError::InProgress(Text::new(
            format!("{appid} 的另一个操作正在进行，请稍后再试"),
            format!("another order for {appid} is being carried out; try again in a moment"),
        ))
    }

    pub(super) fn unsettled(call: &str) -> Self {
        ReleaseError::InProgress(Text::new(
            format!("上一次 {call} 的结果微信尚未返回，系统正在核对，请一分钟后再试"),
            format!(
                "WeChat has not said yet what became of the last {call}; this is being found \
                 out, try again in a minute"
            ),
        ))
    }
}

/// Nothing is wrong with asking the same again later.
pub(super) fn is_passing(error: &CallError) -> bool {
    match error {
        CallError::WeChat(wechat::Error::WeChat(refusal)) => {
            // A token that WeChat refuses, the one that was renewed for it too, is renewed again
            // by whoever asks next.
            refusal.is_busy()
                || refusal.is_address_refused()
                || refusal.is_token_invalid()
                || refusal.errcode == 9_402_202
        }
        CallError::WeChat(_) => true,
        CallError::Token(
            TokenError::NotAuthorized(_)
            | TokenError::Revoked(_)
            | TokenError::NeedsAuthorization(_),
        ) => false,
        CallError::Token(_) => true,
    }
}

impl ReviewState {
    /// The state in words.
    pub fn words(self) -> Text {
        match self {
            ReviewState::Preparing => Text::fixed("审核正在准备", "a review is being prepared"),
            ReviewState::Submitting => Text::fixed("审核正在提交", "a review is being submitted"),
            ReviewState::InReview => Text::fixed("版本正在审核中", "a version is in review"),
            ReviewState::Delayed => Text::fixed("版本的审核被延期", "the review is delayed"),
            ReviewState::Approved => Text::fixed(
                "有一个审核通过、尚未发布的版本",
                "an approved version waits for its release",
            ),
            ReviewState::Rejected => Text::fixed("审核未通过", "the review was rejected"),
            ReviewState::Withdrawn => Text::fixed("审核已撤回", "the review was withdrawn"),
            ReviewState::Failed => Text::fixed("审核未能提交", "the review could not be submitted"),
            ReviewState::Replaced => Text::fixed(
                "审核的版本已被新的提交取代",
                "the reviewed version was given up for a newer commit",
            ),
            ReviewState::Released => Text::fixed("版本已发布", "the version is online"),
        }
    }
}
