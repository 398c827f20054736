use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, quiet::quiet, token::ComponentToken};

/// Asks for an enterprise's mini program the way that was retired on 2026-04-30;
/// `fastregisterweapp` with `action=create`. WeChat answers it with -1. It stays declared for the
/// relay and because events of it may still arrive; use
/// [`FastRegisterEnterpriseWeapp`](super::FastRegisterEnterpriseWeapp).
#[derive(Serialize)]
pub struct FastRegisterWeapp<'a> {
    /// The enterprise's name, exactly as registered.
    pub name: &'a str,
    /// The enterprise's number.
    pub code: &'a str,
    /// 1 unified credit code, 2 organisation code, 3 registration number.
    pub code_type: i64,
    /// The legal person's WeChat id, not an openid.
    pub legal_persona_wechat: &'a str,
    /// The legal person's name, as the bank knows it.
    pub legal_persona_name: &'a str,
    /// The platform's telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component_phone: Option<&'a str>,
}

/// Asks how a retired registration stands; `fastregisterweapp` with `action=search`. The refusal's
/// code tells: 89250 no task, 89251 waiting for the face check, 89252 being checked.
#[derive(Serialize)]
pub struct FastRegisterWeappSearch<'a> {
    /// The enterprise's name.
    pub name: &'a str,
    /// The legal person's WeChat id.
    pub legal_persona_wechat: &'a str,
    /// The legal person's name.
    pub legal_persona_name: &'a str,
}

quiet!(FastRegisterWeapp<'_>);
quiet!(FastRegisterWeappSearch<'_>);

impl Endpoint for FastRegisterWeapp<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/fastregisterweapp";
    type Token = ComponentToken;
    type Answer = Done;
    const REPEATABLE: bool = false;

    fn query(&self) -> Vec<(&'static str, String)> {
        vec![("action", "create".to_owned())]
    }
}

impl Endpoint for FastRegisterWeappSearch<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/fastregisterweapp";
    type Token = ComponentToken;
    type Answer = Done;

    fn query(&self) -> Vec<(&'static str, String)> {
        vec![("action", "search".to_owned())]
    }
}
