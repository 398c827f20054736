//! Targets, made and changed by operators; and paused where nobody answers.

use std::time::Duration;

use aws_sdk_dynamodb::types::{ReturnValue, TransactWriteItem};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Changes, Pause, PauseReason, SealedSecret, SigningSecret, Target, Unreachable, Webhooks, Wish,
    ourselves, owner,
};
use crate::{
    event::kind,
    fault::Faults,
    sealed::{Sealed, UnsealError},
    storage::{Outcome, StorageError, Transaction, number, text},
    text::Text,
};

/// The partition that holds all targets.
const LIST: &str = "webhooks";
/// So many targets there may be: each event is matched against all of them.
pub(super) const MOST: usize = 50;
/// How long the name in a new URL may take to resolve.
const RESOLVING: Duration = Duration::from_secs(2);
/// A target at which every attempt has failed for so long is paused.
const PATIENCE: SignedDuration = SignedDuration::from_hours(3 * 24);

/// A target that was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// There is none with this id.
    #[error("there is no webhook {0}")]
    NotFound(String),
    /// The request is wrong in these places.
    #[error("{0}")]
    Invalid(Faults),
    /// There are as many as there may be.
    #[error("there are {MOST} webhooks already")]
    TooMany,
    /// Somebody else changed it at the same time.
    #[error("somebody else changed the webhook {0} at the same time")]
    Changed(String),
    /// It is paused.
    #[error("the webhook {0} is paused")]
    Paused(String),
    /// What is stored does not open.
    #[error("the secret of the webhook {0}: {1}")]
    Unseal(String, UnsealError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A target whose secret is told, here and never again.
#[derive(Debug)]
pub struct NewSecret {
    /// The target.
    pub target: Target,
    /// What its messages are signed with from now on.
    pub secret: SigningSecret,
}

#[derive(Serialize, Deserialize)]
struct Item {
    pk: String,
    sk: String,
    #[serde(flatten)]
    target: Target,
}

impl From<Faults> for TargetError {
    fn from(faults: Faults) -> Self {
        TargetError::Invalid(faults)
    }
}

impl Webhooks {
    /// All targets, the oldest first.
    pub async fn targets(&self) -> Result<Vec<Target>, StorageError> {
        let (mut targets, mut after) = (Vec::new(), None);
        loop {
            let (items, next): (Vec<Item>, _) =
                self.table.page(LIST, "", after.as_deref(), MOST as i32).await?;
            targets.extend(items.into_iter().map(|item| item.target));
            if next.is_none() {
                return Ok(targets);
            }
            after = next;
        }
    }

    /// One target.
    pub async fn target(&self, id: &str) -> Result<Target, TargetError> {
        let item: Option<Item> = self.table.read(LIST, id).await?;
        item.map(|item| item.target).ok_or_else(|| TargetError::NotFound(id.to_owned()))
    }

    /// Makes a target; `by` is the id of the operator's key.
    pub async fn create_target(&self, by: &str, wish: Wish) -> Result<NewSecret, TargetError> {
        let filter = self.checked(&wish, true).await?;
        if self.targets().await?.len() >= MOST {
            return Err(TargetError::TooMany);
        }
        let now = self.clock.now();
        let id = self.random.identifier(now);
        let secret = SigningSecret::generate(self.random.as_ref());
        let paused = Pause { reason: PauseReason::Operator, at: now.as_second() };
        let target = Target {
            url: wish.url,
            description: wish.description,
            filter,
            paused: (!wish.active).then_some(paused),
            failing_since: None,
            secret: self.seal(&id, &secret),
            previous_secret: None,
            previous_until: None,
            version: 1,
            created_at: now.as_second(),
            created_by: by.to_owned(),
            id,
        };
        let item = Item { pk: LIST.to_owned(), sk: target.id.clone(), target };
        match self.table.create(self.table.item(&item)?).await? {
            Outcome::Written(_) => Ok(NewSecret { target: item.target, secret }),
            // The ids hold 80 random bits: what is there is what we wrote and were not told of.
            Outcome::Refused(_) => Err(TargetError::Changed(item.target.id)),
        }
    }

    /// Changes a target. Deliveries that were made before go to its new address too. One that is
    /// active again is no longer failing.
    pub async fn change_target(&self, id: &str, changes: Changes) -> Result<Target, TargetError> {
        let before = self.target(id).await?;
        let moves = changes.url.is_some();
        let wish = before.wish().with(changes);
        let filter = self.checked(&wish, moves).await?;
        let now = self.clock.now().as_second();
        let paused = match wish.active {
            true => None,
            false => {
                Some(before.paused.unwrap_or(Pause { reason: PauseReason::Operator, at: now }))
            }
        };
        let resumes = before.paused.is_some() && paused.is_none();
        let value = |what: Result<_, serde_dynamo::Error>| {
            what.map_err(|error| self.table.error("write an item", error.to_string()))
        };
        let mut set = "SET #url = :url, description = :description, #filter = :filter, \
                       version = :next"
            .to_owned();
        let mut remove = Vec::new();
        let mut update = self
            .table
            .update(LIST, id)
            .condition_expression("version = :version")
            .expression_attribute_names("#url", "url")
            .expression_attribute_names("#filter", "filter")
            .expression_attribute_values(":url", text(wish.url))
            .expression_attribute_values(":description", text(wish.description))
            .expression_attribute_values(
                ":filter",
                value(serde_dynamo::to_attribute_value(filter))?,
            )
            .expression_attribute_values(":version", number(before.version as i64))
            .expression_attribute_values(":next", number(before.version as i64 + 1))
            .return_values(ReturnValue::AllNew);
        match paused {
            Some(paused) => {
                set.push_str(", paused = :paused");
                let paused = value(serde_dynamo::to_attribute_value(paused))?;
                update = update.expression_attribute_values(":paused", paused);
            }
            None => remove.push("paused"),
        }
        if resumes || moves {
            remove.push("failing_since");
        }
        if !remove.is_empty() {
            set.push_str(&format!(" REMOVE {}", remove.join(", ")));
        }
        self.changed(id, self.table.apply(update.update_expression(set)).await?)
    }

    /// Gives a target a new secret; for `overlap` its messages carry both signatures. Of a secret
    /// that is replaced twice within its overlap, the first one is forgotten.
    pub async fn rotate_secret(
        &self,
        id: &str,
        overlap: SignedDuration,
    ) -> Result<NewSecret, TargetError> {
        let before = self.target(id).await?;
        let secret = SigningSecret::generate(self.random.as_ref());
        let sealed = |sealed: &Sealed<SealedSecret>| {
            serde_dynamo::to_attribute_value(sealed)
                .map_err(|error| self.table.error("write an item", error.to_string()))
        };
        let until = (self.clock.now() + overlap).as_second();
        let update = self
            .table
            .update(LIST, id)
            .update_expression(
                "SET secret = :secret, previous_secret = :previous, previous_until = :until, \
                 version = :next",
            )
            .condition_expression("version = :version")
            .expression_attribute_values(":secret", sealed(&self.seal(id, &secret))?)
            .expression_attribute_values(":previous", sealed(&before.secret)?)
            .expression_attribute_values(":until", number(until))
            .expression_attribute_values(":version", number(before.version as i64))
            .expression_attribute_values(":next", number(before.version as i64 + 1))
            .return_values(ReturnValue::AllNew);
        let target = self.changed(id, self.table.apply(update).await?)?;
        Ok(NewSecret { target, secret })
    }

    /// Forgets a target. What was not delivered to it is never sent.
    pub async fn delete_target(&self, id: &str) -> Result<(), TargetError> {
        self.target(id).await?;
        Ok(self.table.delete(LIST, id).await?)
    }

    /// Seals a target's secret anew where it is under a key that is to be forgotten. What does not open
    /// is left as it is.
    pub(super) async fn seal_anew(&self, target: &Target) -> Result<(), StorageError> {
        let (keys, owner) = (self.secrets.sealing(), owner(&target.id));
        if target.secret.is_current(&keys, &owner) {
            return Ok(());
        }
        let Ok(secret) = target.secret.open(&keys, &owner) else { return Ok(()) };
        let sealed = self.seal(&target.id, &SigningSecret::from_text(secret));
        let update = self
            .table
            .update(LIST, &target.id)
            .update_expression("SET secret = :secret")
            .condition_expression("secret = :before")
            .expression_attribute_values(":secret", text(sealed.as_text()))
            .expression_attribute_values(":before", text(target.secret.as_text()));
        // Refused, somebody has made another secret meanwhile.
        self.table.apply(update).await.map(drop)
    }

    /// The secrets that a message is signed with now: one, or two after a rotation. A replaced one
    /// that does not open is left out, so that a rotation always helps.
    pub async fn signing_secrets(
        &self,
        target: &Target,
    ) -> Result<Vec<SigningSecret>, TargetError> {
        let open = |sealed: &Sealed<SealedSecret>| {
            let opened = sealed.open(&self.secrets.sealing(), &owner(&target.id));
            opened.map(SigningSecret::from_text)
        };
        let mut present = open(&target.secret);
        // What it was sealed under may be newer than what this process has read.
        if present.as_ref().is_err_and(|error| *error == UnsealError::UnknownKey)
            && self.secrets.reconsider().await
        {
            present = open(&target.secret);
        }
        let present = present.map_err(|error| TargetError::Unseal(target.id.clone(), error))?;
        let now = self.clock.now().as_second();
        let previous = target.previous_secret.as_ref();
        let previous = previous.filter(|_| target.previous_until.is_some_and(|until| now < until));
        let previous = previous.and_then(|sealed| match open(sealed) {
            Ok(secret) => Some(secret),
            Err(error) => {
                tracing::warn!(webhook = target.id, %error, "signed with the new secret alone");
                None
            }
        });
        Ok(std::iter::once(present).chain(previous).collect())
    }

    /// An attempt succeeded.
    pub(super) async fn note_success(&self, target: &Target) -> Result<(), StorageError> {
        if target.failing_since.is_none() {
            return Ok(());
        }
        let update = self
            .table
            .update(LIST, &target.id)
            .update_expression("REMOVE failing_since")
            .condition_expression("attribute_exists(failing_since)");
        self.table.apply(update).await.map(drop)
    }

    /// An attempt failed: the target is failing from now on, or paused if it has been for days.
    pub(super) async fn note_failure(&self, target: &Target) -> Result<(), StorageError> {
        let now = self.clock.now();
        if let Some(since) = target.failing_since {
            if now.as_second() - since >= PATIENCE.as_secs() {
                return self.pause(target, PauseReason::Failing).await;
            }
            return Ok(());
        }
        let update = self
            .table
            .update(LIST, &target.id)
            .update_expression("SET failing_since = :now")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(failing_since)")
            .expression_attribute_values(":now", number(now.as_second()));
        self.table.apply(update).await.map(drop)
    }

    /// Pauses a target that is active, and tells so. Safe to repeat; the first reason counts.
    pub(super) async fn pause(
        &self,
        target: &Target,
        reason: PauseReason,
    ) -> Result<(), StorageError> {
        let broken = |why: String| self.table.error("build a transaction", why);
        let paused = Pause { reason, at: self.clock.now().as_second() };
        let paused =
            serde_dynamo::to_attribute_value(paused).map_err(|error| broken(error.to_string()))?;
        let update = aws_sdk_dynamodb::types::Update::builder()
            .table_name(self.table.name())
            .key("pk", text(LIST))
            .key("sk", text(&*target.id))
            .update_expression("SET paused = :paused")
            // Not one that an operator has just changed, perhaps because of this.
            .condition_expression("version = :version AND attribute_not_exists(paused)")
            .expression_attribute_values(":paused", paused)
            .expression_attribute_values(":version", number(target.version as i64))
            .build()
            .map_err(|error| broken(error.to_string()))?;
        let details = json!({ "webhook": target.id, "reason": reason.as_str() });
        let told = self.outbox.event(kind::WEBHOOK_PAUSED, &ourselves(), None, 0, details);
        let writes =
            vec![TransactWriteItem::builder().update(update).build(), self.outbox.entry(&told)?];
        if self.table.transact(writes).await? == Transaction::Written {
            tracing::warn!(webhook = target.id, reason = reason.as_str(), "webhook is paused");
            self.outbox.publish(&[told]).await;
        }
        Ok(())
    }

    /// The filter of a wish that is right in all places. The name in its URL is resolved where
    /// `resolve` says so: one that leads inside is refused, one that does not resolve yet is not.
    async fn checked(&self, wish: &Wish, resolve: bool) -> Result<super::Filter, TargetError> {
        let (filter, host, mut wrong) = wish.read(&self.network.reach);
        if let Some(host) = host.filter(|_| resolve) {
            let resolved = tokio::time::timeout(RESOLVING, self.network.resolve(&host)).await;
            if let Ok(Err(Unreachable::NotPublic)) = resolved {
                let why = Text::fixed(
                    "该域名解析到内网或保留地址，只能使用公网地址",
                    "the name resolves to an address that is not public",
                );
                wrong.push("/url", why);
            }
        }
        wrong.into_result::<TargetError>()?;
        Ok(filter)
    }

    fn seal(&self, id: &str, secret: &SigningSecret) -> Sealed<SealedSecret> {
        let keys = self.secrets.sealing();
        Sealed::seal(&keys, self.random.as_ref(), &owner(id), secret.reveal())
    }

    fn changed(&self, id: &str, outcome: Outcome) -> Result<Target, TargetError> {
        match outcome {
            Outcome::Written(Some(item)) => {
                let item: Item = self.table.parse(item)?;
                Ok(item.target)
            }
            Outcome::Written(None) | Outcome::Refused(Some(_)) => {
                Err(TargetError::Changed(id.to_owned()))
            }
            Outcome::Refused(None) => Err(TargetError::NotFound(id.to_owned())),
        }
    }
}
