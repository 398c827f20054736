use http::Method;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists who may use the trial version; `memberauth` with its one action, `get_experiencer`.
#[derive(Debug)]
pub struct MemberAuth {}

/// The answer to [`MemberAuth`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberAuthResponse {
    /// The testers. The administrator is always one and not among them.
    #[serde(default, deserialize_with = "lenient::list")]
    pub members: Vec<Member>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A tester.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// What WeChat calls this person to us.
    #[serde(default, deserialize_with = "lenient::text")]
    pub userstr: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Serialize for MemberAuth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("action", "get_experiencer")?;
        map.end()
    }
}

impl Endpoint for MemberAuth {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/memberauth";
    type Token = AuthorizerToken;
    type Answer = Json<MemberAuthResponse>;
}
