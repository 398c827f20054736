use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::ComponentToken};

/// Makes a draft a template; `addtotemplate`.
///
/// The answer does not name the template: list them again
/// ([`GetTemplateList`](super::GetTemplateList)). Sent twice, it makes two. The library holds 200
/// (85065).
#[derive(Debug, Serialize)]
pub struct AddToTemplate {
    /// The draft.
    pub draft_id: i64,
    /// 0 ordinary, 1 standard (which WeChat has discontinued); `None` is ordinary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_type: Option<i64>,
}

impl Endpoint for AddToTemplate {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/addtotemplate";
    type Token = ComponentToken;
    type Answer = Done;
    const REPEATABLE: bool = false;
}
