//! All of the system as processes: an AWS, a simulated WeChat and every function's binary.

use std::{path::PathBuf, sync::Arc, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use bytes::Bytes;
use local::{aws::Aws, credentials::Credentials, delivery};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use simulator::{ComponentOptions, Options, Simulator};
use tokio::{net::TcpListener, sync::watch};
use wechat::transport::{HttpTransport, Transport};

use crate::{function::Function, gateway::Gateway};

pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) wechat: Simulator,
    pub(crate) component: String,
    /// Three who have everything in order.
    pub(crate) merchants: Vec<String>,
    pub(crate) functions: Vec<Arc<Function>>,
    base_url: String,
    key: String,
    http: HttpTransport,
    stop: watch::Sender<bool>,
}

/// Status and JSON.
pub(crate) type Answer = (u16, Value);

impl World {
    /// The binaries are in the directory that `FUNCTIONS` names.
    pub(crate) async fn start() -> World {
        let directory = std::env::var_os("FUNCTIONS").expect("FUNCTIONS names a directory");
        let directory = PathBuf::from(directory);
        let credentials = Credentials::generate();
        let component = credentials.component.clone();
        let aws = Aws::start(None).await.unwrap();
        let platform_secret = credentials.platform_secret(std::slice::from_ref(&component));
        aws.secrets().put("platform", platform_secret);
        aws.secrets().put("admin-key", credentials.admin_key.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let mut merchants = vec![Options::default().merchants[0].clone(); 3];
        for (number, merchant) in merchants.iter_mut().enumerate() {
            merchant.appid = format!("wx{number:016x}");
            merchant.user_name = format!("gh_{number:012x}");
            merchant.nick_name = format!("城南面馆{number}");
        }
        let appids = merchants.iter().map(|merchant| merchant.appid.clone()).collect();
        let options = Options {
            merchants,
            listen: "127.0.0.1:0".parse().unwrap(),
            components: vec![ComponentOptions {
                appid: component.appid.clone(),
                name: "演示平台".to_owned(),
                secret: component.secret.expose_secret().to_owned(),
                token: component.token.expose_secret().to_owned(),
                encoding_aes_key: component.encoding_aes_key.expose_secret().to_owned(),
                event_url: Some(format!("{base_url}/wechat/{}/events", component.appid)),
                message_url: Some(format!(
                    "{base_url}/wechat/{}/messages/$APPID$",
                    component.appid
                )),
                ..ComponentOptions::default()
            }],
            privacy_detection: Duration::ZERO,
            ..Options::default()
        };
        let wechat = Simulator::start(options).await.unwrap();

        let mut variables = vec![
            ("AWS_ENDPOINT_URL", aws.endpoint()),
            ("INBOX_TABLE", "inbox".to_owned()),
            ("TOKENS_TABLE", "tokens".to_owned()),
            ("FLEET_TABLE", "fleet".to_owned()),
            ("EVENT_BUS", delivery::BUS.to_owned()),
            ("SPILL_QUEUE_URL", aws.queue_url("spill")),
            ("PLATFORM_SECRET", "platform".to_owned()),
            ("ADMIN_KEY_SECRET", "admin-key".to_owned()),
            ("UPLOADS_BUCKET", "uploads".to_owned()),
            ("PUBLIC_URL", base_url.clone()),
            ("RUST_LOG", "warn".to_owned()),
        ];
        for name in ["WECHAT_API_URL", "WECHAT_MP_URL", "WECHAT_OPEN_URL"] {
            variables.push((name, wechat.base_url()));
        }
        let variables: Vec<(String, String)> =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        // Time limits as in the template.
        let function = |name: &'static str, seconds: u64, at_once: usize| {
            let time = Duration::from_secs(seconds);
            Function::new(name, directory.join(name), variables.clone(), time, at_once)
        };
        let callback = function("callback", 5, 4);
        let authorize = function("authorize", 28, 1);
        let operations = function("operations", 29, 3);
        let events = function("events", 60, 2);
        let refresh = function("refresh", 55, 2);

        let gateway = Gateway {
            callback: callback.clone(),
            authorize: authorize.clone(),
            operations: operations.clone(),
        };
        gateway.serve(listener);
        let (stop, stopped) = watch::channel(false);
        for definition in delivery::QUEUES {
            let queue = aws.queues().named(definition.name).unwrap().clone();
            let events = events.clone();
            let handler = move |event: SqsEvent| {
                let events = events.clone();
                async move {
                    let answer = events.invoke(&serde_json::to_value(event).unwrap()).await;
                    let answer = answer.map_err(|error| format!("{error:?}"))?;
                    serde_json::from_value::<SqsBatchResponse>(answer)
                        .map_err(|error| error.to_string())
                }
            };
            // The visibility timeout is longer than the function's own time.
            let timeout = Duration::from_secs(70);
            let retry = delivery::Retry { delay: delivery::RETRY_DELAY, timeout };
            // A torment uses up attempts without any fault of the message.
            let definition = delivery::QueueDefinition { max_receives: 1000, ..definition };
            tokio::spawn(delivery::pump(queue, definition, retry, handler, stopped.clone()));
        }
        let mut stopped = stopped;
        let clock = refresh.clone();
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_secs(2));
            loop {
                tokio::select! {
                    _ = stopped.wait_for(|stop| *stop) => return,
                    _ = ticks.tick() => {}
                }
                let clock = clock.clone();
                // A tick that fails is not repeated; ticks may overlap.
                tokio::spawn(async move { clock.invoke(&json!({})).await });
            }
        });
        World {
            aws,
            wechat,
            component: component.appid,
            merchants: appids,
            functions: vec![callback, authorize, operations, events, refresh],
            base_url,
            key: credentials.sign_in_key().expose_secret().to_owned(),
            http: HttpTransport::new(),
            stop,
        }
    }

    /// Items that are leased or not done, without what is sealed.
    pub(crate) fn left_open(&self) -> String {
        let mut open = String::new();
        for table in ["inbox", "tokens", "fleet"] {
            for item in self.aws.database().items(table).unwrap() {
                let shown: Vec<String> = [
                    "pk",
                    "sk",
                    "state",
                    "attempts",
                    "last_error",
                    "due_at",
                    "lease_owner",
                    "lease_until",
                    "failure",
                ]
                .iter()
                .filter(|name| !item[**name].is_null())
                .map(|name| format!("{name}={}", item[*name]))
                .collect();
                let is_open = item["state"]["S"] == "received" && table == "inbox"
                    || !item["lease_owner"].is_null()
                    || item["state"]["S"] == "dead";
                if is_open {
                    open.push_str(&format!("{table}: {}\n", shown.join(" ")));
                }
            }
        }
        open
    }

    /// An operator's request; status 0 if the connection broke.
    pub(crate) async fn operate(
        &self,
        method: &str,
        path: &str,
        idempotency: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}/v1/components/{}{path}", self.base_url, self.component))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json");
        if let Some(key) = idempotency {
            request = request.header("idempotency-key", key);
        }
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let request = request.body(body).unwrap();
        match self.http.send(request, Duration::from_secs(40)).await {
            Ok(answer) => {
                let body = serde_json::from_slice(answer.body()).unwrap_or_default();
                (answer.status().as_u16(), body)
            }
            Err(_) => (0, Value::Null),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}
