//! What is kept of a merchant who has withdrawn goes, on request.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    Extension, Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use platform::{
    erasure::{Erasure, ErasureError, STAYS},
    operators::Operator,
    text::{Language, Text},
};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{MiniProgramPath, Path},
    problem::{self, Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(erase_mini_program, show_erasure))
}

/// How long one request erases.
const ERASING: Duration = Duration::from_secs(15);

/// How an erasure stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureView {
    /// Everything that goes is gone.
    finished: bool,
    /// The id of the key that ordered it.
    by: String,
    /// When it was ordered.
    #[schema(format = DateTime)]
    began_at: String,
    /// When everything was gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// How many items were deleted, by what they were: `records`, `registrations`, `events`, `pushes`.
    #[schema(example = json!({"records": 9, "events": 41, "pushes": 12}))]
    deleted: BTreeMap<String, u64>,
    /// What stays, and why.
    stays: Vec<Stays>,
}

/// Something that stays.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stays {
    /// What it is.
    #[schema(example = "audit-log")]
    what: &'static str,
    /// Why it stays, or for how long.
    why: String,
}

/// Erases what is kept of a mini program whose merchant has withdrawn: its profile, settings, testers,
/// filings, payment secrets, timeline, registrations, and the pushes about it. A request works for
/// fifteen seconds; 202 says that there is more, and the same request goes on. It cannot be undone.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/erasure", tag = "mini-programs",
    params(MiniProgramPath),
    security(("operator_key" = ["administer"])),
    responses(
        (status = 200, description = "Everything that goes is gone.", body = ErasureView),
        (status = 202, description = "There is more; repeat the request.", body = ErasureView),
    ),
)]
async fn erase_mini_program(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
    Path(MiniProgramPath { component, appid }): Path<MiniProgramPath>,
) -> Result<(StatusCode, Answer<ErasureView>), Problem> {
    let language = problem::language(&headers);
    let until = Instant::now() + ERASING;
    let erased = app.platform.erasures.advance(&operator.key, &component, &appid, until).await;
    let erasure = erased.map_err(|error| match error {
        ErasureError::Unknown(appid) => Problem::new(Kind::NotFound).detail(Text::new(
            format!("没有保存 {appid} 的任何资料"),
            format!("nothing is kept of {appid}"),
        )),
        ErasureError::Authorized(appid) => Problem::new(Kind::WrongState)
            .detail(Text::new(
                format!("{appid} 仍在授权中，其资料为运营所必需"),
                format!("{appid} is authorized, and its data is needed"),
            ))
            .what_to_do(Text::fixed(
                "请商家先取消授权，再抹除",
                "have the merchant withdraw the authorization first",
            )),
        ErasureError::Payment(error) => error.into(),
        ErasureError::Storage(error) => error.into(),
    })?;
    let status = match erasure.finished_at {
        Some(_) => StatusCode::OK,
        None => StatusCode::ACCEPTED,
    };
    Ok((status, Answer(ErasureView::of(erasure, language))))
}

/// Shows how the erasure of a mini program stands, and what stays.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/erasure", tag = "mini-programs",
    params(MiniProgramPath),
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "How it stands.", body = ErasureView)),
)]
async fn show_erasure(
    State(app): State<App>,
    headers: HeaderMap,
    Path(MiniProgramPath { component, appid }): Path<MiniProgramPath>,
) -> Result<Answer<ErasureView>, Problem> {
    let language = problem::language(&headers);
    let erasure = app.platform.erasures.find(&component, &appid).await?;
    let erasure = erasure.ok_or_else(|| {
        Problem::none_yet(
            Text::fixed("没有要求抹除该小程序的资料", "nobody asked for it to be erased"),
            Text::fixed("用 POST 要求抹除", "ask for it by POST"),
        )
    })?;
    Ok(Answer(ErasureView::of(erasure, language)))
}

impl ErasureView {
    fn of(erasure: Erasure, language: Language) -> Self {
        let stays =
            |(what, why): &(&'static str, Text)| Stays { what, why: why.sentence(language) };
        ErasureView {
            finished: erasure.finished_at.is_some(),
            by: erasure.by,
            began_at: erasure.began_at.to_string(),
            finished_at: erasure.finished_at.map(|at| at.to_string()),
            deleted: erasure.deleted,
            stays: STAYS.iter().map(stays).collect(),
        }
    }
}
