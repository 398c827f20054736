//! What WeChat pushed, kept before `success` is answered, and worked off by `events`.
//!
//! An item's key is a digest of where the push came in and of what it says, without the random
//! bytes of its encryption, so that WeChat's repetitions meet the same item. A repetition of work
//! that is not finished starts it again; of finished work it does nothing.

mod content;
mod forget;
mod list;
mod told;

pub use content::Shown;
pub use list::{ListError, Listed, MAX_PAGE, Page, Revived};
use list::{is_id, key_of};

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wechat::AppId;

use crate::{
    clock::Clock,
    random::Random,
    sealed::{Kind, Owner, Sealed, UnsealError},
    secrets::Secrets,
    storage::{Outcome, StorageError, Table, Work, number, text},
};

/// The kind of work, in the index of what is due.
const WORK: Work = Work::in_waves("inbox");
/// After so many attempts an item is dead: shown, and revived by an operator alone.
pub const MAX_ATTEMPTS: u32 = 8;
/// If an item is not finished by then, the sweeper tells `events` again: in the second tick of the
/// clock at the latest.
const PATIENCE: SignedDuration = SignedDuration::from_secs(50);
/// An item that waits for the end of shadow mode comes up again after so long.
const SHADOW_PAUSE: SignedDuration = SignedDuration::from_mins(10);
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
const MESSAGES_KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);

/// The URL that a push came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// The authorization-event URL.
    Events,
    /// The message-and-event URL, with the merchant's appid in its path.
    Messages(AppId),
}

/// A genuine push, decrypted.
#[derive(Debug)]
pub struct Push<'a> {
    /// The component it was sent to.
    pub component: &'a AppId,
    /// The URL it came to.
    pub route: &'a Route,
    /// `InfoType`, `Event` or `MsgType`, for people and metrics.
    pub name: &'a str,
    /// It is a user's message, which is kept for three days and not for thirty.
    pub is_user_message: bool,
    /// WeChat's `CreateTime`, seconds.
    pub create_time: i64,
    /// The plain text.
    pub message: &'a str,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// It is new, and kept under this key.
    New(String),
    /// It was there, and not finished: start it again.
    Unfinished(String),
    /// It was there, and all that follows from it is done.
    Finished,
}

/// How far an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Kept, and to be worked off.
    Received,
    /// All that follows from it is done.
    Done,
    /// Given up after [`MAX_ATTEMPTS`].
    Dead,
}

/// An item of the inbox.
#[derive(Debug)]
pub struct Received {
    /// The item's key.
    pub key: String,
    /// The component it was sent to.
    pub component: AppId,
    /// The URL it came to.
    pub route: Route,
    /// `InfoType`, `Event` or `MsgType`.
    pub name: String,
    /// How far it is.
    pub state: State,
    /// How often it was tried and failed.
    pub attempts: u32,
    /// The plain text, or why it does not open.
    message: Result<SecretString, UnsealError>,
    /// When it came.
    pub received_at: Timestamp,
}

/// The plain text of a push, as a kind of sealed value.
#[derive(Debug)]
struct Message;

impl Kind for Message {
    const NAME: &'static str = "inbox-message";
}

#[derive(Serialize, Deserialize)]
struct Entry {
    pk: String,
    sk: String,
    component: AppId,
    route: Route,
    name: String,
    create_time: i64,
    received_at: i64,
    state: State,
    attempts: u32,
    message: Sealed<Message>,
    #[serde(default)]
    last_error: Option<String>,
    #[serde(default)]
    due_shard: Option<String>,
    #[serde(default)]
    due_at: Option<i64>,
    expires_at: i64,
}

/// The inbox. Cheap to clone.
#[derive(Clone)]
pub struct Inbox {
    /// The table `inbox`.
    pub table: Table,
    /// Where the sealing keys are.
    pub secrets: Secrets,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Nonces.
    pub random: Arc<dyn Random>,
}

impl Inbox {
    /// Keeps `push`. Safe to repeat.
    pub async fn store(&self, push: &Push<'_>) -> Result<Stored, StorageError> {
        let key = key(push);
        let now = self.clock.now();
        let owner = owner(push.component, &key);
        let kept = if push.is_user_message { MESSAGES_KEPT } else { KEPT };
        let entry = Entry {
            pk: key.clone(),
            sk: "event".to_owned(),
            component: push.component.clone(),
            route: push.route.clone(),
            name: push.name.chars().take(64).collect(),
            create_time: push.create_time,
            received_at: now.as_millisecond(),
            state: State::Received,
            attempts: 0,
            message: Sealed::seal(
                &self.secrets.sealing(),
                self.random.as_ref(),
                &owner,
                push.message,
            ),
            last_error: None,
            due_shard: Some(WORK.shard(&key)),
            due_at: Some((now + PATIENCE).as_millisecond()),
            expires_at: (now + kept).as_second(),
        };
        match self.table.create(self.table.item(&entry)?).await? {
            Outcome::Written(_) => Ok(Stored::New(key)),
            Outcome::Refused(Some(there)) => {
                let there: Entry = self.table.parse(there)?;
                match there.state {
                    State::Done => Ok(Stored::Finished),
                    State::Received | State::Dead => Ok(Stored::Unfinished(key)),
                }
            }
            // The item went between the write and the look at it: it expired.
            Outcome::Refused(None) => Ok(Stored::Finished),
        }
    }

