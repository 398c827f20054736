//! What a mini program says about its users' data, and what it may ask them for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Counter;

/// The privacy side of a mini program.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Privacy {
    /// The guideline that the next release puts in force.
    pub(crate) development: Option<Guideline>,
    /// The guideline that users see.
    pub(crate) online: Option<Guideline>,
    /// Files that belong to a guideline.
    pub(crate) files: Vec<String>,
    /// Applications by interface.
    pub(crate) interfaces: BTreeMap<String, Application>,
    /// Applications within a minute.
    pub(crate) applications: Counter,
}

/// A guideline.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Guideline {
    /// Key and text of each kind of data.
    pub(crate) settings: Vec<(String, String)>,
    /// `owner_setting` as it was sent.
    pub(crate) owner: BTreeMap<String, String>,
    /// `sdk_privacy_info_list` as it was sent.
    pub(crate) sdks: Value,
    pub(crate) changed: i64,
}

/// An application for an interface.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Application {
    pub(crate) audit_id: i64,
    pub(crate) applied: i64,
    pub(crate) status: ApplicationStatus,
    pub(crate) reason: String,
    /// Who applied.
    pub(crate) component: String,
}

/// How an application stands, with WeChat's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ApplicationStatus {
    Applying = 3,
    Failed = 4,
    Granted = 5,
}
