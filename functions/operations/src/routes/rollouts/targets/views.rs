//! Mini programs of a rollout as they are shown.

use platform::{
    rollouts::{
        Cause, Difference, Excluded, Group, Owner, Page, Planned, Retried, Rollout, Target,
        TargetState, Triage,
    },
    text::Language,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::routes::timestamp;

/// Mini programs of a rollout.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TargetList {
    /// In the order in which they have their turn.
    pub(super) targets: Vec<TargetView>,
    /// For the next part; null on the last.
    pub(super) next_cursor: Option<String>,
}

/// A mini program of a rollout.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TargetView {
    /// Its appid.
    appid: String,
    /// Its name when the rollout was planned.
    name: String,
    /// Its place in the order, from 0.
    position: u64,
    /// Its wave, from 1.
    wave: u32,
    /// How far it is.
    state: TargetStateView,
    /// What it waits for, if its turn has come.
    waits_for: Option<String>,
    /// Why it is out.
    cause: Option<CauseView>,
    /// The version that was online before.
    version_before: Option<String>,
    /// WeChat's number of its review.
    audit_id: Option<i64>,
    /// When its state changed.
    #[schema(format = DateTime)]
    changed_at: String,
}

/// How far a mini program is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TargetStateView {
    /// Its wave has not begun.
    Waiting,
    /// Its code is to be committed.
    Queued,
    /// Its code is on trial and is to be submitted.
    Committed,
    /// Its review is being prepared, or is at WeChat.
    InReview,
    /// It may be released.
    Approved,
    /// The version is online.
    Released,
    /// WeChat's reviewers rejected it.
    Rejected,
    /// Something stands in its way that does not pass by itself.
    Failed,
    /// It was left out.
    Skipped,
    /// It is to go back to the version that it had.
    RollingBack,
    /// It has the version again that it had.
    RolledBack,
    /// It was to go back and did not; see its cause.
    Kept,
}

/// Why a mini program is out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CauseView {
    /// What groups it with others of its kind.
    #[schema(example = "submit.85008")]
    key: String,
    /// WeChat's code, if it gave one.
    errcode: Option<i64>,
    /// In words.
    words: String,
}

/// A mini program of a rollout, and the exact request that is made for it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TargetDetail {
    /// How far it is.
    #[serde(flatten)]
    target: TargetView,
    /// What is committed for it.
    request: RequestView,
}

/// What is committed for a mini program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestView {
    /// The template.
    template_id: i64,
    /// The version's name.
    user_version: String,
    /// A word about the version; a marker is added by which it is known again.
    user_desc: String,
    /// The settings, filled in; `extAppid` is added.
    #[schema(value_type = Object)]
    ext: Map<String, Value>,
    /// What differs from the settings that were committed last; null where nobody knows those.
    differences: Option<Vec<DifferenceView>>,
    /// What is said to the reviewer.
    #[schema(value_type = Object)]
    submission: Value,
}

/// Something that differs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DifferenceView {
    /// Where, as a JSON pointer.
    #[schema(example = "/ext/shop")]
    pointer: String,
    /// What was there; null if nothing was.
    #[schema(value_type = Object)]
    before: Option<Value>,
    /// What is there; null if nothing is.
    #[schema(value_type = Object)]
    after: Option<Value>,
}

/// Mini programs that match and are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExcludedList {
    /// In the order of their appids.
    excluded: Vec<ExcludedView>,
    /// For the next part; null on the last.
    next_cursor: Option<String>,
}

/// A mini program that matches and is left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExcludedView {
    /// Its appid.
    appid: String,
    /// Its name.
    name: String,
    /// The reason; stable.
    #[schema(example = "not-authorized")]
    reason: String,
    /// The reason, with what to do.
    words: String,
}

/// What failed, grouped by cause.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TriageView {
    /// The largest group first.
    groups: Vec<GroupView>,
    /// There are so many failures that the oldest were not looked at.
    is_partial: bool,
}

/// Failures of one cause.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupView {
    /// What they have in common; `…/retries` takes it as `cause`.
    #[schema(example = "submit.85008")]
    key: String,
    /// How many there are.
    count: u64,
    /// WeChat's code, if it gave one.
    errcode: Option<i64>,
    /// Why it happened.
    why: String,
    /// What to do about it.
    what_to_do: String,
    /// Who can do it: `us`, `merchant` or `nobody`.
    owner: OwnerView,
    /// What to write to the merchant, in Chinese, where it is the merchant who can.
    message: Option<String>,
    /// Some of the mini programs.
    some: Vec<NamedView>,
}

/// Who can do something about a failure.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OwnerView {
    /// Whoever runs this platform.
    Us,
    /// The merchant.
    Merchant,
    /// Nobody: it passes, or WeChat has to.
    Nobody,
}

