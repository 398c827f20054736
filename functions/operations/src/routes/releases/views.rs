//! How releases look in requests and answers.

use platform::{
    fault::Faults,
    releases::{
        Item, Online, Outside, Preflight, Preview, Review, ReviewState, Standing, Submission,
        Trial, UserContent, Versions,
    },
    text::Language,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::{checkup::CheckView, timestamp},
    gray::GrayView,
};
use crate::extract::Meaning;

/// How things stand with the releases of a mini program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReleaseView {
    /// Goes up by one with every change.
    version: u64,
    /// What was committed last.
    trial: Option<TrialView>,
    /// The newest review.
    review: Option<ReviewSummary>,
    /// What users see, as far as it is known.
    online: Option<OnlineView>,
    /// A part of the users has the approved version already.
    gray: Option<GrayView>,
    /// An order whose outcome WeChat has not told yet: `commit`, `submit`, `withdraw`, `release`,
    /// `gray-release`, `revert-gray-release` or `rollback`.
    pending: Option<&'static str>,
    /// What somebody else did, in WeChat's console or through another platform.
    changed_outside: Vec<ChangeView>,
}

/// A trial version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrialView {
    /// The template that it was made from.
    template_id: i64,
    /// The version's name.
    user_version: String,
    /// Its description, with the mark of this commit.
    user_desc: String,
    /// When it was committed.
    #[schema(format = DateTime)]
    committed_at: String,
    /// The operator who committed it.
    by: Option<String>,
}

/// A review in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewSummary {
    /// `preparing`, `submitting`, `in-review`, `delayed`, `approved`, `rejected`, `withdrawn`,
    /// `failed`, `replaced` or `released`.
    #[schema(value_type = String, example = "in-review")]
    state: ReviewState,
    /// The version's name.
    user_version: String,
    /// WeChat's number.
    audit_id: Option<i64>,
    /// Why it was rejected or is delayed, in WeChat's words.
    reason: Option<String>,
}

/// A review.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewView {
    /// In short.
    #[serde(flatten)]
    summary: ReviewSummary,
    /// The state in words.
    words: String,
    /// When it was ordered.
    #[schema(format = DateTime)]
    ordered_at: String,
    /// When WeChat took it.
    #[schema(format = DateTime)]
    submitted_at: Option<String>,
    /// When it was decided.
    #[schema(format = DateTime)]
    decided_at: Option<String>,
    /// When it was hurried, if it was.
    #[schema(format = DateTime)]
    hurried_at: Option<String>,
    /// Media ids of the reviewer's screenshots, for `GET …/review/screenshots/{media_id}`.
    screenshots: Vec<String>,
    /// What holds it up, or why it failed.
    trouble: Option<String>,
    /// WeChat's code for that.
    errcode: Option<i64>,
    /// When WeChat is asked the next time.
    #[schema(format = DateTime)]
    next_poll: Option<String>,
}

/// An online version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnlineView {
    /// The version's name.
    user_version: String,
    /// Its description.
    user_desc: String,
    /// When it went online.
    #[schema(format = DateTime)]
    released_at: Option<String>,
    /// Its number in the history, where it is known.
    app_version: Option<i64>,
}

/// Something that somebody else did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeView {
    /// `trial`, `review` or `online`.
    #[schema(value_type = String)]
    what: Outside,
    /// What WeChat showed.
    seen: String,
    /// When it was noticed.
    #[schema(format = DateTime)]
    noticed_at: String,
}

/// Pages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageList {
    /// Their paths.
    pub(crate) pages: Vec<String>,
}

/// What was found before a submission.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreflightView {
    /// No check failed.
    ready: bool,
    /// The checks, in the order in which things are usually put right.
    checks: Vec<CheckView>,
}

/// The versions that WeChat shows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionsView {
    /// On trial.
    trial: Option<VersionView>,
    /// Online.
    online: Option<VersionView>,
    /// What can be gone back to.
    history: Vec<VersionView>,
}

/// A version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionView {
    /// For going back to it; only in the history.
    app_version: Option<i64>,
    /// The version's name.
    user_version: String,
    /// Its description.
    user_desc: String,
    /// When it was committed or released.
    #[schema(format = DateTime)]
    at: Option<String>,
}

/// What is said to the reviewer. Everything may be left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SubmitReview {
    /// Up to five pages with their categories; the home page and the first approved category
    /// where there are none.
    #[schema(max_items = 5)]
    items: Vec<ReviewItem>,
    /// An answer to the reviewer, 200 characters at most; read after a rejection only.
    #[schema(max_length = 200)]
    feedback_info: Option<String>,
    /// Up to five pictures that go with it: `media_id`s of `materials`.
    #[schema(max_items = 5)]
    feedback_stuff: Vec<String>,
    /// What is new in this version.
    version_desc: Option<String>,
    /// What the reviewer is shown: `media_id`s of `review/media`.
    preview: Option<ReviewPreview>,
    /// What users may publish.
    ugc_declare: Option<ReviewUserContent>,
    /// Declares that the code uses none of the privacy interfaces that WeChat found in it.
    privacy_api_not_use: Option<bool>,
    /// The page of the order centre.
    order_path: Option<String>,
}

/// A page and its category.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviewItem {
    /// The page's path.
    #[serde(default)]
    address: Option<String>,
    /// Up to ten tags of at most 20 characters.
    #[serde(default)]
    tags: Vec<String>,
    /// The first level's name.
    first_class: String,
    /// The second level's name.
    second_class: String,
    /// The third level's name.
    #[serde(default)]
    third_class: Option<String>,
    /// The first level's number.
    first_id: i64,
    /// The second level's number.
    second_id: i64,
    /// The third level's number.
    #[serde(default)]
    third_id: Option<i64>,
    /// The page's title, 32 characters at most.
    #[serde(default)]
    title: Option<String>,
}

