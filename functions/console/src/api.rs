//! The operators' API, as its client sees it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use platform::{
    clock::Clock,
    operators::{Source, VISITOR},
    secrets::Secrets,
    text::Language,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::{sync::Mutex, time::Instant};
use url::Url;
use wechat::transport::{HttpTransport, Transport};

use crate::trouble::Trouble;

/// A little more than the API takes for the longest operation, and less than the gateway waits.
const PATIENCE: Duration = Duration::from_secs(27);
/// Names of components change with a deployment.
const KNOWN_FOR: Duration = Duration::from_secs(60);

/// The operators' API. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Api {
    base: Url,
    transport: Arc<dyn Transport>,
    secrets: Secrets,
    clock: Arc<dyn Clock>,
    components: Arc<Mutex<Option<Known>>>,
    directory: Arc<Mutex<Option<(Instant, bool)>>>,
}

/// The components, and when they were read.
type Known = (Instant, Arc<[Component]>);

/// Who asks, and in which language the answer is wanted.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) key: SecretString,
    pub(crate) language: Language,
    pub(crate) agent: String,
    /// Where the visitor is, which the API holds wrong keys against.
    pub(crate) source: Source,
}

/// A request that changes something.
pub(crate) struct Write<'a> {
    pub(crate) method: Method,
    /// The path's parts below `/v1`.
    pub(crate) path: &'a [&'a str],
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) content: Content,
    /// The form's own number: sent twice, it is done once.
    pub(crate) once: &'a str,
}

/// What a write carries.
pub(crate) enum Content {
    Nothing,
    Json(Value),
    File { media_type: String, bytes: Bytes },
}

/// What the API answered, where it did what it was asked.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A third-party platform of this deployment.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Component {
    pub(crate) appid: String,
    pub(crate) name: String,
}

#[derive(Deserialize)]
struct Components {
    components: Vec<Component>,
}

/// What the API says when it refuses (RFC 9457).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProblemDetails {
    pub(crate) r#type: String,
    pub(crate) title: String,
    pub(crate) status: u16,
    pub(crate) detail: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) what_to_do: Option<String>,
    pub(crate) errcode: Option<i64>,
    pub(crate) rid: Option<String>,
    pub(crate) wechat_message: Option<String>,
    pub(crate) field: Option<String>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) authorization_link: Option<String>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Fault {
    pub(crate) pointer: String,
    pub(crate) detail: String,
}

impl Api {
    /// The API at `base`, which knows by `secrets` that it is the console that asks.
    pub(crate) fn new(base: Url, secrets: Secrets, clock: Arc<dyn Clock>) -> Self {
        let transport = Arc::new(HttpTransport::new());
        Api {
            base,
            transport,
            secrets,
            clock,
            components: Arc::default(),
            directory: Arc::default(),
        }
    }

    /// Reads something as JSON.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        caller: &Caller,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Trouble> {
        let answer = self.fetch(caller, path, query).await?;
        serde_json::from_slice(&answer.body).map_err(|error| Trouble::unexpected(path, &error))
    }

    /// Reads something that may not be there.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        caller: &Caller,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<T>, Trouble> {
        match self.get(caller, path, query).await {
            Ok(found) => Ok(Some(found)),
            Err(Trouble::Refused(problem)) if problem.status == 404 => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Reads something as it is: pictures, documents.
    pub(crate) async fn fetch(
        &self,
        caller: &Caller,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer, Trouble> {
        let address = self.address(path, query);
        self.send(caller, Method::GET, address, Content::Nothing, None).await
    }

    /// Changes something.
    pub(crate) async fn write(&self, caller: &Caller, write: Write<'_>) -> Result<Answer, Trouble> {
        let address = self.address(write.path, write.query);
        self.send(caller, write.method, address, write.content, Some(write.once)).await
    }

    /// Whether people may sign in with the company's directory. Where nobody can tell now, they sign in
    /// with a key.
    pub(crate) async fn has_directory(&self, caller: &Caller) -> bool {
        let mut known = self.directory.lock().await;
        if let Some((read_at, has_one)) = *known
            && read_at.elapsed() < KNOWN_FOR
        {
            return has_one;
        }
        let Ok(found) = self.find::<Value>(caller, &["directory"], &[]).await else { return false };
        *known = Some((Instant::now(), found.is_some()));
        found.is_some()
    }

    /// The components of this deployment, which every page names.
    pub(crate) async fn components(&self, caller: &Caller) -> Result<Arc<[Component]>, Trouble> {
        let mut known = self.components.lock().await;
        if let Some((read_at, components)) = known.as_ref()
            && read_at.elapsed() < KNOWN_FOR
        {
            return Ok(components.clone());
        }
        let Components { components } = self.get(caller, &["components"], &[]).await?;
        let components: Arc<[Component]> = components.into();
        *known = Some((Instant::now(), components.clone()));
        Ok(components)
    }

    fn address(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut address = self.base.clone();
        address
            .path_segments_mut()
            .expect("the public address is http or https")
            .pop_if_empty()
            .push("v1")
            .extend(path);
        if !query.is_empty() {
            address.query_pairs_mut().extend_pairs(query);
        }
        address
    }

    async fn send(
        &self,
        caller: &Caller,
        method: Method,
        address: Url,
        content: Content,
        once: Option<&str>,
    ) -> Result<Answer, Trouble> {
        let authorization = format!("Bearer {}", caller.key.expose_secret());
        let keys = self.secrets.sealing();
        let visitor = caller.source.vouch(&keys, self.clock.now(), &authorization);
        let mut request = Request::builder()
            .method(method)
            .uri(address.as_str())
            .header(header::AUTHORIZATION, authorization)
            .header(header::ACCEPT_LANGUAGE, caller.language.tag())
            .header(header::USER_AGENT, format!("console; {}", caller.agent));
        if let Some(visitor) = visitor {
            request = request.header(VISITOR, visitor);
        }
        if let Some(once) = once.filter(|once| !once.is_empty()) {
            request = request.header("idempotency-key", once);
        }
        let (media_type, body) = match content {
            Content::Nothing => (None, Bytes::new()),
            Content::Json(value) => (Some("application/json".to_owned()), value.to_string().into()),
            Content::File { media_type, bytes } => (Some(media_type), bytes),
        };
        if let Some(media_type) = media_type {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        let request =
            request.body(body).map_err(|error| Trouble::Unreachable(error.to_string()))?;
        let answer = self
            .transport
            .send(request, PATIENCE)
            .await
            .map_err(|error| Trouble::Unreachable(error.to_string()))?;
        let (parts, body) = answer.into_parts();
        if parts.status.is_success() {
            return Ok(Answer { status: parts.status, headers: parts.headers, body });
        }
        match serde_json::from_slice::<ProblemDetails>(&body) {
            Ok(problem) if parts.status == StatusCode::UNAUTHORIZED => {
                Err(Trouble::SignedOut(problem.detail))
            }
            Ok(mut problem) => {
                problem.status = parts.status.as_u16();
                Err(Trouble::Refused(Box::new(problem)))
            }
            Err(_) => Err(Trouble::Unreachable(format!("the API answered {}", parts.status))),
        }
    }
}

impl Answer {
    /// The body as JSON, where it is.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}
