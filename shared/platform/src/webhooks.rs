//! Webhooks: what happens here, told to the company's own systems over HTTPS.
//!
//! Every event of the bus that is not internal becomes one [`Delivery`] for each [`Target`] that
//! wants it. A delivery is an item of its own with the time of its next attempt on it; the clock
//! hands over what is due. Messages are signed as Standard Webhooks says, and an event's id is the
//! message's id on every repetition, so that receivers tell repetitions apart.

mod address;
mod client;
mod delivery;
mod history;
mod progress;
mod redact;
mod signature;
mod target;
mod targets;

pub use address::{BadUrl, Names, Network, Reach, Resolving, SystemNames, Unreachable, is_public};
pub use client::{HttpAnswer, HttpClient, Unsent};
pub use delivery::{Attempt, Claimed, Delivery, DeliveryState, pause_after};
pub use history::{Page, RedeliverError, Redelivered};
pub use redact::redact;
pub use signature::{MalformedSecret, SigningSecret};
pub use target::{Changes, Filter, Pause, PauseReason, Target, Wish};
pub use targets::{NewSecret, TargetError};

use std::sync::Arc;

use aws_types::SdkConfig;
use wechat::AppId;

use crate::{
    bus::Bus,
    clock::Clock,
    configuration::Variables,
    event::{Event, kind},
    outbox::Outbox,
    parts::{Outside, StartError},
    random::Random,
    sealed::{Kind, Owner},
    secrets::Secrets,
    storage::Table,
};

/// Targets and deliveries. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    /// The table `fleet`.
    pub table: Table,
    /// Where the sealing keys are.
    pub secrets: Secrets,
    /// How a paused target is told, and `webhooks` of what is due.
    pub outbox: Outbox,
    /// How targets are reached.
    pub network: Network,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers, secrets and nonces.
    pub random: Arc<dyn Random>,
}

/// A target's signing secret, as a kind of sealed value.
#[derive(Debug)]
pub struct SealedSecret;

impl Kind for SealedSecret {
    const NAME: &'static str = "webhook-secret";
}

impl Webhooks {
    /// Wires it for a function that has nothing else to do: no tokens, no way to WeChat.
    pub async fn from_variables(
        variables: &Variables,
        outside: Outside,
    ) -> Result<Self, StartError> {
        let aws: &SdkConfig = &outside.aws;
        let name = variables.required("FLEET_TABLE", "the table of everything else")?;
        let table = Table::new(aws_sdk_dynamodb::Client::new(aws), outside.tables, name);
        let name = variables.required("EVENT_BUS", "the name of the event bus")?;
        let bus = Bus::new(aws, name);
        let network = Network::from_variables(variables)?;
        let secret = variables.required("PLATFORM_SECRET", "the id of the platform secret")?;
        let secrets = Secrets::load(aws_sdk_secretsmanager::Client::new(aws), secret).await?;
        let (clock, random) = (outside.clock, outside.random);
        let outbox =
            Outbox { table: table.clone(), bus, clock: clock.clone(), random: random.clone() };
        Ok(Webhooks { table, secrets, outbox, network, clock, random })
    }

    /// Tells the function `webhooks` that deliveries of a target are due. If the bus does not take
    /// it, the clock does so within a minute.
    async fn announce(&self, target: &str, deliveries: &[String]) {
        let details = serde_json::json!({ "webhook": target, "deliveries": deliveries });
        let due = self.outbox.event(kind::WEBHOOK_DUE, &ourselves(), None, 0, details);
        if let Err(error) = self.outbox.bus.publish(&[due]).await {
            tracing::warn!(%error, webhook = target, "due deliveries are not announced yet");
        }
    }
}

/// Whether targets are told of events of this kind: not of those by which functions tell each other
/// what to do.
pub fn is_for_others(event: &Event) -> bool {
    !matches!(
        &*event.kind,
        kind::INBOX_RECEIVED | kind::ROLLOUT_DUE | kind::SELF_TEST_REQUESTED | kind::WEBHOOK_DUE
    )
}

/// In the place of a component where something concerns the deployment as a whole, as targets do.
pub fn ourselves() -> AppId {
    "deployment".parse().expect("ten letters have the shape of an appid")
}

/// Targets belong to the deployment, not to a component.
fn owner(target: &str) -> Owner {
    Owner::within(&ourselves(), format!("webhook#{target}"))
}
