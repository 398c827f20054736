use std::time::Duration;

use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Image, token::AuthorizerToken};

/// Draws a square QR code for a page; `createwxaqrcode`. Shares its limit with
/// [`GetWxaCode`](super::GetWxaCode).
#[derive(Debug, Default, Serialize)]
pub struct CreateWxaQrcode<'a> {
    /// The page, which may carry a query; 128 bytes at most.
    pub path: &'a str,
    /// The width in pixels, 280 to 1280; 430 where `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
}

impl Endpoint for CreateWxaQrcode<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/wxaapp/createwxaqrcode";
    type Token = AuthorizerToken;
    type Answer = Image;
    const TIMEOUT: Duration = Duration::from_secs(15);
}
