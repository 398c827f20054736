use http::Method;
use serde::Serialize;

use super::CategoryDocument;
use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Shows other documents for a category that was rejected; `modifycategory`. The category itself
/// stays (53306), and it must be rejected (53307).
#[derive(Debug, Serialize)]
pub struct ModifyCategory<'a> {
    /// The first level's number.
    pub first: i64,
    /// The second level's number.
    pub second: i64,
    /// Its documents; WeChat spells it `certicates`.
    #[serde(rename = "certicates")]
    pub certificates: &'a [CategoryDocument<'a>],
}

impl Endpoint for ModifyCategory<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/wxopen/modifycategory";
    type Token = AuthorizerToken;
    type Answer = Done;
    const REPEATABLE: bool = false;
}
