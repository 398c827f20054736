//! A bucket of S3, by signed addresses instead of an SDK: a few kinds of requests need no more.

mod presigned;

pub use presigned::SigningError;

use std::{fmt, sync::Arc, time::Duration};

use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError,
};
use aws_types::SdkConfig;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use wechat::transport::{HttpTransport, Transport, TransportError};

use self::presigned::Signer;
use crate::{aws, clock::Clock, configuration::ConfigurationError};

/// How long our own requests are good: as long as they may take, and what clocks differ by.
const OURS_GOOD_FOR: Duration = Duration::from_secs(60);

/// A bucket. Cheap to clone.
#[derive(Clone)]
pub struct Bucket {
    /// Where objects are: the bucket's address, with a slash at the end.
    base: Url,
    region: Arc<str>,
    credentials: SharedCredentialsProvider,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

/// Something that a bucket did not do.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// There is no object of that name.
    #[error("there is no such object")]
    NotThere,
    /// There is nothing to sign with.
    #[error("there are no credentials of AWS")]
    Credentials(#[source] CredentialsError),
    /// An address could not be signed.
    #[error("an address could not be signed")]
    Signing(#[from] SigningError),
    /// The bucket did not answer.
    #[error("the bucket did not answer")]
    Silent(#[from] TransportError),
    /// The bucket refused, by this status and this code of S3's.
    #[error("the bucket refused: {status} {code}")]
    Refused {
        /// HTTP status.
        status: StatusCode,
        /// S3's code, such as `AccessDenied`.
        code: String,
    },
}

impl Bucket {
    /// The bucket `name`, which the variable `variable` named, where objects have `longest` bytes at
    /// most. Calls nothing.
    pub(crate) fn new(
        (variable, name): (&'static str, &str),
        longest: u64,
        aws: &SdkConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigurationError> {
        let (region, credentials) = aws::signing(aws)?;
        let base = address(name, &region, aws.endpoint_url());
        let base = base.parse().map_err(|error: url::ParseError| {
            ConfigurationError::Malformed { name: variable, why: error.to_string() }
        })?;
        let longest = usize::try_from(longest).unwrap_or(usize::MAX);
        let transport = Arc::new(HttpTransport::reading(longest));
        Ok(Bucket { base, region, credentials, transport, clock })
    }

    /// The address of the object `name` with the permission to send one kind of request there: by
    /// this method and with exactly these headers. Nothing in a name may need to be encoded.
    pub(crate) async fn presign(
        &self,
        method: &Method,
        name: &str,
        headers: &[(&str, &str)],
        good_for: Duration,
    ) -> Result<SecretString, BucketError> {
        let credentials = self.credentials.provide_credentials().await;
        let signer = Signer {
            credentials: credentials.map_err(BucketError::Credentials)?,
            region: &self.region,
            at: self.clock.now(),
        };
        Ok(signer.presign(method, &format!("{}{name}", self.base), headers, good_for)?)
    }

    /// Sends a request about the object `name` and waits for its answer, each for `timeout` at most.
    /// The headers are signed.
    pub(crate) async fn send(
        &self,
        method: &Method,
        name: &str,
        headers: &[(&str, &str)],
        body: Bytes,
        timeout: Duration,
    ) -> Result<Response<Bytes>, BucketError> {
        let url = self.presign(method, name, headers, OURS_GOOD_FOR).await?;
        let mut request = Request::builder().method(method).uri(url.expose_secret());
        // The HTTP client sets it by itself, and would set it twice.
        for (name, value) in headers.iter().filter(|(name, _)| *name != "content-length") {
            request = request.header(*name, *value);
        }
        let request = request.body(body).map_err(|_| SigningError::Address)?;
        done(self.transport.send(request, timeout).await?)
    }
}

impl BucketError {
    /// S3 was too busy for a moment, or silent: reading may be tried again at once.
    pub(crate) fn passes(&self) -> bool {
        match self {
            BucketError::Silent(_) => true,
            BucketError::Refused { status, .. } => status.is_server_error(),
            _ => false,
        }
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Bucket({})", self.base)
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
fn done(answer: Response<Bytes>) -> Result<Response<Bytes>, BucketError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body = String::from_utf8_lossy(answer.body());
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    match code.map_or("", |(code, _)| code) {
        "NoSuchKey" => Err(BucketError::NotThere),
        code => Err(BucketError::Refused { status, code: code.chars().take(64).collect() }),
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
    fn what_is_not_there_is_told_from_what_is_refused() {
        let answer = |status: u16, body: &'static str| {
            let answer =
                Response::builder().status(status).body(Bytes::from_static(body.as_bytes()));
            done(answer.unwrap()).unwrap_err()
        };
        let missing = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>";
        assert!(matches!(answer(404, missing), BucketError::NotThere));
        for (status, body, words) in [
            (404, "<Error><Code>NoSuchBucket</Code></Error>", "404 Not Found NoSuchBucket"),
            (403, "<Error><Code>AccessDenied</Code></Error>", "403 Forbidden AccessDenied"),
            (503, "", "503 Service Unavailable "),
        ] {
            let error = answer(status, body);
            assert_eq!(error.to_string(), format!("the bucket refused: {words}"));
            assert_eq!(error.passes(), status == 503);
        }
    }
}
