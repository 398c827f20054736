//! What happened to a mini program.

use axum::{Json as Answer, extract::State, http::HeaderMap};
use platform::{
    actor::Actor,
    event::Event,
    text::Language,
    timeline::{MAX_PAGE, TimelineError},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::releases::known;
use crate::{
    App,
    extract::{MiniProgramPath, Path, Query},
    problem::{self, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show_timeline))
}

/// Where in a timeline to begin, and how much of it to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimelineQuery {
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 100; 50 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// A part of a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelinePart {
    /// What happened, the newest first.
    entries: Vec<TimelineEntry>,
    /// For the next part; null on the last.
    next_cursor: Option<String>,
}

/// Something that happened: an event as it was told on the bus.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelineEntry {
    /// The event's id.
    #[schema(example = "01KABCDEFGHJKMNPQRSTVWXYZ0")]
    id: String,
    /// When it happened.
    #[schema(format = DateTime)]
    at: String,
    /// What kind of event it is; more kinds come.
    #[schema(example = "release.approved")]
    kind: String,
    /// Who brought it about.
    by: By,
    /// What happened, in the caller's language.
    #[schema(example = "版本 1.2.0 审核通过。")]
    text: String,
    /// What else the event says, by its kind.
    details: Map<String, Value>,
}

/// Who brought something about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct By {
    /// `operator`, `wechat`, `merchant`, or `clock` where nobody did.
    #[schema(example = "operator")]
    kind: &'static str,
    /// The operator's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The id of the operator's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// Shows what happened to a mini program, the newest first: who, what and when, for three years.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/timeline",
    tag = "mini-programs", params(MiniProgramPath, TimelineQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "What happened.", body = TimelinePart)),
)]
async fn show_timeline(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
    Query(query): Query<TimelineQuery>,
) -> Result<Answer<TimelinePart>, Problem> {
    let MiniProgramPath { component, appid } = path;
    known(&app, &component, &appid).await?;
    let limit = query.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let timeline = &app.platform.timeline;
    let page = timeline.list(&component, &appid, query.cursor.as_deref(), limit).await?;
    let language = problem::language(&headers);
    Ok(Answer(TimelinePart {
        entries: page.events.into_iter().map(|event| TimelineEntry::of(event, language)).collect(),
        next_cursor: page.next,
    }))
}

impl TimelineEntry {
    fn of(event: Event, language: Language) -> Self {
        TimelineEntry {
            text: event.words().sentence(language),
            id: event.id,
            at: event.at.to_string(),
            kind: event.kind,
            by: event.by.into(),
            details: event.details,
        }
    }
}

impl From<Actor> for By {
    fn from(actor: Actor) -> Self {
        let nobody = |kind| By { kind, name: None, key: None };
        match actor {
            Actor::Operator { key, name } => {
                By { kind: "operator", name: Some(name), key: Some(key) }
            }
            Actor::WeChat => nobody("wechat"),
            Actor::Merchant => nobody("merchant"),
            Actor::Clock => nobody("clock"),
        }
    }
}

impl From<TimelineError> for Problem {
    fn from(error: TimelineError) -> Self {
        match error {
            TimelineError::Storage(error) => error.into(),
            TimelineError::Cursor => Problem::malformed_cursor(),
        }
    }
}
