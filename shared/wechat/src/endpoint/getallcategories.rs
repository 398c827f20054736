use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists every category there is for this mini program; `getallcategories`.
#[derive(Debug, Serialize)]
pub struct GetAllCategories {}

/// The answer to [`GetAllCategories`] and [`GetCategoriesByType`](super::GetCategoriesByType).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetAllCategoriesResponse {
    /// The categories.
    #[serde(alias = "category_list")]
    pub categories_list: CategoriesList,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// Categories as WeChat wraps them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoriesList {
    /// The categories, and their root, which has the number 0 and no name.
    #[serde(default, deserialize_with = "lenient::list")]
    pub categories: Vec<CategoryNode>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A category in the tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryNode {
    /// Its number.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub name: Option<String>,
    /// 1 or 2.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub level: Option<i64>,
    /// The category above.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub father: Option<i64>,
    /// The categories below.
    #[serde(default, deserialize_with = "lenient::list")]
    pub children: Vec<i64>,
    /// 1 if documents have to be shown.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub sensitive_type: Option<i64>,
    /// Which documents.
    #[serde(default)]
    pub qualify: Option<CategoryQualification>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// The documents of a category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryQualification {
    /// One of each of these has to be shown.
    #[serde(default, deserialize_with = "lenient::list")]
    pub exter_list: Vec<QualificationAlternatives>,
    /// A remark.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub remark: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// Documents of which one is enough.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualificationAlternatives {
    /// The documents.
    #[serde(default, deserialize_with = "lenient::list")]
    pub inner_list: Vec<QualificationDocument>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualificationDocument {
    /// Its name, which [`CategoryDocument::key`](super::CategoryDocument::key) repeats.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// An example.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub url: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetAllCategories {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/cgi-bin/wxopen/getallcategories";
    type Token = AuthorizerToken;
    type Answer = Json<GetAllCategoriesResponse>;
}
