//! What needs a person. Most of it is read where it is kept; what concerns one mini program among
//! many is marked, in the transaction that causes or mends it, so that nobody has to search for it.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::AppId;

use crate::storage::{StorageError, Table, text};

/// Why a mini program needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// WeChat accepts its refresh token no longer: the merchant must authorize again.
    Authorization,
    /// WeChat shows something that nobody did through this platform: releases are paused.
    ChangedOutside,
    /// A call was made that must not happen twice, and WeChat does not say what became of it.
    UnknownOutcome,
}

/// A mini program that needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The mini program.
    pub appid: AppId,
    /// Since when.
    pub since: Timestamp,
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
        let entry = Entry { pk: partition(component, need), sk: appid.clone(), since };
        self.table.create(self.table.item(&entry)?).await.map(drop)
    }

    /// The write that marks a mini program.
    pub fn mark(
        &self,
        component: &AppId,
        appid: &AppId,
        need: Need,
        since: Timestamp,
    ) -> Result<TransactWriteItem, StorageError> {
        let entry = Entry { pk: partition(component, need), sk: appid.clone(), since };
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
        let mark = |entry: Entry| Mark { appid: entry.sk, since: entry.since };
        Ok((entries.into_iter().map(mark).collect(), next.is_some()))
    }
}

impl Need {
    /// All of them.
    pub const ALL: [Need; 3] = [Need::Authorization, Need::ChangedOutside, Need::UnknownOutcome];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Need::Authorization => "authorization",
            Need::ChangedOutside => "changed-outside",
            Need::UnknownOutcome => "unknown-outcome",
        }
    }
}

fn partition(component: &AppId, need: Need) -> String {
    format!("attention#{component}#{}", need.name())
}
