use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Body, Upload};
use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Keeps a picture or a video for the reviewers, for three days; `uploadmedia`. For
/// [`PreviewInfo`](super::PreviewInfo) of a review.
///
/// PNG, JPEG or GIF of 2 MB at most, MP4 of 10 MB at most: 40005 for another kind, 40006 for a
/// longer file.
#[derive(Debug, Serialize)]
pub struct UploadMedia<'a> {
    /// The picture or the video.
    #[serde(skip)]
    pub media: Upload<'a>,
}

/// The answer to [`UploadMedia`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UploadMediaResponse {
    /// `image` or `video`.
    #[serde(rename = "type", default, deserialize_with = "lenient::text")]
    pub kind: String,
    /// What it is named by; here written `mediaid`.
    #[serde(rename = "mediaid", deserialize_with = "lenient::text")]
    pub media_id: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for UploadMedia<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/uploadmedia";
    type Token = AuthorizerToken;
    type Answer = Json<UploadMediaResponse>;
    const TIMEOUT: Duration = Duration::from_secs(60);

    fn body(&self) -> Body {
        self.media.form("media", &[])
    }
}
