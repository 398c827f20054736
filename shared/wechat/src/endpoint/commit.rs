use std::time::Duration;

use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Uploads a template with one merchant's settings; `commit`. It becomes the trial version at
/// once.
///
/// Starts a privacy detection; [`SubmitAudit`](super::SubmitAudit) before that has ended is
/// refused with 61039. Two commits to one mini program at a time are refused with 9402202.
#[derive(Debug, Serialize)]
pub struct Commit<'a> {
    /// The template.
    pub template_id: i64,
    /// The settings: a JSON object, already encoded as a string.
    pub ext_json: &'a str,
    /// The version's name, 64 characters at most.
    pub user_version: &'a str,
    /// A word about the version.
    pub user_desc: &'a str,
}

impl Endpoint for Commit<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/commit";
    type Token = AuthorizerToken;
    type Answer = Done;
    const TIMEOUT: Duration = Duration::from_secs(20);
}
