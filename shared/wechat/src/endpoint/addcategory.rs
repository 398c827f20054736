use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Adds categories; `addcategory`. A category with documents is reviewed, and the event
/// `wxa_category_audit` ends that. 53300 the changes of the month are used up, 53301 and 53310 too
/// many, 53302 not for this kind of owner, 53304 is there already.
#[derive(Debug, Serialize)]
pub struct AddCategory<'a> {
    /// The categories.
    pub categories: &'a [NewCategory<'a>],
    /// Why more than usual are needed; asked for by 53310.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apply_reason: Option<&'a str>,
}

/// A category to add.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewCategory<'a> {
    /// The first level's number.
    pub first: i64,
    /// The second level's number.
    pub second: i64,
    /// Its documents; WeChat spells it `certicates`.
    #[serde(rename = "certicates")]
    pub certificates: &'a [CategoryDocument<'a>],
}

/// A document that a category asks for.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CategoryDocument<'a> {
    /// Its name, from [`QualificationDocument`](super::QualificationDocument).
    pub key: &'a str,
    /// Its picture, from [`MediaUpload`](super::MediaUpload).
    pub value: &'a str,
    /// Until when it is good, in seconds of Unix time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_time: Option<i64>,
    /// 1 if it is good for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_permanent: Option<i64>,
}

impl Endpoint for AddCategory<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/wxopen/addcategory";
    type Token = AuthorizerToken;
    type Answer = Done;
    const REPEATABLE: bool = false;
}
