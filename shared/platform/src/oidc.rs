//! The company's own directory, by OpenID Connect: people sign in there, and get a key of this platform
//! for a working day. Optional; any issuer that publishes its configuration will do.
//!
//! The browser brings a code; it is exchanged here, with the client's secret and with the proof that
//! who brings it has begun (PKCE, RFC 7636). The ID token's signature is held against the issuer's
//! keys, whatever it came by. What a person may do follows from what the token says of them, by rules
//! of this deployment: [`Rules`].

mod rules;
mod token;

pub use rules::{MalformedRules, Rules};
pub use token::{Claims, Expected, InvalidToken, KeySet};

use std::{sync::Arc, time::Duration};

use aws_types::SdkConfig;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};
use wechat::transport::{HttpTransport, Transport};

use crate::{
    clock::Clock,
    configuration::{ConfigurationError, Variables},
    operators::Role,
    secrets::{self, SecretsError},
};

/// How long the issuer may take for one answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// Its configuration and its keys are read again after this long.
const KNOWN_FOR: SignedDuration = SignedDuration::from_mins(10);
/// For a key that is not among them, they are read again at most this often.
const DOUBT: SignedDuration = SignedDuration::from_mins(1);
/// No answer of an issuer is longer.
const LONGEST: usize = 256 * 1024;

/// A directory that people sign in with. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    issuer: Arc<str>,
    client_id: Arc<str>,
    /// The id of the secret that holds the client's; none for a public client.
    secret: Option<Arc<str>>,
    rules: Rules,
    aws: aws_sdk_secretsmanager::Client,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    known: Arc<Mutex<Option<Known>>>,
}

/// What the issuer publishes of itself (OpenID Connect Discovery 1.0).
#[derive(Debug, Clone, Deserialize)]
pub struct Provider {
    issuer: String,
    /// Where a browser goes to sign in.
    pub authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Clone)]
struct Known {
    provider: Provider,
    keys: KeySet,
    read_at: Timestamp,
}

/// Somebody whom the directory knows and who may do something here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who it is, for the issuer.
    pub subject: String,
    /// What people call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// What a browser brings back from the directory.
#[derive(Debug)]
pub struct Brought<'a> {
    /// The code.
    pub code: &'a SecretString,
    /// What shows that who brings it has begun.
    pub verifier: &'a SecretString,
    /// What the token has to repeat.
    pub nonce: &'a str,
    /// Where the directory sent the browser to.
    pub redirect: &'a str,
}

