//! The AWS side: an HTTP client for the SDK that reaches the services of this world.

use std::{
    cell::Cell,
    fmt,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use platform::event::kind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    World,
    network::{Back, Call},
    tables,
};
use crate::plan::{Effect, Failure, Service};

/// A machine's way to AWS.
#[derive(Clone)]
pub(crate) struct Connector {
    world: Arc<World>,
    node: usize,
}

/// A status and a body.
type Answer = (u16, Vec<u8>);

impl Connector {
    pub(crate) fn new(world: Arc<World>, node: usize) -> Self {
        Connector { world, node }
    }

    /// The SDK keeps its budget of repetitions by region and process-wide. So every machine has a
    /// region of its own, and a new one after a run that took something out of the budget.
    pub(crate) fn region(&self) -> String {
        let (thread, generation) = budget();
        format!("thread-{thread}-{generation}-{}", self.node)
    }

    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (prefix, operation) = target.split_once('.').unwrap_or_default();
        let service = match prefix {
            "DynamoDB_20120810" => Service::Tables,
            "secretsmanager" => Service::Secrets,
            "AWSEvents" => Service::Bus,
            _ => Service::Queue,
        };
        let operation = operation.to_owned();
        let sent = request.body().bytes().unwrap_or_default();
        let eventual = service == Service::Tables && tables::is_eventual(&operation, sent);
        let call = Call { node: self.node, service, operation: &operation, eventual };
        let world = &self.world;
        let perform = async |effect| world.answer(call, sent, effect);
        let back = world.pass(call, perform).await;
        if !matches!(back, Back::Answer((200, _))) {
            spend_budget();
        }
        let (status, body) = match back {
            Back::Answer(answer) => answer,
            Back::Instead(Effect::Fail(failure), _) => failed(service, &operation, sent, failure),
            Back::Instead(..) | Back::Cut => {
                return Err(ConnectorError::io("the connection was reset".into()));
            }
            Back::Unreachable => {
                return Err(ConnectorError::io("the connection was refused".into()));
            }
            Back::Silence => pending().await,
        };
        let at = world.elapsed();
        let outcome = if status == 200 { "answered" } else { "refused" };
        let mut state = world.state();
        let words = || match service {
            Service::Tables => tables::describe(sent),
            _ => String::new(),
        };
        state.trace.note_with(at, self.node, &operation, outcome, words);
        drop(state);
        let status = StatusCode::try_from(status)
            .map_err(|error| ConnectorError::other(error.into(), None))?;
        Ok(HttpResponse::new(status, SdkBody::from(body)))
    }
}

impl World {
    /// Answers a call to AWS, now.
    fn answer(self: &Arc<Self>, call: Call<'_>, body: &[u8], effect: Option<Effect>) -> Answer {
        match call.service {
            Service::Tables => {
                let now = self.milliseconds();
                let mut state = self.state();
                let stale = match effect {
                    Some(Effect::Stale(milliseconds)) => Some(milliseconds),
                    _ => None,
                };
                let answer =
                    state.tables.ask(now, stale, |tables| tables.answer(call.operation, body));
                drop(state);
                if answer.status == 200 && tables::is_write(call.operation) {
                    self.observe(call, &tables::written(call.operation, body));
                }
                (answer.status, answer.body)
            }
            Service::Secrets => {
                let secret = self.state().keys.secret();
                let answer = json!({ "Name": "platform", "SecretString": secret });
                (200, answer.to_string().into_bytes())
            }
            Service::Bus => self.put_events(body, effect == Some(Effect::Partly)),
            Service::Queue | Service::WeChat => self.send_message(body),
        }
    }

    fn put_events(self: &Arc<Self>, body: &[u8], partly: bool) -> Answer {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Request {
            entries: Vec<Entry>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Entry {
            detail_type: String,
            detail: String,
        }
        let Ok(request) = serde_json::from_slice::<Request>(body) else {
            return (400, br#"{"__type":"ValidationException"}"#.to_vec());
        };
        let mut failed = 0;
        let mut answers: Vec<Value> = Vec::new();
        let count = request.entries.len();
        for (place, entry) in request.entries.into_iter().enumerate() {
            // Of a single entry nothing is left if a part fails.
            if partly && (count == 1 || self.state().pick(2) == 0 || place + 1 == count) {
                failed += 1;
                answers
                    .push(json!({ "ErrorCode": "InternalFailure", "ErrorMessage": "simulated" }));
                continue;
            }
            answers.push(json!({ "EventId": format!("event-{place}") }));
            let Ok(detail) = serde_json::from_str::<Value>(&entry.detail) else { continue };
            let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
            let (id, appid) = (text("id"), text("appid"));
            let version = detail["version"].as_u64().unwrap_or(0);
            self.state().truth.told(&entry.detail_type, &id, &appid, version);
            if entry.detail_type == kind::WECHAT_EVENT {
                self.state().truth.forwarded(&text("inbox"));
            }
            self.hand_on(&entry.detail_type, &detail);
        }
        let answer = json!({ "FailedEntryCount": failed, "Entries": answers });
        (200, answer.to_string().into_bytes())
    }

    fn send_message(self: &Arc<Self>, body: &[u8]) -> Answer {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(message) = request["MessageBody"].as_str() else {
            return (400, br#"{"__type":"InvalidMessageContents"}"#.to_vec());
        };
        self.enqueue(super::queue::SPILL, message.to_owned());
        (200, br#"{"MessageId":"message"}"#.to_vec())
    }
}

/// The answer of a service that fails.
fn failed(service: Service, operation: &str, body: &[u8], failure: Failure) -> Answer {
    let (status, code) = match (failure, service) {
        (Failure::Throttled, Service::Tables) => (400, "ProvisionedThroughputExceededException"),
        (Failure::Throttled, _) => (400, "ThrottlingException"),
        (Failure::Internal, Service::Tables) => (500, "InternalServerError"),
        (Failure::Internal, Service::Secrets) => (500, "InternalServiceError"),
        (Failure::Internal, _) => (500, "InternalException"),
        (Failure::Conflict, _) if operation == "TransactWriteItems" => {
            let request: Value = serde_json::from_slice(body).unwrap_or_default();
            let writes = request["TransactItems"].as_array().map_or(1, Vec::len);
            let mut reasons = vec![json!({ "Code": "None" }); writes];
            reasons[0] = json!({ "Code": "TransactionConflict", "Message": "simulated" });
            let answer = json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "Message": "Transaction cancelled [TransactionConflict]",
                "CancellationReasons": reasons,
            });
            return (400, answer.to_string().into_bytes());
        }
        (Failure::Conflict, _) => (400, "TransactionConflictException"),
    };
    let answer = json!({ "__type": code, "message": "simulated" });
    (status, answer.to_string().into_bytes())
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Connector({})", self.node)
    }
}

static THREADS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static THREAD: u32 = THREADS.fetch_add(1, Ordering::Relaxed);
    static GENERATION: Cell<u32> = const { Cell::new(0) };
    static SPENT: Cell<bool> = const { Cell::new(false) };
}

fn budget() -> (u32, u32) {
    (THREAD.with(|thread| *thread), GENERATION.get())
}

fn spend_budget() {
    SPENT.set(true);
}

/// Has the next run of this thread begin with a full budget of repetitions.
pub(crate) fn renew_budget() {
    if SPENT.replace(false) {
        GENERATION.set(GENERATION.get() + 1);
    }
}
