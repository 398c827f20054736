use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    ApplyIcpFilingResult, Fields, IcpFilingVerifyResult, TrialConversionByOfficialAccount,
    Unreadable, WeappAuditDelay, WeappAuditFail, WeappAuditSuccess, WxaAppealRecord,
    WxaCategoryAudit, WxaIllegalRecord, WxaNicknameAudit, WxaPrivacyApply, take_integer, take_text,
    typed,
};
use crate::lenient;

/// A message of the message-and-event address. Which account it is about stands in the address
/// only.
#[derive(Debug, Clone)]
pub struct AccountMessage {
    /// The account's original id, `gh_…`.
    pub to_user_name: Option<String>,
    /// The user's openid; for events about the account, one of WeChat's own.
    pub from_user_name: Option<String>,
    /// When it was sent, in seconds of Unix time.
    pub create_time: Option<i64>,
    /// The message's number; events have none.
    pub msg_id: Option<String>,
    /// What was sent.
    pub content: AccountContent,
}

/// What was sent, by `MsgType`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AccountContent {
    /// A text from a user.
    Text(TextMessage),
    /// An event.
    Event(AccountEvent),
    /// Another kind of message: `image`, `miniprogrampage`, …
    Other {
        /// Its `MsgType`.
        msg_type: String,
        /// Everything else that it said.
        fields: Fields,
    },
}

/// A text from a user. Prints no word of it.
#[derive(Clone)]
pub struct TextMessage {
    /// The text.
    pub content: String,
    /// Fields that are not declared here.
    pub other: Fields,
}

/// What happened to an account, by `Event`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AccountEvent {
    /// The code passed its review.
    WeappAuditSuccess(WeappAuditSuccess),
    /// The code did not pass its review.
    WeappAuditFail(WeappAuditFail),
    /// The review takes longer.
    WeappAuditDelay(WeappAuditDelay),
    /// A new name was decided about.
    WxaNicknameAudit(WxaNicknameAudit),
    /// A category was decided about.
    WxaCategoryAudit(WxaCategoryAudit),
    /// A privacy interface was decided about.
    WxaPrivacyApply(WxaPrivacyApply),
    /// A violation was recorded.
    WxaIllegalRecord(WxaIllegalRecord),
    /// An appeal against a violation went on a step.
    WxaAppealRecord(WxaAppealRecord),
    /// A trial mini program's conversion through an official account ended.
    BetaappVerify(TrialConversionByOfficialAccount),
    /// A trial mini program's conversion through an official account was asked for.
    BetaappVerifyApply(TrialConversionByOfficialAccount),
    /// The authorization for such a conversion was asked for.
    BetaappAuthorizationApply(TrialConversionByOfficialAccount),
    /// The administrator's face check for the ICP filing ended.
    NotifyIcpFilingVerifyResult(IcpFilingVerifyResult),
    /// The ICP filing was decided.
    NotifyApplyIcpFilingResult(ApplyIcpFilingResult),
    /// A user changed what the mini program may know.
    UserInfoModified(UserEvent),
    /// A user withdrew what the mini program may know.
    UserAuthorizationRevoke(UserEvent),
    /// A user's WeChat account was cancelled.
    UserAuthorizationCancellation(UserEvent),
    /// WeChat's test tool sent something.
    DebugDemo {
        /// What.
        debug_str: String,
    },
    /// Something that this crate has not met.
    Unknown {
        /// Its `Event`.
        name: String,
        /// Everything else that it said.
        fields: Fields,
    },
}

