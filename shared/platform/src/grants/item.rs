//! The item of one grant, keyed by the digest of its authorization code: whoever learns of the
//! code, by the merchant's redirect or by a push, meets the same item, and its lease lets one of
//! them exchange the code.

use aws_sdk_dynamodb::types::{
    ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use wechat::AppId;

use super::{Grants, Source};
use crate::storage::{Outcome, StorageError, number, text};

/// How long an exchange may take until somebody else tries: WeChat's time limit, and room for a
/// second try. Breaking a lease too early costs a call that WeChat refuses, no more.
pub(super) const LEASE: std::time::Duration = std::time::Duration::from_secs(16);
/// How far clocks of two functions may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(10);
/// A code lives for less than an hour, a push is repeated for days at most.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How far a grant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// Its code is to be exchanged.
    Open,
    /// What it was exchanged for is stored.
    Done,
}

/// The item of one grant.
#[derive(Debug, Deserialize)]
pub(super) struct GrantItem {
    pub(super) pk: String,
    pub(super) state: State,
    /// How often somebody set out to exchange the code.
    pub(super) attempts: u32,
    /// The last attempt after which it was certain that WeChat had not exchanged the code.
    #[serde(default)]
    answered: u32,
    #[serde(default)]
    pub(super) lease_owner: Option<String>,
    /// The account that a push named.
    #[serde(default)]
    pub(super) appid: Option<AppId>,
    /// The `CreateTime` of a push.
    #[serde(default)]
    pub(super) event_order: Option<i64>,
    /// When the grant happened; once it is done.
    #[serde(default)]
    pub(super) order: i64,
    #[serde(default)]
    pub(super) provisional: bool,
    #[serde(default)]
    pub(super) permission_sets: Vec<i64>,
    /// The grant was the newest when it was stored.
    #[serde(default)]
    pub(super) current: bool,
}

/// Whether the lease could be had.
#[derive(Debug)]
pub(super) enum Lease {
    /// It is ours; the item as it is now.
    Ours(GrantItem),
    /// Somebody else has it, or the grant is done.
    Theirs(Option<GrantItem>),
}

/// What a grant came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done<'a> {
    pub(super) appid: &'a AppId,
    pub(super) order: i64,
    pub(super) provisional: bool,
    pub(super) permission_sets: &'a [i64],
    pub(super) current: bool,
}

impl GrantItem {
    /// WeChat may have exchanged the code in an attempt whose answer nobody got.
    pub(super) fn may_have_been_exchanged(&self) -> bool {
        self.answered + 1 < self.attempts
    }
}

