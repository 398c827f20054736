use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Body, Upload};
use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Keeps a picture at WeChat for three days; `media/upload`, with `type=image`. Its media id is
/// what proofs of a name, avatars and documents of categories are named by.
///
/// BMP, JPEG, GIF or PNG. The limit is 2 MB in older pages and 10 MB in newer ones: stay under
/// 2 MB.
#[derive(Debug, Serialize)]
pub struct MediaUpload<'a> {
    /// The picture.
    #[serde(skip)]
    pub media: Upload<'a>,
}

/// The answer to [`MediaUpload`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaUploadResponse {
    /// `image`.
    #[serde(rename = "type", default, deserialize_with = "lenient::text")]
    pub kind: String,
    /// What the picture is named by.
    pub media_id: String,
    /// When it was kept, in seconds of Unix time; it is gone three days later.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub created_at: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for MediaUpload<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/media/upload";
    type Token = AuthorizerToken;
    type Answer = Json<MediaUploadResponse>;
    const TIMEOUT: Duration = Duration::from_secs(20);

    fn query(&self) -> Vec<(&'static str, String)> {
        vec![("type", "image".to_owned())]
    }

    fn body(&self) -> Body {
        self.media.form("media", &[])
    }
}