/// What the reviewer is shown: `media_id`s of `review/media`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReviewPreview {
    /// Videos.
    videos: Vec<String>,
    /// Pictures.
    pictures: Vec<String>,
}

/// What users may publish, and how it is watched.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReviewUserContent {
    /// Where, as WeChat numbers it: 0 nowhere, up to 5.
    scene: Vec<i64>,
    /// How it is watched, as WeChat numbers it: 1 to 4.
    method: Vec<i64>,
    /// A scene in words, 256 characters at most.
    other_scene_desc: Option<String>,
    /// Whether people watch.
    has_audit_team: Option<bool>,
    /// How it is watched in words, 256 characters at most.
    audit_desc: Option<String>,
}

impl From<Standing> for ReleaseView {
    fn from(standing: Standing) -> Self {
        let changes = standing.changed_outside.into_iter().map(|change| ChangeView {
            what: change.what,
            seen: change.seen,
            noticed_at: change.noticed_at.to_string(),
        });
        ReleaseView {
            version: standing.version,
            trial: standing.trial.map(TrialView::from),
            review: standing.review.as_ref().map(ReviewSummary::from),
            online: standing.online.map(OnlineView::from),
            gray: standing.gray.map(GrayView::from),
            pending: standing.pending.as_ref().map(|pending| pending.name()),
            changed_outside: changes.collect(),
        }
    }
}

impl From<Trial> for TrialView {
    fn from(trial: Trial) -> Self {
        TrialView {
            template_id: trial.template_id,
            user_version: trial.user_version,
            user_desc: trial.user_desc,
            committed_at: trial.committed_at.to_string(),
            by: trial.by,
        }
    }
}

impl From<&Review> for ReviewSummary {
    fn from(review: &Review) -> Self {
        ReviewSummary {
            state: review.state,
            user_version: review.user_version.clone(),
            audit_id: review.audit_id,
            reason: review.reason.clone(),
        }
    }
}

impl From<Online> for OnlineView {
    fn from(online: Online) -> Self {
        OnlineView {
            user_version: online.user_version,
            user_desc: online.user_desc,
            released_at: online.released_at.map(|at| at.to_string()),
            app_version: online.app_version,
        }
    }
}

impl ReviewView {
    pub(crate) fn of(review: Review, language: Language) -> Self {
        let (trouble, errcode) = match &review.trouble {
            Some(trouble) => (Some(trouble.words.read(language).to_owned()), trouble.errcode),
            None => (None, None),
        };
        ReviewView {
            summary: (&review).into(),
            words: review.state.words().read(language).to_owned(),
            ordered_at: review.ordered_at.to_string(),
            submitted_at: review.submitted_at.map(|at| at.to_string()),
            decided_at: review.decided_at.map(|at| at.to_string()),
            hurried_at: review.hurried_at.map(|at| at.to_string()),
            screenshots: review.screenshots,
            trouble,
            errcode,
            next_poll: review.next_poll.map(|at| at.to_string()),
        }
    }
}

impl PreflightView {
    pub(crate) fn of(found: Preflight, language: Language) -> Self {
        let checks = found.checks.into_iter().map(|check| CheckView::of(check, language));
        PreflightView { ready: found.ready, checks: checks.collect() }
    }
}

impl From<Versions> for VersionsView {
    fn from(versions: Versions) -> Self {
        VersionsView {
            trial: versions.trial.map(|trial| VersionView {
                app_version: None,
                user_version: trial.exp_version,
                user_desc: trial.exp_desc,
                at: trial.exp_time.map(timestamp),
            }),
            online: versions.online.map(|online| VersionView {
                app_version: None,
                user_version: online.release_version,
                user_desc: online.release_desc,
                at: online.release_time.map(timestamp),
            }),
            history: versions
                .history
                .into_iter()
                .map(|version| VersionView {
                    app_version: Some(version.app_version),
                    user_version: version.user_version,
                    user_desc: version.user_desc,
                    at: version.commit_time.map(timestamp),
                })
                .collect(),
        }
    }
}

impl Meaning for SubmitReview {
    fn faults(&self) -> Faults {
        Submission::from(self.clone()).check()
    }
}

impl From<SubmitReview> for Submission {
    fn from(wanted: SubmitReview) -> Self {
        Submission {
            items: wanted.items.into_iter().map(Item::from).collect(),
            feedback_info: wanted.feedback_info,
            feedback_stuff: wanted.feedback_stuff,
            version_desc: wanted.version_desc,
            preview: wanted
                .preview
                .map(|preview| Preview { videos: preview.videos, pictures: preview.pictures }),
            ugc_declare: wanted.ugc_declare.map(|declared| UserContent {
                scene: declared.scene,
                method: declared.method,
                other_scene_desc: declared.other_scene_desc,
                has_audit_team: declared.has_audit_team,
                audit_desc: declared.audit_desc,
            }),
            privacy_api_not_use: wanted.privacy_api_not_use,
            order_path: wanted.order_path,
        }
    }
}

impl From<ReviewItem> for Item {
    fn from(item: ReviewItem) -> Self {
        Item {
            address: item.address,
            tags: item.tags,
            first_class: item.first_class,
            second_class: item.second_class,
            third_class: item.third_class,
            first_id: item.first_id,
            second_id: item.second_id,
            third_id: item.third_id,
            title: item.title,
        }
    }
}
