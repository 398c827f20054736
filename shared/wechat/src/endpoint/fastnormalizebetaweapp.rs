use http::Method;
use serde::Serialize;

use super::RegistrationTask;
use crate::{Endpoint, answer::Json, quiet::quiet, token::AuthorizerToken};

/// Begins to turn a trial mini program into an ordinary one; `fastnormalizebetaweapp` with
/// `action=createtask`. Permission set 81. What is known of it is less than of
/// [`VerifyBetaWeapp`](super::VerifyBetaWeapp).
#[derive(Serialize)]
pub struct FastNormalizeBetaWeapp<'a> {
    /// The platform's telephone number.
    pub component_phone: &'a str,
    /// Always `true` since 2026-04-30: WeChat refuses the form before that, and leaves it to us to
    /// bring [`authorize_url`](RegistrationTask::authorize_url) to the person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub new_version: bool,
}

/// Reads how such a conversion stands; `fastnormalizebetaweapp` with `action=query`.
#[derive(Debug, Serialize)]
pub struct FastNormalizeBetaWeappQuery<'a> {
    /// The task.
    pub taskid: &'a str,
    /// Always `true` since 2026-04-30: WeChat refuses the form before that, and leaves it to us to
    /// bring [`authorize_url`](RegistrationTask::authorize_url) to the person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub new_version: bool,
}

quiet!(FastNormalizeBetaWeapp<'_>);

impl Endpoint for FastNormalizeBetaWeapp<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/component/fastnormalizebetaweapp";
    type Token = AuthorizerToken;
    type Answer = Json<RegistrationTask>;
    const REPEATABLE: bool = false;

    fn query(&self) -> Vec<(&'static str, String)> {
        vec![("action", "createtask".to_owned())]
    }
}

impl Endpoint for FastNormalizeBetaWeappQuery<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/component/fastnormalizebetaweapp";
    type Token = AuthorizerToken;
    type Answer = Json<RegistrationTask>;

    fn query(&self) -> Vec<(&'static str, String)> {
        vec![("action", "query".to_owned())]
    }
}
