//! ICP filings and WeChat's verifications.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const DAY: i64 = 86_400;

/// An administrator who has to show his face.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FaceCheck {
    pub(crate) task: String,
    /// It serves a verification too.
    pub(crate) along_with_auth: bool,
    pub(crate) begun: i64,
    /// 0 not begun, 1 waits, 2 failed, 3 passed.
    pub(crate) status: i64,
}

/// What was filed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Filing {
    pub(crate) subject: Map<String, Value>,
    pub(crate) applets: Map<String, Value>,
    pub(crate) materials: Map<String, Value>,
    /// What has to be corrected.
    pub(crate) remarks: Vec<Value>,
    /// At the authority: 1 waits for a short message, 2 confirmed, 3 too late.
    pub(crate) sms: i64,
    /// It is being cancelled.
    pub(crate) canceling: bool,
}

/// A verification, alone or as the first half of a procedure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Verification {
    pub(crate) task: String,
    pub(crate) component: String,
    pub(crate) account_name: String,
    pub(crate) order: i64,
    pub(crate) begun: i64,
    pub(crate) task_status: i64,
    pub(crate) apply_status: i64,
    /// Why it was sent back or failed.
    pub(crate) reason: String,
    /// How far verification and filing in one are; none for a verification alone.
    pub(crate) procedure: Option<i64>,
}

impl FaceCheck {
    /// Good for three days, for one if it serves a verification too.
    pub(crate) fn is_valid(&self, now: i64) -> bool {
        now < self.begun + if self.along_with_auth { DAY } else { 3 * DAY }
    }

    /// The administrator has 24 hours.
    pub(crate) fn status(&self, now: i64) -> i64 {
        if self.status < 2 && now >= self.begun + DAY { 2 } else { self.status }
    }
}

impl Verification {
    /// The administrator's part; 1 if he let 24 hours pass.
    pub(crate) fn task_status(&self, now: i64) -> i64 {
        let waits = matches!(self.task_status, 0 | 3 | 4 | 6 | 7 | 15);
        if waits && now >= self.begun + DAY { 1 } else { self.task_status }
    }

    /// Something is still to come.
    pub(crate) fn is_open(&self, now: i64) -> bool {
        match self.procedure {
            Some(status) => !matches!(status, 20 | 26),
            None => {
                !matches!(self.task_status(now), 1 | 2 | 5 | 8 | 11 | 14)
                    && !matches!(self.apply_status, 4 | 5)
            }
        }
    }
}
