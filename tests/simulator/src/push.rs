//! Pushes: encrypted, signed, posted, repeated until they are accepted.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde::Serialize;

use crate::{
    crypto::{CallbackKey, signature},
    options::{Options, Receiver},
    state::World,
    verbs::{Key, Signing, Target},
};

/// The longest answer to a push that is kept, in bytes.
const LONGEST_ANSWER: usize = 4096;

/// What came of one push.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// The component it was for.
    pub component: String,
    /// Its `InfoType`, `Event` or `MsgType`.
    pub what: String,
    /// The address without the query; empty if the component has none.
    pub url: String,
    /// Each try, in order.
    pub attempts: Vec<Attempt>,
    /// Whether the last one was accepted: HTTP 200 and `success`, or on the message URL also an
    /// empty body or an encrypted reply.
    pub accepted: bool,
}

/// One try of a push, or one visit of a browser.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Attempt {
    /// HTTP status; `None` if there was no answer.
    pub status: Option<u16>,
    /// The answer, cut at 4 KiB.
    pub body: String,
    /// Why there was no answer.
    pub error: Option<String>,
    /// How long it took.
    pub milliseconds: u64,
}

/// How a push differs from a genuine one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tweaks {
    pub(crate) signing: Signing,
    pub(crate) key: Key,
    pub(crate) id: Option<String>,
    pub(crate) timestamp: Option<i64>,
    pub(crate) envelope: Option<String>,
}

/// A push that is ready to go.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    component: String,
    what: String,
    /// Address with its query; `None` if the component has none.
    url: Option<url::Url>,
    body: String,
    is_message: bool,
}

/// Encrypts and signs `message` for a component. `Err` says what the component lacks.
pub(crate) fn compose(
    world: &mut World,
    now: i64,
    component: &str,
    target: &Target,
    message: &str,
    tweaks: &Tweaks,
) -> Result<Outgoing, String> {
    let settings = world.component(component).settings.clone();
    let (address, outer, openid) = match target {
        Target::Events => {
            (settings.event_url.clone(), format!("<AppId><![CDATA[{component}]]></AppId>"), None)
        }
        Target::Messages { appid } => {
            let user_name = match world.merchants.get(appid) {
                Some(merchant) => merchant.account.user_name.clone(),
                None => return Err(format!("there is no mini program {appid}")),
            };
            let address = settings.message_url.map(|url| url.replace("$APPID$", appid));
            let outer = format!("<ToUserName><![CDATA[{user_name}]]></ToUserName>");
            (address, outer, Some(format!("o{}", world.random.text(27))))
        }
    };
    let text = match tweaks.key {
        Key::Current => settings.encoding_aes_key,
        Key::Previous => settings
            .previous_encoding_aes_key
            .ok_or_else(|| format!("component {component} has no previous key"))?,
        Key::Foreign => world.random.text(43).replace(['-', '_'], "0"),
    };
    let key = CallbackKey::parse(&text)
        .ok_or_else(|| format!("component {component} has no valid encoding_aes_key"))?;
    let id = tweaks.id.as_deref().unwrap_or(component);
    let encrypt = key.encrypt(world.random.block(), message, id);
    let timestamp = tweaks.timestamp.unwrap_or(now).to_string();
    let nonce = world.random.digits(9);
    let token = &settings.token;
    let url = match address {
        None => None,
        Some(address) => {
            let mut url = url::Url::parse(&address)
                .map_err(|error| format!("{address} is not a URL: {error}"))?;
            let mut query = url.query_pairs_mut();
            query.append_pair("signature", &signature(&[token, &timestamp, &nonce]));
            query.append_pair("timestamp", &timestamp);
            query.append_pair("nonce", &nonce);
            if let Some(openid) = openid {
                query.append_pair("openid", &openid);
            }
            query.append_pair("encrypt_type", "aes");
            let right = signature(&[token, &timestamp, &nonce, &encrypt]);
            match tweaks.signing {
                Signing::Right => query.append_pair("msg_signature", &right),
                Signing::Wrong => query.append_pair(
                    "msg_signature",
                    &signature(&["another token", &timestamp, &nonce, &encrypt]),
                ),
                Signing::Absent => &mut query,
            };
            drop(query);
            Some(url)
        }
    };
    let body = match &tweaks.envelope {
        Some(envelope) => envelope.replace("{encrypt}", &encrypt),
        None => format!("<xml>{outer}<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"),
    };
    Ok(Outgoing {
        component: component.to_owned(),
        what: ["InfoType", "Event", "MsgType"]
            .iter()
            .find_map(|name| element(message, name))
            .unwrap_or("unnamed")
            .to_owned(),
        url,
        body,
        is_message: matches!(target, Target::Messages { .. }),
    })
}

/// Carries requests to the other side.
#[derive(Clone)]
pub(crate) struct Sender {
    /// None where nothing goes over the network.
    client: Option<reqwest::Client>,
    receiver: Receiver,
    time_limit: Duration,
    attempts: u32,
}

