//! The kinds of problems that the API answers with.

use axum::{Json as Answer, http::HeaderMap};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    problem::{self, Kind},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list_problems))
}

/// The kinds of problems.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemTypeList {
    /// All of them, by their status.
    problems: Vec<ProblemType>,
}

/// A kind of problem.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemType {
    /// What stands in a problem's `type`; stable.
    #[schema(example = "urn:wechat-fleet:problem:wechat-refused")]
    r#type: String,
    /// The status that it comes with.
    #[schema(example = 422)]
    status: u16,
    /// What it is, in the caller's language.
    title: String,
    /// What to do where the problem itself says nothing more special, in the caller's language.
    what_to_do: Option<String>,
}

/// Lists the kinds of problems: what may stand in the `type` of an error.
#[utoipa::path(
    get, path = "/v1/problems", tag = "about", security(()),
    responses((status = 200, description = "The kinds.", body = ProblemTypeList)),
)]
async fn list_problems(headers: HeaderMap) -> Answer<ProblemTypeList> {
    let language = problem::language(&headers);
    let one = |kind: Kind| ProblemType {
        r#type: kind.uri(),
        status: kind.status().as_u16(),
        title: kind.title().sentence(language),
        what_to_do: kind.what_to_do().map(|text| text.sentence(language)),
    };
    Answer(ProblemTypeList { problems: Kind::ALL.iter().copied().map(one).collect() })
}
