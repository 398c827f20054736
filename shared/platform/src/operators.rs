//! Operators and the keys they sign in with: `wf_<id>_<secret>`.
//!
//! Only a digest of the secret is kept. A key is read, strongly consistent, on every request, so
//! that a revocation is in force at once. The first admin key is not in the table: it is made with
//! the deployment and stands in a secret of its own.

mod first_key;
mod key;
mod permit;
mod role;

pub use key::{MalformedKey, OperatorKey};
pub use permit::{COMPONENT, MalformedPattern, Pattern, Patterns, Permit, Scope};
pub use role::{Action, Role, UnknownRole};

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::{first_key::FirstKey, key::Digest};
use crate::{
    clock::Clock,
    configuration::{ConfigurationError, Variables},
    random::Random,
    secrets::SecretsError,
    storage::{StorageError, Table, Transaction, number, text},
};

/// The id of the key that is made with the deployment.
pub const FIRST_KEY: &str = "admin";
/// The partition in which keys are listed.
const LIST: &str = "keys";

/// The operators of this deployment. Cheap to clone.
#[derive(Clone)]
pub struct Operators {
    table: Table,
    /// None where the first key does not open anything.
    first: Option<FirstKey>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// Somebody who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The id of the key.
    pub key: String,
    /// What the key is called.
    pub name: String,
    /// What the operator may do.
    pub role: Role,
    /// What a machine may do.
    pub permit: Permit,
}

impl Operator {
    /// Whether the operator may do `action`, to whatever it is done.
    pub fn may(&self, action: Action) -> bool {
        match action {
            Action::Scoped(scope) => self.role == Role::Machine && self.permit.grants(scope),
            action => self.role.may(action),
        }
    }
}

/// A key as it is kept and shown: everything but its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The key's id.
    pub id: String,
    /// What it is called: a person, or a system.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// What it may do as a machine's.
    #[serde(default)]
    pub permit: Permit,
    /// When it was made, in seconds.
    pub created_at: i64,
    /// The id of the key that made it.
    pub created_by: String,
    /// Until when it is good, in seconds; forever where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<i64>,
    /// When it was revoked, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<i64>,
    /// The id of the key that revoked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<String>,
}

/// A key that was just made: its secret is told here and never again.
#[derive(Debug)]
pub struct NewKey {
    /// What is kept of it.
    pub record: KeyRecord,
    /// The key to sign in with.
    pub key: OperatorKey,
}

/// Nobody signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// There is no such key, or the secret is another.
    #[error("the key is not known")]
    Unknown,
    /// The secret is right, and the key's time is over.
    #[error("the key {0} has expired")]
    Expired(String),
    /// The secret is right, and the key was revoked.
    #[error("the key {0} was revoked")]
    Revoked(String),
    /// Keys cannot be read now.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The first key cannot be read now.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
}

/// A key that was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// There is none with this id.
    #[error("there is no key {0}")]
    NotFound(String),
    /// The first key stands in a secret; it is changed there.
    #[error("the first admin key is changed in Secrets Manager")]
    FirstKey,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

#[derive(Deserialize)]
struct Stored {
    digest: Digest,
    #[serde(flatten)]
    record: KeyRecord,
}

