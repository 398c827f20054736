use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::ComponentToken};

/// Makes a trial mini program for a person to look at; `fastregisterbetaweapp`. The person opens the
/// link within 24 hours; WeChat sends it to nobody. Counts among the five mini programs of the
/// person. Its authorization comes as an ordinary `authorized` event.
#[derive(Debug, Serialize)]
pub struct FastRegisterBetaWeapp<'a> {
    /// 4-30 characters; WeChat adds `的体验小程序`. No brands.
    pub name: &'a str,
    /// The future administrator's openid, of any account of the same owner.
    pub openid: &'a str,
}

/// The answer to [`FastRegisterBetaWeapp`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FastRegisterBetaWeappResponse {
    /// What the event names it by.
    pub unique_id: String,
    /// What the person opens.
    #[serde(default, deserialize_with = "lenient::text")]
    pub authorize_url: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for FastRegisterBetaWeapp<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/component/fastregisterbetaweapp";
    type Token = ComponentToken;
    type Answer = Json<FastRegisterBetaWeappResponse>;
    const REPEATABLE: bool = false;
}
