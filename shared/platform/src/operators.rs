//! Operators and the keys they sign in with: `wf_<id>_<secret>`.
//!
//! Only a digest of the secret is kept. A key is read, strongly consistent, on every request, so
//! that a revocation is in force at once. The first admin key is not in the table: it is made with
//! the deployment and stands in a secret of its own.

mod first_key;
pub mod guard;
mod invitation;
mod key;
mod lock_outs;
mod permit;
mod role;
mod source;

pub use guard::Limits;
pub use invitation::{Invitation, InvitationToken, NewInvitation, TakeError};
pub use key::{MalformedKey, OperatorKey};
pub use lock_outs::{LockOut, Locked, SHOWN};
pub use permit::{COMPONENT, MalformedPattern, Pattern, Patterns, Permit, Scope};
pub use role::{Action, Role, UnknownRole};
pub use source::{Source, VISITOR};

use std::sync::Arc;

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use aws_types::SdkConfig;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::{first_key::FirstKey, guard::Rate, key::Digest};
use crate::{
    approvals::Party,
    clock::Clock,
    configuration::{ConfigurationError, Variables},
    metric::Metrics,
    oidc::Member,
    random::Random,
    secrets::SecretsError,
    storage::{StorageError, Table, Transaction, number, text},
};

/// The id of the key that is made with the deployment.
pub const FIRST_KEY: &str = "admin";
/// How long a key lasts that somebody has for signing in with the directory.
const WORKING_DAY: SignedDuration = SignedDuration::from_hours(8);
/// Who made such a key.
const BY_DIRECTORY: &str = "directory";
/// The partition in which keys are listed.
const LIST: &str = "keys";

/// The operators of this deployment. Cheap to clone.
#[derive(Clone)]
pub struct Operators {
    table: Table,
    /// None where the first key does not open anything.
    first: Option<FirstKey>,
    rate: Arc<Rate>,
    metrics: Metrics,
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
    /// Whose key it is: keys that one person made, for whomever, are that person's, for they saw
    /// the secret.
    pub person: String,
    /// The person who invited this one, unless a second person had approved of it.
    pub introduced_by: Option<String>,
}

