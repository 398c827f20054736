use std::time::Duration;

use http::Method;
use serde::Serialize;

use super::getwxacode::PictureOptions;
use crate::{Endpoint, answer::Image, token::AuthorizerToken};

/// Draws a mini-program code that carries a short scene; `getwxacodeunlimit`. As many as one
/// likes, 5000 a minute.
#[derive(Debug, Default, Serialize)]
pub struct GetWxaCodeUnlimit<'a> {
    /// 1 to 32 digits, letters and ``!#$&'()*+,/:;=?@-._~`` (40129, 40169).
    pub scene: &'a str,
    /// The page, without a slash in front and without a query; the home page where `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<&'a str>,
    /// Whether the page must be in the version online (41030); `true` where `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_path: Option<bool>,
    /// How it looks.
    #[serde(flatten)]
    pub picture: PictureOptions,
}

impl Endpoint for GetWxaCodeUnlimit<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/getwxacodeunlimit";
    type Token = AuthorizerToken;
    type Answer = Image;
    const TIMEOUT: Duration = Duration::from_secs(15);
}
