use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Body, Upload};
use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Uploads a document of a filing; `upload_icp_media`. A wrong `certificate_type` shows only in
/// [`ApplyIcpFiling`](super::ApplyIcpFiling).
#[derive(Debug, Serialize)]
pub struct UploadIcpMedia<'a> {
    /// The picture or video.
    #[serde(skip)]
    pub media: Upload<'a>,
    /// `image` or `video`.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// Kind of document, where it is one of identity.
    pub certificate_type: Option<i64>,
    /// The field that it is for, such as
    /// `icp_subject.principal_info.certificate_photo_front`.
    pub icp_order_field: &'a str,
}

/// The answer to [`UploadIcpMedia`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UploadIcpMediaResponse {
    /// `image` or `video`.
    #[serde(rename = "type", default, deserialize_with = "lenient::text")]
    pub kind: String,
    /// What the document is named by.
    pub media_id: String,
    /// When it was kept, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub created_at: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for UploadIcpMedia<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/icp/upload_icp_media";
    type Token = AuthorizerToken;
    type Answer = Json<UploadIcpMediaResponse>;
    const TIMEOUT: Duration = Duration::from_secs(20);

    fn body(&self) -> Body {
        let certificate_type = self.certificate_type.map(|kind| kind.to_string());
        let mut texts = vec![("type", self.kind), ("icp_order_field", self.icp_order_field)];
        texts.extend(certificate_type.as_deref().map(|kind| ("certificate_type", kind)));
        self.media.form("media", &texts)
    }
}
