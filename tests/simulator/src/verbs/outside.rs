//! What happens to a mini program past the platform.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{VerbError, known};
use crate::{
    Simulator,
    server::Inner,
    state::{Online, Review, ReviewStatus, Trial},
};

/// The privacy detection of a mini program's trial version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrivacyDetection {
    /// The mini program.
    pub appid: String,
    /// Seconds from now until it ends; left as it is if `None`.
    pub seconds: Option<i64>,
    /// Interfaces that it finds used without permission, now and in later commits.
    pub without_auth_list: Vec<String>,
    /// Interfaces that it finds used without a declaration, now and in later commits.
    pub without_conf_list: Vec<String>,
}

/// Somebody works in WeChat's console, past the platform.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeOutside {
    /// The mini program.
    pub appid: String,
    /// What is changed.
    pub what: Outside,
}

/// What somebody may change past the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    /// Another trial version.
    Commit {
        /// Its version text.
        user_version: String,
        /// Its description.
        user_desc: String,
    },
    /// The trial version is submitted for review.
    Submit,
    /// The open review is withdrawn.
    Withdraw,
    /// The approved version is released.
    Release,
    /// Another version is online all of a sudden.
    Online {
        /// Its version text.
        user_version: String,
        /// Its description.
        user_desc: String,
    },
    /// Server domains set in the merchant's console.
    Domains(BTreeMap<String, Vec<String>>),
    /// The service is suspended (as `change_visitstatus` closes it), or resumed.
    Suspended(bool),
    /// WeChat bans it from being found by searching, or lifts the ban.
    BannedFromSearch(bool),
}

impl Simulator {
    /// Sets what the privacy detection finds and when it ends.
    pub fn set_privacy_detection(&self, detection: PrivacyDetection) -> Result<(), VerbError> {
        set_privacy_detection(&self.inner, detection)
    }

    /// Changes a mini program past the platform.
    pub fn change_outside(&self, change: ChangeOutside) -> Result<(), VerbError> {
        self::change_outside(&self.inner, change)
    }
}

pub(super) fn set_privacy_detection(
    inner: &Inner,
    detection: PrivacyDetection,
) -> Result<(), VerbError> {
    inner.change_merchant(&detection.appid, |merchant, now| {
        merchant.interfaces_without_auth = detection.without_auth_list.clone();
        merchant.interfaces_without_conf = detection.without_conf_list.clone();
        if let Some(trial) = &mut merchant.trial {
            if let Some(seconds) = detection.seconds {
                trial.detection_until = now + seconds;
            }
            trial.without_auth = detection.without_auth_list.clone();
            trial.without_conf = detection.without_conf_list.clone();
        }
    })
}

pub(super) fn change_outside(inner: &Inner, change: ChangeOutside) -> Result<(), VerbError> {
    inner.change(|world, now| {
        known(world, &change.appid)?;
        let number = world.number();
        let merchant = world.merchant(&change.appid);
        let foreign = |user_version: String, user_desc: String| Trial {
            template: 0,
            user_version,
            user_desc,
            ext_json: "{}".to_owned(),
            pages: vec!["pages/index/index".to_owned()],
            committed: now,
            detection_until: now,
            without_auth: Vec::new(),
            without_conf: Vec::new(),
            serial: number,
        };
        match change.what {
            Outside::Commit { user_version, user_desc } => {
                merchant.trial = Some(foreign(user_version, user_desc));
            }
            Outside::Submit => {
                let Some(version) = merchant.trial.clone() else {
                    return Err(VerbError::new("there is no trial version to submit"));
                };
                if merchant.latest_review().is_some_and(|review| review.status.is_open()) {
                    return Err(VerbError::new("a review is open already"));
                }
                merchant.reviews.push(Review::new(number, version, now));
            }
            Outside::Withdraw => match merchant.latest_review() {
                Some(review) if review.status.is_open() => {
                    review.status = ReviewStatus::Withdrawn;
                }
                _ => return Err(VerbError::new("no review is open")),
            },
            Outside::Release => match merchant.latest_review() {
                Some(review) if review.status == ReviewStatus::Approved && !review.released => {
                    review.released = true;
                    let version = review.version.clone();
                    merchant.put_online(Online { app_version: number, released: now, version });
                }
                _ => return Err(VerbError::new("no approved version waits for its release")),
            },
            Outside::Online { user_version, user_desc } => {
                let version = foreign(user_version, user_desc);
                merchant.put_online(Online { app_version: number, released: now, version });
            }
            Outside::Domains(domains) => merchant.console_domains = domains,
            Outside::Suspended(suspended) => merchant.suspended = suspended,
            Outside::BannedFromSearch(banned) => merchant.banned_from_search = banned,
        }
        Ok(())
    })
}
