use std::fmt;

use http::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{Endpoint, answer::Json, lenient, token::ComponentToken};

/// Logs a user of a mini program in, without the mini program's secret; `jscode2session` of
/// `/sns/component/`.
///
/// A code is good for one call within five minutes (40029), so that this is not to be repeated
/// when its outcome is unknown: the user's page asks for a fresh code instead.
#[derive(Serialize)]
pub struct ComponentJsCode2Session<'a> {
    /// The mini program.
    pub appid: &'a str,
    /// What `wx.login` gave the page.
    pub js_code: &'a str,
    /// The platform.
    pub component_appid: &'a str,
}

/// The answer to [`ComponentJsCode2Session`].
#[derive(Debug, Clone, Deserialize)]
pub struct ComponentJsCode2SessionResponse {
    /// Who the user is to this mini program.
    pub openid: String,
    /// What the user's data are encrypted and signed with. Never leaves the server.
    pub session_key: SecretString,
    /// Who the user is to all accounts of one open-platform account; `None` where the mini program
    /// is bound to none.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub unionid: Option<String>,
}

impl Endpoint for ComponentJsCode2Session<'_> {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/sns/component/jscode2session";
    type Token = ComponentToken;
    type Answer = Json<ComponentJsCode2SessionResponse>;
    const TOKEN_PARAMETER: &'static str = "component_access_token";
    const REPEATABLE: bool = false;

    fn query(&self) -> Vec<(&'static str, String)> {
        vec![
            ("appid", self.appid.to_owned()),
            ("js_code", self.js_code.to_owned()),
            ("grant_type", "authorization_code".to_owned()),
            ("component_appid", self.component_appid.to_owned()),
        ]
    }
}

impl fmt::Debug for ComponentJsCode2Session<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ComponentJsCode2Session({})", self.appid)
    }
}
