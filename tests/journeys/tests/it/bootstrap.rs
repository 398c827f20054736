//! The binary that Lambda starts, as Lambda starts it: one event of API Gateway in, one answer out.
//!
//! `CALLBACK_BOOTSTRAP` names another build of it, for example the one that is deployed.

use std::time::{Duration, Instant};

use base64::{Engine, prelude::BASE64_STANDARD};
use local::aws::{Aws, Fault, Service};
use processes::{Process, RuntimeApi};
use secrecy::SecretString;
use serde_json::{Value, json};

const COMPONENT: &str = "wxbb351fd8902f163e";
const TOKEN: &str = "callback-token";
const ENCODING_AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const TICKET: &str = "ticket@@@Csaed7zh5SrJ0qX9dMBZ8HP2R4s9vHS73mmHdR9qbEDvs2Yje00vbZTb7oNmA-jMfSTBt-A0lK3ebj9WyORlJA";
const CREATE_TIME: &str = "1665300301";
/// What the template gives the function.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(5);
/// WeChat hangs up after this.
const PATIENCE_OF_WECHAT: Duration = Duration::from_secs(5);

/// [`TICKET`] pushed by the package wechatpy, as API Gateway hands it over.
fn ticket_push() -> Value {
    serde_json::from_str(include_str!("bootstrap/ticket_push.json")).expect("the fixture is JSON")
}

/// An AWS, the function's process, and the Runtime API between the test and the process.
struct Lambda {
    aws: Aws,
    runtime_api: RuntimeApi,
    bootstrap: Process,
}

impl Lambda {
    async fn start() -> Self {
        let aws = Aws::start(None).await.expect("an AWS starts");
        let secret = json!({
            "sealing_key": "s".repeat(64),
            "previous_sealing_keys": [],
            "components": [{
                "appid": COMPONENT,
                "secret": "component-secret",
                "token": TOKEN,
                "encoding_aes_key": ENCODING_AES_KEY,
            }],
        });
        aws.secrets().put("platform", SecretString::from(secret.to_string()));
        let runtime_api = RuntimeApi::start().await;
        let binary = std::env::var_os("CALLBACK_BOOTSTRAP")
            .unwrap_or_else(|| env!("CARGO_BIN_EXE_callback-bootstrap").into());
        let bootstrap = Process::start(
            binary.as_ref(),
            "callback",
            &runtime_api.address(),
            &[
                ("AWS_ENDPOINT_URL", &aws.endpoint()),
                ("INBOX_TABLE", "inbox"),
                ("TOKENS_TABLE", "tokens"),
                ("FLEET_TABLE", "fleet"),
                ("EVENT_BUS", local::delivery::BUS),
                ("SPILL_QUEUE_URL", &aws.queue_url("spill")),
                ("PLATFORM_SECRET", "platform"),
                ("PUBLIC_URL", "https://fleet.example.com"),
                ("RUST_LOG", "debug"),
            ],
        );
        Lambda { aws, runtime_api, bootstrap }
    }

    /// Status and body of the answer, which has to come while WeChat still listens.
    async fn invoke(&self, event: &Value) -> (u64, String) {
        let asked = Instant::now();
        let answer = self.runtime_api.invoke(event, FUNCTION_TIMEOUT).await.unwrap();
        assert!(asked.elapsed() < PATIENCE_OF_WECHAT, "answered after {:?}", asked.elapsed());
        assert_eq!(answer["isBase64Encoded"], false, "{answer}");
        let status = answer["statusCode"].as_u64().expect("an answer has a status");
        (status, answer["body"].as_str().unwrap_or_default().to_owned())
    }

    fn tickets(&self) -> Vec<Value> {
        self.aws.database().items("inbox").expect("there is an inbox")
    }

    fn spilled(&self) -> Vec<Value> {
        let waiting = self.aws.queues().named("spill").expect("there is a spill queue").waiting();
        let body = |message: &local::aws::Message| serde_json::from_str(&message.body);
        waiting.iter().map(|message| body(message).expect("what is spilled is JSON")).collect()
    }

    /// Ends the process; nothing secret may stand in what it has written.
    fn stop(self) {
        let output = self.bootstrap.stop();
        for secret in [TICKET, TOKEN, ENCODING_AES_KEY, "component-secret", &"s".repeat(64)] {
            assert!(!output.contains(secret), "{secret} was logged:\n{output}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_answered_with_success_and_stands_in_the_table() {
    let lambda = Lambda::start().await;

    let answer = lambda.invoke(&ticket_push()).await;

    assert_eq!(answer, (200, "success".to_owned()));
    let [ticket] = &lambda.tickets()[..] else { panic!("one item: {:?}", lambda.tickets()) };
    assert_eq!(ticket["pk"]["S"], format!("ticket#{COMPONENT}"));
    assert_eq!(ticket["create_time"]["N"], CREATE_TIME);
    assert!(!ticket.to_string().contains(TICKET), "the ticket is stored in the clear");
    assert_eq!(lambda.spilled(), Vec::<Value>::new());
    lambda.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_came_in_base64_is_the_same_to_the_function() {
    let lambda = Lambda::start().await;
    let mut push = ticket_push();
    push["body"] = BASE64_STANDARD.encode(push["body"].as_str().unwrap()).into();
    push["isBase64Encoded"] = true.into();

    let answer = lambda.invoke(&push).await;

    assert_eq!(answer, (200, "success".to_owned()));
    assert_eq!(lambda.tickets().len(), 1);
    lambda.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_tables_away_the_push_is_in_the_spill_queue_before_success() {
    let lambda = Lambda::start().await;
    // The worst way to be away: nobody says so.
    lambda.aws.inject(Service::DynamoDb, Fault::Silent);

    let answer = lambda.invoke(&ticket_push()).await;

    assert_eq!(answer, (200, "success".to_owned()));
    let [spilled] = &lambda.spilled()[..] else { panic!("one message: {:?}", lambda.spilled()) };
    assert_eq!(spilled["component"], COMPONENT);
    assert_eq!(spilled["body"], ticket_push()["body"], "as WeChat encrypted it");
    lambda.aws.restore(Service::DynamoDb);
    assert_eq!(lambda.tickets(), Vec::<Value>::new());
    lambda.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_tables_and_the_queue_away_wechat_is_not_told_success() {
    let lambda = Lambda::start().await;
    for service in [Service::DynamoDb, Service::Sqs] {
        lambda.aws.inject(service, Fault::Silent);
    }

    let (status, body) = lambda.invoke(&ticket_push()).await;

    assert!(status >= 500, "{status}");
    assert_ne!(body, "success");
    assert_eq!(lambda.spilled(), Vec::<Value>::new());

    // WeChat sends it again, and by then they are back.
    for service in [Service::DynamoDb, Service::Sqs] {
        lambda.aws.restore(service);
    }
    let answer = lambda.invoke(&ticket_push()).await;

    assert_eq!(answer, (200, "success".to_owned()));
    assert_eq!(lambda.tickets().len(), 1);
    lambda.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_push_is_refused_without_a_reason() {
    let lambda = Lambda::start().await;
    let mut push = ticket_push();
    let forged = push["rawQueryString"].as_str().unwrap().replace("timestamp=1", "timestamp=2");
    push["rawQueryString"] = forged.into();
    push["queryStringParameters"]["timestamp"] = "2665300302".into();

    let (status, body) = lambda.invoke(&push).await;

    assert!((400..500).contains(&status), "{status}");
    assert!(body.len() < 64 && !body.contains("signature"), "{body}");
    assert_eq!(lambda.tickets(), Vec::<Value>::new());
    lambda.stop();
}
