//! Webhooks and deliveries as they are shown.

use jiff::Timestamp;
use platform::webhooks::{Attempt, Delivery, DeliveryState, NewSecret, PauseReason, Target};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::timestamp;

/// The webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookList {
    /// The oldest first.
    pub(super) webhooks: Vec<Webhook>,
}

/// Where events are sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Webhook {
    /// Its id.
    id: String,
    /// Its address.
    url: String,
    /// What operators call it.
    description: String,
    /// Which events are sent.
    filter: FilterView,
    /// Whether anything is sent now.
    active: bool,
    /// Since when and why nothing is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<PauseView>,
    /// Since when every attempt has failed. After three days it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    failing_since: Option<String>,
    /// Until when messages also carry the signature of the secret before the last rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    previous_secret_until: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// The id of the key that made it.
    created_by: String,
}

/// Which events are sent. An empty list lets everything through.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FilterView {
    /// Kinds of events; `release.*` is every kind that begins so. 50 at most.
    #[schema(max_items = 50, example = json!(["release.*", "merchant.unauthorized"]))]
    pub(super) kinds: Vec<String>,
    /// Appids of components. 50 at most.
    #[schema(max_items = 50, example = json!([]))]
    pub(super) components: Vec<String>,
    /// Appids of merchants' accounts. 50 at most.
    #[schema(max_items = 50, example = json!([]))]
    pub(super) appids: Vec<String>,
}

/// Since when and why nothing is sent. What happens meanwhile is kept for thirty days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PauseView {
    /// Why.
    reason: PauseReasonName,
    /// Since when.
    #[schema(format = DateTime)]
    at: String,
}

/// Why nothing is sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PauseReasonName {
    /// An operator said so.
    Operator,
    /// It answered 410.
    Gone,
    /// Every attempt failed for three days.
    Failing,
}

/// A webhook whose secret is told, once.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewWebhook {
    /// What messages are signed with, to be entered at the receiver.
    #[schema(example = "whsec_…")]
    secret: String,
    /// The webhook.
    webhook: Webhook,
}

/// A part of a webhook's history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryList {
    /// The newest first.
    pub(super) deliveries: Vec<DeliveryView>,
    /// Where the next part begins; none after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_cursor: Option<String>,
}

/// One event on its way to one webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// The event's id, and the header `webhook-id` of every attempt.
    id: String,
    /// The kind of the event.
    kind: String,
    /// The component that it concerns.
    component: String,
    /// The merchant's account, if it concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    appid: Option<String>,
    /// How far it is.
    state: StateName,
    /// How often it was tried; there are nine attempts, over a little more than a day.
    attempts: u32,
    /// When it was put on its way.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    /// What came of the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_attempt: Option<AttemptView>,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StateName {
    /// It is tried, or tried again later.
    Pending,
    /// It was answered with a 2xx.
    Delivered,
    /// Given up after the last attempt.
    Dead,
}

/// What came of an attempt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptView {
    /// When it began.
    #[schema(format = DateTime)]
    at: String,
    /// How long it took.
    milliseconds: i64,
    /// The status that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The first 500 bytes of the answer; what could be a secret is hidden.
    #[serde(skip_serializing_if = "String::is_empty")]
    answer: String,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl From<Target> for Webhook {
    fn from(target: Target) -> Self {
        let texts = |appids: Vec<platform::AppId>| appids.into_iter().map(String::from).collect();
        Webhook {
            active: target.is_active(),
            id: target.id,
            url: target.url,
            description: target.description,
            filter: FilterView {
                kinds: target.filter.kinds,
                components: texts(target.filter.components),
                appids: texts(target.filter.appids),
            },
            paused: target.paused.map(|pause| PauseView {
                reason: match pause.reason {
                    PauseReason::Operator => PauseReasonName::Operator,
                    PauseReason::Gone => PauseReasonName::Gone,
                    PauseReason::Failing => PauseReasonName::Failing,
                },
                at: timestamp(pause.at),
            }),
            failing_since: target.failing_since.map(timestamp),
            previous_secret_until: target.previous_until.map(timestamp),
            created_at: timestamp(target.created_at),
            created_by: target.created_by,
        }
    }
}

impl From<NewSecret> for NewWebhook {
    fn from(made: NewSecret) -> Self {
        NewWebhook { secret: made.secret.reveal().to_owned(), webhook: made.target.into() }
    }
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        DeliveryView {
            id: delivery.id,
            kind: delivery.kind,
            component: delivery.component.into(),
            appid: delivery.appid.map(String::from),
            state: delivery.state.into(),
            attempts: delivery.attempts,
            created_at: moment(delivery.created_at),
            next_attempt_at: delivery.due_at.map(moment),
            last_attempt: delivery.last.map(AttemptView::from),
        }
    }
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        AttemptView {
            at: moment(attempt.at),
            milliseconds: attempt.took,
            status: attempt.status,
            answer: attempt.answer,
            problem: attempt.problem,
        }
    }
}

impl From<DeliveryState> for StateName {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Pending => StateName::Pending,
            DeliveryState::Delivered => StateName::Delivered,
            DeliveryState::Dead => StateName::Dead,
        }
    }
}

impl From<StateName> for DeliveryState {
    fn from(state: StateName) -> Self {
        match state {
            StateName::Pending => DeliveryState::Pending,
            StateName::Delivered => DeliveryState::Delivered,
            StateName::Dead => DeliveryState::Dead,
        }
    }
}

/// A moment in milliseconds as it is written in answers.
fn moment(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default().to_string()
}
