use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Obtains the file that proves a business domain to be the merchant's;
/// `get_webviewdomain_confirmfile`.
#[derive(Debug, Serialize)]
pub struct GetWebviewDomainConfirmFile {}

/// A file to serve at a domain's root: the answer to [`GetWebviewDomainConfirmFile`] and
/// [`GetDomainConfirmFile`](super::GetDomainConfirmFile).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfirmFile {
    /// The file's name, such as `xxx.txt`.
    pub file_name: String,
    /// What stands in it.
    pub file_content: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetWebviewDomainConfirmFile {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/get_webviewdomain_confirmfile";
    type Token = AuthorizerToken;
    type Answer = Json<ConfirmFile>;
}
