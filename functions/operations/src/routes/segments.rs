//! Segments: groups of mini programs by what they have in common.

mod views;

use axum::{
    Extension, Json as Answer,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use platform::{AppId, mini_programs::MAX_PAGE, operators::Operator, segments::Found, text::Text};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::views::{FindMembers, Members, SegmentList, SegmentView, TagCount, WriteSegment};
pub(in crate::routes) use self::views::{QueryView, read_query};
use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{ComponentPath, IfMatch, Json, Path, Query},
    problem::{Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_segments, create_segment))
        .routes(routes!(show_segment, change_segment, delete_segment))
        .routes(routes!(list_members))
        .routes(routes!(search_mini_programs, find_members))
}

/// A segment in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct SegmentPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The segment's id.
    id: String,
}

/// Where in a list to begin, and how much of it to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MembersQuery {
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 200; 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// Lists the segments of a component, the oldest first. There are 200 at most.
#[utoipa::path(
    get, path = "/v1/components/{component}/segments", tag = "segments", params(ComponentPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The segments.", body = SegmentList)),
)]
async fn list_segments(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<Answer<SegmentList>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let segments = app.platform.segments.list(&path.component).await?;
    Ok(Answer(SegmentList { segments: segments.into_iter().map(SegmentView::from).collect() }))
}

/// Saves a query under a name.
#[utoipa::path(
    post, path = "/v1/components/{component}/segments", tag = "segments", params(ComponentPath),
    request_body = WriteSegment,
    security(("operator_key" = ["release"])),
    responses((status = 201, description = "The segment was made.", body = SegmentView)),
)]
async fn create_segment(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<ComponentPath>,
    Json(wanted): Json<WriteSegment>,
) -> Result<impl IntoResponse, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let WriteSegment { name, query } = wanted;
    let segments = &app.platform.segments;
    let made = segments.create(&path.component, &operator.key, name.trim(), query.into()).await?;
    let location = format!("/v1/components/{}/segments/{}", path.component, made.id);
    let location = HeaderValue::try_from(location).expect("an id is letters and digits");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Answer(SegmentView::from(made))))
}

/// Shows a segment.
#[utoipa::path(
    get, path = "/v1/components/{component}/segments/{id}", tag = "segments", params(SegmentPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The segment.", body = SegmentView)),
)]
async fn show_segment(
    State(app): State<App>,
    Path(path): Path<SegmentPath>,
) -> Result<Tagged<SegmentView>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    Ok(Tagged(segment(&app, &path).await?))
}

async fn segment(app: &App, path: &SegmentPath) -> Result<SegmentView, Problem> {
    Ok(app.platform.segments.find(&path.component, &path.id).await?.into())
}

impl SegmentPath {
    fn name(&self) -> String {
        format!("/v1/components/{}/segments/{}", self.component, self.id)
    }
}

/// Replaces name and query. Rollouts that have begun keep the targets that they have.
#[utoipa::path(
    put, path = "/v1/components/{component}/segments/{id}", tag = "segments",
    params(SegmentPath, IfMatch), request_body = WriteSegment,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The segment as it is now.", body = SegmentView)),
)]
async fn change_segment(
    State(app): State<App>,
    Path(path): Path<SegmentPath>,
    condition: Condition,
    Json(wanted): Json<WriteSegment>,
) -> Result<Tagged<SegmentView>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let what = path.name();
    condition.guard(&app, &what, segment(&app, &path)).await?;
    let WriteSegment { name, query } = wanted;
    let segments = &app.platform.segments;
    let changed = segments.change(&path.component, &path.id, name.trim(), query.into()).await?;
    condition.changed(&app, &what).await;
    Ok(Tagged(changed.into()))
}

