use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists the professions that a person may be verified with; `authidentitytree`.
#[derive(Debug, Serialize)]
pub struct AuthIdentityTree {}

/// The answer to [`AuthIdentityTree`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthIdentityTreeResponse {
    /// The professions.
    #[serde(default, deserialize_with = "lenient::list")]
    pub identity_tree_list: Vec<AuthIdentity>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A profession, or a group of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthIdentity {
    /// Its number.
    #[serde(deserialize_with = "lenient::integer")]
    pub node_id: i64,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// What is below it.
    #[serde(default, deserialize_with = "lenient::list")]
    pub node_list: Vec<AuthIdentity>,
    /// About a group.
    #[serde(default)]
    pub root_info: Option<Value>,
    /// About a profession: which documents it asks for.
    #[serde(default)]
    pub leaf_info: Option<AuthIdentityLeaf>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// What a profession asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthIdentityLeaf {
    /// The documents, in words.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub requirement: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for AuthIdentityTree {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/sec/authidentitytree";
    type Token = AuthorizerToken;
    type Answer = Json<AuthIdentityTreeResponse>;
}
