//! Profiles, as they are shown.

use platform::profile::{Category, Changes, Material, NameReview, NameState, ProfileRecord};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::timestamp;

/// How a mini program presents itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Profile)]
pub(crate) struct ProfileView {
    /// When WeChat showed this; null where it was never asked, and with it most of what follows.
    #[schema(format = DateTime)]
    seen_at: Option<String>,
    /// The name in force; empty where there is none yet.
    #[schema(example = "城南面馆")]
    name: Option<String>,
    /// Changes of the name in a calendar year.
    name_changes: Option<ChangesView>,
    /// The name that was asked for last, or decided about.
    name_review: Option<NameReviewView>,
    /// The avatar's address; empty where there is none yet.
    avatar: Option<String>,
    /// Changes of the avatar in a month.
    avatar_changes: Option<ChangesView>,
    /// The introduction; empty where there is none yet.
    introduction: Option<String>,
    /// Changes of the introduction in a month.
    introduction_changes: Option<ChangesView>,
    /// Whether it can be found by searching.
    searchable: Option<bool>,
    /// The categories with their reviews.
    categories: Vec<CategoryView>,
    /// Changes of categories in a month.
    category_changes: Option<ChangesView>,
    /// How many categories there may be.
    category_limit: Option<i64>,
    /// The company or person that owns it.
    principal: Option<String>,
    /// 0 person, 1 company, 2 media, 3 government, 4 other.
    principal_type: Option<i64>,
    /// Whether its real name is known: 1 it is, 2 it is being looked at, 3 it is not.
    realname_status: Option<i64>,
    /// Whether WeChat has verified the owner.
    verified: Option<bool>,
    /// Until when the yearly renewal of the verification must be done.
    #[schema(format = DateTime)]
    verification_due: Option<String>,
    /// Whether WeChat reviews a name or a category.
    in_review: bool,
    /// Goes up by one with every change of the record.
    version: u64,
}

/// How often something may be changed, as WeChat counts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProfileChanges)]
pub(crate) struct ChangesView {
    /// Changes made in this period.
    #[schema(example = 1)]
    used: Option<i64>,
    /// Changes allowed in a period.
    #[schema(example = 5)]
    limit: Option<i64>,
    /// Changes left; null where WeChat does not tell.
    #[schema(example = 4)]
    left: Option<i64>,
}

/// How a name stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = NameState)]
pub(crate) enum NameStateView {
    /// WeChat was asked for it and has not answered; it is found out by itself. The same order may
    /// be sent again.
    Asking,
    /// WeChat reviews it.
    InReview,
    /// It is in force.
    InForce,
    /// It is refused.
    Refused,
}

/// A name that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NameReview)]
pub(crate) struct NameReviewView {
    /// The name.
    #[schema(example = "城南面馆")]
    name: String,
    /// How it stands.
    state: NameStateView,
    /// WeChat's number of the review.
    audit_id: Option<i64>,
    /// What the reviewers ask for, or why they refused, in WeChat's words.
    reason: Option<String>,
    /// When it was asked for.
    #[schema(format = DateTime)]
    asked_at: String,
    /// When it was known to be decided.
    #[schema(format = DateTime)]
    decided_at: Option<String>,
}

/// How a category stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = CategoryState)]
pub(crate) enum CategoryStateView {
    /// WeChat reviews it.
    InReview,
    /// It is rejected; other documents may be shown for it.
    Rejected,
    /// It is in force.
    InForce,
    /// WeChat answers with something that nobody has met.
    Unknown,
}

/// A category of a mini program.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnCategory)]
pub(crate) struct CategoryView {
    /// The first level's number.
    #[schema(example = 220)]
    first: i64,
    /// The first level's name.
    #[schema(example = "餐饮服务")]
    first_name: String,
    /// The second level's number.
    #[schema(example = 221)]
    second: i64,
    /// The second level's name.
    #[schema(example = "点餐平台")]
    second_name: String,
    /// How it stands.
    state: CategoryStateView,
    /// Why it was rejected, in WeChat's words.
    reason: Option<String>,
    /// When it was known to be decided; null where it was in force before anybody looked.
    #[schema(format = DateTime)]
    decided_at: Option<String>,
}

