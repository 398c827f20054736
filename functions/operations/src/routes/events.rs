//! What WeChat pushed, and what became of it; and the operator's way to have it worked off again.

use axum::{Json as Answer, extract::State, http::StatusCode, response::IntoResponse};
use platform::{
    AppId,
    inbox::{self, ListError, Listed, MAX_PAGE},
    text::Text,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::timestamp;
use crate::{
    App,
    extract::{ComponentPath, Path, Query},
    problem::{Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_events))
        .routes(routes!(show_event))
        .routes(routes!(replay_event))
        .routes(routes!(replay_dead_events))
}

/// How many dead events one order revives.
const PORTION: usize = 100;

/// How far an event is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EventState {
    /// It is kept and is to be worked off.
    Received,
    /// All that follows from it is done.
    Done,
    /// It was given up, and waits for an operator.
    Dead,
}

/// Which events to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Events that are so far; `dead` where it is left out.
    #[param(inline)]
    state: Option<EventState>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 50; 50 where it is left out.
    #[param(minimum = 1, maximum = 50)]
    limit: Option<usize>,
}

/// An event in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct EventPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The event's id.
    id: String,
}

/// A part of the events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventList {
    /// The newest first.
    events: Vec<PushedEvent>,
    /// For the next part; null on the last. A part may be empty and not the last.
    next_cursor: Option<String>,
}

/// Something that WeChat pushed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PushedEvent {
    /// Its id: the same for every repetition of the push.
    id: String,
    /// WeChat's name of it: `InfoType`, `Event` or `MsgType`.
    #[schema(example = "authorized")]
    name: String,
    /// The merchant's account, where it came to the message URL.
    #[schema(value_type = Option<String>)]
    appid: Option<AppId>,
    /// How far it is.
    state: EventState,
    /// When it happened, by WeChat's clock.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it came.
    #[schema(format = DateTime)]
    received_at: String,
    /// How often it was tried and failed.
    attempts: u32,
    /// Why it failed the last time.
    last_error: Option<String>,
}

/// Something that WeChat pushed, and what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventDetail {
    /// The event.
    #[serde(flatten)]
    event: PushedEvent,
    /// The fields of an event whose name is not known here, with `[REDACTED]` for what may be a
    /// secret. Null for any other: what a known one says stands in the record that it moved, and what
    /// users write or do is nobody's business.
    #[schema(value_type = Option<Object>, example = json!({"RefusedReason": "资料不全"}))]
    content: Option<Map<String, Value>>,
}

/// What an order to replay came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Replayed {
    /// How many events are worked off again.
    replayed: usize,
    /// There are more; order it again.
    more: bool,
}

/// Lists what WeChat pushed to a component.
#[utoipa::path(
    get, path = "/v1/components/{component}/events", tag = "events",
    params(ComponentPath, EventsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The events.", body = EventList)),
)]
async fn list_events(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Query(query): Query<EventsQuery>,
) -> Result<Answer<EventList>, Problem> {
    let state = query.state.unwrap_or(EventState::Dead).into();
    let limit = query.limit.unwrap_or(MAX_PAGE);
    let inbox = &app.platform.inbox;
    let page = inbox.list(&path.component, state, query.cursor.as_deref(), limit).await?;
    Ok(Answer(EventList {
        events: page.items.into_iter().map(PushedEvent::from).collect(),
        next_cursor: page.next,
    }))
}

/// Shows an event; of one whose name is not known here, what it says.
#[utoipa::path(
    get, path = "/v1/components/{component}/events/{id}", tag = "events", params(EventPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The event.", body = EventDetail)),
)]
async fn show_event(
    State(app): State<App>,
    Path(path): Path<EventPath>,
) -> Result<Answer<EventDetail>, Problem> {
    let EventPath { component, id } = path;
    let inbox = &app.platform.inbox;
    let shown = inbox.show(&component, &id).await?.ok_or_else(no_such_event)?;
    Ok(Answer(EventDetail { event: shown.event.into(), content: shown.content }))
}

/// Has an event worked off again, with all its attempts. What was done already is not done twice.
#[utoipa::path(
    post, path = "/v1/components/{component}/events/{id}/replay", tag = "events",
    params(EventPath),
    security(("operator_key" = ["release"])),
    responses((status = 202, description = "It will be worked off.", body = PushedEvent)),
)]
async fn replay_event(
    State(app): State<App>,
    Path(path): Path<EventPath>,
) -> Result<impl IntoResponse, Problem> {
    let EventPath { component, id } = path;
    let revived = app.platform.inbox.revive(&component, &id).await?.ok_or_else(no_such_event)?;
    app.platform.intake.announce(&component, &revived.key).await;
    Ok((StatusCode::ACCEPTED, Answer(PushedEvent::from(revived.event))))
}

/// Has all dead events of a component worked off again, a hundred at a time.
#[utoipa::path(
    post, path = "/v1/components/{component}/events/replay", tag = "events",
    params(ComponentPath),
    security(("operator_key" = ["release"])),
    responses((status = 202, description = "They will be worked off.", body = Replayed)),
)]
async fn replay_dead_events(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<impl IntoResponse, Problem> {
    let ComponentPath { component } = path;
    let (mut replayed, mut cursor) = (0, None);
    loop {
        let inbox = &app.platform.inbox;
        let dead = inbox::State::Dead;
        let page = inbox.list(&component, dead, cursor.as_deref(), MAX_PAGE).await?;
        for event in page.items {
            if let Some(revived) = inbox.revive(&component, &event.id).await? {
                app.platform.intake.announce(&component, &revived.key).await;
                replayed += 1;
            }
        }
        cursor = page.next;
        if cursor.is_none() || replayed >= PORTION {
            let answer = Replayed { replayed, more: cursor.is_some() };
            return Ok((StatusCode::ACCEPTED, Answer(answer)));
        }
    }
}

fn no_such_event() -> Problem {
    Problem::new(Kind::NotFound).field("id").detail(Text::fixed(
        "没有这个事件，或已超过保存期限",
        "there is no such event, or it was kept for its time",
    ))
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Storage(error) => error.into(),
            ListError::Cursor => Problem::malformed_cursor(),
        }
    }
}

impl From<EventState> for inbox::State {
    fn from(state: EventState) -> Self {
        match state {
            EventState::Received => inbox::State::Received,
            EventState::Done => inbox::State::Done,
            EventState::Dead => inbox::State::Dead,
        }
    }
}

impl From<inbox::State> for EventState {
    fn from(state: inbox::State) -> Self {
        match state {
            inbox::State::Received => EventState::Received,
            inbox::State::Done => EventState::Done,
            inbox::State::Dead => EventState::Dead,
        }
    }
}

impl From<Listed> for PushedEvent {
    fn from(event: Listed) -> Self {
        // What says nothing of its time happened when it came, as far as anybody knows.
        let created_at = match event.create_time {
            0 => event.received_at.to_string(),
            seconds => timestamp(seconds),
        };
        PushedEvent {
            id: event.id,
            name: event.name,
            appid: match event.route {
                inbox::Route::Events => None,
                inbox::Route::Messages(appid) => Some(appid),
            },
            state: event.state.into(),
            created_at,
            received_at: event.received_at.to_string(),
            attempts: event.attempts,
            last_error: event.last_error,
        }
    }
}
