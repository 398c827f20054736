//! What a mini program asked for about itself.

use serde::{Deserialize, Serialize};

/// A name that WeChat's reviewers look at, or have looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NameReview {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// 1 in review, 2 refused, 3 in force.
    pub(crate) status: i64,
    pub(crate) reason: String,
    pub(crate) asked: i64,
    pub(crate) decided: Option<i64>,
    /// Who asked for it.
    pub(crate) component: String,
}

/// A plugin that a mini program uses or has asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plugin {
    pub(crate) appid: String,
    /// 1 asked for, 2 granted, 3 refused, 4 expired.
    pub(crate) status: i64,
    pub(crate) reason: String,
    pub(crate) version: String,
    /// When it was asked for, or refused.
    pub(crate) since: i64,
}