/// An event about one user.
#[derive(Debug, Clone, Deserialize)]
pub struct UserEvent {
    /// The user; `OpenID` in some events.
    #[serde(default, alias = "OpenID", deserialize_with = "lenient::text")]
    pub openid: String,
    /// The mini program; `AppID` in some events.
    #[serde(default, alias = "AppID", deserialize_with = "lenient::optional_text")]
    pub appid: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

impl AccountMessage {
    pub(super) fn from_fields(mut fields: Map<String, Value>) -> Result<Self, Unreadable> {
        let to_user_name = take_text(&mut fields, "ToUserName");
        let from_user_name = take_text(&mut fields, "FromUserName");
        let create_time = take_integer(&mut fields, "CreateTime");
        let msg_id = take_text(&mut fields, "MsgId");
        let content = AccountContent::from_fields(fields)?;
        Ok(AccountMessage { to_user_name, from_user_name, create_time, msg_id, content })
    }
}

impl AccountContent {
    fn from_fields(mut fields: Map<String, Value>) -> Result<Self, Unreadable> {
        let msg_type = take_text(&mut fields, "MsgType");
        let event = take_text(&mut fields, "Event");
        // The filing events may arrive here by the other address's name.
        let info_type = take_text(&mut fields, "InfoType");
        match (msg_type.as_deref(), event.or(info_type)) {
            (Some("event") | None, Some(name)) => {
                AccountEvent::from_fields(name, fields).map(AccountContent::Event)
            }
            (Some("text"), _) => {
                let content = take_text(&mut fields, "Content").unwrap_or_default();
                Ok(AccountContent::Text(TextMessage { content, other: Fields(fields) }))
            }
            (Some("event") | None, None) => Err(Unreadable::NoType),
            (Some(other), _) => {
                Ok(AccountContent::Other { msg_type: other.to_owned(), fields: Fields(fields) })
            }
        }
    }
}

impl AccountEvent {
    /// The `Event`.
    pub fn name(&self) -> &str {
        match self {
            AccountEvent::WeappAuditSuccess(_) => "weapp_audit_success",
            AccountEvent::WeappAuditFail(_) => "weapp_audit_fail",
            AccountEvent::WeappAuditDelay(_) => "weapp_audit_delay",
            AccountEvent::WxaNicknameAudit(_) => "wxa_nickname_audit",
            AccountEvent::WxaCategoryAudit(_) => "wxa_category_audit",
            AccountEvent::WxaPrivacyApply(_) => "wxa_privacy_apply",
            AccountEvent::WxaIllegalRecord(_) => "wxa_illegal_record",
            AccountEvent::WxaAppealRecord(_) => "wxa_appeal_record",
            AccountEvent::BetaappVerify(_) => "betaapp_verify_event",
            AccountEvent::BetaappVerifyApply(_) => "betaapp_verify_apply_event",
            AccountEvent::BetaappAuthorizationApply(_) => "betaapp_authorization_apply_event",
            AccountEvent::NotifyIcpFilingVerifyResult(_) => "notify_icpfiling_verify_result",
            AccountEvent::NotifyApplyIcpFilingResult(_) => "notify_apply_icpfiling_result",
            AccountEvent::UserInfoModified(_) => "user_info_modified",
            AccountEvent::UserAuthorizationRevoke(_) => "user_authorization_revoke",
            AccountEvent::UserAuthorizationCancellation(_) => "user_authorization_cancellation",
            AccountEvent::DebugDemo { .. } => "debug_demo",
            AccountEvent::Unknown { name, .. } => name,
        }
    }

    fn from_fields(name: String, mut fields: Map<String, Value>) -> Result<Self, Unreadable> {
        Ok(match name.as_str() {
            "weapp_audit_success" => AccountEvent::WeappAuditSuccess(typed(fields)?),
            "weapp_audit_fail" => AccountEvent::WeappAuditFail(typed(fields)?),
            "weapp_audit_delay" => AccountEvent::WeappAuditDelay(typed(fields)?),
            "wxa_nickname_audit" => AccountEvent::WxaNicknameAudit(typed(fields)?),
            "wxa_category_audit" => AccountEvent::WxaCategoryAudit(typed(fields)?),
            "wxa_privacy_apply" => AccountEvent::WxaPrivacyApply(typed(fields)?),
            "wxa_illegal_record" => AccountEvent::WxaIllegalRecord(typed(fields)?),
            "wxa_appeal_record" => AccountEvent::WxaAppealRecord(typed(fields)?),
            "betaapp_verify_event" => AccountEvent::BetaappVerify(unwrapped(fields)?),
            "betaapp_verify_apply_event" => AccountEvent::BetaappVerifyApply(unwrapped(fields)?),
            "betaapp_authorization_apply_event" => {
                AccountEvent::BetaappAuthorizationApply(unwrapped(fields)?)
            }
            "notify_icpfiling_verify_result" => {
                AccountEvent::NotifyIcpFilingVerifyResult(typed(fields)?)
            }
            "notify_apply_icpfiling_result" => {
                AccountEvent::NotifyApplyIcpFilingResult(typed(fields)?)
            }
            "user_info_modified" => AccountEvent::UserInfoModified(typed(fields)?),
            "user_authorization_revoke" => AccountEvent::UserAuthorizationRevoke(typed(fields)?),
            "user_authorization_cancellation" => {
                AccountEvent::UserAuthorizationCancellation(typed(fields)?)
            }
            "debug_demo" => AccountEvent::DebugDemo {
                debug_str: take_text(&mut fields, "debug_str").unwrap_or_default(),
            },
            _ => AccountEvent::Unknown { name, fields: Fields(fields) },
        })
    }
}

/// The fields inside `ApplyAuthorizationInfoNoitfy`, should WeChat ever correct it under the
/// right name, or without it.
fn unwrapped(
    mut fields: Map<String, Value>,
) -> Result<TrialConversionByOfficialAccount, Unreadable> {
    let inner = ["ApplyAuthorizationInfoNoitfy", "ApplyAuthorizationInfoNotify"]
        .iter()
        .find_map(|name| fields.remove(*name));
    match inner {
        Some(Value::Object(inner)) => typed(inner),
        _ => typed(fields),
    }
}

impl fmt::Debug for TextMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TextMessage").field("other", &self.other).finish_non_exhaustive()
    }
}
