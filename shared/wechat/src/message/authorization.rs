use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    ApplyIcpFilingResult, FastRegistration, Fields, IcpFilingVerifyResult, OrderPathApplied,
    OrderPathAudited, TrialConversion, TrialRegistration, Unreadable, WxaAuth, WxaAuthAndIcp,
    WxaVerifyExpiry, take_integer, take_text, typed,
};
use crate::lenient;

/// A message of the authorization-event address.
#[derive(Debug, Clone)]
pub struct AuthorizationEvent {
    /// The component it is meant for. Must be the one whose address was used.
    pub app_id: Option<String>,
    /// When it happened, in seconds of Unix time. Events arrive in any order: this is theirs.
    pub create_time: Option<i64>,
    /// What happened.
    pub info: Info,
}

/// What happened, by `InfoType`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Info {
    /// The ticket that component tokens are made with; every ten minutes, valid for twelve hours.
    ComponentVerifyTicket(SecretString),
    /// A merchant authorized the component.
    Authorized(Authorized),
    /// A merchant authorized again, with other permission sets.
    UpdateAuthorized(Authorized),
    /// A merchant withdrew the authorization.
    Unauthorized(Unauthorized),
    /// A registration on behalf of a merchant ended; `notify_third_fasteregister`.
    NotifyThirdFastRegister(FastRegistration),
    /// A trial mini program was made, or was not.
    NotifyThirdFastRegisterBetaApp(TrialRegistration),
    /// A trial mini program became an ordinary one, or did not.
    NotifyThirdFastVerifyBetaApp(TrialConversion),
    /// WeChat's verification of a merchant went on a step.
    Notify3rdWxaAuth(WxaAuth),
    /// WeChat's verification of a merchant is about to expire.
    Notify3rdWxaWxverify(WxaVerifyExpiry),
    /// Verification and ICP filing in one went on a step.
    Notify3rdWxaAuthAndIcp(WxaAuthAndIcp),
    /// The administrator's face check for the ICP filing ended.
    NotifyIcpFilingVerifyResult(IcpFilingVerifyResult),
    /// The ICP filing was decided.
    NotifyApplyIcpFilingResult(ApplyIcpFilingResult),
    /// The application for order pages was taken, mini program by mini program.
    OrderPathApplyResultNotify(OrderPathApplied),
    /// The order pages were reviewed.
    OrderPathAuditResultNotify(OrderPathAudited),
    /// Something that this crate has not met.
    Unknown {
        /// Its `InfoType`.
        name: String,
        /// Everything else that it said.
        fields: Fields,
    },
}

/// A grant: the code is exchanged once, by [`ApiQueryAuth`](crate::endpoint::ApiQueryAuth). The
/// merchant's redirect carries the same code, before or after.
#[derive(Debug, Clone, Deserialize)]
pub struct Authorized {
    /// The merchant's account.
    #[serde(rename = "AuthorizerAppid")]
    pub authorizer_appid: String,
    /// The code.
    #[serde(rename = "AuthorizationCode")]
    pub authorization_code: SecretString,
    /// Until when the code can be exchanged, in seconds of Unix time. (The redirect's
    /// `expires_in` counts from now.)
    #[serde(
        rename = "AuthorizationCodeExpiredTime",
        default,
        deserialize_with = "lenient::integer_if_any"
    )]
    pub authorization_code_expired_time: Option<i64>,
    /// The code of the link that the merchant followed.
    #[serde(rename = "PreAuthCode", default, deserialize_with = "lenient::optional_secret")]
    pub pre_auth_code: Option<SecretString>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// The end of a grant. Its refresh token is dead from now on.
