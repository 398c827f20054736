use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::ComponentToken};

/// Sets the platform's counters of today's calls to zero, an older form that only some report;
/// `component/clear_quota`. Prefer [`ComponentClearQuotaV2`](super::ComponentClearQuotaV2), which
/// needs no token: without calls left there may be none to get.
#[derive(Debug, Serialize)]
pub struct ComponentClearQuota<'a> {
    /// The platform's appid.
    pub component_appid: &'a str,
}

impl Endpoint for ComponentClearQuota<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/clear_quota";
    type Token = ComponentToken;
    type Answer = Done;
    const TOKEN_PARAMETER: &'static str = "component_access_token";
    const REPEATABLE: bool = false;
}
