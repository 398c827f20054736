//! A record as it is stored, and the write by which an authorization changes it. That write is a
//! part of a transaction, and conditional on the version that was read.

use aws_sdk_dynamodb::types::{
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, builders::UpdateBuilder,
};
use jiff::Timestamp;
use serde::Deserialize;
use wechat::AppId;

use super::{
    Authorization, AuthorizationState, MiniProgram, MiniPrograms, Profile, Variables,
    missing_permission_sets,
};
use crate::{
    event::Event,
    roster,
    storage::{StorageError, Transaction, number, text},
};

/// A record.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    pub(crate) pk: String,
    pub(crate) sk: AppId,
    pub(crate) component: AppId,
    pub(crate) version: u64,
    pub(crate) authorization: Authorization,
    /// The key of the grant that the authorization came with.
    #[serde(default)]
    pub(crate) grant: Option<String>,
    #[serde(default)]
    pub(crate) permission_sets: Vec<i64>,
    #[serde(default)]
    pub(crate) profile: Option<Profile>,
    #[serde(default)]
    pub(crate) profile_refreshed_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) variables: Variables,
}

/// What an authorization, or its end, makes of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change<'a> {
    /// Granted by the grant `key`.
    Granted {
        /// The grant's key.
        key: &'a str,
        /// When, in seconds.
        order: i64,
        /// The order is not WeChat's `CreateTime`.
        provisional: bool,
        /// What was granted.
        permission_sets: &'a [i64],
    },
    /// The grant's `CreateTime` became known.
    Settled {
        /// When, in seconds.
        order: i64,
    },
    /// Withdrawn.
    Withdrawn {
        /// When, in seconds, as far as later events are concerned.
        order: i64,
        /// When WeChat says it happened.
        at: i64,
    },
}

/// The partition of a component's accounts.
pub(crate) fn partition(component: &AppId) -> String {
    format!("apps#{component}")
}

impl MiniPrograms {
    /// The write that makes `change`, and the version after it. Nothing is written unless the
    /// record is as it was when `before` was read.
    pub(crate) fn change(
        &self,
        component: &AppId,
        appid: &AppId,
        before: Option<&Row>,
        change: Change<'_>,
    ) -> Result<(TransactWriteItem, u64), StorageError> {
        let broken = |why: String| self.table.error("build a transaction", why);
        let version = before.map_or(0, |row| row.version);
        let authorization = after(before.map(|row| &row.authorization), change);
        let authorization = serde_dynamo::to_attribute_value(authorization)
            .map_err(|error| broken(error.to_string()))?;
        let mut set = "SET #authorization = :authorization, component = :component, \
                       version = :next"
            .to_owned();
        let mut update = Update::builder()
            .table_name(self.table.name())
            .key("pk", text(partition(component)))
            .key("sk", text(appid.as_str()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .expression_attribute_names("#authorization", "authorization")
            .expression_attribute_values(":authorization", authorization)
            .expression_attribute_values(":component", text(component.as_str()))
            .expression_attribute_values(":next", number(version as i64 + 1));
        if let Change::Granted { key, permission_sets, .. } = change {
            set.push_str(", #grant = :grant, permission_sets = :sets");
            let sets = serde_dynamo::to_attribute_value(permission_sets)
                .map_err(|error| broken(error.to_string()))?;
            update = update
                .expression_attribute_names("#grant", "grant")
                .expression_attribute_values(":grant", text(key))
                .expression_attribute_values(":sets", sets);
        }
        let update = match before {
            Some(_) => update
                .condition_expression("version = :version")
                .expression_attribute_values(":version", number(version as i64)),
            None => update.condition_expression("attribute_not_exists(pk)"),
        };
        let update = update.update_expression(set).build();
        let update = update.map_err(|error| broken(error.to_string()))?;
        Ok((TransactWriteItem::builder().update(update).build(), version + 1))
    }
}

impl MiniPrograms {
    /// The write that tells the roster of a change of an account, for the transaction that makes
    /// it; `version` is the record's after it.
    pub(crate) fn tell_roster(
        &self,
        component: &AppId,
        appid: &AppId,
        version: u64,
    ) -> Result<TransactWriteItem, StorageError> {
        roster::mark(&self.table, component, appid, roster::Part::Account, version)
    }

    /// Makes a change of a record, which sets the version `:next`, and tells the roster and others of
    /// it. False if the record was changed since it was read.
    pub(crate) async fn write(
        &self,
        row: &Row,
        update: UpdateBuilder,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        let version = row.version + 1;
        let update = update
            .table_name(self.table.name())
            .key("pk", text(row.pk.as_str()))
            .key("sk", text(row.sk.as_str()))
            .condition_expression("version = :version")
            .expression_attribute_values(":version", number(row.version as i64))
            .expression_attribute_values(":next", number(version as i64))
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        let mut writes = vec![
            TransactWriteItem::builder().update(update).build(),
            self.tell_roster(&row.component, &row.sk, version)?,
        ];
        for event in events {
            writes.push(self.outbox.entry(event)?);
        }
        match self.table.transact(writes).await {
            Ok(Transaction::Written) => {
                self.outbox.publish(events).await;
                Ok(true)
            }
            Ok(Transaction::Refused(_)) => Ok(false),
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn after(before: Option<&Authorization>, change: Change<'_>) -> Authorization {
    let time = |seconds| Timestamp::from_second(seconds).ok();
    let authorized_at = before.and_then(|before| before.authorized_at);
    let unauthorized_at = before.and_then(|before| before.unauthorized_at);
    match change {
        Change::Granted { order, provisional, .. } => Authorization {
            state: AuthorizationState::Authorized,
            order,
            provisional,
            authorized_at: time(order),
            unauthorized_at,
        },
        Change::Settled { order } => Authorization {
            state: AuthorizationState::Authorized,
            order,
            provisional: false,
            authorized_at: time(order),
            unauthorized_at,
        },
        Change::Withdrawn { order, at } => Authorization {
            state: AuthorizationState::Unauthorized,
            order,
            // It stands in for the order of the grant that it ended.
            provisional: order != at,
            authorized_at,
            unauthorized_at: time(at),
        },
    }
}

impl From<Row> for MiniProgram {
    fn from(row: Row) -> Self {
        MiniProgram {
            component: row.component,
            appid: row.sk,
            profile: row.profile.unwrap_or_default(),
            missing_permission_sets: missing_permission_sets(&row.permission_sets),
            permission_sets: row.permission_sets,
            authorization: row.authorization,
            version: row.version,
            profile_refreshed_at: row.profile_refreshed_at,
            tags: row.tags,
            variables: row.variables,
        }
    }
}

#[cfg(test)]
impl Row {
    /// A record with nothing but its authorization.
    pub(crate) fn of_test(authorization: Authorization, grant: Option<&str>) -> Self {
        let component: AppId = "wx0000000000000001".parse().unwrap();
        Row {
            pk: partition(&component),
            sk: "wx00000000000000aa".parse().unwrap(),
            component,
            version: 1,
            authorization,
            grant: grant.map(str::to_owned),
            permission_sets: Vec::new(),
            profile: None,
            profile_refreshed_at: None,
            tags: Vec::new(),
            variables: Variables::new(),
        }
    }
}
