use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Sets the oldest base library that the mini program runs on; `setweappsupportversion`. 89014
/// for a version that was never published.
#[derive(Debug, Serialize)]
pub struct SetWeappSupportVersion<'a> {
    /// The version, such as `2.19.4`.
    pub version: &'a str,
}

impl Endpoint for SetWeappSupportVersion<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/wxopen/setweappsupportversion";
    type Token = AuthorizerToken;
    type Answer = Done;
}
