use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::ComponentToken};

/// Removes a template from the library; `deletetemplate`. 85064 where there is none.
#[derive(Debug, Serialize)]
pub struct DeleteTemplate {
    /// The template.
    pub template_id: i64,
}

impl Endpoint for DeleteTemplate {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/deletetemplate";
    type Token = ComponentToken;
    type Answer = Done;
}
