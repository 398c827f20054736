//! The functions, with a component and a merchant.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use axum::{Router, body::Body};
use bytes::Bytes;
use faults::dynamodb::{SharedTables, Snapshot};
use http::{Method, Request, StatusCode, request};
use http_body_util::BodyExt;
use jiff::Timestamp;
use platform::{
    AppId, Outside, Platform,
    aws::{Pace, timeouts},
    clock::Clock,
    configuration::Variables,
    grants::Source,
    metric::Metrics,
    random::Random,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use wechat::transport::{Sending, Transport, TransportError};

use crate::connector::Connector;

/// The component.
pub const COMPONENT: &str = "wx570bc396a51b8ff8";
/// Its merchant's mini program.
pub const MINI_PROGRAM: &str = "wxf8b4f85f3a794e77";
/// What the component's pushes are signed with.
pub const TOKEN: &str = "spamtest";
/// What they are encrypted with.
pub const ENCODING_AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
/// The component's access token, which no answer may hold.
pub const COMPONENT_TOKEN: &str = "access-token-of-the-component";
/// The merchant's, as the sample below has it.
pub const MERCHANT_TOKEN: &str = "QXjUqNqfYVH0yBE1iI_7vuN_9gQbpjfK7hYwJ3P7xOa88a89-Aga5x1NMYJyB8G2yKt1KCl0nPC3W9GJzw0Zzq_dBxc8pxIGUNi_bFes0qM";
/// What a merchant's code is exchanged for, and the profile.
const CODE: &str =
    include_str!("../../../../shared/wechat/tests/data/response/api_query_auth.json");
const PROFILE: &str = include_str!(
    "../../../../shared/wechat/tests/data/response/api_get_authorizer_info.doc_mini.json"
);
/// The first key.
const ADMIN: &str = "Q7dLp0vN2cXw8rTzK4mYb6HsJ1fGe9UaR3iEo5VtBnM";
/// The merchant number of the payment settings, which opens the sample certificates.
const MERCHANT_NUMBER: &str = "1900009191";

/// Functions over tables that are as they were at the beginning for every input.
pub struct Deployment {
    /// WeChat's pushes.
    pub callback: Router,
    /// Merchants' browsers.
    pub authorize: Router,
    /// The operators' API.
    pub operations: Router,
    /// The relay.
    pub relay: Router,
    /// Every operation of the API.
    pub api: Vec<Operation>,
    /// The services.
    pub platform: Platform,
    /// A machine's key that may relay.
    pub machine_key: String,
    /// What WeChat answers to everything.
    wechat: WeChat,
    tables: SharedTables,
    beginning: Snapshot,
    runtime: Runtime,
}

/// An operation of the API.
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path, with `{names}` in it.
    pub path: String,
    /// A JSON body as the description shows it; none where there is no such body.
    pub example: Option<Value>,
}

/// Does `work` with the one deployment of this process.
pub fn with<T>(work: impl FnOnce(&Deployment) -> T) -> T {
    static DEPLOYMENT: OnceLock<Deployment> = OnceLock::new();
    let deployment = DEPLOYMENT.get_or_init(Deployment::start);
    let before = &deployment.beginning;
    deployment.tables.dynamo().restore(before);
    work(deployment)
}

impl Deployment {
    fn start() -> Deployment {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
        let runtime = runtime.expect("a runtime of one thread");
        let tables = SharedTables::new(Arc::new(Standing));
        let wechat = WeChat::default();
        let outside = || Outside {
            aws: configuration(),
            tables: Some(Arc::new(tables.clone())),
            wechat: Some(Arc::new(wechat.clone())),
            clock: Arc::new(Standing),
            random: Arc::new(Counting(Mutex::new(0))),
        };
        let variables = variables();
        let (callback, mut operations, mut relay) = runtime.block_on(async {
            let callback = callback::App::new(&variables, outside()).await;
            let operations = operations::App::new(&variables, outside()).await;
            let relay = relay::App::new(&variables, outside()).await;
            let operations = operations.expect("operations starts");
            authorized(&operations.platform, &wechat).await;
            (callback.expect("callback starts"), operations, relay.expect("relay starts"))
        });
        let silent = Metrics::to(|_| {});
        operations.operators.count_to(silent.clone());
        relay.operators.count_to(silent.clone());
        let platform = operations.platform.clone();
        let beginning = tables.dynamo().snapshot();
        let mut deployment = Deployment {
            callback: callback::router(callback::App { metrics: silent.clone(), ..callback }),
            authorize: authorize::router(authorize::App { platform: platform.clone() }),
            operations: operations::router(operations::App { metrics: silent, ..operations }),
            relay: relay::router(relay),
            api: Vec::new(),
            platform,
            machine_key: String::new(),
            wechat,
            beginning,
            tables,
            runtime,
        };
        deployment.prepare();
        deployment
    }

