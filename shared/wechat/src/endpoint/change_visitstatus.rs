use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Suspends the mini program's service for its users, or resumes it; `change_visitstatus`.
/// [`GetVisitStatus`](super::GetVisitStatus) tells which it is, and also shows a suspension that
/// WeChat ordered; no source says that this would end one.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ChangeVisitStatus {
    /// What to do.
    pub action: VisitAction,
}

/// What to do with a mini program's service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VisitAction {
    /// Serve.
    Open,
    /// Suspend.
    Close,
}

impl Endpoint for ChangeVisitStatus {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/change_visitstatus";
    type Token = AuthorizerToken;
    type Answer = Done;
}
