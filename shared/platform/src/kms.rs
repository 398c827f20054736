//! Data keys under the key of KMS: made and opened there, used here. One belongs to one merchant and one
//! purpose, which its encryption context names, so that the right to open it can be narrowed by them, and
//! AWS's own log says whose was opened.
//!
//! Two calls, signed without an SDK: <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html>.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError,
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningParams, SigningSettings, sign},
    sign::v4,
};
use aws_types::SdkConfig;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use wechat::{
    AppId,
    transport::{HttpTransport, Transport, TransportError},
};
use zeroize::Zeroizing;

use crate::{
    aws,
    bucket::SigningError,
    clock::Clock,
    configuration::{ConfigurationError, Variables},
    sealed::DataKey,
};

/// A call, its answer included.
const TIMEOUT: Duration = Duration::from_secs(4);
/// A key that was opened is kept in the process for so long, so that a run of requests about one
/// merchant asks once; and no longer, so that a right that is taken away is gone.
const KEPT: SignedDuration = SignedDuration::from_mins(5);
/// Keys that are kept at once, at most.
const MOST: usize = 200;

/// Whose key it is, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context<'a> {
    /// The component.
    pub component: &'a AppId,
    /// The merchant's mini program.
    pub appid: &'a AppId,
    /// What is sealed by it.
    pub purpose: &'static str,
}

/// A data key as it is stored: encrypted by KMS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WrappedKey(String);

