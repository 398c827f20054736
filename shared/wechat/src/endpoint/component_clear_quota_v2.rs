use std::fmt;

use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::NoToken};

/// Sets the counters of today's calls to zero, of the platform or of an account that authorized
/// it; `component/clear_quota/v2`. Takes no token, so that it works when even the call for a token
/// is used up (45009).
///
/// Ten times a month for each account, through the console and all calls together (48006), so that
/// it must not be repeated blindly. 43007 for an account that did not authorize the platform.
#[derive(Serialize)]
pub struct ComponentClearQuotaV2<'a> {
    /// The platform's appid.
    pub component_appid: &'a str,
    /// The platform's secret, here named `appsecret`.
    pub appsecret: &'a str,
    /// The account; `None` for the platform itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appid: Option<&'a str>,
}

impl Endpoint for ComponentClearQuotaV2<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/clear_quota/v2";
    type Token = NoToken;
    type Answer = Done;
    const REPEATABLE: bool = false;
}

impl fmt::Debug for ComponentClearQuotaV2<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ComponentClearQuotaV2({}, {:?})", self.component_appid, self.appid)
    }
}
