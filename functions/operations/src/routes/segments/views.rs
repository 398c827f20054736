//! Segments as they are written and shown.

use std::{collections::BTreeMap, sync::Arc};

use platform::{
    AppId,
    fault::{Fault, Faults},
    releases::ReviewState,
    roster::Entry,
    segments::{Found, Query, Segment, Stage, TagQuery, VersionQuery},
    text::Text,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{extract::fault, problem::Problem, routes::timestamp};

/// Tags that an answer names.
const TAGS: usize = 30;

/// A segment to be made, or what one is to become.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WriteSegment {
    /// What operators call it. 1 to 60 characters.
    #[schema(max_length = 60, example = "餐饮，未到 3.2.0")]
    pub(super) name: String,
    /// Who belongs to it.
    pub(super) query: QueryView,
}

/// A search that is not saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindMembers {
    /// Who is looked for.
    pub(super) query: QueryView,
    /// `next_cursor` of the part before.
    #[serde(default)]
    pub(super) cursor: Option<String>,
    /// 1 to 200; 50 where it is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 200)]
    pub(super) limit: Option<usize>,
}

/// What mini programs have in common. Every part that is given must hold; a list holds when one of
/// its entries does, unless it says otherwise. An empty query finds all.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({"tags": {"any": ["restaurant"]}, "version": {"not": ["3.2.0"]}}))]
pub(crate) struct QueryView {
    /// Words, each a part of the name, of the principal, of the appid or of a tag.
    text: Option<String>,
    /// It is one of these, 1,000 at most.
    #[schema(value_type = Vec<String>)]
    appids: Vec<AppId>,
    /// It is none of these, 1,000 at most.
    #[schema(value_type = Vec<String>)]
    except: Vec<AppId>,
    /// Its tags.
    tags: TagsView,
    /// The company or person that owns it, by the whole name.
    principals: Vec<String>,
    /// The name of one of its categories, first or second class.
    categories: Vec<String>,
    /// The version online. One that is not known is none of those that are named.
    version: VersionQueryView,
    /// Whether the authorization stands.
    authorized: Option<bool>,
    /// Permission sets that it granted, all of them.
    permission_sets: Vec<i64>,
    /// How its releases stand.
    stages: Vec<StageView>,
    /// Whether something was changed outside this platform and not looked at yet.
    changed_outside: Option<bool>,
}

/// Tags.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TagsView {
    /// It has each of these.
    all: Vec<String>,
    /// It has one of these.
    any: Vec<String>,
    /// It has none of these.
    none: Vec<String>,
}

/// Names of versions.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VersionQueryView {
    /// It is one of these.
    is: Vec<String>,
    /// It is none of these.
    not: Vec<String>,
}

/// How the releases of a mini program stand.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StageView {
    /// Nothing was ever committed through this platform.
    Untouched,
    /// Code is on trial and no review of it was ordered.
    Committed,
    /// A review of it is on its way to WeChat.
    Preparing,
    /// WeChat reviews it.
    InReview,
    /// WeChat reviews it and says that it takes longer.
    Delayed,
    /// It may be released.
    Approved,
    /// It may not be released.
    Rejected,
    /// Its review was withdrawn.
    Withdrawn,
    /// It could not be submitted.
    Failed,
    /// It was released.
    Released,
}

/// Segments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SegmentList {
    /// The oldest first.
    pub(super) segments: Vec<SegmentView>,
}

/// A segment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SegmentView {
    /// Its id.
    id: String,
    /// What operators call it.
    name: String,
    /// Who belongs to it.
    query: QueryView,
    /// Goes up by one with every change.
    version: u64,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// The id of the key that made it.
    created_by: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    changed_at: String,
}

/// Mini programs that belong together.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Members {
    /// In the order of their appids.
    mini_programs: Vec<MemberView>,
    /// How many there are in all.
    count: usize,
    /// For the next part; null on the last.
    next_cursor: Option<String>,
    /// The tags that most mini programs of the component have, 30 at most; told by a search alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<TagCount>,
}

/// A tag, and on how many mini programs it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TagCount {
    /// The tag.
    #[schema(example = "restaurant")]
    tag: String,
    /// On how many mini programs.
    count: usize,
}

/// A mini program in a few words.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberView {
    /// Its appid.
    #[schema(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// The name that users see.
    name: String,
    /// The company or person that owns it.
    principal: String,
    /// What operators sort it by.
    tags: Vec<String>,
    /// The platform may act for it.
    authorized: bool,
    /// The permission sets that the platform needs and did not get.
    missing_permission_sets: Vec<i64>,
    /// The version online; null if that is not known.
    online: Option<String>,
    /// The version on trial; null if there is none of ours.
    trial: Option<String>,
    /// The last review; null if there was none.
    review: Option<ReviewBrief>,
    /// How its releases stand.
    stage: StageView,
    /// Something was changed outside this platform and not looked at yet.
    changed_outside: bool,
}

/// A review in two words.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewBrief {
    /// How it stands.
    #[schema(value_type = String, example = "in-review")]
    state: ReviewState,
    /// The version that is reviewed.
    user_version: String,
}

