use std::fmt;

use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::NoToken};

/// Asks WeChat to push tickets (again); `api_start_push_ticket`. Harmless when it already does.
#[derive(Serialize)]
pub struct ApiStartPushTicket<'a> {
    /// The platform's appid.
    pub component_appid: &'a str,
    /// The platform's secret, spelled `component_secret` here.
    pub component_secret: &'a str,
}

impl Endpoint for ApiStartPushTicket<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/api_start_push_ticket";
    type Token = NoToken;
    type Answer = Done;
}

impl fmt::Debug for ApiStartPushTicket<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiStartPushTicket({})", self.component_appid)
    }
}
