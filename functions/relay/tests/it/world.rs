//! A deployment in a test: the function, its tables and secrets, a WeChat, a clock by hand.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use jiff::Timestamp;
use local::aws::{Aws, BUCKET, REGION, SECRET_KEY};
use platform::{
    AppId, Outside,
    aws::{Pace, timeouts},
    clock::Clock,
    configuration::Variables,
    grants::Source,
    operators::{Operator, Patterns, Permit, Role},
    random::SystemRandom,
};
use relay::{App, router};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use simulator::{Authorize, Options, Receiver, Simulator, Via};

use crate::{
    gateway::{Call, Reply},
    wire::Wire,
};

const START: i64 = 1_795_369_521;

/// Seconds that stand still until they are moved.
#[derive(Clone, Default)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn seconds(&self) -> i64 {
        START + self.0.load(Ordering::SeqCst)
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.seconds()).unwrap()
    }
}

pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) app: App,
    /// For what other functions do, by rights that the relay does not have.
    pub(crate) others: App,
    pub(crate) simulator: Simulator,
    pub(crate) wire: Wire,
    pub(crate) clock: Hands,
    pub(crate) component: AppId,
    /// A merchant that has authorized.
    pub(crate) merchant: AppId,
    /// One that has not.
    pub(crate) stranger: AppId,
}

impl World {
    pub(crate) async fn new() -> World {
        let clock = Hands::default();
        let of_wechat = clock.clone();
        let options = Options {
            clock: simulator::Clock::from_source(move || of_wechat.seconds()),
            privacy_detection: Duration::ZERO,
            // The test hands over itself what WeChat would push.
            receiver: Receiver::Function(Arc::new(|_| {
                Box::pin(async { Ok(http::Response::new("success".into())) })
            })),
            ..Options::default()
        };
        let component = options.components[0].clone();
        let [merchant, stranger] =
            [0, 1].map(|place| options.merchants[place].appid.parse().unwrap());
        let simulator = Simulator::new(options).unwrap();
        let wire = Wire::to(simulator.clone());
        let rights = std::env::var_os("AWS_RIGHTS").map(PathBuf::from);
        let aws = Aws::start_by(Arc::new(clock.clone()), None, rights.as_deref()).await.unwrap();
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
        let variables = Variables::from_pairs([
            ("INBOX_TABLE", "inbox"),
            ("TOKENS_TABLE", "tokens"),
            ("FLEET_TABLE", "fleet"),
            ("EVENT_BUS", "bus"),
            ("PLATFORM_SECRET", "platform"),
            ("UPLOADS_BUCKET", BUCKET),
            ("PUBLIC_URL", "https://fleet.example.com"),
            ("WECHAT_API_URL", "http://wechat.invalid"),
        ]);
        let endpoint = aws.endpoint();
        let outside = async |who: &str| {
            let http =
                Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
            let sdk = aws_config::defaults(BehaviorVersion::latest())
                .region(Region::new(REGION))
                .credentials_provider(Credentials::new(who, SECRET_KEY, None, None, "test"))
                .endpoint_url(&endpoint)
                .http_client(http)
                .timeout_config(timeouts(Pace::PROMPT))
                .load()
                .await;
            Outside {
                aws: sdk,
                tables: None,
                wechat: Some(Arc::new(wire.clone())),
                clock: Arc::new(clock.clone()),
                random: Arc::new(SystemRandom),
            }
        };
        let app = App::new(&variables, outside("relay").await).await.unwrap();
        let others = App::new(&variables, outside("others").await).await.unwrap();
        let component: AppId = component.appid.parse().unwrap();
        let world =
            World { aws, app, others, simulator, wire, clock, component, merchant, stranger };
        world.authorize().await;
        world
    }

    /// A ticket has come, and the merchant has authorized.
    async fn authorize(&self) {
        let platform = &self.others.platform;
        let ticket = self.simulator.push_ticket().await.unwrap().ticket;
        platform.tickets.keep(&self.component, &ticket, self.clock.seconds()).await.unwrap();
        let authorize = Authorize { via: Via::Nothing, ..Authorize::new(self.merchant.as_str()) };
        let code = self.simulator.authorize(authorize).await.unwrap().auth_code;
        let code = SecretString::from(code);
        platform.grants.exchange(&self.component, &code, &Source::Redirect).await.unwrap();
    }

    pub(crate) async fn send(&self, call: Call) -> Reply {
        call.send(router(self.app.clone())).await
    }

    /// A path of WeChat's, for the merchant.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}/{}{path}", self.component, self.merchant)
    }

    /// A path of WeChat's, for the component itself.
    pub(crate) fn component_at(&self, path: &str) -> String {
        format!("{}/component{path}", self.component)
    }

    /// A machine's key with these scopes, for everything.
    pub(crate) async fn key(&self, scopes: &[&str]) -> String {
        self.key_with(Permit {
            scopes: scopes.iter().map(|scope| scope.parse().unwrap()).collect(),
            accounts: patterns(&["*", "component"]),
            ..Permit::default()
        })
        .await
    }

    pub(crate) async fn key_with(&self, permit: Permit) -> String {
        self.any_key(Role::Machine, permit).await
    }

    pub(crate) async fn any_key(&self, role: Role, permit: Permit) -> String {
        let made = self.others.operators.create(&admin(), "a system", role, permit, None).await;
        made.unwrap().key.reveal().expose_secret().to_owned()
    }

    pub(crate) fn an_admin(&self) -> Operator {
        admin()
    }

    pub(crate) async fn revoke(&self, key: &str) {
        let id = key.split('_').nth(1).unwrap();
        self.others.operators.revoke(&admin(), id).await.unwrap();
    }
}

pub(crate) fn patterns(texts: &[&str]) -> Patterns {
    Patterns(texts.iter().map(|text| text.parse().unwrap()).collect())
}

fn admin() -> Operator {
    let (key, name, person) = ("admin".to_owned(), "admin".to_owned(), "admin".to_owned());
    let permit = Permit::default();
    Operator { key, name, role: Role::Admin, permit, person, introduced_by: None }
}
