use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Gives the approved version to a part of the users, or to more of them; `grayrelease`.
///
/// The part has to grow from call to call (85082), so that a second call does no harm. 0 is allowed together with one of the flags.
/// 85079 where nothing is online yet, 85080 where nothing is approved. While it runs nothing can
/// be rolled back (87011).
#[derive(Debug, Clone, Default, Serialize)]
pub struct GrayRelease {
    /// How many of a hundred users get the version, 0 to 100.
    pub gray_percentage: u8,
    /// Whether the project's members get it first; written `support_debuger_first`.
    #[serde(rename = "support_debuger_first", skip_serializing_if = "Option::is_none")]
    pub support_debugger_first: Option<bool>,
    /// Whether the testers get it first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_experiencer_first: Option<bool>,
}

impl Endpoint for GrayRelease {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/grayrelease";
    type Token = AuthorizerToken;
    type Answer = Done;
}
