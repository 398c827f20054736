//! Bodies that are longer than API Gateway and Lambda take: whoever has one sends it to a private
//! bucket, by an address that is good for once and for that body alone, and names it afterwards.
//!
//! An upload belongs to an account and to the key that asked for it. Both are part of the object's
//! name, so that nobody can name another's. What is left behind, the bucket forgets after a day.

mod content_type;
mod presigned;

pub use content_type::{ContentType, MalformedContentType};
pub use presigned::SigningError;

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use aws_config::SdkConfig;
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError,
};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use ulid::Ulid;
use url::Url;
use wechat::{
    AppId,
    transport::{HttpTransport, Transport, TransportError},
};

use self::presigned::Signer;
use crate::{
    clock::Clock,
    configuration::{ConfigurationError, Variables},
    operators::COMPONENT,
    random::Random,
};

/// The longest body, in bytes.
pub const LONGEST: u64 = 20 * 1024 * 1024;
/// How long an address may be sent to.
pub const GOOD_FOR: Duration = Duration::from_secs(15 * 60);

/// How long our own requests are good: as long as they may take, and what clocks differ by.
const OURS_GOOD_FOR: Duration = Duration::from_secs(60);
/// How long a body may take to come, each of two times.
const TAKING: Duration = Duration::from_secs(8);
/// How long it may take to forget one.
const FORGETTING: Duration = Duration::from_secs(2);

/// Whose an upload is.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// The component.
    pub component: &'a AppId,
    /// The merchant's account; none for the component itself.
    pub account: Option<&'a AppId>,
    /// The id of the key that asked for it.
    pub key: &'a str,
}

/// The name of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadId(Ulid);

/// A text that names no upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of an upload has 26 letters and digits")]
pub struct MalformedId;

/// Where a body may be sent to.
#[derive(Debug)]
pub struct Offer {
    /// What to name it by afterwards.
    pub id: UploadId,
    /// The address to `PUT` it to. Whoever knows it may do so.
    pub url: SecretString,
    /// What the body has to be sent as; signed.
    pub content_type: ContentType,
    /// How long the body has to be, in bytes; signed.
    pub length: u64,
    /// Until when, in seconds.
    pub expires_at: i64,
}

/// A body that was sent.
#[derive(Debug, Clone)]
pub struct Upload {
    /// What it was sent as.
    pub content_type: HeaderValue,
    /// The body.
    pub body: Bytes,
}

