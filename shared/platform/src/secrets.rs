//! The platform secret: the sealing key and every component's credentials, in one JSON document
//! in Secrets Manager, so that a cold start makes one call.
//!
//! ```json
//! {"sealing_key": "64 random characters", "previous_sealing_keys": [],
//!  "components": [{"appid": "wx…", "secret": "…", "token": "…", "encoding_aes_key": "…",
//!                  "previous_token": "…", "previous_encoding_aes_key": "…"}]}
//! ```
//!
//! No component at all is a valid state: a first deployment precedes WeChat's credentials. A
//! component that is malformed disables itself alone, and says why.

use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use wechat::{
    AppId,
    crypto::{CallbackKeys, EncodingAesKey},
};

use crate::sealed::SealingKeys;

/// After this long the secret is read again when it is next needed.
const STALE: Duration = Duration::from_secs(300);
/// A doubt (a signature that fails, a component that is unknown) reads it again at most this often.
const DOUBT: Duration = Duration::from_secs(60);
/// Reading again takes no longer than this, for somebody is waiting; what is known stays in force.
const REREADING: Duration = Duration::from_secs(1);

/// What the platform secret says.
#[derive(Debug)]
pub struct PlatformSecret {
    /// What seals values at rest.
    pub sealing: SealingKeys,
    /// The components that can work.
    pub components: BTreeMap<AppId, Arc<Component>>,
    /// The entries that cannot, and why.
    pub disabled: Vec<DisabledComponent>,
}

/// One component's credentials.
#[derive(Debug)]
pub struct Component {
    /// The component's appid.
    pub appid: AppId,
    /// What operators call it.
    pub name: String,
    /// WeChat's AppSecret.
    pub secret: SecretString,
    /// What its callbacks are signed with, the current one first.
    pub tokens: Vec<SecretString>,
    /// What its callbacks are encrypted with, the current one first.
    pub keys: Vec<EncodingAesKey>,
}

impl Component {
    /// What its callbacks are verified and decrypted with.
    pub fn callback_keys(&self) -> CallbackKeys<'_> {
        CallbackKeys { tokens: &self.tokens, keys: &self.keys }
    }
}

/// An entry of the platform secret that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisabledComponent {
    /// The appid as it was written, or the entry's place in the list.
    pub entry: String,
    /// Which field is wrong and what belongs there; never the value.
    pub why: String,
}

/// The platform secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// Secrets Manager did not give it.
    #[error("platform secret {id}: {why}")]
    Unavailable {
        /// The secret's id.
        id: String,
        /// What Secrets Manager said.
        why: String,
    },
    /// The document as a whole is malformed.
    #[error("platform secret {id} is malformed: {why}")]
    Malformed {
        /// The secret's id.
        id: String,
        /// What is wrong, without any value.
        why: String,
    },
}

/// A component that this deployment cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// It is not in the platform secret.
    #[error("component {0} is not configured; add it to the platform secret")]
    Unknown(AppId),
    /// It is in the platform secret, but its entry is malformed.
    #[error("component {0} is disabled: {1}")]
    Disabled(AppId, String),
}

/// Reads a secret from Secrets Manager as text.
pub async fn read(
    client: &aws_sdk_secretsmanager::Client,
    id: &str,
) -> Result<SecretString, SecretsError> {
    let unavailable = |why: String| SecretsError::Unavailable { id: id.to_owned(), why };
    let answer = client.get_secret_value().secret_id(id).send().await;
    let answer = answer.map_err(|error| unavailable(crate::storage::describe(&error)))?;
    let text = answer.secret_string.ok_or_else(|| unavailable("it holds no text".to_owned()))?;
    Ok(SecretString::from(text))
}

/// The platform secret, cached. Cheap to clone.
#[derive(Clone)]
pub struct Secrets {
    client: aws_sdk_secretsmanager::Client,
    id: Arc<str>,
    cached: Arc<RwLock<Cached>>,
    /// One reader at a time.
    reading: Arc<Mutex<()>>,
}

struct Cached {
    secret: Arc<PlatformSecret>,
    read_at: Instant,
}

