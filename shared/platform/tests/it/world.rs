//! A platform with everything around it: an AWS on this machine, a scripted WeChat, and a clock
//! that the test moves.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use aws_credential_types::Credentials;
use jiff::{SignedDuration, Timestamp};
use local::{
    aws::{AUDIT_BUCKET, Aws, KEY_ID, SECRET_KEY},
    credentials,
};
use platform::{
    AppId, Outside, Platform, aws::Pace, clock::Clock, configuration::Variables,
    random::SystemRandom,
};
use secrecy::SecretString;

use crate::wechat::WeChat;

/// The component of every test.
pub(crate) const COMPONENT: &str = "wx00000000000000c0";
/// The merchant of most tests.
pub(crate) const MERCHANT: &str = "wx00000000000000a1";
/// When every test begins, in seconds.
pub(crate) const START: i64 = 1_770_000_000;

pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) wechat: WeChat,
    pub(crate) clock: TestClock,
    pub(crate) platform: Platform,
}

#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl World {
    /// A component with a ticket, and no merchant.
    pub(crate) async fn new() -> Self {
        let clock = TestClock(Arc::new(AtomicI64::new(START)));
        let aws = Aws::start_by(Arc::new(clock.clone()), None, None).await.unwrap();
        let mut generated = credentials::Credentials::generate();
        generated.component.appid = COMPONENT.to_owned();
        let component = generated.component.clone();
        aws.secrets().put("platform", generated.platform_secret(&[component]));
        let wechat = WeChat::new();
        let outside = Outside {
            aws: configuration(&aws).await,
            tables: None,
            wechat: Some(Arc::new(wechat.clone())),
            clock: Arc::new(clock.clone()),
            random: Arc::new(SystemRandom),
        };
        let platform = Platform::new(&variables(), outside).await.unwrap();
        platform.tickets.keep(&component_appid(), "ticket@@@1", START).await.unwrap();
        World { aws, wechat, clock, platform }
    }

    /// How many events of this name the bus has taken.
    pub(crate) fn told(&self, name: &str) -> usize {
        self.aws.bus().events_named(name).len()
    }
}

impl TestClock {
    pub(crate) fn forward(&self, time: SignedDuration) {
        self.0.fetch_add(time.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

pub(crate) fn component_appid() -> AppId {
    COMPONENT.parse().unwrap()
}

pub(crate) fn merchant() -> AppId {
    MERCHANT.parse().unwrap()
}

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

fn variables() -> Variables {
    Variables::from_pairs([
        ("INBOX_TABLE", "inbox"),
        ("TOKENS_TABLE", "tokens"),
        ("FLEET_TABLE", "fleet"),
        ("AUDIT_BUCKET", AUDIT_BUCKET),
        ("KMS_KEY", KEY_ID),
        ("EVENT_BUS", local::delivery::BUS),
        ("PLATFORM_SECRET", "platform"),
        ("PUBLIC_URL", "https://fleet.example.com"),
        ("WECHAT_API_URL", "http://wechat.invalid"),
    ])
}

pub(crate) async fn configuration(aws: &Aws) -> aws_config::SdkConfig {
    aws_config::defaults(aws_config::BehaviorVersion::latest())
        .region("us-east-1")
        .credentials_provider(Credentials::new("local", SECRET_KEY, None, None, "test"))
        .endpoint_url(aws.endpoint())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .timeout_config(platform::aws::timeouts(Pace::STEADY))
        .retry_config(aws_config::retry::RetryConfig::standard().with_max_attempts(3))
        .load()
        .await
}
