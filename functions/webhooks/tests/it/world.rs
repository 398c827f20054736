//! The function, its table, a clock that can be moved, and names that resolve as a test says.

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_credential_types::Credentials;
use journeys::TestClock;
use local::aws::Aws;
use platform::{
    Outside,
    aws::{Pace, timeouts},
    configuration::Variables,
    event::Event,
    random::SystemRandom,
    webhooks::{Delivery, Names, Network, Reach, Resolving, Target, Webhooks, Wish},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use webhooks::{App, Sender, handle};

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};

/// How long an attempt takes at most, here.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(300);

pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) app: App,
    pub(crate) clock: TestClock,
    pub(crate) names: FakeNames,
}

/// Names and what they resolve to, changed by hand.
#[derive(Clone, Default)]
pub(crate) struct FakeNames(Arc<Mutex<HashMap<String, Vec<IpAddr>>>>);

impl FakeNames {
    pub(crate) fn set(&self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.0.lock().unwrap().insert(name.to_owned(), addresses);
    }
}

impl Names for FakeNames {
    fn addresses<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        let found = self.0.lock().unwrap().get(host).cloned();
        Box::pin(async move { found.ok_or_else(|| io::Error::other("there is no such name")) })
    }
}

impl World {
    /// Reaches what `reach` allows, by names that nobody has set yet.
    pub(crate) async fn reaching(reach: Reach) -> World {
        let aws = Aws::start(None).await.unwrap();
        let secret = json!({ "sealing_key": "s".repeat(64), "components": [] });
        aws.secrets().put("platform", SecretString::from(secret.to_string()));
        let variables = Variables::from_pairs([
            ("FLEET_TABLE", "fleet"),
            ("EVENT_BUS", local::delivery::BUS),
            ("PLATFORM_SECRET", "platform"),
        ]);
        let sdk = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .region("us-east-1")
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .endpoint_url(aws.endpoint())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .timeout_config(timeouts(Pace::STEADY))
            .load()
            .await;
        let clock = TestClock::new();
        let outside = Outside {
            aws: sdk,
            tables: None,
            wechat: None,
            clock: Arc::new(clock.clone()),
            random: Arc::new(SystemRandom),
        };
        let names = FakeNames::default();
        let network = Network { reach: Arc::new(reach), names: Arc::new(names.clone()) };
        let mut app = App::new(&variables, outside).await.unwrap().with_network(network.clone());
        app.sender = Sender::new(&network).with_timeout(TIMEOUT);
        World { aws, app, clock, names }
    }

    pub(crate) fn webhooks(&self) -> &Webhooks {
        &self.app.webhooks
    }

    /// Makes a target that is told everything.
    pub(crate) async fn target(&self, url: &str) -> Target {
        let wish = Wish { url: url.to_owned(), active: true, ..Wish::default() };
        self.webhooks().create_target("admin", wish).await.unwrap().target
    }

    /// An event that just happened.
    pub(crate) fn event(&self, kind: &str) -> Event {
        let component = "wx570bc396a51b8ff8".parse().unwrap();
        self.webhooks().outbox.event(kind, &component, None, 1, Value::Null)
    }

    /// Has the function work off these events in one batch; the ids of messages that come again.
    pub(crate) async fn handle(&self, events: &[&Event]) -> Vec<String> {
        let response = handle(&self.app, batch(events), Duration::from_secs(40)).await;
        response.batch_item_failures.into_iter().map(|failed| failed.item_identifier).collect()
    }

    /// Has the clock look, and the function work off what it hands over.
    pub(crate) async fn sweep(&self) -> usize {
        let before = self.aws.bus().events_named("webhook.due").len();
        let swept = self.webhooks().sweep().await.unwrap();
        let due = self.aws.bus().events_named("webhook.due");
        let due: Vec<Event> = due[before..]
            .iter()
            .map(|told| {
                let mut event: Event =
                    serde_json::from_value(Value::Object(told.detail.clone())).unwrap();
                event.kind = told.detail_type.clone();
                event
            })
            .collect();
        let due: Vec<&Event> = due.iter().collect();
        assert!(self.handle(&due).await.is_empty());
        swept
    }

    /// What was sent to a target, the newest first.
    pub(crate) async fn deliveries(&self, target: &Target) -> Vec<Delivery> {
        self.webhooks().deliveries(&target.id, None, None).await.unwrap().deliveries
    }
}

/// The batch that Lambda makes of events on a queue.
pub(crate) fn batch(events: &[&Event]) -> SqsEvent {
    let mut batch = SqsEvent::default();
    for (place, event) in events.iter().enumerate() {
        let mut message = SqsMessage::default();
        message.message_id = Some(place.to_string());
        let body = json!({ "detail-type": event.kind, "source": "wechat-fleet", "detail": event });
        message.body = Some(body.to_string());
        batch.records.push(message);
    }
    batch
}