impl Secrets {
    /// Reads the secret for the first time.
    pub async fn load(
        client: aws_sdk_secretsmanager::Client,
        id: impl Into<Arc<str>>,
    ) -> Result<Self, SecretsError> {
        let id = id.into();
        let secret = Arc::new(fetch(&client, &id).await?);
        let cached = Arc::new(RwLock::new(Cached { secret, read_at: Instant::now() }));
        Ok(Secrets { client, id, cached, reading: Arc::default() })
    }

    /// What the secret said when it was last read.
    pub fn current(&self) -> Arc<PlatformSecret> {
        self.read_cache(|cached| cached.secret.clone())
    }

    /// What the secret says, read again if it is older than five minutes. A reading that fails
    /// leaves what is known in force: credentials outlive an outage of Secrets Manager.
    pub async fn fresh(&self) -> Arc<PlatformSecret> {
        self.reread(STALE).await;
        self.current()
    }

    /// Called on a doubt: reads again, at most once a minute. True if anything was read.
    pub async fn reconsider(&self) -> bool {
        self.reread(DOUBT).await
    }

    /// The credentials of `component`. One that is unknown is looked for again.
    pub async fn component(&self, component: &AppId) -> Result<Arc<Component>, ComponentError> {
        let known = self.fresh().await;
        if let Some(found) = known.components.get(component) {
            return Ok(found.clone());
        }
        self.reconsider().await;
        let known = self.current();
        if let Some(found) = known.components.get(component) {
            return Ok(found.clone());
        }
        match known.disabled.iter().find(|disabled| disabled.entry == component.as_str()) {
            Some(disabled) => {
                Err(ComponentError::Disabled(component.clone(), disabled.why.clone()))
            }
            None => Err(ComponentError::Unknown(component.clone())),
        }
    }

    /// What seals values at rest.
    pub fn sealing(&self) -> SealingKeys {
        self.read_cache(|cached| cached.secret.sealing.clone())
    }

    async fn reread(&self, older_than: Duration) -> bool {
        let due = || self.read_cache(|cached| cached.read_at.elapsed() >= older_than);
        if !due() {
            return false;
        }
        let _one_reader = self.reading.lock().await;
        if !due() {
            return true;
        }
        let secret = timeout(REREADING, fetch(&self.client, &self.id)).await;
        let mut cached = self.cached.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        cached.read_at = Instant::now();
        match secret {
            Ok(Ok(secret)) => cached.secret = Arc::new(secret),
            Ok(Err(error)) => {
                tracing::warn!(%error, "platform secret not read again, the old one stays")
            }
            Err(_) => tracing::warn!("platform secret not read again in time, the old one stays"),
        }
        true
    }

    fn read_cache<T>(&self, look: impl FnOnce(&Cached) -> T) -> T {
        look(&self.cached.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Secrets({})", self.id)
    }
}

async fn fetch(
    client: &aws_sdk_secretsmanager::Client,
    id: &str,
) -> Result<PlatformSecret, SecretsError> {
    let text = read(client, id).await?;
    let secret = PlatformSecret::parse(text.expose_secret())
        .map_err(|why| SecretsError::Malformed { id: id.to_owned(), why })?;
    for disabled in &secret.disabled {
        tracing::error!(component = disabled.entry, why = disabled.why, "component is disabled");
    }
    Ok(secret)
}

#[derive(Deserialize)]
struct Document {
    sealing_key: SecretString,
    #[serde(default)]
    previous_sealing_keys: Vec<SecretString>,
    #[serde(default)]
    components: Vec<Value>,
}

impl PlatformSecret {
    /// Reads the document. The error names what is wrong and repeats no value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| {
            let place = format!("line {} column {}", error.line(), error.column());
            format!("JSON with sealing_key and components is wanted ({place})")
        })?;
        let sealing = SealingKeys::new(document.sealing_key, document.previous_sealing_keys)
            .map_err(|error| error.to_string())?;
        let mut secret =
            PlatformSecret { sealing, components: BTreeMap::new(), disabled: Vec::new() };
        for (index, entry) in document.components.iter().enumerate() {
            let name = match entry.get("appid").and_then(Value::as_str) {
                Some(appid) => appid.to_owned(),
                None => format!("components[{index}]"),
            };
            match component(entry) {
                Ok(component) if secret.components.contains_key(&component.appid) => {
                    let why = "appid stands in the list twice; the first entry counts".to_owned();
                    secret
                        .disabled
                        .push(DisabledComponent { entry: format!("{name} ({index})"), why });
                }
                Ok(component) => {
                    secret.components.insert(component.appid.clone(), Arc::new(component));
                }
                Err(why) => secret.disabled.push(DisabledComponent { entry: name, why }),
            }
        }
        Ok(secret)
    }
}

