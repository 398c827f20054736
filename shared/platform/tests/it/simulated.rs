//! A platform with an embedded AWS and a simulated WeChat, on one clock that the test moves.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use jiff::{SignedDuration, Timestamp};
use local::aws::Aws;
use platform::{
    AppId, Outside, Platform, clock::Clock, configuration::Variables, random::SystemRandom,
    tokens::Subject,
};
use secrecy::SecretString;
use serde_json::json;
use simulator::{Authorize, Options, Receiver, Simulator, Via};

/// Seconds and milliseconds that stand still until they are moved. Real seconds are added while
/// the test runs, so that whoever waits sees time pass.
#[derive(Clone)]
pub(crate) struct TestClock {
    start: i64,
    began: std::time::Instant,
    ahead: Arc<AtomicI64>,
}

impl TestClock {
    pub(crate) fn at(seconds: i64) -> Self {
        TestClock { start: seconds * 1000, began: std::time::Instant::now(), ahead: Arc::default() }
    }

    pub(crate) fn advance(&self, time: Duration) {
        self.ahead.fetch_add(time.as_millis() as i64, Ordering::SeqCst);
    }

    pub(crate) fn milliseconds(&self) -> i64 {
        let passed = self.began.elapsed().as_millis() as i64;
        self.start + passed + self.ahead.load(Ordering::SeqCst)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.milliseconds()).unwrap()
    }
}

/// Everything a test of the platform needs.
pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) wechat: Simulator,
    pub(crate) clock: TestClock,
    pub(crate) platform: Platform,
    pub(crate) component: AppId,
}

/// The first of the simulator's merchants.
pub(crate) const MERCHANT: usize = 0;

impl World {
    /// One component with a ticket; nobody has authorized anything.
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    /// The same with a WeChat that was started with `options`.
    pub(crate) async fn with(options: Options) -> Self {
        let clock = TestClock::at(1_790_000_000);
        let of_wechat = clock.clone();
        let options = Options {
            clock: simulator::Clock::from_source(move || of_wechat.milliseconds() / 1000),
            privacy_detection: Duration::ZERO,
            // Tests of the platform hand over themselves what WeChat would push.
            receiver: Receiver::Function(Arc::new(|_| {
                Box::pin(async { Ok(http::Response::new("success".into())) })
            })),
            ..options
        };
        let component = options.components[0].clone();
        let wechat = Simulator::start(options).await.unwrap();
        let aws = Aws::start(None).await.unwrap();
        let secret = json!({
            "sealing_key": "0123456789abcdef".repeat(4),
            "components": [{
                "appid": component.appid,
                "secret": component.secret,
                "token": component.token,
                "encoding_aes_key": component.encoding_aes_key,
            }],
        });
        aws.secrets().put("platform", SecretString::from(secret.to_string()));
        let platform = platform(&aws, &wechat, Arc::new(clock.clone()), None, 0).await;
        let component: AppId = component.appid.parse().unwrap();
        let world = World { aws, wechat, clock, platform, component };
        world.ticket().await;
        world
    }

    /// Another process of the same deployment: it shares nothing but the tables.
    pub(crate) async fn another_process(&self) -> Platform {
        self.another_process_of(0).await
    }

    /// Another process, after so many restores of the tables.
    pub(crate) async fn another_process_of(&self, epoch: u64) -> Platform {
        platform(&self.aws, &self.wechat, Arc::new(self.clock.clone()), None, epoch).await
    }

    /// Another process, on a machine whose clock is ahead.
    pub(crate) async fn another_process_ahead(&self, by: SignedDuration) -> Platform {
        let clock = Ahead { clock: self.clock.clone(), by };
        platform(&self.aws, &self.wechat, Arc::new(clock), None, 0).await
    }

    /// Another process, which reaches WeChat through `transport`.
    pub(crate) async fn another_process_through(
        &self,
        transport: impl wechat::transport::Transport + 'static,
    ) -> Platform {
        platform(
            &self.aws,
            &self.wechat,
            Arc::new(self.clock.clone()),
            Some(Arc::new(transport)),
            0,
        )
        .await
    }

    /// WeChat has a new ticket, and the platform keeps it.
    pub(crate) async fn ticket(&self) {
        let ticket = self.wechat.push_ticket().await.unwrap().ticket;
        self.platform.tickets.keep(&self.component, &ticket, self.now()).await.unwrap();
    }

    /// The time in seconds.
    pub(crate) fn now(&self) -> i64 {
        self.clock.milliseconds() / 1000
    }

    /// The appid of one of the simulator's merchants.
    pub(crate) fn merchant(&self, place: usize) -> AppId {
        Options::default().merchants[place].appid.parse().unwrap()
    }

    /// A merchant authorizes, and the platform takes it in by the redirect's code.
    pub(crate) async fn authorized(&self, place: usize) -> Subject {
        let appid = self.merchant(place);
        let code = self.authorization_code(&appid).await;
        self.platform
            .grants
            .exchange(&self.component, &code, &platform::grants::Source::Redirect)
            .await
            .unwrap();
        Subject::merchant(&self.component, &appid)
    }

    /// A merchant authorizes; nobody is told.
    pub(crate) async fn authorization_code(&self, appid: &AppId) -> SecretString {
        let authorize = Authorize { via: Via::Nothing, ..Authorize::new(appid.as_str()) };
        SecretString::from(self.wechat.authorize(authorize).await.unwrap().auth_code)
    }

    /// The component's own token.
    pub(crate) fn itself(&self) -> Subject {
        Subject::Component(self.component.clone())
    }
}

/// The clock of a machine that is ahead of the others.
struct Ahead {
    clock: TestClock,
    by: SignedDuration,
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.clock.now() + self.by
    }
}

async fn platform(
    aws: &Aws,
    wechat: &Simulator,
    clock: Arc<dyn Clock>,
    transport: Option<Arc<dyn wechat::transport::Transport>>,
    epoch: u64,
) -> Platform {
    let variables = Variables::from_pairs([
        ("INBOX_TABLE", "inbox".to_owned()),
        ("TOKENS_TABLE", "tokens".to_owned()),
        ("FLEET_TABLE", "fleet".to_owned()),
        ("EVENT_BUS", "wechat-fleet".to_owned()),
        ("EPOCH", epoch.to_string()),
        ("PLATFORM_SECRET", "platform".to_owned()),
        ("PUBLIC_URL", "https://fleet.example.com".to_owned()),
        ("WECHAT_API_URL", wechat.base_url()),
        ("WECHAT_MP_URL", wechat.base_url()),
        ("WECHAT_OPEN_URL", wechat.base_url()),
    ]);
    let outside = Outside {
        aws: configuration(&aws.endpoint()),
        tables: None,
        wechat: transport,
        clock,
        random: Arc::new(SystemRandom),
    };
    Platform::new(&variables, outside).await.unwrap()
}

fn configuration(endpoint: &str) -> SdkConfig {
    let pace = platform::aws::Pace::STEADY;
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .timeout_config(platform::aws::timeouts(pace))
        .retry_config(RetryConfig::standard().with_max_attempts(pace.attempts))
        .build()
}
