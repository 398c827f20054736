//! Bodies that are longer than API Gateway and Lambda take: whoever has one sends it to a private
//! bucket, by an address that is good for once and for that body alone, and names it afterwards.
//!
//! An upload belongs to an account and to the key that asked for it. Both are part of the object's
//! name, so that nobody can name another's. What is left behind, the bucket forgets after a day.

mod content_type;

pub use content_type::{ContentType, MalformedContentType};

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use aws_types::SdkConfig;
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};
use secrecy::SecretString;
use ulid::Ulid;
use wechat::AppId;

use crate::{
    bucket::{Bucket, BucketError},
    clock::Clock,
    configuration::{ConfigurationError, Variables},
    operators::COMPONENT,
    random::Random,
};

/// The longest body, in bytes.
pub const LONGEST: u64 = 20 * 1024 * 1024;
/// How long an address may be sent to.
pub const GOOD_FOR: Duration = Duration::from_secs(15 * 60);

/// How long a body may take to come, each of two times.
const TAKING: Duration = Duration::from_secs(8);
/// How long it may take to forget one.
pub const FORGETTING: Duration = Duration::from_secs(2);

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

/// The bucket of uploads. Cheap to clone.
#[derive(Clone)]
pub struct Uploads {
    bucket: Bucket,
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
        let name = variables.required("UPLOADS_BUCKET", "the bucket of long bodies")?;
        let bucket = Bucket::new(("UPLOADS_BUCKET", &name), LONGEST, aws, clock.clone())?;
        Ok(Uploads { bucket, clock, random })
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
    ) -> Result<Offer, BucketError> {
        let now = self.clock.now();
        let id = self.random.identifier(now).parse().expect("an identifier is a ULID");
        let length_header = length.to_string();
        let signed = [("content-length", &*length_header), ("content-type", content_type.as_str())];
        let url = self.bucket.presign(&Method::PUT, &name(owner, &id), &signed, GOOD_FOR).await?;
        let expires_at = now.as_second() + GOOD_FOR.as_secs() as i64;
        Ok(Offer { id, url, content_type, length, expires_at })
    }

    /// The body that was sent. It stays where it is.
    ///
    /// # Errors
    /// [`BucketError::NotThere`] is the caller's; all others are of AWS.
    pub async fn take(&self, owner: Owner<'_>, id: &UploadId) -> Result<Upload, BucketError> {
        let answer = match self.send(&Method::GET, owner, id, TAKING).await {
            // Reading changes nothing, and S3 is at times too busy for a moment.
            Err(error) if error.passes() => self.send(&Method::GET, owner, id, TAKING).await,
            answer => answer,
        }?;
        let (head, body) = answer.into_parts();
        let binary = HeaderValue::from_static("application/octet-stream");
        let content_type = head.headers.get(header::CONTENT_TYPE).cloned().unwrap_or(binary);
        Ok(Upload { content_type, body })
    }

    /// Forgets a body. Where there is none, nothing happens.
    ///
    /// # Errors
    /// When it is not known whether it is forgotten; within a day it will be.
    pub async fn forget(&self, owner: Owner<'_>, id: &UploadId) -> Result<(), BucketError> {
        self.send(&Method::DELETE, owner, id, FORGETTING).await.map(drop)
    }

    async fn send(
        &self,
        method: &Method,
        owner: Owner<'_>,
        id: &UploadId,
        timeout: Duration,
    ) -> Result<Response<Bytes>, BucketError> {
        self.bucket.send(method, &name(owner, id), &[], Bytes::new(), timeout).await
    }
}

/// The name of an object. An appid or a key's id is letters, digits, '_' and '-': nothing in it needs
/// to be encoded.
fn name(owner: Owner<'_>, id: &UploadId) -> String {
    let account = owner.account.map_or(COMPONENT, AppId::as_str);
    format!("{}/{account}/{}/{id}", owner.component, owner.key)
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
    fn a_name_that_leads_elsewhere_is_none() {
        for wrong in ["", "../01JZ8G5T3M8Q4R7V2X6Y9Z0ABC", "01JZ8G5T3M8Q4R7V2X6Y9Z0AB/", "%2e%2e"] {
            assert_eq!(wrong.parse::<UploadId>(), Err(MalformedId), "{wrong}");
        }
        let id: UploadId = "01JZ8G5T3M8Q4R7V2X6Y9Z0ABC".parse().unwrap();
        assert_eq!(id.to_string(), "01JZ8G5T3M8Q4R7V2X6Y9Z0ABC");
    }
}
