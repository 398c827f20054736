//! Code on its way: draft, template, trial, review, online.

use serde::{Deserialize, Serialize};

use crate::options::DraftOptions;

/// An upload from a development mini program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) id: i64,
    pub(crate) created: i64,
    pub(crate) code: DraftOptions,
}

/// An entry of the template library.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Template {
    pub(crate) id: i64,
    pub(crate) draft: i64,
    pub(crate) kind: i64,
    pub(crate) created: i64,
    pub(crate) code: DraftOptions,
}

/// The trial version: what was committed last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Trial {
    pub(crate) template: i64,
    pub(crate) user_version: String,
    pub(crate) user_desc: String,
    pub(crate) ext_json: String,
    pub(crate) pages: Vec<String>,
    pub(crate) committed: i64,
    /// Until when the privacy detection runs.
    pub(crate) detection_until: i64,
    pub(crate) without_auth: Vec<String>,
    pub(crate) without_conf: Vec<String>,
    /// Tells one commit from the next although both may carry the same version text.
    pub(crate) serial: i64,
}

/// One submission to WeChat's reviewers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Review {
    pub(crate) id: i64,
    pub(crate) status: ReviewStatus,
    pub(crate) reason: String,
    pub(crate) screenshots: Vec<String>,
    pub(crate) submitted: i64,
    pub(crate) decided: Option<i64>,
    pub(crate) sped_up: bool,
    pub(crate) released: bool,
    pub(crate) feedback: Option<String>,
    /// Who submitted it; none if it was somebody in the console.
    pub(crate) component: Option<String>,
    pub(crate) version: Trial,
}

impl Review {
    /// A review that has just been submitted, by nobody in particular.
    pub(crate) fn new(id: i64, version: Trial, now: i64) -> Self {
        Review {
            id,
            status: ReviewStatus::Reviewing,
            reason: String::new(),
            screenshots: Vec::new(),
            submitted: now,
            decided: None,
            sped_up: false,
            released: false,
            feedback: None,
            component: None,
            version,
        }
    }
}

/// A review's status with WeChat's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ReviewStatus {
    Approved = 0,
    Rejected = 1,
    Reviewing = 2,
    Withdrawn = 3,
    Delayed = 4,
}

impl ReviewStatus {
    /// A delayed review is still with the reviewers.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, ReviewStatus::Reviewing | ReviewStatus::Delayed)
    }
}

/// A version that is, or was, online.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Online {
    pub(crate) app_version: i64,
    pub(crate) released: i64,
    pub(crate) version: Trial,
}
