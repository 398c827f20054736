use http::Method;
use serde::Serialize;

use super::RegistrationTask;
use crate::{Endpoint, answer::Json, quiet::quiet, token::ComponentToken};

/// Begins the registration of a person's mini program; `fastregisterpersonalweapp` with
/// `action=create`. The person opens the task's link within 24 hours and shows his face; an event
/// tells the end. Such a mini program cannot take payments. Five a day for a WeChat id (91030).
#[derive(Serialize)]
pub struct FastRegisterPersonalWeapp<'a> {
    /// The person's name: in the form before 2026-04-30 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idname: Option<&'a str>,
    /// The person's WeChat id.
    pub wxuser: &'a str,
    /// The platform's telephone number.
    pub component_phone: &'a str,
    /// Always `true` since 2026-04-30: WeChat refuses the form before that, and leaves it to us to
    /// bring [`authorize_url`](RegistrationTask::authorize_url) to the person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub new_version: bool,
}

/// Reads how the registration of a person's mini program stands; `fastregisterpersonalweapp` with
/// `action=query`.
///
/// Its numbers are not those of an enterprise: 0 begun, 1 not done in time, 2 refused, 3 agreed, 4
/// face check begun, 5 failed, 6 passed, 7 code sent to the telephone, 8 telephone failed, 9 passed,
/// 10 submitted, 11 registration failed, 12 registered, 13 check passed, 14 failed, 1001-1008 as in
/// the event.
#[derive(Debug, Serialize)]
pub struct FastRegisterPersonalWeappQuery<'a> {
    /// The task.
    pub taskid: &'a str,
    /// Always `true` since 2026-04-30: WeChat refuses the form before that, and leaves it to us to
    /// bring [`authorize_url`](RegistrationTask::authorize_url) to the person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub new_version: bool,
}

quiet!(FastRegisterPersonalWeapp<'_>);

impl Endpoint for FastRegisterPersonalWeapp<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/component/fastregisterpersonalweapp";
    type Token = ComponentToken;
    type Answer = Json<RegistrationTask>;
    const REPEATABLE: bool = false;

    fn query(&self) -> Vec<(&'static str, String)> {
        vec![("action", "create".to_owned())]
    }
}

impl Endpoint for FastRegisterPersonalWeappQuery<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/component/fastregisterpersonalweapp";
    type Token = ComponentToken;
    type Answer = Json<RegistrationTask>;

    fn query(&self) -> Vec<(&'static str, String)> {
        vec![("action", "query".to_owned())]
    }
}
