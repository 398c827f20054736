//! A deployment in a test: the function, its tables and secrets, a clock that can be moved.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use jiff::{SignedDuration, Timestamp};
use local::aws::{AUDIT_BUCKET, Aws, BUCKET, KEY_ID, REGION, SECRET_KEY};
use operations::{App, router};
use platform::{
    AppId, Outside,
    aws::{Pace, timeouts},
    clock::Clock,
    configuration::Variables,
    random::SystemRandom,
    tokens::{Granted, Subject},
};
use secrecy::SecretString;
use serde_json::json;

use crate::{
    gateway::{Call, Reply},
    wechat::WeChat,
};

pub(crate) const COMPONENT: &str = "wx570bc396a51b8ff8";
pub(crate) const MINI_PROGRAM: &str = "wxf8b4f85f3a794e77";
/// Nothing that holds one of these may ever be answered.
pub(crate) const CANARIES: [&str; 6] = [
    "canary-app-secret",
    "canary-ticket",
    "canary-component-token",
    "canary-access-token",
    "canary-refresh-token",
    "canary-sealing-key",
];
const ADMIN: &str = "Q7dLp0vN2cXw8rTzK4mYb6HsJ1fGe9UaR3iEo5VtBnM";

pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) app: App,
    router: axum::Router,
    pub(crate) wechat: WeChat,
    pub(crate) clock: Hands,
}

/// A clock that is moved by hand, and by a millisecond whenever somebody looks.
#[derive(Clone)]
pub(crate) struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    pub(crate) fn forward(&self, time: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now += time;
    }

    pub(crate) fn now_in_seconds(&self) -> i64 {
        self.now().as_second()
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_millis(1);
        *now
    }
}

