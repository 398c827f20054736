//! What is started: every function, and what they are measured beside.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::verdict::sample::{APPID, ENCODING_AES_KEY, TOKEN};

/// The functions of `template.yaml`, the one that may never be late first.
pub(crate) const FUNCTIONS: [&str; 9] = [
    "callback",
    "authorize",
    "console",
    "events",
    "operations",
    "refresh",
    "relay",
    "rollout",
    "webhooks",
];

/// A binary, and an event for it.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) binary: PathBuf,
    event: Event,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    /// WeChat's ticket.
    Ticket,
    /// A browser or a machine asks for this.
    Get(&'static str),
    /// A queue without anything in it.
    Batch,
    /// The clock.
    Tick,
}

impl Subject {
    /// One of [`FUNCTIONS`], in `binaries`.
    pub(crate) fn function(name: &'static str, binaries: &Path) -> Subject {
        let event = match name {
            "callback" => Event::Ticket,
            "authorize" => Event::Get("/authorize/wxbb351fd8902f163e"),
            "console" => Event::Get("/console/sign-in"),
            "operations" => Event::Get("/v1/components"),
            "relay" => Event::Get("/relay/wxbb351fd8902f163e/component/cgi-bin/get_api_domain_ip"),
            "refresh" => Event::Tick,
            _ => Event::Batch,
        };
        Subject { name, binary: binaries.join(name), event }
    }

    /// A function that does nothing, and `callback` over the SDK's defaults.
    pub(crate) fn peers(peers: &Path) -> [Subject; 2] {
        let peer = |name| Subject { name, binary: peers.join(name), event: Event::Ticket };
        [peer("empty"), peer("defaults")]
    }

    pub(crate) fn event(&self) -> Value {
        match self.event {
            Event::Ticket => {
                const PUSH: &str =
                    include_str!("../../../journeys/tests/it/bootstrap/ticket_push.json");
                serde_json::from_str(PUSH).unwrap_or_default()
            }
            Event::Batch => json!({ "Records": [] }),
            Event::Tick => json!({}),
            Event::Get(path) => http_event("GET", path, "", Value::Null),
        }
    }
}

/// A request as API Gateway hands it to Lambda; without a body, that is null.
pub(crate) fn http_event(method: &str, path: &str, query: &str, body: impl Into<Value>) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": { "host": "fleet.example.com", "accept": "*/*" },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "fleet.example.com",
            "domainPrefix": "fleet",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "bench",
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "09/Oct/2022:07:25:02 +0000",
            "timeEpoch": 1_665_300_302_000_i64,
        },
        "body": body.into(),
        "isBase64Encoded": false,
    })
}

/// The platform secret, with the component of the samples.
pub(crate) fn secret() -> Value {
    json!({
        "sealing_key": "s".repeat(64),
        "previous_sealing_keys": [],
        "components": [{
            "appid": APPID,
            "secret": "component-secret",
            "token": TOKEN,
            "encoding_aes_key": ENCODING_AES_KEY,
        }],
    })
}

/// What `template.yaml` tells functions.
pub(crate) const VARIABLES: [(&str, &str); 12] = [
    ("INBOX_TABLE", "inbox"),
    ("TOKENS_TABLE", "tokens"),
    ("FLEET_TABLE", "fleet"),
    ("EVENT_BUS", "bus"),
    ("SPILL_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/000000000000/spill"),
    ("PLATFORM_SECRET", "platform"),
    ("ADMIN_KEY_SECRET", "admin-key"),
    ("UPLOADS_BUCKET", "uploads"),
    ("AUDIT_BUCKET", "audit"),
    ("KMS_KEY", "key"),
    ("PUBLIC_URL", "https://fleet.example.com"),
    ("RUST_LOG", "info"),
];
