//! A release to a part of the users.

use serde::{Deserialize, Serialize};

/// One plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GrayRelease {
    /// The review whose version it brings.
    pub(crate) review: i64,
    pub(crate) status: GrayStatus,
    pub(crate) created: i64,
    pub(crate) percentage: i64,
    pub(crate) members_first: bool,
    pub(crate) testers_first: bool,
}

/// What a plan is doing, with WeChat's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum GrayStatus {
    Running = 1,
    Done = 3,
    Deleted = 4,
}

impl GrayRelease {
    pub(crate) fn is_running(&self) -> bool {
        self.status == GrayStatus::Running
    }
}
