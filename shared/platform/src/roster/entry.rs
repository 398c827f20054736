//! A mini program in a few words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::{AppId, endpoint::CategoryNames};

use crate::{
    mini_programs::{MiniProgram, missing_permission_sets},
    releases::{ReviewState, Standing},
    segments::Stage,
};

/// A mini program in a few words: all that is searched, and all that a row of a list shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its appid.
    pub appid: AppId,
    /// The name that users see; empty for one that has none yet.
    pub name: String,
    /// The company or person that owns it.
    pub principal: String,
    /// What operators sort it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its categories by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryNames>,
    /// The permission sets that it granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permission_sets: Vec<i64>,
    /// The platform may act for it.
    pub authorized: bool,
    /// How its releases stand.
    pub stage: Stage,
    /// What users see; none if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<Shown>,
    /// The version on trial; none if there is none of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<Shown>,
    /// The last review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Reviewed>,
    /// Something was changed outside this platform and not looked at yet.
    #[serde(default)]
    pub changed_outside: bool,
    /// The versions that these words are of: its account's, and its releases'.
    pub(super) versions: [u64; 2],
}

/// A version, and since when it is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The version's name.
    pub version: String,
    /// Since when; none if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// A review in a few words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reviewed {
    /// How it stands.
    pub state: ReviewState,
    /// The version's name.
    pub version: String,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// When WeChat took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
    /// When it was known to be over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
}

impl Entry {
    /// The words for a mini program.
    pub fn of(account: &MiniProgram, standing: &Standing) -> Self {
        let profile = &account.profile;
        Entry {
            appid: account.appid.clone(),
            name: profile.nick_name.clone(),
            principal: profile.principal_name.clone(),
            tags: account.tags.clone(),
            categories: profile.categories.clone(),
            permission_sets: account.permission_sets.clone(),
            authorized: account.is_authorized(),
            stage: Stage::of(standing),
            online: standing.online.as_ref().map(|online| Shown {
                version: online.user_version.clone(),
                since: online.released_at,
            }),
            trial: standing.trial.as_ref().map(|trial| Shown {
                version: trial.user_version.clone(),
                since: Some(trial.committed_at),
            }),
            review: standing.review.as_ref().map(|review| Reviewed {
                state: review.state,
                version: review.user_version.clone(),
                ordered_at: review.ordered_at,
                submitted_at: review.submitted_at,
                decided_at: review.decided_at,
            }),
            changed_outside: !standing.changed_outside.is_empty(),
            versions: [account.version, standing.version],
        }
    }

    /// The permission sets that the platform needs and did not get.
    pub fn missing_permission_sets(&self) -> Vec<i64> {
        missing_permission_sets(&self.permission_sets)
    }
}