/// Something that could not be done about an upload.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// There is none of that name: it was not sent, or is gone, or is somebody else's.
    #[error("there is no such upload")]
    NotThere,
    /// There is nothing to sign with.
    #[error("there are no credentials of AWS")]
    Credentials(#[source] CredentialsError),
    /// An address could not be signed.
    #[error("an address could not be signed")]
    Signing(#[from] SigningError),
    /// The bucket did not answer.
    #[error("the bucket of uploads did not answer")]
    Silent(#[from] TransportError),
    /// The bucket refused, by this status and this code of S3's.
    #[error("the bucket of uploads refused: {status} {code}")]
    Refused {
        /// HTTP status.
        status: StatusCode,
        /// S3's code, such as `AccessDenied`.
        code: String,
    },
}

/// The bucket of uploads. Cheap to clone.
#[derive(Clone)]
pub struct Uploads {
    /// Where objects are: the bucket's address, with a slash at the end.
    base: Url,
    region: Arc<str>,
    credentials: SharedCredentialsProvider,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Uploads {
    /// The bucket that `UPLOADS_BUCKET` names. Calls nothing.
    pub fn new(
        variables: &Variables,
        aws: &SdkConfig,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, ConfigurationError> {
        let bucket = variables.required("UPLOADS_BUCKET", "the bucket of long bodies")?;
        let region = aws.region().map(ToString::to_string);
        let region = region.ok_or(ConfigurationError::Missing("AWS_REGION", "the region"))?;
        let credentials = aws.credentials_provider().ok_or(ConfigurationError::Missing(
            "AWS_ACCESS_KEY_ID",
            "the id of the credentials of AWS",
        ))?;
        let base = address(&bucket, &region, aws.endpoint_url());
        let base = base.parse().map_err(|error: url::ParseError| {
            ConfigurationError::Malformed { name: "UPLOADS_BUCKET", why: error.to_string() }
        })?;
        let longest = usize::try_from(LONGEST).unwrap_or(usize::MAX);
        Ok(Uploads {
            base,
            region: region.into(),
            credentials,
            transport: Arc::new(HttpTransport::reading(longest)),
            clock,
            random,
        })
    }

    /// Offers a place for a body. Nothing is written until it is sent.
    ///
    /// # Errors
    /// When there are no credentials.
    pub async fn offer(
        &self,
        owner: Owner<'_>,
        content_type: ContentType,
        length: u64,
    ) -> Result<Offer, UploadError> {
        let now = self.clock.now();
        let id = self.random.identifier(now).parse().expect("an identifier is a ULID");
        let length_header = length.to_string();
        let signed = [("content-length", &*length_header), ("content-type", content_type.as_str())];
        let url = self.presign(&Method::PUT, owner, &id, &signed, GOOD_FOR).await?;
        let expires_at = now.as_second() + GOOD_FOR.as_secs() as i64;
        Ok(Offer { id, url, content_type, length, expires_at })
    }

    /// The body that was sent. It stays where it is.
    ///
    /// # Errors
    /// [`UploadError::NotThere`] is the caller's; all others are of AWS.
    pub async fn take(&self, owner: Owner<'_>, id: &UploadId) -> Result<Upload, UploadError> {
        let answer = match self.send(&Method::GET, owner, id, TAKING).await {
            // Reading changes nothing, and S3 is at times too busy for a moment.
            Err(UploadError::Silent(_)) => self.send(&Method::GET, owner, id, TAKING).await,
            Ok(answer) if answer.status().is_server_error() => {
                self.send(&Method::GET, owner, id, TAKING).await
            }
            answer => answer,
        }?;
        let (head, body) = done(answer)?.into_parts();
        let binary = HeaderValue::from_static("application/octet-stream");
        let content_type = head.headers.get(header::CONTENT_TYPE).cloned().unwrap_or(binary);
        Ok(Upload { content_type, body })
    }

    /// Forgets a body. Where there is none, nothing happens.
    ///
    /// # Errors
    /// When it is not known whether it is forgotten; within a day it will be.
    pub async fn forget(&self, owner: Owner<'_>, id: &UploadId) -> Result<(), UploadError> {
        done(self.send(&Method::DELETE, owner, id, FORGETTING).await?).map(drop)
    }

    async fn send(
        &self,
        method: &Method,
        owner: Owner<'_>,
        id: &UploadId,
        timeout: Duration,
    ) -> Result<Response<Bytes>, UploadError> {
        let url = self.presign(method, owner, id, &[], OURS_GOOD_FOR).await?;
        let request = Request::builder().method(method).uri(url.expose_secret());
        let request = request.body(Bytes::new()).map_err(|_| SigningError::Address)?;
        Ok(self.transport.send(request, timeout).await?)
    }

    async fn presign(
        &self,
        method: &Method,
        owner: Owner<'_>,
        id: &UploadId,
        headers: &[(&str, &str)],
        good_for: Duration,
    ) -> Result<SecretString, UploadError> {
        let credentials = self.credentials.provide_credentials().await;
        let signer = Signer {
            credentials: credentials.map_err(UploadError::Credentials)?,
            region: &self.region,
            at: self.clock.now(),
        };
        let account = owner.account.map_or(COMPONENT, AppId::as_str);
        let (component, key) = (owner.component, owner.key);
        // An appid or a key's id is letters, digits, '_' and '-': nothing in it needs to be encoded.
        let url = format!("{}{component}/{account}/{key}/{id}", self.base);
        Ok(signer.presign(method, &url, headers, good_for)?)
    }
}

/// The address of a bucket: a host of its own in AWS, a path at any other endpoint.
fn address(bucket: &str, region: &str, endpoint: Option<&str>) -> String {
    let china = if region.starts_with("cn-") { ".cn" } else { "" };
    match endpoint {
        Some(endpoint) => format!("{}/{bucket}/", endpoint.trim_end_matches('/')),
        None => format!("https://{bucket}.s3.{region}.amazonaws.com{china}/"),
    }
}

/// What S3 has done, or why not.
fn done(answer: Response<Bytes>) -> Result<Response<Bytes>, UploadError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body = String::from_utf8_lossy(answer.body());
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    match code.map_or("", |(code, _)| code) {
        "NoSuchKey" => Err(UploadError::NotThere),
        code => Err(UploadError::Refused { status, code: code.chars().take(64).collect() }),
    }
}

impl FromStr for UploadId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        Ulid::from_string(text).map(UploadId).map_err(|_| MalformedId)
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_a_host_of_its_own_in_either_partition_and_a_path_on_a_laptop() {
        for (region, endpoint, expected) in [
            ("eu-west-1", None, "https://uploads.s3.eu-west-1.amazonaws.com/"),
            ("cn-north-1", None, "https://uploads.s3.cn-north-1.amazonaws.com.cn/"),
            ("us-east-1", Some("http://127.0.0.1:4566"), "http://127.0.0.1:4566/uploads/"),
        ] {
            assert_eq!(address("uploads", region, endpoint), expected);
        }
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_none() {
        for wrong in ["", "../01JZ8G5T3M8Q4R7V2X6Y9Z0ABC", "01JZ8G5T3M8Q4R7V2X6Y9Z0AB/", "%2e%2e"] {
            assert_eq!(wrong.parse::<UploadId>(), Err(MalformedId), "{wrong}");
        }
        let id: UploadId = "01JZ8G5T3M8Q4R7V2X6Y9Z0ABC".parse().unwrap();
        assert_eq!(id.to_string(), "01JZ8G5T3M8Q4R7V2X6Y9Z0ABC");
    }

    #[test]
    fn what_is_not_there_is_told_from_what_is_refused() {
        let answer = |status: u16, body: &'static str| {
            let answer =
                Response::builder().status(status).body(Bytes::from_static(body.as_bytes()));
            done(answer.unwrap()).unwrap_err()
        };
        let missing = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>";
        assert!(matches!(answer(404, missing), UploadError::NotThere));
        for (status, body, words) in [
            (404, "<Error><Code>NoSuchBucket</Code></Error>", "404 Not Found NoSuchBucket"),
            (403, "<Error><Code>AccessDenied</Code></Error>", "403 Forbidden AccessDenied"),
            (503, "", "503 Service Unavailable "),
        ] {
            let error = answer(status, body).to_string();
            assert_eq!(error, format!("the bucket of uploads refused: {words}"));
        }
    }
}
