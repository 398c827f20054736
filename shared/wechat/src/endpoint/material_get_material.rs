use std::time::Duration;

use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Image, token::AuthorizerToken};

/// Fetches a permanent picture, such as a reviewer's screenshot; `material/get_material`.
#[derive(Debug, Serialize)]
pub struct GetMaterial<'a> {
    /// The picture, such as one of [`GetAuditStatusResponse::screenshot`].
    ///
    /// [`GetAuditStatusResponse::screenshot`]: super::GetAuditStatusResponse::screenshot
    pub media_id: &'a str,
}

impl Endpoint for GetMaterial<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/material/get_material";
    type Token = AuthorizerToken;
    type Answer = Image;
    const TIMEOUT: Duration = Duration::from_secs(15);
}
