//! Reviews across the mini programs of a component: which run and which need somebody, and how many
//! there were day by day.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use axum::{Json as Answer, extract::State};
use jiff::{
    Timestamp, ToSpan,
    civil::Date,
    tz::{Offset, TimeZone},
};
use platform::{
    AppId,
    releases::{ReviewState, Standing},
    roster::Entry,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{ComponentPath, Path, Query},
    problem::Problem,
    routes::timestamp,
};

/// Reviews on a page, at most.
const MOST: usize = 100;
/// Days that are counted.
const DAYS: i64 = 30;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list_reviews))
}

/// Which reviews, where to begin, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReviewsQuery {
    /// In this state; in any where it is left out.
    #[param(value_type = Option<String>, example = "rejected")]
    state: Option<ReviewState>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 100; 50 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// Reviews of a component.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewList {
    /// Those that wait for somebody first, within them the oldest.
    reviews: Vec<ReviewRow>,
    /// How many there are in all.
    count: usize,
    /// How many there are by state; states in which there is none are left out.
    #[schema(value_type = Object, example = json!({"in-review": 8, "rejected": 1}))]
    by_state: BTreeMap<&'static str, usize>,
    /// The last 30 days in Beijing, the oldest first.
    days: Vec<Day>,
    /// For the next part; null on the last.
    next_cursor: Option<String>,
}

/// The last review of a mini program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewRow {
    /// The mini program.
    #[schema(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// Its name.
    name: String,
    /// The version that is reviewed.
    user_version: String,
    /// How it stands.
    #[schema(value_type = String, example = "rejected")]
    state: ReviewState,
    /// When it was ordered.
    #[schema(format = DateTime)]
    ordered_at: String,
    /// When WeChat took it.
    #[schema(format = DateTime)]
    submitted_at: Option<String>,
    /// When it was known to be over.
    #[schema(format = DateTime)]
    decided_at: Option<String>,
    /// WeChat's number of it.
    audit_id: Option<i64>,
    /// Why WeChat rejects or delays it, in WeChat's words, which hold HTML.
    reason: Option<String>,
    /// Media ids of the reviewer's screenshots.
    screenshots: Vec<String>,
    /// It was hurried.
    hurried: bool,
}

/// What happened on a day in Beijing. Each mini program counts with its last review and with the
/// version that is online.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Day {
    /// The day.
    #[schema(value_type = String, format = Date, example = "2026-11-22")]
    day: Date,
    /// Reviews that WeChat took.
    submitted: usize,
    /// Reviews that were approved.
    approved: usize,
    /// Reviews that were rejected.
    rejected: usize,
    /// Versions that went online.
    released: usize,
}

/// Lists the last review of every mini program that had one, from our own records, and counts
/// reviews and releases of the last 30 days.
#[utoipa::path(
    get, path = "/v1/components/{component}/reviews", tag = "mini-programs",
    params(ComponentPath, ReviewsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The reviews.", body = ReviewList)),
)]
async fn list_reviews(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Query(query): Query<ReviewsQuery>,
) -> Result<Answer<ReviewList>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let roster = &app.platform.segments.roster;
    let all = roster.all(&path.component).await?;
    let mut by_state = BTreeMap::new();
    let mut rows: Vec<(Place, &Arc<Entry>)> = Vec::new();
    for entry in all.iter() {
        let Some(review) = &entry.review else { continue };
        *by_state.entry(review.state.name()).or_default() += 1;
        if query.state.is_none_or(|wanted| wanted == review.state) {
            rows.push((Place::of(entry, review.state, review.ordered_at), entry));
        }
    }
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    let after = query.cursor.as_deref().map(Place::read).transpose()?;
    let count = rows.len();
    let begin = after.map_or(0, |after| rows.partition_point(|(place, _)| *place <= after));
    let limit = query.limit.unwrap_or(50).clamp(1, MOST);
    let shown: Vec<_> = rows.into_iter().skip(begin).take(limit).collect();
    let last = shown.last().filter(|_| begin + shown.len() < count);
    let next_cursor = last.map(|(place, _)| place.write());
    let appids = shown.iter().map(|(_, entry)| &entry.appid);
    let mut standings = roster.standings(&path.component, appids).await?;
    let reviews = shown.iter().filter_map(|(_, entry)| ReviewRow::of(entry, &mut standings));
    Ok(Answer(ReviewList {
        reviews: reviews.collect(),
        count,
        by_state,
        days: days(&all, app.platform.clock.now()),
        next_cursor,
    }))
}