impl From<KeyRecord> for Operator {
    /// Whoever has the key, whether it is good or not.
    fn from(record: KeyRecord) -> Self {
        let KeyRecord { id: key, name, role, permit, person, introduced_by, .. } = record;
        Operator { key, name, role, permit, person, introduced_by }
    }
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
    /// Whose it is; see [`Operator::person`]. Keys from before there were people are the first
    /// key's.
    #[serde(default = "first_person")]
    pub person: String,
    /// The person who invited this one; see [`Operator::introduced_by`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced_by: Option<String>,
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
    /// Too many wrong secrets came from the same network: nothing was looked at.
    #[error("locked out for {seconds} s after wrong secrets")]
    LockedOut {
        /// How long it lasts.
        seconds: u64,
    },
    /// More requests than are taken.
    #[error("asked too often; again in {seconds} s")]
    TooOften {
        /// When there is room again.
        seconds: u64,
    },
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
        let rate = Arc::new(Rate::new(Limits::from_variables(variables)?));
        let metrics = Metrics::to_standard_output();
        Ok(Operators { table, first, rate, metrics, clock, random })
    }

    /// Operators whose keys are in `table`, without the first one: for what machines alone may do.
    pub fn without_first_key(
        limits: Limits,
        table: Table,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let (rate, metrics) = (Arc::new(Rate::new(limits)), Metrics::to_standard_output());
        Operators { table, first: None, rate, metrics, clock, random }
    }

    /// Takes so many requests from now on.
    pub fn limit(&mut self, limits: Limits) {
        self.rate = Arc::new(Rate::new(limits));
    }

    /// Counts lock-outs there from now on.
    pub fn count_to(&mut self, metrics: Metrics) {
        self.metrics = metrics;
    }

    /// Tells whose key it is, if it is good now. Whoever guesses is locked out: see [`guard`].
    pub async fn sign_in(
        &self,
        key: &OperatorKey,
        source: &Source,
    ) -> Result<Operator, SignInError> {
        self.admit(source)?;
        let now = self.clock.now();
        let (guesses, window) = guard::place(source, now);
        let places = [(partition(key.id()), "key".to_owned()), (guesses.clone(), window)];
        let (mut stored, mut counted) = (None, None);
        for item in self.table.items(places).await? {
            let is_counter = item.get("pk").and_then(|pk| pk.as_s().ok()) == Some(&guesses);
            *(if is_counter { &mut counted } else { &mut stored }) = Some(item);
        }
        let stored: Option<Stored> = stored.map(|item| self.table.parse(item)).transpose()?;
        let is_first = key.id() == FIRST_KEY && self.first.is_some();
        let known = (is_first || stored.is_some()).then_some(key.id());
        guard::judge(counted.as_ref(), known, now)?;
        let digest = key.digest();
        let operator = match (&self.first, stored) {
            (Some(first), _) if is_first => first.is(&digest).await?.then(|| Ok(self.first())),
            (_, Some(stored)) if stored.digest.is(&digest) => Some(self.good_now(stored.record)),
            _ => None,
        };
        let Some(operator) = operator else {
            self.count_guess(source, known).await;
            return Err(SignInError::Unknown);
        };
        let operator = operator?;
        // Not before its secret is known: its id alone takes nothing from it.
        self.rate.take(&operator.key, now)?;
        Ok(operator)
    }

    /// Whether a network may ask once more, before anything of what it asks is looked at.
    pub fn admit(&self, source: &Source) -> Result<(), SignInError> {
        self.rate.take(&source.network(), self.clock.now())
    }

    /// Whether somebody who shows something else than a key may try: wrong secrets from their network
    /// count, whatever they were for.
    pub async fn admit_stranger(&self, source: &Source) -> Result<(), SignInError> {
        self.admit(source)?;
        let now = self.clock.now();
        let counted = self.table.items([guard::place(source, now)]).await?;
        guard::judge(counted.first(), None, now)
    }

    /// Counts something wrong that was shown in the place of a key.
    pub async fn count_wrong(&self, source: &Source) {
        self.count_guess(source, None).await;
    }

    /// Counts a wrong secret, for `key` where there is such a key.
    async fn count_guess(&self, source: &Source, key: Option<&str>) {
        tracing::warn!(source = %source, key, "a wrong secret");
        let counted = async {
            for locked in guard::count(&self.table, source, key, self.clock.now()).await? {
                self.tell_of(locked, key, source).await?;
            }
            Ok::<_, StorageError>(())
        };
        if let Err(error) = counted.await {
            tracing::error!(%error, "a wrong secret was not counted");
        }
    }

    /// Makes a key for somebody whom the directory `issuer` vouches for: for a working day, of which
    /// nothing is kept afterwards but the audit log. They are a person of their own, whoever else is
    /// called alike.
    pub async fn create_for(&self, issuer: &str, member: &Member) -> Result<NewKey, StorageError> {
        let now = self.clock.now();
        let key = OperatorKey::generate(self.random.as_ref(), now);
        let until = (now + WORKING_DAY).as_second();
        let record = KeyRecord {
            id: key.id().to_owned(),
            name: member.name.clone(),
            role: member.role,
            permit: Permit::default(),
            created_at: now.as_second(),
            created_by: BY_DIRECTORY.to_owned(),
            person: format!("{BY_DIRECTORY}#{issuer}#{}", member.subject),
            introduced_by: None,
            valid_until: Some(until),
            revoked_at: None,
            revoked_by: None,
        };
        self.keep(record, key, Some(until + 24 * 60 * 60)).await
    }

    /// Writes a new key, until `forgotten`, in seconds, or for ever.
    async fn keep(
        &self,
        record: KeyRecord,
        key: OperatorKey,
        forgotten: Option<i64>,
    ) -> Result<NewKey, StorageError> {
        let writes = self.key_items(&record, &key, forgotten)?;
        match self.table.transact(writes).await? {
            Transaction::Written => Ok(NewKey { record, key }),
            Transaction::Refused(_) => Err(self.table.error("make a key", "the id is taken")),
        }
    }

    /// The operator behind a key whose secret was checked before, if the key is still good: for
    /// what was handed out for it and shall not outlive it.
    pub async fn still(&self, id: &str) -> Result<Operator, SignInError> {
        if id == FIRST_KEY && self.first.is_some() {
            return Ok(self.first());
        }
        let stored: Option<Stored> = self.table.read(&partition(id), "key").await?;
        let operator = self.good_now(stored.ok_or(SignInError::Unknown)?.record)?;
        self.rate.take(&operator.key, self.clock.now())?;
        Ok(operator)
    }

    /// Whoever has the first key.
    fn first(&self) -> Operator {
        Operator {
            key: FIRST_KEY.to_owned(),
            name: FIRST_KEY.to_owned(),
            role: Role::Admin,
            permit: Permit::default(),
            person: first_person(),
            introduced_by: None,
        }
    }

    fn good_now(&self, record: KeyRecord) -> Result<Operator, SignInError> {
        if record.revoked_at.is_some() {
            return Err(SignInError::Revoked(record.id));
        }
        if record.valid_until.is_some_and(|until| until <= self.clock.now().as_second()) {
            return Err(SignInError::Expired(record.id));
        }
        Ok(record.into())
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
            person: by.person.clone(),
            introduced_by: by.introduced_by.clone(),
            valid_until: valid_until.map(Timestamp::as_second),
            revoked_at: None,
            revoked_by: None,
        };
        self.keep(record, key, None).await
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

    /// Whether there is an administrator besides `one` who is somebody else, as far as the keys tell.
    pub async fn has_another_admin(&self, one: &Operator) -> Result<bool, StorageError> {
        let one = Party::of(one);
        let mut after = None;
        loop {
            let (keys, next) = self.list(after.as_deref(), 100).await?;
            let mut good = keys.into_iter().filter_map(|record| self.good_now(record).ok());
            let another = |other: Operator| {
                other.role == Role::Admin && one.may_approve(&Party::of(&other)).is_ok()
            };
            if good.any(another) {
                return Ok(true);
            }
            match next {
                None => return Ok(false),
                next => after = next,
            }
        }
    }

    /// Revokes a key: from now on nobody signs in with it. Safe to repeat; the first time counts.
    pub async fn revoke(&self, by: &Operator, id: &str) -> Result<KeyRecord, RevokeError> {
        if id == FIRST_KEY {
            return Err(RevokeError::FirstKey);
        }
        let places = [(partition(id), "key"), (LIST.to_owned(), id)];
        let revoked = self.note_revoked(by, places, "attribute_exists(pk)").await?;
        if let Transaction::Refused(_) = revoked {
            return Err(RevokeError::NotFound(id.to_owned()));
        }
        let stored: Option<KeyRecord> = self.table.read(LIST, id).await?;
        stored.ok_or_else(|| RevokeError::NotFound(id.to_owned()))
    }

    /// Notes in two items of one thing, on this condition, that it was revoked, when and by whom. The
    /// first time counts.
    async fn note_revoked(
        &self,
        by: &Operator,
        places: [(String, &str); 2],
        condition: &str,
    ) -> Result<Transaction, StorageError> {
        let now = self.clock.now().as_second();
        let update = |(pk, sk): (String, &str)| {
            let update = Update::builder()
                .table_name(self.table.name())
                .key("pk", text(pk))
                .key("sk", text(sk))
                .update_expression(
                    "SET revoked_at = if_not_exists(revoked_at, :now), \
                     revoked_by = if_not_exists(revoked_by, :by)",
                )
                .condition_expression(condition)
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":by", text(&*by.key))
                .build()
                .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
            Ok::<_, StorageError>(TransactWriteItem::builder().update(update).build())
        };
        let writes = places.into_iter().map(update).collect::<Result<_, _>>()?;
        self.table.transact(writes).await
    }
}

/// Whoever has the first key.
fn first_person() -> String {
    FIRST_KEY.to_owned()
}

fn partition(id: &str) -> String {
    format!("key#{id}")
}