impl Operators {
    /// Operators whose keys are in `table`; `ADMIN_KEY_SECRET` names the secret of the first one.
    pub fn new(
        variables: &Variables,
        aws: &SdkConfig,
        table: Table,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, ConfigurationError> {
        let id =
            variables.required("ADMIN_KEY_SECRET", "the id of the first admin key's secret")?;
        let first = Some(FirstKey::new(aws_sdk_secretsmanager::Client::new(aws), id));
        Ok(Operators { table, first, clock, random })
    }

    /// Operators whose keys are in `table`, without the first one: for what machines alone may do.
    pub fn without_first_key(table: Table, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Operators { table, first: None, clock, random }
    }

    /// Tells whose key it is, if it is good now.
    pub async fn sign_in(&self, key: &OperatorKey) -> Result<Operator, SignInError> {
        let digest = key.digest();
        if key.id() == FIRST_KEY {
            let Some(first) = &self.first else { return Err(SignInError::Unknown) };
            return match first.is(&digest).await? {
                true => Ok(Operator {
                    key: FIRST_KEY.to_owned(),
                    name: FIRST_KEY.to_owned(),
                    role: Role::Admin,
                    permit: Permit::default(),
                }),
                false => Err(SignInError::Unknown),
            };
        }
        match self.stored(key.id()).await? {
            Some(stored) if stored.digest.is(&digest) => self.good_now(stored.record),
            _ => Err(SignInError::Unknown),
        }
    }

    /// The operator behind a key whose secret was checked before, if the key is still good: for
    /// what was handed out for it and shall not outlive it.
    pub async fn still(&self, id: &str) -> Result<Operator, SignInError> {
        match self.stored(id).await? {
            Some(stored) => self.good_now(stored.record),
            None => Err(SignInError::Unknown),
        }
    }

    async fn stored(&self, id: &str) -> Result<Option<Stored>, StorageError> {
        self.table.read(&partition(id), "key").await
    }

    fn good_now(&self, record: KeyRecord) -> Result<Operator, SignInError> {
        if record.revoked_at.is_some() {
            return Err(SignInError::Revoked(record.id));
        }
        if record.valid_until.is_some_and(|until| until <= self.clock.now().as_second()) {
            return Err(SignInError::Expired(record.id));
        }
        let KeyRecord { id: key, name, role, permit, .. } = record;
        Ok(Operator { key, name, role, permit })
    }

    /// Makes a key. `permit` counts for machines alone.
    pub async fn create(
        &self,
        by: &Operator,
        name: &str,
        role: Role,
        permit: Permit,
        valid_until: Option<Timestamp>,
    ) -> Result<NewKey, StorageError> {
        let now = self.clock.now();
        let key = OperatorKey::generate(self.random.as_ref(), now);
        let record = KeyRecord {
            id: key.id().to_owned(),
            name: name.to_owned(),
            role,
            permit,
            created_at: now.as_second(),
            created_by: by.key.clone(),
            valid_until: valid_until.map(Timestamp::as_second),
            revoked_at: None,
            revoked_by: None,
        };
        let put = |pk: String, sk: &str, digest: Option<Digest>| {
            let mut item = self.table.item(&record)?;
            item.extend([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))]);
            item.extend(digest.map(|digest| ("digest".to_owned(), text(digest.to_string()))));
            let put = Put::builder()
                .table_name(self.table.name())
                .set_item(Some(item))
                .condition_expression("attribute_not_exists(pk)")
                .build()
                .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
            Ok::<_, StorageError>(TransactWriteItem::builder().put(put).build())
        };
        let writes = vec![
            put(partition(&record.id), "key", Some(key.digest()))?,
            put(LIST.to_owned(), &record.id, None)?,
        ];
        match self.table.transact(writes).await? {
            Transaction::Written => Ok(NewKey { record, key }),
            Transaction::Refused(_) => Err(self.table.error("make a key", "the id is taken")),
        }
    }

    /// Keys in the order in which they were made, at most `limit`, after the id `after`. The
    /// second value is where the next page begins.
    pub async fn list(
        &self,
        after: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<KeyRecord>, Option<String>), StorageError> {
        self.table.page(LIST, "", after, limit).await
    }

    /// Revokes a key: from now on nobody signs in with it. Safe to repeat; the first time counts.
    pub async fn revoke(&self, by: &Operator, id: &str) -> Result<KeyRecord, RevokeError> {
        if id == FIRST_KEY {
            return Err(RevokeError::FirstKey);
        }
        let now = self.clock.now().as_second();
        let update = |pk: String, sk: &str| {
            let update = Update::builder()
                .table_name(self.table.name())
                .key("pk", text(pk))
                .key("sk", text(sk))
                .update_expression(
                    "SET revoked_at = if_not_exists(revoked_at, :now), \
                     revoked_by = if_not_exists(revoked_by, :by)",
                )
                .condition_expression("attribute_exists(pk)")
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":by", text(&*by.key))
                .build()
                .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
            Ok::<_, StorageError>(TransactWriteItem::builder().update(update).build())
        };
        let writes = vec![update(partition(id), "key")?, update(LIST.to_owned(), id)?];
        if let Transaction::Refused(_) = self.table.transact(writes).await? {
            return Err(RevokeError::NotFound(id.to_owned()));
        }
        let stored: Option<KeyRecord> = self.table.read(LIST, id).await?;
        stored.ok_or_else(|| RevokeError::NotFound(id.to_owned()))
    }
}

fn partition(id: &str) -> String {
    format!("key#{id}")
}
