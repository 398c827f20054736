//! The function's router, with an AWS on this machine and a WeChat in this process.

use std::{sync::Arc, time::Duration};

use authorize::{App, router};
use aws_credential_types::Credentials;
use axum::body::to_bytes;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use local::{
    aws::Aws,
    credentials::{Component, Credentials as Generated},
};
use platform::{
    AppId, Outside, Platform, aws::Pace, clock::SystemClock, configuration::Variables,
    random::SystemRandom,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use simulator::{ComponentOptions, Options, Simulator};
use tower::ServiceExt;
use url::Url;
use wechat::transport::{Sending, Transport, TransportError};

/// The simulator's component, and its merchant with everything in order.
pub(crate) const COMPONENT: &str = "wx1f0a5c2e9d3b7486";
pub(crate) const MERCHANT: &str = "wx7c3e19a2b84d5f06";
pub(crate) const MERCHANT_NAME: &str = "城南面馆";

pub(crate) struct World {
    pub(crate) aws: Aws,
    pub(crate) simulator: Simulator,
    pub(crate) platform: Platform,
}

/// Whose browser it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Browser {
    Pc,
    InWeChat,
}

/// An answer of the function.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl World {
    /// A component that has its ticket.
    pub(crate) async fn new() -> Self {
        let world = Self::without_ticket().await;
        let pushed = world.simulator.push_ticket().await.unwrap();
        let tickets = &world.platform.tickets;
        tickets.keep(&component(), &pushed.ticket, world.simulator.now()).await.unwrap();
        world
    }

    /// A component that WeChat has not pushed a ticket to.
    pub(crate) async fn without_ticket() -> Self {
        let mut options = Options::default();
        let known: &mut ComponentOptions = &mut options.components[0];
        known.authorization_host = Some("fleet.example.com".to_owned());
        let ours = Component {
            appid: known.appid.clone(),
            secret: SecretString::from(known.secret.clone()),
            token: SecretString::from(known.token.clone()),
            encoding_aes_key: SecretString::from(known.encoding_aes_key.clone()),
        };
        let broken = Component {
            appid: "wx00000000000000bb".to_owned(),
            encoding_aes_key: SecretString::from("short"),
            ..ours.clone()
        };
        let simulator = Simulator::new(options).unwrap();
        let aws = Aws::start(None).await.unwrap();
        aws.secrets().put("platform", Generated::generate().platform_secret(&[ours, broken]));
        let outside = Outside {
            aws: configuration(&aws).await,
            tables: None,
            wechat: Some(Arc::new(InProcess(simulator.clone()))),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        };
        let platform = Platform::new(&variables(), outside).await.unwrap();
        World { aws, simulator, platform }
    }

    /// Sends what API Gateway sends for `path_and_query`.
    pub(crate) async fn get(&self, browser: Browser, path_and_query: &str) -> Answer {
        self.send(browser, path_and_query, &[]).await
    }

    pub(crate) async fn send(
        &self,
        browser: Browser,
        path_and_query: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut event: Value = serde_json::from_str(match browser {
            Browser::Pc => include_str!("events/pc.json"),
            Browser::InWeChat => include_str!("events/in_wechat.json"),
        })
        .unwrap();
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        event["rawPath"] = json!(path);
        event["requestContext"]["http"]["path"] = json!(path);
        event["rawQueryString"] = json!(query);
        let parameters = url::form_urlencoded::parse(query.as_bytes());
        event["queryStringParameters"] = parameters
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect::<serde_json::Map<_, _>>()
            .into();
        for (name, value) in headers {
            event["headers"][*name] = json!(value);
        }
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        let response = router(App { platform: self.platform.clone() }).oneshot(request).await;
        let (parts, body) = response.unwrap().into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Opens a page of WeChat's as a browser does that comes from `referer`.
    pub(crate) async fn open_wechat(&self, address: &Url, referer: Option<&str>) -> String {
        let mut request = http::Request::builder().uri(address.as_str());
        if let Some(referer) = referer {
            request = request.header(header::REFERER, referer);
        }
        let answer = self.simulator.service().answer(request.body(Bytes::new()).unwrap()).await;
        String::from_utf8(answer.unwrap().into_body().to_vec()).unwrap()
    }

    /// Presses the button on WeChat's page, granting `sets`; the path and query that WeChat
    /// redirects to. No push reaches us.
    pub(crate) async fn agree(&self, address: &Url, sets: &[u32]) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in address.query_pairs() {
            form.append_pair(&name, &value);
        }
        form.append_pair("appid", MERCHANT).append_pair("via", "redirect-only");
        for set in sets {
            form.append_pair("permission_set", &set.to_string());
        }
        let request = http::Request::post(address.path())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form.finish()))
            .unwrap();
        let answer = self.simulator.service().answer(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND, "{:?}", answer.body());
        let back = Url::parse(answer.headers()[header::LOCATION].to_str().unwrap()).unwrap();
        assert_eq!(back.origin().ascii_serialization(), "https://fleet.example.com");
        format!("{}?{}", back.path(), back.query().unwrap())
    }

    /// From our redirect to WeChat's page, and back to the address that WeChat sends the browser
    /// to, granting `sets`.
    pub(crate) async fn authorize(&self, sets: &[u32]) -> String {
        let away = self.get(Browser::Pc, &format!("/authorize/{COMPONENT}/go")).await;
        assert_eq!(away.status, StatusCode::FOUND, "{away:?}");
        self.agree(&away.location(), sets).await
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers[name].to_str().unwrap()
    }

    #[track_caller]
    pub(crate) fn location(&self) -> Url {
        Url::parse(self.header(header::LOCATION)).unwrap()
    }

    /// The first link of the page that contains `part`.
    #[track_caller]
    pub(crate) fn link(&self, part: &str) -> String {
        let links = self.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let link = links.map(|link| link.replace("&amp;", "&")).find(|link| link.contains(part));
        link.unwrap_or_else(|| panic!("no link with {part} on {}", self.text))
    }
}

pub(crate) fn component() -> AppId {
    COMPONENT.parse().unwrap()
}

/// The simulator as the way out.
struct InProcess(Simulator);

impl Transport for InProcess {
    fn send(&self, request: http::Request<Bytes>, timeout: Duration) -> Sending<'_> {
        Box::pin(async move {
            match tokio::time::timeout(timeout, self.0.service().answer(request)).await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(cut)) => Err(TransportError::Interrupted(cut.into())),
                Err(_) => Err(TransportError::TimedOut(timeout)),
            }
        })
    }
}

fn variables() -> Variables {
    Variables::from_pairs([
        ("INBOX_TABLE", "inbox"),
        ("TOKENS_TABLE", "tokens"),
        ("FLEET_TABLE", "fleet"),
        ("EVENT_BUS", local::delivery::BUS),
        ("PLATFORM_SECRET", "platform"),
        ("PUBLIC_URL", "https://fleet.example.com"),
    ])
}

async fn configuration(aws: &Aws) -> aws_config::SdkConfig {
    aws_config::defaults(aws_config::BehaviorVersion::latest())
        .region("us-east-1")
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .endpoint_url(aws.endpoint())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .timeout_config(platform::aws::timeouts(Pace::STEADY))
        .load()
        .await
}