    /// Reads the item `key`, if it is (still) there.
    pub async fn read(&self, key: &str) -> Result<Option<Received>, StorageError> {
        let entry: Option<Entry> = self.table.read(key, "event").await?;
        Ok(entry.map(|entry| self.opened(entry)))
    }

    fn opened(&self, entry: Entry) -> Received {
        let owner = owner(&entry.component, &entry.pk);
        let message = entry.message.open(&self.secrets.sealing(), &owner);
        Received {
            key: entry.pk,
            component: entry.component,
            route: entry.route,
            name: entry.name,
            state: entry.state,
            attempts: entry.attempts,
            message,
            received_at: Timestamp::from_millisecond(entry.received_at)
                .unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// All that follows from the item is done. Safe to repeat.
    pub async fn finish(&self, item: &Received) -> Result<(), StorageError> {
        let update = self
            .table
            .update(&item.key, "event")
            .update_expression(
                "SET #state = :done, due_shard = :shard, due_at = :now REMOVE last_error",
            )
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":done", text("done"))
            .expression_attribute_values(":shard", text(shard_of(State::Done, &item.component)))
            .expression_attribute_values(":now", number(self.clock.now().as_millisecond()));
        self.table.apply(update).await.map(drop)
    }

    /// An attempt failed: the item comes up again later, or is dead after [`MAX_ATTEMPTS`], or at
    /// once if it `is_final`: trying again would change nothing.
    pub async fn fail(
        &self,
        item: &Received,
        why: &str,
        is_final: bool,
    ) -> Result<State, StorageError> {
        let attempts = item.attempts + 1;
        let why: String = why.chars().take(300).collect();
        let update = self
            .table
            .update(&item.key, "event")
            // Two runs of one item count as one attempt, and a finished item stays finished.
            .condition_expression("attempts = :before AND #state = :received")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":before", number(item.attempts.into()))
            .expression_attribute_values(":received", text("received"))
            .expression_attribute_values(":attempts", number(attempts.into()))
            .expression_attribute_values(":why", text(why));
        let now = self.clock.now();
        let (update, state) = if is_final || attempts >= MAX_ATTEMPTS {
            let update = update
                .update_expression(
                    "SET #state = :dead, attempts = :attempts, last_error = :why, \
                     due_shard = :shard, due_at = :now",
                )
                .expression_attribute_values(":dead", text("dead"))
                .expression_attribute_values(":shard", text(shard_of(State::Dead, &item.component)))
                .expression_attribute_values(":now", number(now.as_millisecond()));
            (update, State::Dead)
        } else {
            let pause = SignedDuration::from_secs(30 << attempts.min(7));
            let update = update
                .update_expression("SET attempts = :attempts, last_error = :why, due_at = :due")
                .expression_attribute_values(":due", number((now + pause).as_millisecond()));
            (update, State::Received)
        };
        self.table.apply(update).await.map(|_| state)
    }

    /// The item cannot be worked off yet, for another system has the component's tokens: it comes
    /// up again later, and that is no failed attempt.
    pub async fn wait(&self, item: &Received) -> Result<(), StorageError> {
        let update = self
            .table
            .update(&item.key, "event")
            .update_expression("SET due_at = :due")
            .condition_expression("#state = :received")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":received", text("received"))
            .expression_attribute_values(
                ":due",
                number((self.clock.now() + SHADOW_PAUSE).as_millisecond()),
            );
        self.table.apply(update).await.map(drop)
    }

    /// Keys of items that should have been finished by now, the oldest first.
    pub async fn overdue(&self, limit: i32) -> Result<Vec<String>, StorageError> {
        let now = self.clock.now();
        let mut keys = Vec::new();
        for shard in WORK.shards() {
            keys.extend(self.table.due(&shard, now, limit).await?.into_iter().map(|(pk, _)| pk));
        }
        Ok(keys)
    }

    /// Puts off an overdue item that `events` was just told of again.
    pub async fn postpone(&self, key: &str) -> Result<(), StorageError> {
        let update = self
            .table
            .update(key, "event")
            .update_expression("SET due_at = :due")
            .condition_expression("#state = :received")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":received", text("received"))
            .expression_attribute_values(
                ":due",
                number((self.clock.now() + PATIENCE).as_millisecond()),
            );
        self.table.apply(update).await.map(drop)
    }
}

/// Where the index lists what is not to be worked off any more.
/// Whose a push is, as a secret.
fn owner(component: &AppId, key: &str) -> Owner {
    Owner::within(component, key)
}

fn shard_of(state: State, component: &AppId) -> String {
    match state {
        State::Dead => format!("inbox-dead#{component}"),
        State::Done | State::Received => format!("inbox-done#{component}"),
    }
}

/// Every part with its length in front, so that no two pushes read the same.
fn key(push: &Push<'_>) -> String {
    let (route, authorizer) = match push.route {
        Route::Events => ("events", ""),
        Route::Messages(appid) => ("messages", appid.as_str()),
    };
    let mut digest = Sha256::new();
    for part in [push.component.as_str(), route, authorizer, push.message] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    let digest = digest.finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("event#{}#{hex}", push.component)
}

impl Received {
    /// The plain text. An item that does not open may do so with a key that comes back; it fails
    /// like any other work until then.
    pub fn text(&self) -> Result<&str, &UnsealError> {
        self.message.as_ref().map(ExposeSecret::expose_secret)
    }
}
