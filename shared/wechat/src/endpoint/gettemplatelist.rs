use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::ComponentToken};

/// Lists the template library; `gettemplatelist`.
#[derive(Debug, Default, Serialize)]
pub struct GetTemplateList {
    /// Only ordinary (0) or only standard (1) templates; `None` for all.
    pub template_type: Option<i64>,
}

/// The answer to [`GetTemplateList`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetTemplateListResponse {
    /// The templates.
    #[serde(default, deserialize_with = "lenient::list")]
    pub template_list: Vec<Template>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// Code that can be committed to a merchant's mini program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// The template's number.
    #[serde(deserialize_with = "lenient::integer")]
    pub template_id: i64,
    /// 0 ordinary, 1 standard.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub template_type: Option<i64>,
    /// The draft it was made from.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub draft_id: Option<i64>,
    /// When it was made, in seconds of Unix time.
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
    /// Fields that are not declared here, such as `audit_status` of a standard template.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetTemplateList {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/gettemplatelist";
    type Token = ComponentToken;
    type Answer = Json<GetTemplateListResponse>;

    fn query(&self) -> Vec<(&'static str, String)> {
        self.template_type.map(|kind| ("template_type", kind.to_string())).into_iter().collect()
    }
}
