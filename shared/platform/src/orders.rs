//! Orders about the records of a mini program: why one was not carried out, and the attempt at what
//! must not happen twice.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::timeout;
use wechat::{
    ApiError, AppId, Endpoint,
    answer::{Answer, Hint},
    token::AuthorizerToken,
};

use crate::{
    call::{CallError, Caller},
    fault::Faults,
    storage::StorageError,
    text::Text,
};

/// An answer that has not come by then is looked for at WeChat.
const LIMIT: Duration = Duration::from_secs(22);
/// What was sent so long ago, and of which WeChat knows nothing, may be sent again.
pub(crate) const PATIENCE: SignedDuration = SignedDuration::from_mins(1);

/// What became of a call whose intent is written.
pub(crate) enum Attempt<T> {
    /// WeChat did it.
    Done(T),
    /// WeChat did not do it.
    Refused(CallError),
    /// There was no answer: WeChat may have done it, which is to be found out.
    Unknown(OrderError),
}

/// Sends `request`, its intent being written.
pub(crate) async fn attempt<E: Endpoint<Token = AuthorizerToken>>(
    caller: &Caller,
    component: &AppId,
    appid: &AppId,
    request: &E,
) -> Attempt<<E::Answer as Answer>::Value> {
    match timeout(LIMIT, caller.merchant(component, appid, request)).await {
        Ok(Ok(value)) => Attempt::Done(value),
        Ok(Err(error)) if error.is_outcome_unknown() => Attempt::Unknown(error.into()),
        Ok(Err(error)) => Attempt::Refused(error),
        Err(_) => Attempt::Unknown(OrderError::under_way()),
    }
}

/// Why an order about a record was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// What was ordered cannot be right. WeChat was not asked.
    #[error("{0}")]
    Invalid(Faults),
    /// WeChat looked at the fields and named what is wrong, field by field. Nothing was changed.
    #[error("{refusal}: {faults}")]
    Faulty {
        /// The refusal as a whole.
        refusal: ApiError,
        /// Field by field.
        faults: Faults,
    },
    /// The order does not fit how things stand. Nothing was changed.
    #[error("{state}; {what_to_do}")]
    WrongState {
        /// How things stand.
        state: Text,
        /// What would help.
        what_to_do: Text,
    },
    /// The same was ordered a moment ago, and its outcome is not known yet.
    #[error("{0}")]
    UnderWay(Text),
    /// There is no such thing.
    #[error("{0}")]
    NotFound(Text),
    /// WeChat refused, or could not be asked.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<Faults> for OrderError {
    fn from(faults: Faults) -> Self {
        OrderError::Invalid(faults)
    }
}

impl OrderError {
    pub(crate) fn wrong_state(state: Text, what_to_do: Text) -> Self {
        OrderError::WrongState { state, what_to_do }
    }

    pub(crate) fn under_way() -> Self {
        OrderError::UnderWay(Text::fixed(
            "同样的操作刚刚提交，微信尚未返回结果，系统正在核对，请一分钟后查看",
            "the same was ordered a moment ago, and what became of it is being found out; look \
             again in a minute",
        ))
    }

    /// Hints of WeChat's, whose fields begin with one of `parts`: the name in WeChat's request, and
    /// the pointer in ours.
    pub(crate) fn faulty(refusal: ApiError, hints: Vec<Hint>, parts: &[(&str, &str)]) -> Self {
        let mut faults = Faults::new();
        for hint in hints {
            let words = match (hint.errmsg.trim(), hint.errcode) {
                ("", Some(errcode)) => format!("{errcode}"),
                (words, _) => words.to_owned(),
            };
            let why = Text::new(format!("微信：{words}"), format!("WeChat: {words}"));
            faults.push(pointer(&hint.err_field, parts), why);
        }
        OrderError::Faulty { refusal, faults }
    }
}

/// `icp_subject.base_info.name` as a pointer into our own request.
fn pointer(field: &str, parts: &[(&str, &str)]) -> String {
    let field = field.replace(['[', '.'], "/").replace(']', "");
    let known = parts.iter().find_map(|(theirs, ours)| {
        let rest = field.strip_prefix(theirs)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{ours}{rest}"))
    });
    known.unwrap_or_else(|| format!("/{field}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_wechats_is_found_again_in_our_request() {
        let parts = [("icp_subject", "/subject"), ("icp_applets", "/applets")];
        assert_eq!(pointer("icp_subject.base_info.name", &parts), "/subject/base_info/name");
        assert_eq!(pointer("icp_applets", &parts), "/applets");
        assert_eq!(
            pointer("icp_applets.nrlx_details[1].code", &parts),
            "/applets/nrlx_details/1/code"
        );
        assert_eq!(pointer("something_else", &parts), "/something_else");
    }
}