/// Reads one entry; the error names the field.
fn component(entry: &Value) -> Result<Component, String> {
    let optional = |name: &str| match entry.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim())),
        Some(_) => Err(format!("{name} is not a text")),
    };
    let required = |name: &str| optional(name)?.ok_or_else(|| format!("{name} is missing"));

    let appid: AppId =
        required("appid")?.parse().map_err(|error| format!("appid is malformed: {error}"))?;
    let secret = SecretString::from(required("secret")?);
    let mut tokens = vec![SecretString::from(required("token")?)];
    tokens.extend(optional("previous_token")?.map(SecretString::from));
    let key = |name: &str, text: &str| {
        EncodingAesKey::parse(text).map_err(|error| format!("{name} is malformed: {error}"))
    };
    let mut keys = vec![key("encoding_aes_key", required("encoding_aes_key")?)?];
    if let Some(text) = optional("previous_encoding_aes_key")? {
        keys.push(key("previous_encoding_aes_key", text)?);
    }
    let name = optional("name")?.unwrap_or(appid.as_str()).to_owned();
    Ok(Component { appid, name, secret, tokens, keys })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    fn parse(components: &str) -> PlatformSecret {
        let sealing = "s".repeat(64);
        PlatformSecret::parse(&format!(
            r#"{{"sealing_key":"{sealing}","components":{components}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn no_component_at_all_is_a_valid_state() {
        let secret = parse("[]");
        assert!(secret.components.is_empty() && secret.disabled.is_empty());
    }

    #[test]
    fn a_malformed_component_disables_itself_alone_and_repeats_no_value() {
        let good = format!(
            r#"{{"appid":"wx0000000000000001","secret":"s3cr3t","token":"t0k3n","encoding_aes_key":"{KEY}"}}"#
        );
        let bad = r#"{"appid":"wx0000000000000002","secret":"s3cr3t","token":"t0k3n","encoding_aes_key":"sh0rt"}"#;
        let secret = parse(&format!("[{bad},{good},{{}}]"));
        assert_eq!(secret.components.len(), 1);
        assert_eq!(secret.disabled.len(), 2);
        assert_eq!(secret.disabled[0].entry, "wx0000000000000002");
        assert!(secret.disabled[0].why.starts_with("encoding_aes_key is malformed"));
        assert!(!secret.disabled[0].why.contains("sh0rt"));
        assert_eq!(secret.disabled[1].entry, "components[2]");
    }

    #[test]
    fn previous_keys_come_after_the_current_ones() {
        let secret = parse(&format!(
            r#"[{{"appid":"wx0000000000000001","secret":"s","token":"new","previous_token":"old",
                "encoding_aes_key":"{KEY}","previous_encoding_aes_key":"{KEY}"}}]"#
        ));
        let component = secret.components.values().next().unwrap();
        let tokens: Vec<&str> =
            component.tokens.iter().map(|token| token.expose_secret()).collect();
        assert_eq!(tokens, ["new", "old"]);
        assert_eq!(component.keys.len(), 2);
    }

    #[test]
    fn a_malformed_document_says_where_and_repeats_no_value() {
        let why = PlatformSecret::parse(r#"{"sealing_key": 12345}"#).unwrap_err();
        assert!(why.contains("line 1") && !why.contains("12345"), "{why}");
    }
}
