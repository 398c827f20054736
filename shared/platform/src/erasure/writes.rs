//! Writes that a merchant who comes back meanwhile refuses: each is a transaction with the account in it.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem, Update};
use serde::Deserialize;
use wechat::AppId;

use super::{ATTEMPTS, ErasureError, Erasures};
use crate::{
    mini_programs::{AuthorizationState, Row},
    storage::{BUSY, StorageError, Transaction, number, text},
};

/// Items that are read, and deleted in one transaction, at a time.
const PORTION: i32 = 25;

/// An item, as far as it matters whether it goes.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) sk: String,
    #[serde(default)]
    pub(super) due_shard: Option<String>,
}

impl Erasures {
    /// The account, which has to be withdrawn still.
    pub(super) async fn withdrawn(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Row, ErasureError> {
        let row = self.mini_programs.row(component, appid).await?;
        let row = row.ok_or_else(|| ErasureError::Unknown(appid.clone()))?;
        match row.authorization.state {
            AuthorizationState::Authorized => Err(ErasureError::Authorized(appid.clone())),
            AuthorizationState::Unauthorized => Ok(row),
        }
    }

    /// Writes, all of it or nothing, if the account is withdrawn still when it is written.
    pub(super) async fn write(
        &self,
        component: &AppId,
        appid: &AppId,
        writes: &[TransactWriteItem],
    ) -> Result<(), ErasureError> {
        for _ in 0..ATTEMPTS {
            let row = self.withdrawn(component, appid).await?;
            let mut writes = writes.to_vec();
            writes.push(self.if_unchanged(&row)?);
            match self.table.transact(writes).await {
                Ok(Transaction::Written) => return Ok(()),
                Ok(Transaction::Refused(_)) => {}
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(self.table.error("erase", BUSY).into())
    }

    /// The write that refuses its transaction if the account is not as it was read: notes on it that
    /// something of it was erased.
    fn if_unchanged(&self, row: &Row) -> Result<TransactWriteItem, StorageError> {
        let update = Update::builder()
            .table_name(self.table.name())
            .key("pk", text(row.pk.as_str()))
            .key("sk", text(row.sk.as_str()))
            .update_expression("SET erased_at = :now")
            .condition_expression("version = :version")
            .expression_attribute_values(":now", number(self.clock.now().as_second()))
            .expression_attribute_values(":version", number(row.version as i64))
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Deletes what `goes` of a partition; answers how many items.
    pub(super) async fn delete_all(
        &self,
        component: &AppId,
        appid: &AppId,
        pk: &str,
        goes: impl Fn(&Named) -> bool,
    ) -> Result<u64, ErasureError> {
        let (mut deleted, mut after) = (0, None);
        loop {
            let (items, next): (Vec<Named>, _) =
                self.table.page(pk, "", after.as_deref(), PORTION).await?;
            let deletions = items.iter().filter(|item| goes(item));
            let deletions =
                deletions.map(|item| self.deletion(pk, &item.sk)).collect::<Result<Vec<_>, _>>()?;
            if !deletions.is_empty() {
                self.write(component, appid, &deletions).await?;
            }
            deleted += deletions.len() as u64;
            match next {
                Some(next) => after = Some(next),
                None => return Ok(deleted),
            }
        }
    }

    pub(super) fn deletion(&self, pk: &str, sk: &str) -> Result<TransactWriteItem, StorageError> {
        let delete = Delete::builder()
            .table_name(self.table.name())
            .key("pk", text(pk))
            .key("sk", text(sk))
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}