    /// What the operators do first: payment settings, a machine's key.
    fn prepare(&mut self) {
        let description = Deployment::request(Method::GET, "/v1/openapi.json")
            .and_then(|request| request.body(Body::empty()).ok());
        let (_, document) = self.send(&self.operations, description.expect("it is a request"));
        let document: Value = serde_json::from_slice(&document).expect("the description is JSON");
        let paths = document["paths"].as_object().expect("the description has paths");
        for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("/relay/")) {
            for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH] {
                let Some(operation) = item.get(method.as_str().to_ascii_lowercase()) else {
                    continue;
                };
                let example = "/requestBody/content/application~1json/example";
                let example = operation.pointer(example).cloned();
                self.api.push(Operation { method, path: path.clone(), example });
            }
        }
        let settings = format!("/v1/components/{COMPONENT}/mini-programs/{MINI_PROGRAM}/payment");
        let body = json!({ "mchid": MERCHANT_NUMBER });
        let (status, answer) = self.operate(Method::PUT, &settings, body);
        assert_eq!(status, StatusCode::OK, "{answer}");
        let key = json!({
            "name": "a machine", "role": "machine", "scopes": ["relay", "relay:state-machine"],
            "accounts": ["*", "component"],
        });
        let (status, answer) = self.operate(Method::POST, "/v1/keys", key);
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        self.machine_key = answer["secret"].as_str().expect("a new key is told once").to_owned();
        self.beginning = self.tables.dynamo().snapshot();
    }

    /// A JSON body to the operators' API with the first key.
    pub fn operate(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Deployment::request(method, path).expect("it is an address");
        let request = request.header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).expect("it is a request");
        let (status, answer) = self.send(&self.operations, request);
        (status, serde_json::from_slice(&answer).unwrap_or_default())
    }

    /// A request to the operators' API with the first key; `None` where `path` is no address.
    pub fn request(method: Method, path: &str) -> Option<request::Builder> {
        let address: http::Uri = path.parse().ok()?;
        let request = Request::builder().method(method).uri(address);
        Some(request.header("authorization", format!("Bearer wf_admin_{ADMIN}")))
    }

    /// What a function answers. A status of 500 means that something was not thought of.
    pub fn send(&self, router: &Router, request: Request<Body>) -> (StatusCode, Bytes) {
        self.runtime.block_on(async {
            let answer = router.clone().oneshot(request).await.expect("a router answers");
            let (head, body) = answer.into_parts();
            let body = body.collect().await.expect("a body in memory").to_bytes();
            assert_ne!(
                head.status,
                StatusCode::INTERNAL_SERVER_ERROR,
                "{}",
                String::from_utf8_lossy(&body)
            );
            (head.status, body)
        })
    }

    /// What something comes to that waits for nobody outside.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Lets WeChat answer this to everything from now on.
    pub fn wechat_answers(&self, answer: &[u8]) {
        self.wechat.answer(answer);
    }
}

/// A ticket has come, and the merchant has authorized.
async fn authorized(platform: &Platform, wechat: &WeChat) {
    let now = Standing.now().as_second();
    let component: AppId = COMPONENT.parse().expect("it is an appid");
    platform.tickets.keep(&component, "ticket@@@x", now).await.expect("tables keep a ticket");
    // Every call is answered the same: with all that is asked for on the way.
    let mut answer: Value = serde_json::from_str(CODE).expect("the sample is JSON");
    let profile: Value = serde_json::from_str(PROFILE).expect("the sample is JSON");
    answer["authorizer_info"] = profile["authorizer_info"].clone();
    answer["component_access_token"] = COMPONENT_TOKEN.into();
    answer["expires_in"] = 7200.into();
    wechat.answer(answer.to_string().as_bytes());
    let (code, source) = (SecretString::from("queryauthcode@@@x"), Source::Redirect);
    let granted = platform.grants.exchange(&component, &code, &source).await;
    granted.expect("the merchant has authorized");
    wechat.answer(b"");
}

fn variables() -> Variables {
    Variables::from_pairs([
        ("INBOX_TABLE", "inbox"),
        ("TOKENS_TABLE", "tokens"),
        ("FLEET_TABLE", "fleet"),
        ("EVENT_BUS", "bus"),
        ("PLATFORM_SECRET", "platform"),
        ("ADMIN_KEY_SECRET", "admin-key"),
        ("SPILL_QUEUE_URL", "https://sqs.invalid/000000000000/spill"),
        ("UPLOADS_BUCKET", "uploads"),
        ("PUBLIC_URL", "https://fleet.example.com"),
    ])
}

fn configuration() -> SdkConfig {
    let platform = json!({
        "sealing_key": "0123456789abcdef".repeat(4),
        "components": [{
            "appid": COMPONENT, "name": "餐饮", "secret": "s", "token": TOKEN,
            "encoding_aes_key": ENCODING_AES_KEY,
        }],
    });
    let connector = Connector { platform: platform.to_string(), admin_key: ADMIN.to_owned() };
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("test"))
        .endpoint_url("http://aws.invalid")
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .http_client(SharedHttpClient::new(connector))
        .timeout_config(timeouts(Pace::PROMPT))
        .retry_config(RetryConfig::disabled())
        .build()
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::constant(1_795_369_521, 0)
    }
}

/// Bytes that are never the same and always the same again.
struct Counting(Mutex<u64>);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            *count = count.wrapping_add(0x9E37_79B9_7F4A_7C15);
            chunk.copy_from_slice(&count.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A WeChat that answers the same to everything, and nothing where that is empty.
#[derive(Clone, Default)]
struct WeChat(Arc<Mutex<Bytes>>);

impl WeChat {
    fn answer(&self, answer: &[u8]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Bytes::copy_from_slice(answer);
    }
}

impl Transport for WeChat {
    fn send(&self, _: http::Request<Bytes>, timeout: Duration) -> Sending<'_> {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(async move {
            if answer.is_empty() {
                return Err(TransportError::TimedOut(timeout));
            }
            Ok(http::Response::new(answer))
        })
    }
}
