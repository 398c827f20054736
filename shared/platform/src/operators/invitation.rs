//! Invitations: how a person comes to a key whose secret nobody else has seen.
//!
//! An invitation is a link that is good once, for three days. Only a digest of its secret is kept.
//! Whoever has the link takes the key; that the right person has it is the inviter's care, and the
//! audit log tells when it was taken, from where.

use std::{fmt, str::FromStr};

use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    KeyRecord, MalformedKey, NewKey, Operator, OperatorKey, Operators, Permit, RevokeError, Role,
    SignInError, Source,
    key::{Digest, Parts},
    partition,
};
use crate::storage::{StorageError, Transaction, number, text};

/// How long an invitation is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(72);
const PREFIX: &str = "wi_";
const LIST: &str = "invitations";
const RECORD: &str = "invitation";

/// What an invitation's link carries: `wi_<id>_<secret>`.
#[derive(Debug, Clone)]
pub struct InvitationToken(Parts);

/// An invitation as it is kept and shown: everything but its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id, which is also the person's who takes it.
    pub id: String,
    /// What the person is called, and the key will be.
    pub name: String,
    /// What the key will be allowed.
    pub role: Role,
    /// When it was made, in seconds.
    pub created_at: i64,
    /// The id of the key that made it.
    pub created_by: String,
    /// The person who invites, unless a second one has approved of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced_by: Option<String>,
    /// Until when it can be taken, in seconds.
    pub until: i64,
    /// Until when the key will be good, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_until: Option<i64>,
    /// When it was taken, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<i64>,
    /// The key that was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When it was revoked, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<i64>,
    /// The id of the key that revoked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<String>,
}

/// An invitation that was just made: its secret is told here and never again.
#[derive(Debug)]
pub struct NewInvitation {
    /// What is kept of it.
    pub record: Invitation,
    /// What the link carries.
    pub token: InvitationToken,
}

/// No key was taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// There is no such invitation, or its secret is another.
    #[error("the invitation is not known")]
    Unknown,
    /// It was taken, was revoked, or its time is over.
    #[error("the invitation {0} is not good any more")]
    Over(String),
    /// Whoever asks has to wait.
    #[error(transparent)]
    Waiting(SignInError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

#[derive(Deserialize)]
struct Stored {
    digest: Digest,
    #[serde(flatten)]
    record: Invitation,
}

impl InvitationToken {
    /// The id of the invitation, which is no secret.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The whole of it, for the link.
    pub fn reveal(&self) -> SecretString {
        SecretString::from(format!("{PREFIX}{}_{}", self.0.id, self.0.secret.expose_secret()))
    }
}

impl FromStr for InvitationToken {
    type Err = MalformedKey;

    fn from_str(text: &str) -> Result<Self, MalformedKey> {
        Parts::parse(PREFIX, text).map(InvitationToken)
    }
}

impl fmt::Display for Invitation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.id)
    }
}

impl Invitation {
    /// Whether it can be taken at `now`, in seconds.
    pub fn is_open(&self, now: i64) -> bool {
        self.taken_at.is_none() && self.revoked_at.is_none() && self.until > now
    }
}

impl Operators {
    /// Invites a person. `approved` says that a second person was asked.
    pub async fn invite(
        &self,
        by: &Operator,
        approved: bool,
        name: &str,
        role: Role,
        key_until: Option<Timestamp>,
    ) -> Result<NewInvitation, StorageError> {
        let now = self.clock.now();
        let token = InvitationToken(Parts::generate(self.random.as_ref(), now));
        let record = Invitation {
            id: token.id().to_owned(),
            name: name.to_owned(),
            role,
            created_at: now.as_second(),
            created_by: by.key.clone(),
            introduced_by: (!approved).then(|| by.person.clone()),
            until: (now + GOOD_FOR).as_second(),
            key_until: key_until.map(Timestamp::as_second),
            taken_at: None,
            key: None,
            revoked_at: None,
            revoked_by: None,
        };
        let digest = token.0.digest();
        let writes = vec![
            self.put_new(&record, invitation(&record.id), RECORD, Some(digest), None)?,
            self.put_new(&record, LIST.to_owned(), &record.id, None, None)?,
        ];
        match self.table.transact(writes).await? {
            Transaction::Written => Ok(NewInvitation { record, token }),
            Transaction::Refused(_) => Err(self.table.error("invite", "the id is taken")),
        }
    }

