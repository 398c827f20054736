use http::Method;
use serde::Serialize;

use super::RegistrationTask;
use crate::{Endpoint, answer::Json, quiet::quiet, token::AuthorizerToken};

/// Turns a trial mini program into the ordinary one of an enterprise; `verifybetaweapp`. Permission
/// set 81; 5 a minute and 100 a day. The legal person opens the link; the event
/// `notify_third_fastverifybetaapp` tells the end.
#[derive(Serialize)]
pub struct VerifyBetaWeapp<'a> {
    /// The enterprise.
    pub verify_info: BetaVerifyInfo<'a>,
    /// Always `true` since 2026-04-30: WeChat refuses the form before that, and leaves it to us to
    /// bring [`authorize_url`](RegistrationTask::authorize_url) to the person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub new_version: bool,
}

/// The enterprise that takes a trial mini program over. The optional fields belong to the form that
/// was retired on 2026-04-30.
#[derive(Clone, Default, Serialize)]
pub struct BetaVerifyInfo<'a> {
    /// Its name, exactly as registered.
    pub enterprise_name: &'a str,
    /// Its unified social credit code, 18 characters.
    pub code: &'a str,
    /// Retired: 1 unified credit code, 2 organisation code, 3 registration number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_type: Option<i64>,
    /// Retired: the legal person's WeChat id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_persona_wechat: Option<&'a str>,
    /// Retired: the legal person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_persona_name: Option<&'a str>,
    /// Retired: the legal person's number of identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_persona_idcard: Option<&'a str>,
    /// The platform's telephone number.
    pub component_phone: &'a str,
}

quiet!(VerifyBetaWeapp<'_>);
quiet!(BetaVerifyInfo<'_>);

impl Endpoint for VerifyBetaWeapp<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/verifybetaweapp";
    type Token = AuthorizerToken;
    type Answer = Json<RegistrationTask>;
    const REPEATABLE: bool = false;
}
