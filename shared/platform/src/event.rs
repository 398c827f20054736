//! What happened, as it is told to others. An event names things by id, carries its own id and the
//! entity's version, and never a token or a key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wechat::AppId;

use crate::{clock::Clock, random::Random};

/// The `source` of every event on the bus.
pub const SOURCE: &str = "wechat-fleet";

/// Names of events, the `detail-type` on the bus.
pub mod kind {
    /// WeChat pushed something and the inbox holds it; `inbox` is its key.
    pub const INBOX_RECEIVED: &str = "inbox.received";
    /// A merchant authorized the platform, or changed what it grants.
    pub const MERCHANT_AUTHORIZED: &str = "merchant.authorized";
    /// A merchant withdrew its authorization.
    pub const MERCHANT_UNAUTHORIZED: &str = "merchant.unauthorized";
    /// Code was committed and is the trial version.
    pub const RELEASE_COMMITTED: &str = "release.committed";
    /// A review was submitted.
    pub const RELEASE_SUBMITTED: &str = "release.submitted";
    /// A review passed.
    pub const RELEASE_APPROVED: &str = "release.approved";
    /// A review was rejected.
    pub const RELEASE_REJECTED: &str = "release.rejected";
    /// A review could not be submitted, or somebody else's took its place.
    pub const RELEASE_FAILED: &str = "release.failed";
    /// A review is delayed.
    pub const RELEASE_DELAYED: &str = "release.delayed";
    /// A review was withdrawn.
    pub const RELEASE_WITHDRAWN: &str = "release.withdrawn";
    /// A version went online.
    pub const RELEASE_RELEASED: &str = "release.released";
    /// An earlier version is online again.
    pub const RELEASE_ROLLED_BACK: &str = "release.rolled-back";
    /// WeChat shows something that nobody did through this platform.
    pub const RELEASE_CHANGED_OUTSIDE: &str = "release.changed-outside";
    /// A rollout, or targets of it, are due; `rollout` is its id, `positions` are the targets.
    pub const ROLLOUT_DUE: &str = "rollout.due";
    /// A rollout is planned; here and below, `rollout` is its id.
    pub const ROLLOUT_PLANNED: &str = "rollout.planned";
    /// A rollout was started.
    pub const ROLLOUT_STARTED: &str = "rollout.started";
    /// A wave of a rollout began.
    pub const ROLLOUT_WAVE: &str = "rollout.wave";
    /// A rollout is paused, by somebody or by itself.
    pub const ROLLOUT_PAUSED: &str = "rollout.paused";
    /// A rollout goes on.
    pub const ROLLOUT_RESUMED: &str = "rollout.resumed";
    /// A rollout was ended.
    pub const ROLLOUT_ABORTED: &str = "rollout.aborted";
    /// Every mini program of a rollout is through.
    pub const ROLLOUT_FINISHED: &str = "rollout.finished";
    /// A rollout, or a wave of it, is to be rolled back.
    pub const ROLLOUT_ROLLBACK: &str = "rollout.rollback";
    /// A rollout, or a wave of it, was rolled back.
    pub const ROLLOUT_ROLLED_BACK: &str = "rollout.rolled-back";
    /// A mini program of a rollout is in another state.
    pub const ROLLOUT_TARGET: &str = "rollout.target";
    /// Deliveries to a webhook are due; `webhook` and `deliveries` are their ids.
    pub const WEBHOOK_DUE: &str = "webhook.due";
    /// A webhook was paused because it is gone or fails; `webhook` is its id.
    pub const WEBHOOK_PAUSED: &str = "webhook.paused";
    /// An operator tries a webhook. It is sent to that one alone and never on the bus.
    pub const WEBHOOK_PING: &str = "webhook.ping";
}

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The event's own id: the same on every repetition.
    pub id: String,
    /// One of [`kind`]; on the bus it is the `detail-type`, beside the event.
    #[serde(skip)]
    pub kind: String,
    /// The component it concerns.
    pub component: AppId,
    /// The merchant's account, if it concerns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<AppId>,
    /// The version of the entity after what happened; a receiver keeps the highest.
    #[serde(default)]
    pub version: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What else there is to say.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

/// What EventBridge writes around an event.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Event,
}

/// A text that is no event of ours. It is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an event of this platform")]
pub struct NoEvent;

impl Event {
    /// Reads an event as EventBridge hands it on.
    pub fn from_bus(text: &str) -> Result<Self, NoEvent> {
        let Envelope { detail_type, detail } = serde_json::from_str(text).map_err(|_| NoEvent)?;
        Ok(Event { kind: detail_type, ..detail })
    }

    /// A new event that happens now. `details` is an object, or null.
    pub fn new(
        clock: &dyn Clock,
        random: &dyn Random,
        kind: &str,
        component: &AppId,
        appid: Option<&AppId>,
        version: u64,
        details: Value,
    ) -> Self {
        let now = clock.now();
        let details = match details {
            Value::Object(details) => details,
            Value::Null => Map::new(),
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        Event {
            id: random.identifier(now),
            kind: kind.to_owned(),
            component: component.clone(),
            appid: appid.cloned(),
            version,
            at: now,
            details,
        }
    }
}
