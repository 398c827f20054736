use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Body, Upload};
use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Uploads a picture for a verification; `uploadauthmaterial`. PNG, JPEG or GIF of 2 MB at most.
#[derive(Debug, Serialize)]
pub struct UploadAuthMaterial<'a> {
    /// The picture.
    #[serde(skip)]
    pub media: Upload<'a>,
}

/// The answer to [`UploadAuthMaterial`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UploadAuthMaterialResponse {
    /// `image`.
    #[serde(rename = "type", default, deserialize_with = "lenient::text")]
    pub kind: String,
    /// What the picture is named by; `mediaid` is read too.
    #[serde(alias = "mediaid")]
    pub media_id: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for UploadAuthMaterial<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/sec/uploadauthmaterial";
    type Token = AuthorizerToken;
    type Answer = Json<UploadAuthMaterialResponse>;
    const TIMEOUT: Duration = Duration::from_secs(20);

    fn body(&self) -> Body {
        self.media.form("media", &[])
    }
}
