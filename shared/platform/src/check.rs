//! A check: what was looked at, how it stands, what was found, and what to do about it.

use serde::Serialize;
use wechat::ApiError;

use crate::{call::CallError, text::Text};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Its name, always the same.
    pub id: &'static str,
    /// How it stands.
    pub status: Status,
    /// What it is.
    pub title: Text,
    /// What was found, where that is not clear from the status.
    pub finding: Option<Text>,
    /// What to do about it; none if nothing has to be done.
    pub what_to_do: Option<Text>,
    /// Where that is done or described.
    pub link: Option<String>,
}

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Pass,
    /// It does not hinder anything yet, or passes by itself.
    Warn,
    /// What depends on it does not work.
    Fail,
    /// Nobody could tell.
    Unknown,
}

/// The name of a check, and what it is.
pub(crate) type What = (&'static str, Text);

impl Check {
    fn new((id, title): What, status: Status) -> Self {
        Check { id, status, title, finding: None, what_to_do: None, link: None }
    }

    /// It is as it should be.
    pub(crate) fn pass(what: What) -> Self {
        Check::new(what, Status::Pass)
    }

    /// It hinders nothing yet.
    pub(crate) fn warn(what: What, finding: Text, what_to_do: Text) -> Self {
        let check = Check::new(what, Status::Warn);
        Check { finding: Some(finding), what_to_do: Some(what_to_do), ..check }
    }

    /// What depends on it does not work.
    pub(crate) fn fail(what: What, finding: Text, what_to_do: Text) -> Self {
        Check { status: Status::Fail, ..Check::warn(what, finding, what_to_do) }
    }

    /// Nobody can tell: `finding` says why.
    pub(crate) fn unknown(what: What, finding: Text, what_to_do: Text) -> Self {
        Check { status: Status::Unknown, ..Check::warn(what, finding, what_to_do) }
    }

    /// WeChat was asked, and did not answer the question.
    pub(crate) fn unanswered(what: What, error: &CallError) -> Self {
        let busy = error.refusal().is_none_or(ApiError::is_busy);
        let (finding, what_to_do) = match error {
            CallError::WeChat(_) if busy => (
                Text::fixed("微信暂时没有应答", "WeChat does not answer at the moment"),
                Text::fixed("请稍后重新检查", "check again later"),
            ),
            error => (error.words(), error.what_to_do()),
        };
        Check::unknown(what, finding, what_to_do)
    }

    /// What was found although nothing is wrong.
    pub(crate) fn found(self, finding: Text) -> Self {
        Check { finding: Some(finding), ..self }
    }

    /// Where something is done about it.
    pub(crate) fn at(self, link: impl Into<String>) -> Self {
        Check { link: Some(link.into()), ..self }
    }
}
