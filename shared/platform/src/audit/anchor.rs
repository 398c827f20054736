//! Anchors: how far the chain had come at the end of each day, put where nobody can take it back. The
//! bucket's objects cannot be deleted or replaced before their time (S3 Object Lock), not even by this
//! platform, so that a chain that was made anew does not fit to them.

use std::time::Duration;

use aws_types::SdkConfig;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Method;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    chain::{Minute, Place, canonical_of},
    voucher::Voucher,
};
use crate::{
    bucket::{Bucket, BucketError},
    clock::Clock,
    configuration::{ConfigurationError, Variables},
};

/// An anchor is a few hundred bytes.
const LONGEST: u64 = 64 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);

/// How far a chain had come at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The day, in UTC.
    #[serde(rename = "anchor")]
    pub day: Date,
    /// The minute after which the chain begins.
    pub began: Minute,
    /// The last link at the end of the day.
    #[serde(flatten)]
    pub place: Place,
}

/// An anchor as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnchor {
    /// The anchor.
    #[serde(flatten)]
    pub anchor: Anchor,
    /// What vouches for it.
    pub seal: String,
}

/// The bucket of anchors. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Anchors {
    bucket: Bucket,
}

/// An anchor that is not where it should be, or not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The bucket did not do it.
    #[error("anchor of {0}: {1}")]
    Bucket(Date, #[source] BucketError),
    /// What is there is no anchor.
    #[error("anchor of {0}: it cannot be read: {1}")]
    Malformed(Date, #[source] serde_json::Error),
}

impl Anchors {
    /// The bucket that `AUDIT_BUCKET` names; none where it names none. Calls nothing.
    pub(crate) fn new(
        variables: &Variables,
        aws: &SdkConfig,
        clock: std::sync::Arc<dyn Clock>,
    ) -> Result<Option<Self>, ConfigurationError> {
        let Some(name) = variables.optional("AUDIT_BUCKET") else { return Ok(None) };
        let bucket = Bucket::new(("AUDIT_BUCKET", &name), LONGEST, aws, clock)?;
        Ok(Some(Anchors { bucket }))
    }

    /// Puts an anchor. To put it again changes nothing: it says the same.
    pub(super) async fn put(&self, anchor: Anchor, voucher: &Voucher) -> Result<(), AnchorError> {
        let day = anchor.day;
        let seal = voucher.vouch(&canonical_of(&anchor));
        let text = canonical_of(&KeptAnchor { anchor, seal });
        // Without a checksum S3 takes nothing that it may not give up again.
        let checksum = STANDARD.encode(Sha256::digest(&text));
        let length = text.len().to_string();
        let headers = [
            ("content-length", length.as_str()),
            ("content-type", "application/json"),
            ("x-amz-checksum-sha256", &checksum),
        ];
        let body = Bytes::from(text);
        let put = self.bucket.send(&Method::PUT, &name(day), &headers, body, TIMEOUT).await;
        put.map(drop).map_err(|error| AnchorError::Bucket(day, error))
    }

    /// The anchor of a day, if there is one.
    pub(super) async fn read(&self, day: Date) -> Result<Option<KeptAnchor>, AnchorError> {
        let name = name(day);
        let get = || self.bucket.send(&Method::GET, &name, &[], Bytes::new(), TIMEOUT);
        let answer = match get().await {
            Err(error) if error.passes() => get().await,
            answer => answer,
        };
        match answer {
            Ok(answer) => serde_json::from_slice(answer.body())
                .map(Some)
                .map_err(|error| AnchorError::Malformed(day, error)),
            Err(BucketError::NotThere) => Ok(None),
            Err(error) => Err(AnchorError::Bucket(day, error)),
        }
    }
}

impl KeptAnchor {
    /// Whether this platform made it; none where the key is not known any more.
    pub fn is_vouched_for(&self, voucher: &Voucher) -> Option<bool> {
        voucher.check(&canonical_of(&self.anchor), &self.seal)
    }
}

/// The object of a day.
fn name(day: Date) -> String {
    format!("anchors/{day}.json")
}
