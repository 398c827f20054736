use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::ComponentToken};

/// Lists what the platform's developers uploaded last; `gettemplatedraftlist`. One draft for
/// each development mini program: the latest upload wins.
#[derive(Debug, Serialize)]
pub struct GetTemplateDraftList {}

/// The answer to [`GetTemplateDraftList`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetTemplateDraftListResponse {
    /// The drafts.
    #[serde(default, deserialize_with = "lenient::list")]
    pub draft_list: Vec<Draft>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// Code that could become a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The draft's number.
    #[serde(deserialize_with = "lenient::integer")]
    pub draft_id: i64,
    /// When it was uploaded, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub create_time: Option<i64>,
    /// The version as the developer named it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_version: String,
    /// What the developer said about it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_desc: String,
    /// The development mini program it comes from.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub source_miniprogram_appid: Option<String>,
    /// That mini program's name.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub source_miniprogram: Option<String>,
    /// Who uploaded it.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub developer: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetTemplateDraftList {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/gettemplatedraftlist";
    type Token = ComponentToken;
    type Answer = Json<GetTemplateDraftListResponse>;
}