/// Nobody signed in.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The issuer does not answer, or not as it should.
    #[error("the directory: {0}")]
    Unavailable(String),
    /// The issuer does not take the code.
    #[error("the directory refused the code: {0}")]
    Refused(String),
    /// The ID token is not good.
    #[error("ID token: {0}")]
    Invalid(#[from] InvalidToken),
    /// No rule gives the person a role.
    #[error("no rule gives {0} a role")]
    NoRole(String),
    /// The client's secret cannot be read now.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Directory {
    /// The directory of this deployment: `OIDC_ISSUER`, `OIDC_CLIENT_ID`, `OIDC_CLIENT_SECRET` (the id
    /// of a secret) and `OIDC_ROLES`; none where no issuer is named.
    pub fn from_variables(
        variables: &Variables,
        aws: &SdkConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Self>, ConfigurationError> {
        let Some(issuer) = variables.optional("OIDC_ISSUER") else { return Ok(None) };
        let malformed =
            |name, why: &str| ConfigurationError::Malformed { name, why: why.to_owned() };
        let url =
            Url::parse(&issuer).map_err(|_| malformed("OIDC_ISSUER", "it is the issuer's URL"))?;
        let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
        if url.scheme() != "https" && !is_here {
            return Err(malformed("OIDC_ISSUER", "an issuer is reached by https"));
        }
        let client_id = variables.required("OIDC_CLIENT_ID", "our name at the issuer")?;
        let rules = variables.required("OIDC_ROLES", "who may do what")?;
        let rules = rules
            .parse()
            .map_err(|error: MalformedRules| malformed("OIDC_ROLES", &error.to_string()))?;
        Ok(Some(Directory {
            issuer: issuer.into(),
            client_id: client_id.into(),
            secret: variables.optional("OIDC_CLIENT_SECRET").map(Arc::from),
            rules,
            aws: aws_sdk_secretsmanager::Client::new(aws),
            transport: Arc::new(HttpTransport::reading(LONGEST)),
            clock,
            known: Arc::default(),
        }))
    }

    /// Our name at the issuer.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whose directory it is.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What the issuer publishes of itself.
    pub async fn provider(&self) -> Result<Provider, DirectoryError> {
        Ok(self.known(KNOWN_FOR).await?.provider)
    }

    /// Exchanges a code, and tells who it is and what they may do.
    pub async fn sign_in(&self, brought: &Brought<'_>) -> Result<Member, DirectoryError> {
        let known = self.known(KNOWN_FOR).await?;
        let token = self.exchange(&known.provider, brought).await?;
        let expected = Expected {
            issuer: &self.issuer,
            client_id: &self.client_id,
            nonce: brought.nonce,
            now: self.clock.now(),
        };
        let claims = match known.keys.verify(&token, &expected) {
            Err(InvalidToken::UnknownKey) => {
                // The issuer may have exchanged its keys.
                self.known(DOUBT).await?.keys.verify(&token, &expected)?
            }
            verified => verified?,
        };
        let role = self.rules.role(&claims);
        let role = role.ok_or_else(|| DirectoryError::NoRole(claims.name().to_owned()))?;
        let name: String = claims.name().chars().filter(|it| !it.is_control()).take(80).collect();
        Ok(Member { subject: claims.subject().to_owned(), name: name.trim().to_owned(), role })
    }

    async fn exchange(
        &self,
        provider: &Provider,
        brought: &Brought<'_>,
    ) -> Result<String, DirectoryError> {
        let secret = match &self.secret {
            Some(id) => Some(secrets::read(&self.aws, id).await?),
            None => None,
        };
        let request = self.token_request(provider, brought, secret)?;
        let (status, body) = self.send(request).await?;
        if status.is_client_error() {
            #[derive(Deserialize)]
            struct Refusal {
                error: String,
            }
            let refusal = serde_json::from_slice(&body).map(|it: Refusal| it.error);
            let words: String =
                refusal.unwrap_or_else(|_| status.to_string()).chars().take(60).collect();
            return Err(DirectoryError::Refused(words));
        }
        let tokens: Tokens = read(status, &body)?;
        Ok(tokens.id_token)
    }

    fn token_request(
        &self,
        provider: &Provider,
        brought: &Brought<'_>,
        secret: Option<SecretString>,
    ) -> Result<Request<Bytes>, DirectoryError> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", brought.code.expose_secret())
            .append_pair("redirect_uri", brought.redirect)
            .append_pair("code_verifier", brought.verifier.expose_secret());
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&provider.token_endpoint)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        match secret {
            None => {
                form.append_pair("client_id", &self.client_id);
            }
            Some(secret) => {
                // RFC 6749, 2.3.1: both are encoded as in a form first.
                let encode = |text: &str| -> String {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect()
                };
                let secret = encode(secret.expose_secret().trim());
                let pair = STANDARD.encode(format!("{}:{secret}", encode(&self.client_id)));
                request = request.header(header::AUTHORIZATION, format!("Basic {pair}"));
            }
        }
        request
            .body(Bytes::from(form.finish()))
            .map_err(|error| DirectoryError::Unavailable(error.to_string()))
    }

    /// What the issuer publishes, not older than that.
    async fn known(&self, fresh: SignedDuration) -> Result<Known, DirectoryError> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some(known) = known.as_ref()
            && now.duration_since(known.read_at) < fresh
        {
            return Ok(known.clone());
        }
        let place =
            format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let provider: Provider = self.get(&place).await?;
        if provider.issuer != *self.issuer {
            return Err(DirectoryError::Unavailable("it calls itself otherwise".to_owned()));
        }
        let scheme = if self.issuer.starts_with("https:") { "https" } else { "http" };
        let places =
            [&provider.authorization_endpoint, &provider.token_endpoint, &provider.jwks_uri];
        if !places.iter().all(|it| Url::parse(it).is_ok_and(|it| it.scheme() == scheme)) {
            let why = "an address of it is none, or not of its own kind";
            return Err(DirectoryError::Unavailable(why.to_owned()));
        }
        let (status, keys) = self.fetch(&provider.jwks_uri).await?;
        let keys = Some(keys).filter(|_| status.is_success()).and_then(|keys| KeySet::read(&keys));
        let keys =
            keys.ok_or_else(|| DirectoryError::Unavailable("its keys are no key set".to_owned()))?;
        let read = Known { provider, keys, read_at: now };
        *known = Some(read.clone());
        Ok(read)
    }

    async fn get<T: DeserializeOwned>(&self, place: &str) -> Result<T, DirectoryError> {
        let (status, body) = self.fetch(place).await?;
        read(status, &body)
    }

    async fn fetch(&self, place: &str) -> Result<(StatusCode, Bytes), DirectoryError> {
        let request = Request::get(place).header(header::ACCEPT, "application/json");
        let request = request
            .body(Bytes::new())
            .map_err(|error| DirectoryError::Unavailable(error.to_string()))?;
        self.send(request).await
    }

    async fn send(&self, request: Request<Bytes>) -> Result<(StatusCode, Bytes), DirectoryError> {
        let answer = self.transport.send(request, PATIENCE).await;
        let answer = answer.map_err(|error| DirectoryError::Unavailable(error.to_string()))?;
        Ok((answer.status(), answer.into_body()))
    }
}

fn read<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, DirectoryError> {
    if !status.is_success() {
        return Err(DirectoryError::Unavailable(format!("it answered {status}")));
    }
    serde_json::from_slice(body)
        .map_err(|error| DirectoryError::Unavailable(format!("its answer: {error}")))
}
