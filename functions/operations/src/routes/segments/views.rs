//! Segments as they are written and shown.

use platform::{
    AppId,
    segments::{Member, Page, Query, Segment, Stage, TagQuery, VersionQuery},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::routes::timestamp;

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
    /// A part of the name, of the principal or of the appid.
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

/// Mini programs that belong to a segment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Members {
    /// In the order of their appids.
    mini_programs: Vec<MemberView>,
    /// For the next part; null on the last.
    next_cursor: Option<String>,
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
    /// The version online; null if that is not known.
    online: Option<String>,
    /// The version on trial; null if there is none of ours.
    trial: Option<String>,
    /// How its releases stand.
    stage: StageView,
    /// Something was changed outside this platform and not looked at yet.
    changed_outside: bool,
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

impl From<Page> for Members {
    fn from(page: Page) -> Self {
        Members {
            mini_programs: page.members.into_iter().map(MemberView::from).collect(),
            next_cursor: page.next,
        }
    }
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        let Member { account, standing } = member;
        MemberView {
            authorized: account.is_authorized(),
            stage: Stage::of(&standing).into(),
            changed_outside: !standing.changed_outside.is_empty(),
            appid: account.appid,
            name: account.profile.nick_name,
            principal: account.profile.principal_name,
            tags: account.tags,
            online: standing.online.map(|online| online.user_version),
            trial: standing.trial.map(|trial| trial.user_version),
        }
    }
}