impl From<QueryView> for Query {
    fn from(view: QueryView) -> Self {
        Query {
            text: view.text,
            appids: view.appids,
            except: view.except,
            tags: TagQuery { all: view.tags.all, any: view.tags.any, none: view.tags.none },
            principals: view.principals,
            categories: view.categories,
            version: VersionQuery { is: view.version.is, not: view.version.not },
            authorized: view.authorized,
            permission_sets: view.permission_sets,
            stages: view.stages.into_iter().map(Stage::from).collect(),
            changed_outside: view.changed_outside,
        }
    }
}

impl From<Query> for QueryView {
    fn from(query: Query) -> Self {
        QueryView {
            text: query.text,
            appids: query.appids,
            except: query.except,
            tags: TagsView { all: query.tags.all, any: query.tags.any, none: query.tags.none },
            principals: query.principals,
            categories: query.categories,
            version: VersionQueryView { is: query.version.is, not: query.version.not },
            authorized: query.authorized,
            permission_sets: query.permission_sets,
            stages: query.stages.into_iter().map(StageView::from).collect(),
            changed_outside: query.changed_outside,
        }
    }
}

impl From<StageView> for Stage {
    fn from(view: StageView) -> Self {
        match view {
            StageView::Untouched => Stage::Untouched,
            StageView::Committed => Stage::Committed,
            StageView::Preparing => Stage::Preparing,
            StageView::InReview => Stage::InReview,
            StageView::Delayed => Stage::Delayed,
            StageView::Approved => Stage::Approved,
            StageView::Rejected => Stage::Rejected,
            StageView::Withdrawn => Stage::Withdrawn,
            StageView::Failed => Stage::Failed,
            StageView::Released => Stage::Released,
        }
    }
}

impl From<Stage> for StageView {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Untouched => StageView::Untouched,
            Stage::Committed => StageView::Committed,
            Stage::Preparing => StageView::Preparing,
            Stage::InReview => StageView::InReview,
            Stage::Delayed => StageView::Delayed,
            Stage::Approved => StageView::Approved,
            Stage::Rejected => StageView::Rejected,
            Stage::Withdrawn => StageView::Withdrawn,
            Stage::Failed => StageView::Failed,
            Stage::Released => StageView::Released,
        }
    }
}

impl From<Segment> for SegmentView {
    fn from(segment: Segment) -> Self {
        SegmentView {
            id: segment.id,
            name: segment.name,
            query: segment.query.into(),
            version: segment.version,
            created_at: timestamp(segment.created_at.as_second()),
            created_by: segment.created_by,
            changed_at: timestamp(segment.changed_at.as_second()),
        }
    }
}

/// Reads a query that stands in an address.
pub(in crate::routes) fn read_query(text: &str) -> Result<Query, Problem> {
    let no_object = || {
        Faults::one(
            "/query",
            Text::fixed(
                "应为分组的 query，写成一个 JSON 对象",
                "it is the query of a segment, as a JSON object",
            ),
        )
    };
    // A list would otherwise be read as the members in their order.
    if !serde_json::from_str::<Value>(text).is_ok_and(|query| query.is_object()) {
        return Err(no_object().into());
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let view: QueryView = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let Fault { pointer, why } = fault(&path, &error.into_inner().to_string());
        Problem::from(Faults::one(format!("/query{pointer}"), why))
    })?;
    let query = Query::from(view);
    let wrong = query.check("/query");
    if wrong.is_empty() { Ok(query) } else { Err(Faults(wrong).into()) }
}

impl TagCount {
    /// The most frequent tags, the most frequent first.
    pub(super) fn of(all: &[Arc<Entry>]) -> Vec<TagCount> {
        let mut counts = BTreeMap::<&str, usize>::new();
        for tag in all.iter().flat_map(|entry| &entry.tags) {
            *counts.entry(tag).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts.truncate(TAGS);
        counts.into_iter().map(|(tag, count)| TagCount { tag: tag.to_owned(), count }).collect()
    }
}

impl From<Found> for Members {
    fn from(found: Found) -> Self {
        Members {
            mini_programs: found.members.iter().map(|entry| MemberView::from(&**entry)).collect(),
            count: found.count,
            next_cursor: found.next,
            tags: Vec::new(),
        }
    }
}

impl From<&Entry> for MemberView {
    fn from(entry: &Entry) -> Self {
        let version = |shown: &Option<platform::roster::Shown>| {
            shown.as_ref().map(|shown| shown.version.clone())
        };
        MemberView {
            appid: entry.appid.clone(),
            name: entry.name.clone(),
            principal: entry.principal.clone(),
            tags: entry.tags.clone(),
            authorized: entry.authorized,
            missing_permission_sets: entry.missing_permission_sets(),
            online: version(&entry.online),
            trial: version(&entry.trial),
            review: entry.review.as_ref().map(|review| ReviewBrief {
                state: review.state,
                user_version: review.version.clone(),
            }),
            stage: entry.stage.into(),
            changed_outside: entry.changed_outside,
        }
    }
}