#[derive(Debug, Clone, Deserialize)]
pub struct Unauthorized {
    /// The merchant's account.
    #[serde(rename = "AuthorizerAppid")]
    pub authorizer_appid: String,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

impl AuthorizationEvent {
    pub(super) fn from_fields(mut fields: Map<String, Value>) -> Result<Self, Unreadable> {
        let app_id = take_text(&mut fields, "AppId");
        let create_time = take_integer(&mut fields, "CreateTime");
        // The events about filing are documented with `Event` and seen with `InfoType`.
        let name = take_text(&mut fields, "InfoType")
            .or_else(|| take_text(&mut fields, "Event"))
            .or_else(|| OrderPathAudited::recognize(&fields).map(str::to_owned))
            .ok_or(Unreadable::NoType)?;
        Ok(AuthorizationEvent { app_id, create_time, info: Info::from_fields(name, fields)? })
    }
}

impl Info {
    /// The `InfoType`.
    pub fn name(&self) -> &str {
        match self {
            Info::ComponentVerifyTicket(_) => "component_verify_ticket",
            Info::Authorized(_) => "authorized",
            Info::UpdateAuthorized(_) => "updateauthorized",
            Info::Unauthorized(_) => "unauthorized",
            Info::NotifyThirdFastRegister(_) => "notify_third_fasteregister",
            Info::NotifyThirdFastRegisterBetaApp(_) => "notify_third_fastregisterbetaapp",
            Info::NotifyThirdFastVerifyBetaApp(_) => "notify_third_fastverifybetaapp",
            Info::Notify3rdWxaAuth(_) => "notify_3rd_wxa_auth",
            Info::Notify3rdWxaWxverify(_) => "notify_3rd_wxa_wxverify",
            Info::Notify3rdWxaAuthAndIcp(_) => "notify_3rd_wxa_auth_and_icp",
            Info::NotifyIcpFilingVerifyResult(_) => "notify_icpfiling_verify_result",
            Info::NotifyApplyIcpFilingResult(_) => "notify_apply_icpfiling_result",
            Info::OrderPathApplyResultNotify(_) => "order_path_apply_result_notify",
            Info::OrderPathAuditResultNotify(_) => "order_path_audit_result_notify",
            Info::Unknown { name, .. } => name,
        }
    }

    fn from_fields(name: String, mut fields: Map<String, Value>) -> Result<Self, Unreadable> {
        Ok(match name.as_str() {
            "component_verify_ticket" => {
                let ticket = take_text(&mut fields, TICKET)
                    .ok_or_else(|| Unreadable::Field { path: TICKET.to_owned() })?;
                Info::ComponentVerifyTicket(ticket.into())
            }
            "authorized" => Info::Authorized(typed(fields)?),
            "updateauthorized" => Info::UpdateAuthorized(typed(fields)?),
            "unauthorized" => Info::Unauthorized(typed(fields)?),
            "notify_third_fasteregister" | "notify_third_fastregister" => {
                Info::NotifyThirdFastRegister(typed(fields)?)
            }
            "notify_third_fastregisterbetaapp" => {
                Info::NotifyThirdFastRegisterBetaApp(typed(fields)?)
            }
            "notify_third_fastverifybetaapp" => Info::NotifyThirdFastVerifyBetaApp(typed(fields)?),
            "notify_3rd_wxa_auth" => Info::Notify3rdWxaAuth(typed(fields)?),
            "notify_3rd_wxa_wxverify" => Info::Notify3rdWxaWxverify(typed(fields)?),
            "notify_3rd_wxa_auth_and_icp" => Info::Notify3rdWxaAuthAndIcp(typed(fields)?),
            "notify_icpfiling_verify_result" => Info::NotifyIcpFilingVerifyResult(typed(fields)?),
            "notify_apply_icpfiling_result" => Info::NotifyApplyIcpFilingResult(typed(fields)?),
            "order_path_apply_result_notify" => Info::OrderPathApplyResultNotify(typed(fields)?),
            "order_path_audit_result_notify" => Info::OrderPathAuditResultNotify(typed(fields)?),
            _ => Info::Unknown { name, fields: Fields(fields) },
        })
    }
}

const TICKET: &str = "ComponentVerifyTicket";