impl World {
    pub(crate) async fn new() -> World {
        let clock = Hands(Arc::new(Mutex::new("2026-11-22T17:45:21Z".parse().unwrap())));
        let aws = Aws::start_by(Arc::new(clock.clone()), None, None).await.unwrap();
        let secret = json!({
            "sealing_key": "canary-sealing-key-canary-sealing-key-canary-sealing-key-00000",
            "components": [
                {
                    "appid": COMPONENT,
                    "name": "餐饮",
                    "secret": "canary-app-secret",
                    "token": "spamtest",
                    "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
                },
                { "appid": "wx00000000000000ff", "secret": "", "token": "", "encoding_aes_key": "" },
            ],
        });
        aws.secrets().put("platform", SecretString::from(secret.to_string()));
        aws.secrets().put("admin-key", SecretString::from(ADMIN));
        let variables = Variables::from_pairs([
            ("INBOX_TABLE", "inbox"),
            ("TOKENS_TABLE", "tokens"),
            ("FLEET_TABLE", "fleet"),
            ("EVENT_BUS", local::delivery::BUS),
            ("PLATFORM_SECRET", "platform"),
            ("ADMIN_KEY_SECRET", "admin-key"),
            ("UPLOADS_BUCKET", BUCKET),
            ("AUDIT_BUCKET", AUDIT_BUCKET),
            ("KMS_KEY", KEY_ID),
            ("PUBLIC_URL", "https://fleet.example.com"),
            // Tests ask more often than anybody, by a clock that hardly moves.
            ("REQUESTS_PER_SECOND", "1000000"),
        ]);
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("local", SECRET_KEY, None, None, "test"))
            .endpoint_url(aws.endpoint())
            .http_client(http)
            .timeout_config(timeouts(Pace::PROMPT))
            .load()
            .await;
        let wechat = WeChat::default();
        let outside = Outside {
            aws: sdk,
            tables: None,
            wechat: Some(Arc::new(wechat.clone())),
            clock: Arc::new(clock.clone()),
            random: Arc::new(SystemRandom),
        };
        let app = App::new(&variables, outside).await.unwrap();
        // Once, as in a process: the whole description is made for it.
        let router = router(app.clone());
        let world = World { aws, app, router, wechat, clock };
        world.authorize().await;
        world
    }

    /// A ticket has come, and the merchant has authorized.
    async fn authorize(&self) {
        let platform = &self.app.platform;
        let now = self.clock.now().as_second();
        let component: AppId = COMPONENT.parse().unwrap();
        platform.tickets.keep(&component, "canary-ticket", now).await.unwrap();
        let access = SecretString::from("canary-access-token");
        let refresh = SecretString::from("canary-refresh-token");
        let granted = Granted {
            access: Some(&access),
            expires_in: 7200,
            refresh: Some(&refresh),
            order: now,
            seen: 0,
        };
        let subject = Subject::merchant(&component, &MINI_PROGRAM.parse().unwrap());
        let write = platform.tokens.granted(&subject, &granted).unwrap();
        platform.tables.tokens.transact(vec![write]).await.unwrap();
    }

    /// Serves the application as it is now, after a test has changed it.
    pub(crate) fn serve_again(&mut self) {
        self.router = router(self.app.clone());
    }

    /// A new ticket has come and the merchant's token is fresh, after time has passed.
    pub(crate) async fn authorize_again(&self) {
        self.authorize().await;
    }

    /// Sends a request with the admin key, unless it names another.
    pub(crate) async fn send(&self, call: Call) -> Reply {
        let call = call.key_unless_set(&self.admin());
        let reply = call.send(self.router.clone()).await;
        for canary in CANARIES.iter().chain([&ADMIN]) {
            assert!(!reply.contains(canary), "{canary} leaked: {reply:?}");
        }
        reply
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Call::get(path)).await
    }

    /// Sends a request whose answer is a secret: an access token, and no other.
    pub(crate) async fn send_for_secret(&self, call: Call) -> Reply {
        let reply = call.send(self.router.clone()).await;
        for canary in CANARIES.iter().filter(|canary| !canary.ends_with("-token")).chain([&ADMIN]) {
            assert!(!reply.contains(canary), "{canary} leaked: {reply:?}");
        }
        assert!(!reply.contains("canary-refresh-token"), "{reply:?}");
        reply
    }

    /// The first admin key.
    pub(crate) fn admin(&self) -> String {
        format!("wf_admin_{ADMIN}")
    }

    /// A machine's key with scopes, for every account and the component.
    pub(crate) async fn machine(&self, scopes: &[&str]) -> String {
        self.machine_for(json!({ "scopes": scopes, "accounts": ["*", "component"] })).await
    }

    /// A machine's key.
    pub(crate) async fn machine_for(&self, mut key: serde_json::Value) -> String {
        key["name"] = "a machine".into();
        key["role"] = "machine".into();
        let reply = self.send(Call::post("/v1/keys").json(key)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()["secret"].as_str().unwrap().to_owned()
    }

    /// A key with a role.
    pub(crate) async fn key(&self, role: &str) -> String {
        let body = json!({ "name": format!("a {role}"), "role": role });
        let reply = self.send(Call::post("/v1/keys").json(body)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()["secret"].as_str().unwrap().to_owned()
    }

    /// The mini program has authorized and is on record.
    pub(crate) async fn merchant(&self) {
        let item = json!({
            "pk": format!("apps#{COMPONENT}"), "sk": MINI_PROGRAM, "component": COMPONENT,
            "version": 1, "grant": "grant#1", "permission_sets": [17, 18, 30],
            "authorization": { "state": "authorized", "order": 1 },
            "profile": { "nick_name": "城南面馆", "is_mini_program": true },
        });
        let table = &self.app.platform.tables.fleet;
        table.put(table.item(&item).unwrap()).await.unwrap();
    }

    /// The key of a person who was invited by the first key, and took it.
    pub(crate) async fn person(&self, name: &str, role: &str) -> String {
        let body = json!({ "name": name, "role": role });
        let invited = self.send(Call::post("/v1/invitations").json(body)).await;
        assert_eq!(invited.status, 201, "{invited:?}");
        let link = invited.json()["link"].as_str().unwrap().to_owned();
        let token = json!({ "token": link.split_once('#').unwrap().1 });
        let call = Call::post("/v1/invitations/acceptance").json(token).key("");
        let taken = self.send(call).await;
        assert_eq!(taken.status, 201, "{taken:?}");
        taken.json()["secret"].as_str().unwrap().to_owned()
    }

    /// Everything that the audit log has for today.
    pub(crate) async fn audit(&self) -> Vec<serde_json::Value> {
        let mut entries = Vec::new();
        let mut path = "/v1/audit".to_owned();
        loop {
            let reply = self.get(&path).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            let page = reply.json();
            entries.extend(page["entries"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { return entries };
            path = format!("/v1/audit?cursor={next}");
        }
    }
}

/// The path of the component, and what follows.
pub(crate) fn component(rest: &str) -> String {
    format!("/v1/components/{COMPONENT}{rest}")
}

/// The path of the mini program, and what follows.
pub(crate) fn mini_program(rest: &str) -> String {
    component(&format!("/mini-programs/{MINI_PROGRAM}{rest}"))
}