/// Where a review stands in the list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u8, Timestamp, AppId);

impl Place {
    fn of(entry: &Entry, state: ReviewState, ordered_at: Timestamp) -> Self {
        let urgency = match state {
            ReviewState::Rejected | ReviewState::Failed => 0,
            ReviewState::Delayed => 1,
            ReviewState::InReview => 2,
            ReviewState::Preparing | ReviewState::Submitting => 3,
            ReviewState::Approved => 4,
            ReviewState::Withdrawn | ReviewState::Replaced => 5,
            ReviewState::Released => 6,
        };
        Place(urgency, ordered_at, entry.appid.clone())
    }

    fn write(&self) -> String {
        format!("{}_{}_{}", self.0, self.1.as_nanosecond(), self.2)
    }

    fn read(cursor: &str) -> Result<Self, Problem> {
        let mut parts = cursor.splitn(3, '_');
        let mut part = || parts.next();
        (|| {
            let urgency = part()?.parse().ok()?;
            let at = Timestamp::from_nanosecond(part()?.parse().ok()?).ok()?;
            Some(Place(urgency, at, part()?.parse().ok()?))
        })()
        .ok_or_else(Problem::malformed_cursor)
    }
}

impl ReviewRow {
    fn of(entry: &Entry, standings: &mut HashMap<AppId, Standing>) -> Option<Self> {
        let review = entry.review.as_ref()?;
        let at = |at: Timestamp| timestamp(at.as_second());
        let whole = standings.remove(&entry.appid).and_then(|standing| standing.review);
        let (audit_id, reason, screenshots, hurried) = whole.map_or_else(Default::default, |it| {
            (it.audit_id, it.reason, it.screenshots, it.hurried_at.is_some())
        });
        Some(ReviewRow {
            appid: entry.appid.clone(),
            name: entry.name.clone(),
            user_version: review.version.clone(),
            state: review.state,
            ordered_at: at(review.ordered_at),
            submitted_at: review.submitted_at.map(at),
            decided_at: review.decided_at.map(at),
            audit_id,
            reason,
            screenshots,
            hurried,
        })
    }
}

/// The last days, counted.
fn days(all: &[Arc<Entry>], now: Timestamp) -> Vec<Day> {
    let beijing = TimeZone::fixed(Offset::constant(8));
    let day_of = |at: Timestamp| at.to_zoned(beijing.clone()).date();
    let today = day_of(now);
    let empty = |day| Day { day, submitted: 0, approved: 0, rejected: 0, released: 0 };
    let span = (0..DAYS).rev().filter_map(|back| today.checked_sub(back.days()).ok());
    let mut days: BTreeMap<Date, Day> = span.map(|day| (day, empty(day))).collect();
    for entry in all {
        let mut count = |at: Option<Timestamp>, what: fn(&mut Day) -> &mut usize| {
            if let Some(day) = at.and_then(|at| days.get_mut(&day_of(at))) {
                *what(day) += 1;
            }
        };
        count(entry.online.as_ref().and_then(|it| it.since), |day| &mut day.released);
        let Some(review) = &entry.review else { continue };
        count(review.submitted_at, |day| &mut day.submitted);
        match review.state {
            ReviewState::Approved | ReviewState::Released => {
                count(review.decided_at, |day| &mut day.approved);
            }
            ReviewState::Rejected => count(review.decided_at, |day| &mut day.rejected),
            _ => {}
        }
    }
    days.into_values().collect()
}
