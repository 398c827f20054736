//! What WeChat pushes, once it is decrypted: bytes in, values out.
//!
//! There are two addresses and so two kinds of message. The authorization-event address gets an
//! [`AuthorizationEvent`], told by its `InfoType`; the message-and-event address gets an
//! [`AccountMessage`], told by its `MsgType` and `Event`. Both are read from XML and from JSON.
//! Names that this crate has not met become `Unknown` with all their fields, for WeChat adds some
//! every year.
//!
//! Names are case sensitive: `AppId` is the component, `appid` the mini program.
//!
//! [`Summary`] reads only what decides where a message goes, without building anything.

mod account;
mod authorization;
mod code_review;
mod document;
pub mod go_live;
mod order_path;
mod registration;
mod reply;
mod standing;
mod summary;
mod verification;

use std::fmt;

pub use account::{AccountContent, AccountEvent, AccountMessage, TextMessage, UserEvent};
pub use authorization::{AuthorizationEvent, Authorized, Info, Unauthorized};
pub use code_review::{WeappAuditDelay, WeappAuditFail, WeappAuditSuccess};
pub use order_path::{
    OrderPathApplied, OrderPathApplyResult, OrderPathAuditResult, OrderPathAudited,
};
pub use registration::{
    FastRegistration, RegistrationDetails, TrialConversion, TrialConversionByOfficialAccount,
    TrialDetails, TrialRegistration,
};
pub use reply::text_reply;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
pub use standing::{
    AppealMaterial, IllegalMaterial, Material, PrivacyApplyResult, WxaAppealRecord,
    WxaCategoryAudit, WxaIllegalRecord, WxaNicknameAudit, WxaPrivacyApply,
};
pub use summary::Summary;
pub use verification::{
    ApplyIcpFilingResult, Dispatch, IcpFilingVerifyResult, WxaAuth, WxaAuthAndIcp, WxaVerifyExpiry,
};

/// Reads a message of the authorization-event address.
pub fn parse_authorization(message: &[u8]) -> Result<AuthorizationEvent, Unreadable> {
    AuthorizationEvent::from_fields(document::read(message)?)
}

/// Reads a message of the message-and-event address.
pub fn parse_account(message: &[u8]) -> Result<AccountMessage, Unreadable> {
    AccountMessage::from_fields(document::read(message)?)
}

/// A message that was genuine and that we do not understand. Says where, never what stood there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than [`MAX_BODY`](crate::crypto::MAX_BODY).
    #[error("the message is too large")]
    TooLarge,
    /// Not UTF-8.
    #[error("the message is not UTF-8")]
    NotUtf8,
    /// Neither XML nor a JSON object.
    #[error("the message is neither XML nor a JSON object")]
    Syntax,
    /// Neither `InfoType` nor `MsgType` nor `Event`.
    #[error("the message does not say what it is")]
    NoType,
    /// A field is missing or is of another type.
    #[error("the message has nothing readable at '{path}'")]
    Field {
        /// Where, such as `info.status`; the empty path is the message itself, where a field is
        /// missing.
        path: String,
    },
}

/// Fields of a message that are not declared. Prints their names only.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields(pub Map<String, Value>);

impl fmt::Debug for Fields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// Names of fields that may hold a secret or name a user have one of these in them, in small letters.
const SECRET: [&str; 15] = [
    "code", "ticket", "token", "secret", "key", "session", "password", "openid", "unionid",
    "encrypt", "card", "phone", "mobile", "email", "address",
];
/// A text has one of these in it, in small letters, where it shows a secret of WeChat's or a parameter
/// that is one.
const SHOWS_SECRET: [&str; 5] = ["@@@", "token=", "secret=", "ticket=", "code="];

impl Fields {
    /// The fields, with `[REDACTED]` in the place of each text that may be a secret or tell of a person,
    /// by its name or by what it looks like.
    pub fn without_secrets(mut self) -> Map<String, Value> {
        hide(&mut self.0);
        self.0
    }
}

fn hide(fields: &mut Map<String, Value>) {
    for (name, value) in fields {
        let name = name.to_ascii_lowercase();
        let is_secret = SECRET.iter().any(|part| name.contains(part));
        hide_in(value, is_secret);
    }
}

fn hide_in(value: &mut Value, is_secret: bool) {
    // JSON within a text has names of its own.
    if let Value::String(text) = value
        && let Ok(mut within @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text)
    {
        hide_in(&mut within, is_secret);
        *text = within.to_string();
        return;
    }
    let shows = |text: &str| {
        let text = text.to_ascii_lowercase();
        SHOWS_SECRET.iter().any(|part| text.contains(part))
    };
    match value {
        Value::String(text) if shows(text) => *value = "[REDACTED]".into(),
        Value::Object(fields) => hide(fields),
        Value::Array(values) => values.iter_mut().for_each(|one| hide_in(one, is_secret)),
        Value::Null | Value::Bool(_) => {}
        Value::String(_) | Value::Number(_) if is_secret => *value = "[REDACTED]".into(),
        Value::String(_) | Value::Number(_) => {}
    }
}

/// Whether events of that name are about one of a mini program's users, as far as names tell: a shop
/// has thousands of them.
pub fn concerns_a_user(name: &str) -> bool {
    const BEGINNINGS: [&str; 5] = ["user_", "subscribe_msg_", "kf_", "view_", "xpay_"];
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

/// Makes a message's own struct of its fields.
fn typed<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, Unreadable> {
    // serde's own text may quote a value: only the place is kept.
    serde_path_to_error::deserialize(Value::Object(fields))
        .map_err(|error| Unreadable::Field { path: error.path().to_string() })
}

/// Takes a text out of the fields; `None` where there is none.
fn take_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.remove(name)? {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Takes a whole number out of the fields; `None` where there is none.
fn take_integer(fields: &mut Map<String, Value>, name: &str) -> Option<i64> {
    match fields.remove(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_may_be_a_secret_is_left_out_of_fields_that_are_shown() {
        let fields = json!({ "Reason": "资料不全", "AuthCode": "queryauthcode@@@x", "Count": 3,
            "info": { "session_key": "c2Vzc2lvbg==", "unique_id": "7" },
            "list": [{ "OpenID": "oABC" }, { "name": "a" }], "tokens": ["a", 1, null],
            "note": "see preauthcode@@@abc", "url": "https://a.example/?access_token=A&x=1",
            "json": "{\"access_token\":\"A\",\"n\":1}" });
        let Value::Object(fields) = fields else { unreachable!() };
        let hidden = "[REDACTED]";
        let shown = json!({ "Reason": "资料不全", "AuthCode": hidden, "Count": 3,
            "info": { "session_key": hidden, "unique_id": "7" },
            "list": [{ "OpenID": hidden }, { "name": "a" }], "tokens": [hidden, hidden, null],
            "note": hidden, "url": hidden, "json": r#"{"access_token":"[REDACTED]","n":1}"# });
        assert_eq!(Value::Object(Fields(fields).without_secrets()), shown);
    }
}