/// A mini program and its name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedView {
    /// Its appid.
    appid: String,
    /// Its name.
    name: String,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetriedView {
    /// Mini programs that are tried again.
    retried: usize,
    /// There are more: order it once more.
    more: bool,
}

impl TargetView {
    pub(super) fn of(target: Target, rollout: &Rollout, language: Language) -> Self {
        let wave = target.wave.unwrap_or_else(|| rollout.wave_of(target.position));
        TargetView {
            appid: target.appid.to_string(),
            name: target.name,
            position: target.position,
            wave: wave + 1,
            state: target.state.into(),
            waits_for: target.hold_up.map(|hold_up| hold_up.words.sentence(language)),
            cause: target.cause.map(|cause| CauseView::of(&cause, language)),
            version_before: target.before.map(|before| before.user_version),
            audit_id: target.audit_id,
            changed_at: timestamp(target.changed_at.as_second()),
        }
    }
}

impl CauseView {
    fn of(cause: &Cause, language: Language) -> Self {
        CauseView {
            key: cause.key(),
            errcode: cause.errcode,
            words: cause.words.sentence(language),
        }
    }
}

impl TargetDetail {
    pub(super) fn of(target: TargetView, planned: Planned, rollout: &Rollout) -> Self {
        let Planned { ext, differences, submission } = planned;
        let differences =
            differences.map(|all| all.into_iter().map(DifferenceView::from).collect());
        TargetDetail {
            target,
            request: RequestView {
                template_id: rollout.order.template_id,
                user_version: rollout.order.user_version.clone(),
                user_desc: rollout.order.user_desc.clone(),
                ext,
                differences,
                submission: serde_json::json!(submission),
            },
        }
    }
}

impl From<Difference> for DifferenceView {
    fn from(difference: Difference) -> Self {
        DifferenceView {
            pointer: difference.pointer,
            before: difference.before,
            after: difference.after,
        }
    }
}

impl ExcludedList {
    pub(super) fn of(page: Page<Excluded>, language: Language) -> Self {
        let view = |excluded: Excluded| ExcludedView {
            appid: excluded.appid.to_string(),
            name: excluded.name,
            reason: excluded.reason,
            words: excluded.words.sentence(language),
        };
        ExcludedList {
            excluded: page.items.into_iter().map(view).collect(),
            next_cursor: page.next,
        }
    }
}

impl TriageView {
    pub(super) fn of(triage: Triage, language: Language) -> Self {
        let view = |group: Group| GroupView {
            key: group.key,
            count: group.count,
            errcode: group.cause.errcode,
            why: group.why.sentence(language),
            what_to_do: group.what_to_do.sentence(language),
            owner: match group.owner {
                Owner::Us => OwnerView::Us,
                Owner::Merchant => OwnerView::Merchant,
                Owner::Nobody => OwnerView::Nobody,
            },
            message: group.message,
            some: group
                .some
                .into_iter()
                .map(|(appid, name)| NamedView { appid: appid.to_string(), name })
                .collect(),
        };
        TriageView {
            groups: triage.groups.into_iter().map(view).collect(),
            is_partial: triage.is_partial,
        }
    }
}

impl From<Retried> for RetriedView {
    fn from(retried: Retried) -> Self {
        RetriedView { retried: retried.retried, more: retried.more }
    }
}

impl From<TargetStateView> for TargetState {
    fn from(view: TargetStateView) -> Self {
        match view {
            TargetStateView::Waiting => TargetState::Waiting,
            TargetStateView::Queued => TargetState::Queued,
            TargetStateView::Committed => TargetState::Committed,
            TargetStateView::InReview => TargetState::InReview,
            TargetStateView::Approved => TargetState::Approved,
            TargetStateView::Released => TargetState::Released,
            TargetStateView::Rejected => TargetState::Rejected,
            TargetStateView::Failed => TargetState::Failed,
            TargetStateView::Skipped => TargetState::Skipped,
            TargetStateView::RollingBack => TargetState::RollingBack,
            TargetStateView::RolledBack => TargetState::RolledBack,
            TargetStateView::Kept => TargetState::Kept,
        }
    }
}

impl From<TargetState> for TargetStateView {
    fn from(state: TargetState) -> Self {
        match state {
            TargetState::Waiting => TargetStateView::Waiting,
            TargetState::Queued => TargetStateView::Queued,
            TargetState::Committed => TargetStateView::Committed,
            TargetState::InReview => TargetStateView::InReview,
            TargetState::Approved => TargetStateView::Approved,
            TargetState::Released => TargetStateView::Released,
            TargetState::Rejected => TargetStateView::Rejected,
            TargetState::Failed => TargetStateView::Failed,
            TargetState::Skipped => TargetStateView::Skipped,
            TargetState::RollingBack => TargetStateView::RollingBack,
            TargetState::RolledBack => TargetStateView::RolledBack,
            TargetState::Kept => TargetStateView::Kept,
        }
    }
}