impl Sender {
    pub(crate) fn new(options: &Options) -> Self {
        Sender {
            client: matches!(options.receiver, Receiver::Network).then(Self::client),
            receiver: options.receiver.clone(),
            time_limit: options.push_time_limit,
            attempts: options.push_attempts.max(1),
        }
    }

    fn client() -> reqwest::Client {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring offers TLS 1.2 and 1.3")
            .with_root_certificates(rustls::RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.into(),
            })
            .with_no_client_auth();
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("nothing in this client's settings depends on the machine")
    }

    /// Posts a push until it is accepted or all tries are used up.
    pub(crate) async fn push(&self, outgoing: Outgoing) -> Delivery {
        let Outgoing { component, what, url, body, is_message } = outgoing;
        let mut delivery = Delivery { component, what, ..Delivery::default() };
        let Some(url) = url else { return delivery };
        delivery.url = url.as_str().split('?').next().unwrap_or_default().to_owned();
        for _ in 0..self.attempts {
            let request = Request::builder()
                .method(Method::POST)
                .uri(url.as_str())
                .header(header::CONTENT_TYPE, "text/xml")
                .header(header::USER_AGENT, "Mozilla/4.0")
                .body(Bytes::from(body.clone()));
            let attempt = match request {
                Ok(request) => self.attempt(request).await,
                Err(error) => Attempt { error: Some(error.to_string()), ..Attempt::default() },
            };
            let answer = attempt.body.trim();
            delivery.accepted = attempt.status == Some(200)
                && (answer == "success"
                    || is_message && (answer.is_empty() || answer.starts_with("<xml>")));
            delivery.attempts.push(attempt);
            if delivery.accepted {
                break;
            }
        }
        delivery
    }

    /// Opens an address as a browser does.
    pub(crate) async fn visit(&self, address: &str) -> Attempt {
        let request = Request::builder()
            .uri(address)
            .header(header::USER_AGENT, "Mozilla/5.0 MicroMessenger")
            .body(Bytes::new());
        match request {
            Ok(request) => self.attempt(request).await,
            Err(error) => Attempt { error: Some(error.to_string()), ..Attempt::default() },
        }
    }

    async fn attempt(&self, request: Request<Bytes>) -> Attempt {
        let start = Instant::now();
        let sent = match &self.receiver {
            Receiver::Network => tokio::time::timeout(self.time_limit, self.post(request)).await,
            Receiver::Function(function) => {
                tokio::time::timeout(self.time_limit, function(request)).await
            }
        };
        let mut attempt = match sent {
            Ok(Ok(response)) => {
                let (status, body) = (response.status(), response.into_body());
                let body = &body[..body.len().min(LONGEST_ANSWER)];
                Attempt {
                    status: Some(status.as_u16()),
                    body: String::from_utf8_lossy(body).into_owned(),
                    ..Attempt::default()
                }
            }
            Ok(Err(error)) => Attempt { error: Some(error), ..Attempt::default() },
            Err(_) => Attempt { error: Some("no answer in time".into()), ..Attempt::default() },
        };
        attempt.milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        attempt
    }

    async fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let failed = |error: reqwest::Error| format!("{:?}", error.without_url());
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let client = self.client.as_ref().ok_or("this simulator has no network")?;
        let response = client.execute(request).await.map_err(failed)?;
        let status =
            StatusCode::from_u16(response.status().as_u16()).map_err(|error| error.to_string())?;
        let mut answer = Response::new(response.bytes().await.map_err(failed)?);
        *answer.status_mut() = status;
        Ok(answer)
    }
}

/// An XML document of these elements, in order. Numbers go bare, text as CDATA.
pub(crate) fn xml(elements: &[(&str, &str)]) -> String {
    xml_around(elements, "")
}

/// Like [`xml`], with elements that hold elements at the end.
pub(crate) fn xml_with(elements: &[(&str, &str)], groups: &[(&str, &[(&str, &str)])]) -> String {
    let nodes: String = groups.iter().map(|(name, inner)| node(name, inner)).collect();
    xml_around(elements, &nodes)
}

/// Like [`xml`], with what is XML already at the end.
pub(crate) fn xml_around(elements: &[(&str, &str)], nodes: &str) -> String {
    let document = node("xml", elements);
    let flat = document.strip_suffix("</xml>").unwrap_or(&document);
    format!("{flat}{nodes}</xml>")
}

/// One element that holds these.
pub(crate) fn node(outer: &str, elements: &[(&str, &str)]) -> String {
    let mut document = format!("<{outer}>");
    for (name, value) in elements {
        let bare = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        if bare {
            document.push_str(&format!("<{name}>{value}</{name}>\n"));
        } else {
            let value = value.replace("]]>", "]]]]><![CDATA[>");
            document.push_str(&format!("<{name}><![CDATA[{value}]]></{name}>\n"));
        }
    }
    document.push_str(&format!("</{outer}>"));
    document
}

/// The text of an element, for the log.
pub(crate) fn element<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let rest = message.split_once(&format!("<{name}>"))?.1;
    let inner = rest.split_once(&format!("</{name}>"))?.0.trim();
    Some(inner.strip_prefix("<![CDATA[").and_then(|it| it.strip_suffix("]]>")).unwrap_or(inner))
}