/// The key of the grant with `code`.
pub(super) fn key(component: &AppId, code: &SecretString) -> String {
    let digest = Sha256::digest(code.expose_secret().as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("grant#{component}#{hex}")
}

/// The key of a grant that no code brought: WeChat lists it as given at `order`.
pub(crate) fn key_of_listed(component: &AppId, appid: &AppId, order: i64) -> String {
    format!("grant#{component}#listed#{appid}#{order}")
}

impl Grants {
    pub(super) async fn read_grant(&self, key: &str) -> Result<Option<GrantItem>, StorageError> {
        self.table.read(key, "grant").await
    }

    /// Takes the lease for `holder`, if it is free, or is the `stale` one, which was watched for
    /// its whole time. What the source knows is noted.
    pub(super) async fn take_grant(
        &self,
        key: &str,
        source: &Source,
        holder: &str,
        stale: Option<&str>,
    ) -> Result<Lease, StorageError> {
        let now = self.clock.now();
        let mut set = "SET #state = if_not_exists(#state, :open), lease_owner = :holder, \
             lease_until = :until, attempts = if_not_exists(attempts, :zero) + :one, \
             expires_at = if_not_exists(expires_at, :expires)"
            .to_owned();
        let mut update = self
            .table
            .update(key, "grant")
            .condition_expression(
                "(attribute_not_exists(pk) OR #state = :open) \
                 AND (attribute_not_exists(lease_owner) \
                 OR lease_owner = :stale OR lease_until < :long_ago)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":open", text("open"))
            .expression_attribute_values(":holder", text(holder))
            .expression_attribute_values(":until", number((now + LEASE).as_millisecond()))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":expires", number((now + KEPT).as_second()))
            .expression_attribute_values(":stale", text(stale.unwrap_or("none")))
            .expression_attribute_values(":long_ago", number((now - SKEW).as_millisecond()))
            .return_values(ReturnValue::AllNew);
        if let Some((appid, create_time)) = source.push() {
            set.push_str(", appid = :appid, event_order = if_not_exists(event_order, :order)");
            update = update
                .expression_attribute_values(":appid", text(appid.as_str()))
                .expression_attribute_values(":order", number(create_time));
        }
        match self.table.apply(update.update_expression(set)).await? {
            Outcome::Written(Some(item)) => Ok(Lease::Ours(self.table.parse(item)?)),
            Outcome::Written(None) => Err(self.table.error("take a grant", "the item is gone")),
            Outcome::Refused(item) => {
                Ok(Lease::Theirs(item.map(|item| self.table.parse(item)).transpose()?))
            }
        }
    }

    /// Gives the lease back without a result. `unexchanged` if WeChat certainly did not exchange
    /// the code.
    pub(super) async fn give_grant_back(
        &self,
        item: &GrantItem,
        holder: &str,
        unexchanged: bool,
        why: &str,
    ) -> Result<(), StorageError> {
        let why: String = why.chars().take(200).collect();
        let mut set = "SET failure = :why".to_owned();
        let mut update = self
            .table
            .update(&item.pk, "grant")
            .condition_expression("lease_owner = :holder")
            .expression_attribute_values(":why", text(why))
            .expression_attribute_values(":holder", text(holder));
        if unexchanged {
            set.push_str(", answered = :attempts");
            update = update.expression_attribute_values(":attempts", number(item.attempts.into()));
        }
        set.push_str(" REMOVE lease_owner, lease_until");
        self.table.apply(update.update_expression(set)).await.map(drop)
    }

    /// The write that finishes the grant; whoever comes first wins.
    pub(super) fn grant_done(
        &self,
        key: &str,
        done: Done<'_>,
    ) -> Result<TransactWriteItem, StorageError> {
        let sets = serde_dynamo::to_attribute_value(done.permission_sets)
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        let update = self
            .grant_update(key)
            .update_expression(
                "SET #state = :done, appid = :appid, #order = :order, \
                 provisional = :provisional, permission_sets = :sets, #current = :current \
                 REMOVE lease_owner, lease_until, failure",
            )
            .condition_expression("#state = :open")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#order", "order")
            .expression_attribute_names("#current", "current")
            .expression_attribute_values(":open", text("open"))
            .expression_attribute_values(":done", text("done"))
            .expression_attribute_values(":appid", text(done.appid.as_str()))
            .expression_attribute_values(":order", number(done.order))
            .expression_attribute_values(":provisional", flag(done.provisional))
            .expression_attribute_values(":sets", sets)
            .expression_attribute_values(":current", flag(done.current));
        self.in_transaction(update)
    }

    /// The write that replaces the provisional order of a grant that is done.
    pub(super) fn grant_settled(
        &self,
        key: &str,
        order: i64,
    ) -> Result<TransactWriteItem, StorageError> {
        let update = self
            .grant_update(key)
            .update_expression("SET #order = :order, provisional = :no")
            .condition_expression("provisional = :yes")
            .expression_attribute_names("#order", "order")
            .expression_attribute_values(":order", number(order))
            .expression_attribute_values(":no", flag(false))
            .expression_attribute_values(":yes", flag(true));
        self.in_transaction(update)
    }

    fn grant_update(&self, key: &str) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(self.table.name())
            .key("pk", text(key))
            .key("sk", text("grant"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    fn in_transaction(
        &self,
        update: aws_sdk_dynamodb::types::builders::UpdateBuilder,
    ) -> Result<TransactWriteItem, StorageError> {
        let update = update
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

fn flag(value: bool) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::Bool(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_shows_nothing_of_the_code() {
        let component: AppId = "wx0000000000000001".parse().unwrap();
        let key = key(&component, &SecretString::from("queryauthcode@@@abc"));
        assert!(key.starts_with("grant#wx0000000000000001#") && !key.contains("abc@"), "{key}");
        assert_eq!(key.len(), "grant#wx0000000000000001#".len() + 64);
    }
}
