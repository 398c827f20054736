use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Body, Upload};
use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Keeps a text file that belongs to the privacy guideline; `uploadprivacyextfile`. The path says
/// component, the token is the merchant's. 100 KB at most.
#[derive(Debug, Serialize)]
pub struct UploadPrivacyExtFile<'a> {
    /// The file, `.txt`.
    #[serde(skip)]
    pub file: Upload<'a>,
}

/// The answer to [`UploadPrivacyExtFile`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UploadPrivacyExtFileResponse {
    /// What it is named by, for
    /// [`OwnerStatement::ext_file_media_id`](super::OwnerStatement::ext_file_media_id).
    #[serde(deserialize_with = "lenient::text")]
    pub ext_file_media_id: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for UploadPrivacyExtFile<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/uploadprivacyextfile";
    type Token = AuthorizerToken;
    type Answer = Json<UploadPrivacyExtFileResponse>;
    const TIMEOUT: Duration = Duration::from_secs(20);

    fn body(&self) -> Body {
        self.file.form("file", &[])
    }
}