/// What WeChat says about a name.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = NameCheck)]
pub(crate) struct NameCheckView {
    /// It could be given, if need be with proofs.
    pub(super) usable: bool,
    /// It takes proofs, and is reviewed.
    pub(super) needs_proof: bool,
    /// Which proofs, in WeChat's words.
    pub(super) wording: Option<String>,
    /// WeChat's code for why it could not be given.
    pub(super) errcode: Option<i64>,
    /// Why not, in the caller's language.
    pub(super) cause: Option<String>,
    /// What to do about it, in the caller's language.
    pub(super) what_to_do: Option<String>,
}

/// A picture in WeChat's keeping.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Material)]
pub(crate) struct MaterialView {
    /// What it is named by in orders.
    media_id: String,
    /// What it is, by what is in it.
    #[schema(example = "image/png")]
    media_type: &'static str,
    /// In pixels.
    width: usize,
    /// In pixels.
    height: usize,
    /// Until when WeChat keeps it.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<ProfileRecord> for ProfileView {
    fn from(record: ProfileRecord) -> Self {
        let in_review = record.is_in_review();
        let version = record.version;
        let name_review = record.name.map(NameReviewView::from);
        let categories = record.categories.into_iter().map(CategoryView::from).collect();
        let Some(shown) = record.shown else {
            return ProfileView {
                seen_at: None,
                name: None,
                name_changes: None,
                name_review,
                avatar: None,
                avatar_changes: None,
                introduction: None,
                introduction_changes: None,
                searchable: None,
                categories,
                category_changes: None,
                category_limit: None,
                principal: None,
                principal_type: None,
                realname_status: None,
                verified: None,
                verification_due: None,
                in_review,
                version,
            };
        };
        ProfileView {
            seen_at: Some(shown.seen_at.to_string()),
            name: Some(shown.name),
            name_changes: Some(shown.name_changes.into()),
            name_review,
            avatar: Some(shown.avatar),
            avatar_changes: Some(shown.avatar_changes.into()),
            introduction: Some(shown.introduction),
            introduction_changes: Some(shown.introduction_changes.into()),
            searchable: shown.searchable,
            categories,
            category_changes: Some(shown.category_changes.into()),
            category_limit: shown.category_limit,
            principal: Some(shown.principal_name),
            principal_type: shown.principal_type,
            realname_status: shown.realname_status,
            verified: shown.verified,
            verification_due: shown.verification_due.map(timestamp),
            in_review,
            version,
        }
    }
}

impl From<Changes> for ChangesView {
    fn from(changes: Changes) -> Self {
        ChangesView { used: changes.used, limit: changes.limit, left: changes.left() }
    }
}

impl From<NameReview> for NameReviewView {
    fn from(review: NameReview) -> Self {
        NameReviewView {
            name: review.name,
            state: match review.state {
                NameState::Asking => NameStateView::Asking,
                NameState::InReview => NameStateView::InReview,
                NameState::InForce => NameStateView::InForce,
                NameState::Refused => NameStateView::Refused,
            },
            audit_id: review.audit_id,
            reason: review.words,
            asked_at: review.asked_at.to_string(),
            decided_at: review.decided_at.map(|at| at.to_string()),
        }
    }
}

impl From<Category> for CategoryView {
    fn from(category: Category) -> Self {
        CategoryView {
            first: category.first,
            first_name: category.first_name,
            second: category.second,
            second_name: category.second_name,
            state: match category.audit_status {
                1 => CategoryStateView::InReview,
                2 => CategoryStateView::Rejected,
                3 => CategoryStateView::InForce,
                _ => CategoryStateView::Unknown,
            },
            reason: category.reason,
            decided_at: category.decided_at.map(|at| at.to_string()),
        }
    }
}

impl From<Material> for MaterialView {
    fn from(material: Material) -> Self {
        MaterialView {
            media_id: material.media_id,
            media_type: material.media_type,
            width: material.width,
            height: material.height,
            expires_at: material.expires_at.to_string(),
        }
    }
}
