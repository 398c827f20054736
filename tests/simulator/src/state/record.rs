//! How a mini program broke the rules, and what it said to that.

use serde::{Deserialize, Serialize};

/// One punishment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct IllegalRecord {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) reason: String,
    pub(crate) content: String,
}

/// One appeal against a punishment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Appeal {
    pub(crate) id: i64,
    pub(crate) record: String,
    pub(crate) made: i64,
    pub(crate) reason: String,
    pub(crate) status: AppealStatus,
    pub(crate) decided: Option<i64>,
    pub(crate) decision: String,
}

/// How an appeal stands, with WeChat's numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppealStatus {
    /// Not decided.
    #[default]
    Running = 1,
    /// The punishment was wrong.
    Accepted = 2,
    /// The punishment was right.
    Refused = 3,
    /// The owner thought better of it.
    Withdrawn = 4,
}
