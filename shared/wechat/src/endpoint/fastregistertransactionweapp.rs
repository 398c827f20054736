use http::Method;
use serde::Serialize;

use super::RegistrationTask;
use crate::{Endpoint, answer::Json, quiet::quiet, token::ComponentToken};

/// Registers a mini program for transactions; `fastregistertransactionweapp`. Little is known of it
/// but its fields.
#[derive(Serialize)]
pub struct FastRegisterTransactionWeapp<'a> {
    /// The future administrator's openid.
    pub openid: &'a str,
    /// The platform's telephone number.
    pub component_phone: &'a str,
    /// Always `true` since 2026-04-30: WeChat refuses the form before that, and leaves it to us to
    /// bring [`authorize_url`](RegistrationTask::authorize_url) to the person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub new_version: bool,
}

quiet!(FastRegisterTransactionWeapp<'_>);

impl Endpoint for FastRegisterTransactionWeapp<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/component/fastregistertransactionweapp";
    type Token = ComponentToken;
    type Answer = Json<RegistrationTask>;
    const REPEATABLE: bool = false;
}
