use http::Method;
use serde::Serialize;

use super::GetAllCategoriesResponse;
use crate::{Endpoint, answer::Json, token::AuthorizerToken};

/// Lists the categories for a kind of owner; `getcategoriesbytype`.
#[derive(Debug, Serialize)]
pub struct GetCategoriesByType {
    /// 0 a person, 1 a company, 2 media, 3 government, 4 others.
    pub verify_type: i64,
}

impl Endpoint for GetCategoriesByType {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/wxopen/getcategoriesbytype";
    type Token = AuthorizerToken;
    type Answer = Json<GetAllCategoriesResponse>;
}