/// Forgets a segment. Rollouts that have begun keep the targets that they have.
#[utoipa::path(
    delete, path = "/v1/components/{component}/segments/{id}", tag = "segments",
    params(SegmentPath, IfMatch),
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "It is gone.")),
)]
async fn delete_segment(
    State(app): State<App>,
    Path(path): Path<SegmentPath>,
    condition: Condition,
) -> Result<StatusCode, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let what = path.name();
    condition.guard(&app, &what, segment(&app, &path)).await?;
    app.platform.segments.delete(&path.component, &path.id).await?;
    condition.changed(&app, &what).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the mini programs that belong to a segment at present.
#[utoipa::path(
    get, path = "/v1/components/{component}/segments/{id}/mini-programs", tag = "segments",
    params(SegmentPath, MembersQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The mini programs.", body = Members)),
)]
async fn list_members(
    State(app): State<App>,
    Path(path): Path<SegmentPath>,
    Query(query): Query<MembersQuery>,
) -> Result<Answer<Members>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let segments = &app.platform.segments;
    let segment = segments.find(&path.component, &path.id).await?;
    let limit = query.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let cursor = query.cursor.as_deref();
    let page = segments.members(&path.component, &segment.query, cursor, limit).await?;
    Ok(Answer(page.into()))
}

/// What is searched, where to begin, and how much of it to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// Words, each a part of the name, of the principal, of the appid or of a tag; with a segment or
    /// a query, among those alone.
    #[param(max_length = 100, example = "面馆")]
    text: Option<String>,
    /// The id of a segment; all mini programs where it and `query` are left out.
    segment: Option<String>,
    /// Instead of a segment, what mini programs have in common: the `query` of a segment, as JSON.
    #[param(example = r#"{"text":"面馆","version":{"not":["3.2.0"]}}"#)]
    query: Option<String>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 200; 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// Searches all mini programs of a component, and says how many there are. It is quick enough to be
/// asked with every letter that is typed: it asks the table once where nothing has changed.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/search", tag = "segments",
    params(ComponentPath, SearchQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The mini programs.", body = Members)),
)]
async fn search_mini_programs(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Query(wanted): Query<SearchQuery>,
) -> Result<Answer<Members>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let segments = &app.platform.segments;
    let mut query = match (&wanted.segment, &wanted.query) {
        (Some(_), Some(_)) => {
            return Err(Problem::new(Kind::InvalidField).field("query").detail(Text::fixed(
                "segment 和 query 只能填写其中之一",
                "give a segment or a query, and not both",
            )));
        }
        (Some(id), None) => segments.find(&path.component, id).await?.query,
        (None, Some(query)) => read_query(query)?,
        (None, None) => platform::segments::Query::default(),
    };
    if wanted.text.is_some() && query.text.is_some() {
        return Err(Problem::new(Kind::InvalidField).field("text").detail(Text::fixed(
            "query 或分组里已有 text，不能再填",
            "the query or the segment has a text already",
        )));
    }
    query.text = wanted.text.or(query.text);
    // What came with the query was looked at already: only the text can be wrong.
    let wrong = query.check("");
    if !wrong.is_empty() {
        return Err(platform::segments::SegmentError::Invalid(wrong).into());
    }
    let limit = wanted.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let cursor = wanted.cursor.as_deref();
    let all = segments.roster.all(&path.component).await?;
    let mut members = Members::from(Found::among(&all, &query, cursor, limit)?);
    members.tags = TagCount::of(&all);
    Ok(Answer(members))
}

/// Lists the mini programs that a query would find, without saving it.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/search", tag = "segments",
    params(ComponentPath), request_body = FindMembers,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The mini programs.", body = Members)),
)]
async fn find_members(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Json(wanted): Json<FindMembers>,
) -> Result<Answer<Members>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let query: platform::segments::Query = wanted.query.into();
    let wrong = query.check("/query");
    if !wrong.is_empty() {
        return Err(platform::segments::SegmentError::Invalid(wrong).into());
    }
    let limit = wanted.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let segments = &app.platform.segments;
    let cursor = wanted.cursor.as_deref();
    Ok(Answer(segments.members(&path.component, &query, cursor, limit).await?.into()))
}
