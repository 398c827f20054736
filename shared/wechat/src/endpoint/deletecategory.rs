use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Takes a category away; `deletecategory`. Not while it is in review (53308).
#[derive(Debug, Serialize)]
pub struct DeleteCategory {
    /// The first level's number.
    pub first: i64,
    /// The second level's number.
    pub second: i64,
}

impl Endpoint for DeleteCategory {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/wxopen/deletecategory";
    type Token = AuthorizerToken;
    type Answer = Done;
}
