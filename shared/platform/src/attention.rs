//! What needs a person. Most of it is read where it is kept; what concerns one mini program among
//! many is marked, in the transaction that causes or mends it, so that nobody has to search for it.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::AppId;

use crate::{
    mini_programs::missing_permission_sets,
    storage::{StorageError, Table, text},
};

/// Why a mini program needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// WeChat accepts its refresh token no longer: the merchant must authorize again.
    Authorization,
    /// WeChat shows something that nobody did through this platform: releases are paused.
    ChangedOutside,
    /// The merchant has not granted all that the platform works with.
    Permission,
    /// The review of the version on trial was rejected.
    ReviewRejected,
    /// The version on trial could not be submitted for review.
    ReviewFailed,
    /// A call was made that must not happen twice, and WeChat does not say what became of it.
    UnknownOutcome,
    /// The administrator has to show his face for the ICP filing.
    FilingFace,
    /// The ICP filing was rejected and has to be corrected.
    FilingRejected,
    /// The authority waits for an answer to its short message about the ICP filing.
    FilingMessage,
    /// The administrator, or whoever pays, has to go on with WeChat's verification.
    VerificationWaits,
    /// WeChat's verification was sent back and has to be corrected.
    VerificationSentBack,
    /// WeChat's verification is about to expire.
    VerificationExpires,
    /// An application for a privacy interface was refused.
    PrivacyRefused,
    /// The page of the order centre was refused.
    OrderPathRefused,
    /// WeChat punished the mini program.
    Punished,
    /// Its onboarding waits for the merchant or an operator.
    OnboardingWaits,
    /// A step of its onboarding failed, and does not mend by itself.
    OnboardingFailed,
}

/// A mini program that needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The mini program.
    pub appid: AppId,
    /// Since when.
    pub since: Timestamp,
    /// Until when, where there is a time after which it is too late.
    pub until: Option<Timestamp>,
}

/// The marks of every component. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Attention {
    /// The table `fleet`.
    pub table: Table,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    pk: String,
    sk: AppId,
    since: Timestamp,
    #[serde(default)]
    until: Option<Timestamp>,
}

impl Attention {
    /// Marks a mini program, unless it is marked already.
    pub async fn remind(
        &self,
        component: &AppId,
        appid: &AppId,
        need: Need,
        since: Timestamp,
    ) -> Result<(), StorageError> {
        let entry = Entry { pk: partition(component, need), sk: appid.clone(), since, until: None };
        self.table.create(self.table.item(&entry)?).await.map(drop)
    }

    /// The write that marks a merchant who has not granted every permission set that is needed, or
    /// takes the mark away from one who has.
    pub(crate) fn permissions(
        &self,
        component: &AppId,
        appid: &AppId,
        granted: &[i64],
        now: Timestamp,
    ) -> Result<TransactWriteItem, StorageError> {
        match missing_permission_sets(granted).is_empty() {
            true => self.unmark(component, appid, Need::Permission),
            false => self.mark(component, appid, Need::Permission, now),
        }
    }

    /// The write that marks a mini program.
    pub fn mark(
        &self,
        component: &AppId,
        appid: &AppId,
        need: Need,
        since: Timestamp,
    ) -> Result<TransactWriteItem, StorageError> {
        self.mark_until(component, appid, need, since, None)
    }

    /// The same, for something that has to be done by a certain time.
    pub fn mark_until(
        &self,
        component: &AppId,
        appid: &AppId,
        need: Need,
        since: Timestamp,
        until: Option<Timestamp>,
    ) -> Result<TransactWriteItem, StorageError> {
        let entry = Entry { pk: partition(component, need), sk: appid.clone(), since, until };
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(self.table.item(&entry)?))
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The write that takes the mark away, if there is one.
    pub fn unmark(
        &self,
        component: &AppId,
        appid: &AppId,
        need: Need,
    ) -> Result<TransactWriteItem, StorageError> {
        let delete = Delete::builder()
            .table_name(self.table.name())
            .key("pk", text(partition(component, need)))
            .key("sk", text(appid.as_str()))
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// Mini programs that need a person for this reason, at most `limit`; and whether there are
    /// more.
    pub async fn list(
        &self,
        component: &AppId,
        need: Need,
        limit: i32,
    ) -> Result<(Vec<Mark>, bool), StorageError> {
        let (entries, next) =
            self.table.page::<Entry>(&partition(component, need), "", None, limit).await?;
        let mark = |entry: Entry| Mark { appid: entry.sk, since: entry.since, until: entry.until };
        Ok((entries.into_iter().map(mark).collect(), next.is_some()))
    }
}

impl Need {
    /// Every need, those first that are about everything a mini program does.
    pub const ALL: [Need; 17] = [
        Need::Authorization,
        Need::Permission,
        Need::ChangedOutside,
        Need::UnknownOutcome,
        Need::ReviewRejected,
        Need::ReviewFailed,
        Need::Punished,
        Need::FilingMessage,
        Need::FilingFace,
        Need::FilingRejected,
        Need::VerificationWaits,
        Need::VerificationSentBack,
        Need::VerificationExpires,
        Need::PrivacyRefused,
        Need::OrderPathRefused,
        Need::OnboardingFailed,
        Need::OnboardingWaits,
    ];

    /// What nobody can do anything about once the merchant has withdrawn its authorization. A merchant
    /// who left needs nobody: that is told by an event.
    pub(crate) const ENDED_BY_WITHDRAWAL: [Need; 6] = [
        Need::Authorization,
        Need::Permission,
        Need::ChangedOutside,
        Need::UnknownOutcome,
        Need::ReviewRejected,
        Need::ReviewFailed,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Need::Authorization => "authorization",
            Need::Permission => "permission-missing",
            Need::ReviewRejected => "review-rejected",
            Need::ReviewFailed => "review-failed",
            Need::ChangedOutside => "changed-outside",
            Need::UnknownOutcome => "unknown-outcome",
            Need::FilingFace => "filing-face",
            Need::FilingRejected => "filing-rejected",
            Need::FilingMessage => "filing-message",
            Need::VerificationWaits => "verification-waits",
            Need::VerificationSentBack => "verification-sent-back",
            Need::VerificationExpires => "verification-expires",
            Need::PrivacyRefused => "privacy-refused",
            Need::OrderPathRefused => "order-path-refused",
            Need::Punished => "punished",
            Need::OnboardingWaits => "onboarding-waits",
            Need::OnboardingFailed => "onboarding-failed",
        }
    }
}

fn partition(component: &AppId, need: Need) -> String {
    format!("attention#{component}#{}", need.name())
}