    /// Makes the key of an invitation: once, for whoever has its secret. Wrong secrets count as wrong
    /// keys do.
    pub async fn take(
        &self,
        token: &InvitationToken,
        source: &Source,
    ) -> Result<NewKey, TakeError> {
        self.admit_stranger(source).await.map_err(|error| match error {
            SignInError::Storage(error) => TakeError::Storage(error),
            error => TakeError::Waiting(error),
        })?;
        let now = self.clock.now();
        let pk = invitation(token.id());
        let stored: Option<Stored> = self.table.read(&pk, RECORD).await?;
        let Some(Stored { record, .. }) =
            stored.filter(|stored| stored.digest.is(&token.0.digest()))
        else {
            self.count_wrong(source).await;
            return Err(TakeError::Unknown);
        };
        if !record.is_open(now.as_second()) {
            return Err(TakeError::Over(record.id));
        }
        let key = OperatorKey::generate(self.random.as_ref(), now);
        let made = KeyRecord {
            id: key.id().to_owned(),
            name: record.name.clone(),
            role: record.role,
            permit: Permit::default(),
            created_at: now.as_second(),
            created_by: record.created_by.clone(),
            person: record.id.clone(),
            introduced_by: record.introduced_by.clone(),
            valid_until: record.key_until,
            revoked_at: None,
            revoked_by: None,
        };
        let take = |pk: String, sk: &str| {
            let update = Update::builder()
                .table_name(self.table.name())
                .key("pk", text(pk))
                .key("sk", text(sk))
                .update_expression("SET taken_at = :now, #key = :key")
                // Written with the revocation's own condition: of both, one comes first.
                .condition_expression(
                    "attribute_exists(pk) AND attribute_not_exists(taken_at) AND \
                     attribute_not_exists(revoked_at)",
                )
                .expression_attribute_names("#key", "key")
                .expression_attribute_values(":now", number(now.as_second()))
                .expression_attribute_values(":key", text(key.id()))
                .build()
                .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
            Ok::<_, StorageError>(TransactWriteItem::builder().update(update).build())
        };
        let mut writes = self.key_items(&made, &key, None)?;
        writes.extend([take(pk, RECORD)?, take(LIST.to_owned(), &record.id)?]);
        match self.table.transact(writes).await? {
            Transaction::Written => Ok(NewKey { record: made, key }),
            Transaction::Refused(_) => Err(TakeError::Over(record.id)),
        }
    }

    /// Invitations in the order in which they were made, at most `limit`, after the id `after`. The
    /// second value is where the next page begins.
    pub async fn invitations(
        &self,
        after: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<Invitation>, Option<String>), StorageError> {
        self.table.page(LIST, "", after, limit).await
    }

    /// Revokes an invitation, so that nobody takes it any more. One that was taken stays as it is: its
    /// key is revoked as any key. Safe to repeat.
    pub async fn revoke_invitation(
        &self,
        by: &Operator,
        id: &str,
    ) -> Result<Invitation, RevokeError> {
        let places = [(invitation(id), RECORD), (LIST.to_owned(), id)];
        let condition = "attribute_exists(pk) AND attribute_not_exists(taken_at)";
        // Refused: it is not there, or was taken, which the record says.
        self.note_revoked(by, places, condition).await?;
        let stored: Option<Invitation> = self.table.read(LIST, id).await?;
        stored.ok_or_else(|| RevokeError::NotFound(id.to_owned()))
    }

    /// The writes of a new key: the item by which it is known, and its row in the list, both until
    /// `forgotten`, in seconds, or for ever.
    pub(super) fn key_items(
        &self,
        record: &KeyRecord,
        key: &OperatorKey,
        forgotten: Option<i64>,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        let digest = Some(key.digest());
        Ok(vec![
            self.put_new(record, partition(&record.id), "key", digest, forgotten)?,
            self.put_new(record, super::LIST.to_owned(), &record.id, None, forgotten)?,
        ])
    }

    fn put_new(
        &self,
        record: &impl Serialize,
        pk: String,
        sk: &str,
        digest: Option<Digest>,
        forgotten: Option<i64>,
    ) -> Result<TransactWriteItem, StorageError> {
        let mut item = self.table.item(record)?;
        item.extend([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))]);
        item.extend(digest.map(|digest| ("digest".to_owned(), text(digest.to_string()))));
        item.extend(forgotten.map(|at| ("expires_at".to_owned(), number(at))));
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

fn invitation(id: &str) -> String {
    format!("invitation#{id}")
}
