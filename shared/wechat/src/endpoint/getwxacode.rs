use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};

use crate::{Endpoint, answer::Image, token::AuthorizerToken};

/// Draws a mini-program code for a page with its parameters; `getwxacode`.
///
/// 100 000 for each mini program in its whole life, together with
/// [`CreateWxaQrcode`](super::CreateWxaQrcode) (45029).
#[derive(Debug, Default, Serialize)]
pub struct GetWxaCode<'a> {
    /// The page, which may carry a query; 1024 bytes at most, 128 in older texts.
    pub path: &'a str,
    /// How it looks.
    #[serde(flatten)]
    pub picture: PictureOptions,
}

/// How a mini-program code looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureOptions {
    /// The width in pixels, 280 to 1280; 430 where `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Whether WeChat chooses the colour of the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_color: Option<bool>,
    /// The colour of the lines, where `auto_color` is not `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_color: Option<LineColor>,
    /// Whether the background is transparent; gives a PNG.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_hyaline: Option<bool>,
    /// Which version the code opens; the one online where `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_version: Option<EnvVersion>,
}

/// A colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineColor {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

/// A version of a mini program by who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvVersion {
    /// Online.
    Release,
    /// On trial.
    Trial,
    /// In development.
    Develop,
}

impl Endpoint for GetWxaCode<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/getwxacode";
    type Token = AuthorizerToken;
    type Answer = Image;
    const TIMEOUT: Duration = Duration::from_secs(15);
}
