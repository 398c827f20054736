use http::Method;
use serde::Serialize;

use super::RegistrationTask;
use crate::{Endpoint, answer::Json, quiet::quiet, token::ComponentToken};

/// Begins the registration of an enterprise's mini program; `fastregisterenterpriseweapp` with
/// `action=create`. The legal person opens the task's link within 24 hours and shows his face; an
/// event tells the end. One task at a time for an enterprise (89249).
#[derive(Serialize)]
pub struct FastRegisterEnterpriseWeapp<'a> {
    /// The enterprise's name, exactly as registered; for a sole trader without a name `个体户` and the
    /// legal person's name.
    pub name: &'a str,
    /// The unified social credit code, 18 characters.
    pub code: &'a str,
    /// The platform's telephone number.
    pub component_phone: &'a str,
    /// Always `true` since 2026-04-30: WeChat refuses the form before that, and leaves it to us to
    /// bring [`authorize_url`](RegistrationTask::authorize_url) to the person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub new_version: bool,
}

/// Reads how the registration of an enterprise's mini program stands;
/// `fastregisterenterpriseweapp` with `action=query`.
///
/// Its numbers: 1 begun, 2 not done in time, 3 refused, 4 agreed, 5 face check begun, 6 failed, 7
/// passed, 8 code sent to the telephone, 9 telephone failed, 10 submitted, 11 registration failed, 12
/// registered, 13 company check passed, 14 failed, 1001-1008 as in the event.
#[derive(Debug, Serialize)]
pub struct FastRegisterEnterpriseWeappQuery<'a> {
    /// The task.
    pub taskid: &'a str,
    /// Always `true` since 2026-04-30: WeChat refuses the form before that, and leaves it to us to
    /// bring [`authorize_url`](RegistrationTask::authorize_url) to the person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub new_version: bool,
}

quiet!(FastRegisterEnterpriseWeapp<'_>);

impl Endpoint for FastRegisterEnterpriseWeapp<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/component/fastregisterenterpriseweapp";
    type Token = ComponentToken;
    type Answer = Json<RegistrationTask>;
    const REPEATABLE: bool = false;

    fn query(&self) -> Vec<(&'static str, String)> {
        vec![("action", "create".to_owned())]
    }
}

impl Endpoint for FastRegisterEnterpriseWeappQuery<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/component/fastregisterenterpriseweapp";
    type Token = ComponentToken;
    type Answer = Json<RegistrationTask>;

    fn query(&self) -> Vec<(&'static str, String)> {
        vec![("action", "query".to_owned())]
    }
}
