//! The page that WeChat's order centre opens.

use serde::{Deserialize, Serialize};

/// The page in force and the one in review.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OrderPaths {
    pub(crate) live: Option<OrderPath>,
    pub(crate) review: Option<OrderPath>,
}

/// One page as it was applied for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderPath {
    pub(crate) path: String,
    pub(crate) pictures: Vec<String>,
    pub(crate) video: String,
    pub(crate) test_account: String,
    pub(crate) test_password: String,
    pub(crate) test_remark: String,
    pub(crate) audit_id: i64,
    pub(crate) applied: i64,
    pub(crate) status: OrderPathStatus,
    /// Who applied.
    pub(crate) component: String,
}

/// How an application stands, with WeChat's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OrderPathStatus {
    Reviewing = 2,
    Failed = 3,
    Passed = 4,
}