/// A key that was not had.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    /// This function was not told which key to use.
    #[error("KMS_KEY is not set: this function has no business with data keys")]
    NotConfigured,
    /// There is nothing to sign with.
    #[error("there are no credentials of AWS")]
    Credentials(#[source] CredentialsError),
    /// A request could not be signed.
    #[error("a request to KMS could not be signed")]
    Signing(#[from] SigningError),
    /// KMS did not answer.
    #[error("KMS did not answer")]
    Silent(#[from] TransportError),
    /// KMS refused, by this status and this code.
    #[error("KMS refused: {status} {code}")]
    Refused {
        /// HTTP status.
        status: StatusCode,
        /// KMS's code, such as `AccessDeniedException`.
        code: String,
    },
    /// The answer is not one.
    #[error("what KMS answered cannot be read")]
    Malformed,
}

/// Data keys. Cheap to clone.
#[derive(Clone)]
pub struct DataKeys {
    kms: Option<Kms>,
    opened: Arc<Mutex<HashMap<String, (Timestamp, DataKey)>>>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct Kms {
    endpoint: Url,
    region: Arc<str>,
    /// The key's ARN, id or alias.
    key: Arc<str>,
    credentials: SharedCredentialsProvider,
    transport: Arc<dyn Transport>,
}

impl DataKeys {
    /// Data keys under the key that `KMS_KEY` names. Calls nothing.
    pub(crate) fn new(
        variables: &Variables,
        aws: &SdkConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigurationError> {
        let kms = match variables.optional("KMS_KEY") {
            Some(key) => Some(Kms::new(key, aws)?),
            None => None,
        };
        Ok(DataKeys { kms, opened: Arc::default(), clock })
    }

    /// Makes a key.
    pub(crate) async fn generate(
        &self,
        context: Context<'_>,
    ) -> Result<(DataKey, WrappedKey), KmsError> {
        let kms = self.kms.as_ref().ok_or(KmsError::NotConfigured)?;
        let request = json!({
            "KeyId": &*kms.key,
            "KeySpec": "AES_256",
            "EncryptionContext": context.members(),
        });
        let answer = kms.call("GenerateDataKey", &request, self.clock.now()).await?;
        let wrapped = WrappedKey(answer.ciphertext_blob.ok_or(KmsError::Malformed)?);
        let key = data_key(answer.plaintext.expose_secret())?;
        self.keep(&context, &wrapped, &key);
        Ok((key, wrapped))
    }

    /// Opens a key.
    pub(crate) async fn open(
        &self,
        context: Context<'_>,
        wrapped: &WrappedKey,
    ) -> Result<DataKey, KmsError> {
        let name = context.name(wrapped);
        let now = self.clock.now();
        let known = {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened.retain(|_, (at, _)| now.duration_since(*at) < KEPT);
            opened.get(&name).map(|(_, key)| key.clone())
        };
        if let Some(key) = known {
            return Ok(key);
        }
        let kms = self.kms.as_ref().ok_or(KmsError::NotConfigured)?;
        let request = json!({
            "KeyId": &*kms.key,
            "CiphertextBlob": wrapped.0,
            "EncryptionContext": context.members(),
        });
        let answer = kms.call("Decrypt", &request, now).await?;
        let key = data_key(answer.plaintext.expose_secret())?;
        self.keep(&context, wrapped, &key);
        Ok(key)
    }

    fn keep(&self, context: &Context<'_>, wrapped: &WrappedKey, key: &DataKey) {
        let now = self.clock.now();
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= MOST {
            // Whoever needs one of them asks again.
            opened.clear();
        }
        opened.insert(context.name(wrapped), (now, key.clone()));
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    ciphertext_blob: Option<String>,
    plaintext: SecretString,
}

fn data_key(plaintext: &str) -> Result<DataKey, KmsError> {
    let bytes = STANDARD.decode(plaintext).map(Zeroizing::new).map_err(|_| KmsError::Malformed)?;
    let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| KmsError::Malformed)?;
    Ok(DataKey::of(Zeroizing::new(bytes)))
}

impl Kms {
    fn new(key: String, aws: &SdkConfig) -> Result<Self, ConfigurationError> {
        let (region, credentials) = aws::signing(aws)?;
        let endpoint = endpoint(&region, aws.endpoint_url());
        let endpoint = endpoint.parse().map_err(|error: url::ParseError| {
            ConfigurationError::Malformed { name: "KMS_KEY", why: error.to_string() }
        })?;
        let transport = Arc::new(HttpTransport::new());
        Ok(Kms { endpoint, region, key: key.into(), credentials, transport })
    }

    /// Calls KMS; once more where it was too busy for a moment, for neither call changes anything.
    async fn call(
        &self,
        operation: &str,
        request: &Value,
        now: Timestamp,
    ) -> Result<Answer, KmsError> {
        match self.send(operation, request, now).await {
            Err(KmsError::Silent(_)) => self.send(operation, request, now).await,
            Err(KmsError::Refused { status, code })
                if status.is_server_error() || code == "ThrottlingException" =>
            {
                self.send(operation, request, now).await
            }
            answer => answer,
        }
    }

    async fn send(
        &self,
        operation: &str,
        request: &Value,
        now: Timestamp,
    ) -> Result<Answer, KmsError> {
        let body = request.to_string();
        let target = format!("TrentService.{operation}");
        let headers =
            [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let mut signed = Request::builder().method(Method::POST).uri(self.endpoint.as_str());
        for (name, value) in headers {
            signed = signed.header(name, value);
        }
        let mut signed =
            signed.body(Bytes::from(body.clone())).map_err(|_| SigningError::Address)?;
        let credentials = self.credentials.provide_credentials().await;
        let identity = credentials.map_err(KmsError::Credentials)?.into();
        let parameters: SigningParams<'_> = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("kms")
            .time(SystemTime::from(now))
            .settings(SigningSettings::default())
            .build()
            .map_err(SigningError::Incomplete)?
            .into();
        let signable = SignableRequest::new(
            "POST",
            self.endpoint.as_str(),
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        );
        let signable = signable.map_err(SigningError::Unsignable)?;
        let (instructions, _) =
            sign(signable, &parameters).map_err(SigningError::Unsignable)?.into_parts();
        instructions.apply_to_request_http1x(&mut signed);
        // The HTTP client writes it by itself.
        signed.headers_mut().remove(header::HOST);
        let answer = self.transport.send(signed, TIMEOUT).await?;
        let status = answer.status();
        let body = Zeroizing::new(answer.into_body().to_vec());
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| KmsError::Malformed);
        }
        let refusal: Value = serde_json::from_slice(&body).unwrap_or_default();
        let code = refusal["__type"].as_str().unwrap_or_default();
        let code = code.rsplit('#').next().unwrap_or_default();
        Err(KmsError::Refused { status, code: code.chars().take(64).collect() })
    }
}

impl Context<'_> {
    fn members(&self) -> Value {
        json!({
            "component": self.component.as_str(),
            "appid": self.appid.as_str(),
            "purpose": self.purpose,
        })
    }

    /// A key of another merchant is another one, even if somebody put it here.
    fn name(&self, wrapped: &WrappedKey) -> String {
        format!("{}/{}/{}/{}", self.component, self.appid, self.purpose, wrapped.0)
    }
}

impl fmt::Debug for DataKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.kms.as_ref().map(|kms| kms.endpoint.as_str());
        write!(formatter, "DataKeys({})", endpoint.unwrap_or("none"))
    }
}

/// KMS's address: a host of its own in AWS, any other endpoint as it is.
fn endpoint(region: &str, endpoint: Option<&str>) -> String {
    let china = if region.starts_with("cn-") { ".cn" } else { "" };
    match endpoint {
        Some(endpoint) => format!("{}/", endpoint.trim_end_matches('/')),
        None => format!("https://kms.{region}.amazonaws.com{china}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kms_has_an_address_in_either_partition_and_on_a_laptop() {
        for (region, given, expected) in [
            ("eu-west-1", None, "https://kms.eu-west-1.amazonaws.com/"),
            ("cn-north-1", None, "https://kms.cn-north-1.amazonaws.com.cn/"),
            ("us-east-1", Some("http://127.0.0.1:4566"), "http://127.0.0.1:4566/"),
        ] {
            assert_eq!(endpoint(region, given), expected);
        }
    }
}
