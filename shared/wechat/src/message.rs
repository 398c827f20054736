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
