//! What is kept about the releases of one mini program.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wechat::{
    AppId,
    endpoint::{AuditStatus, GetLatestAuditStatusResponse},
};

use super::{
    gray::{Gray, Part},
    submission::Submission,
};
use crate::{
    attention::Need,
    counters::{Counted, Reservation},
    text::Text,
};

/// A call whose outcome is unknown for so long does not settle by itself, as others do.
const STUCK: SignedDuration = SignedDuration::from_mins(10);

/// How the releases of one mini program stand: what is on trial, in review and online, as far as
/// this platform did it, and what WeChat shows that somebody else did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// Goes up by one with every change.
    pub version: u64,
    /// What was committed last.
    pub trial: Option<Trial>,
    /// The last review, from the order to submit it until its code is online.
    pub review: Option<Review>,
    /// What users see.
    pub online: Option<Online>,
    /// A part of the users has the approved version already.
    pub gray: Option<Gray>,
    /// Whether WeChat was asked at least once what users see.
    pub online_known: bool,
    /// A call that must not happen twice, written before it is made and removed when its outcome
    /// is known.
    pub pending: Option<Pending>,
    /// What WeChat shows that this platform did not do. Empty again after the next commit.
    pub changed_outside: Vec<ChangedOutside>,
    /// When to compare all this with what WeChat shows, because something was done past it.
    pub check_at: Option<Timestamp>,
}

/// A trial version that this platform committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// This platform's own name for it, eight hexadecimal digits, and part of `user_desc`.
    pub commit_id: String,
    /// The template it was made of.
    pub template_id: i64,
    /// The version's name.
    pub user_version: String,
    /// What was said about it, with the marker by which it is known again.
    pub user_desc: String,
    /// SHA-256 over the settings as they were sent, hexadecimal.
    pub ext_digest: String,
    /// When WeChat took it.
    pub committed_at: Timestamp,
    /// Who ordered it.
    pub by: Option<String>,
}

/// A review of a version that this platform committed, or of one that was in review when the
/// component moved here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// How it stands.
    pub state: ReviewState,
    /// The version that is reviewed, see [`Trial::commit_id`]; none if another system committed it.
    pub commit_id: Option<String>,
    /// Its name.
    pub user_version: String,
    /// What was said about it.
    pub user_desc: String,
    /// What is said to the reviewer.
    pub submission: Submission,
    /// A rollout ordered it, and leaves so many of the month's reviews to others.
    #[serde(default)]
    pub keep: Option<i64>,
    /// WeChat's number of the review.
    #[serde(default)]
    pub audit_id: Option<i64>,
    /// WeChat's number of the review before it, by which an old answer is told from a new one.
    #[serde(default)]
    pub previous_audit_id: Option<i64>,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// When WeChat took it.
    #[serde(default)]
    pub submitted_at: Option<Timestamp>,
    /// When it was known to be over.
    #[serde(default)]
    pub decided_at: Option<Timestamp>,
    /// Why WeChat rejects or delays it, in WeChat's words (HTML).
    #[serde(default)]
    pub reason: Option<String>,
    /// When it was hurried, if it was.
    #[serde(default)]
    pub hurried_at: Option<Timestamp>,
    /// Media ids of the reviewer's screenshots.
    #[serde(default)]
    pub screenshots: Vec<String>,
    /// What went wrong last on the way to WeChat: finally if the state is `failed`, otherwise it
    /// is tried again.
    #[serde(default)]
    pub trouble: Option<Trouble>,
    /// How often `submit_audit` was called.
    #[serde(default)]
    pub attempts: u32,
    /// How often WeChat was asked since the state changed.
    #[serde(default)]
    pub polls: u32,
    /// When WeChat is asked next.
    #[serde(default)]
    pub next_poll: Option<Timestamp>,
}

/// How a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewState {
    /// Ordered; WeChat still looks for privacy interfaces in the code.
    Preparing,
    /// Being submitted.
    Submitting,
    /// WeChat reviews it.
    InReview,
    /// WeChat reviews it and says that it takes longer.
    Delayed,
    /// It may be released.
    Approved,
    /// It may not be released.
    Rejected,
    /// It was withdrawn before WeChat had decided.
    Withdrawn,
    /// It could not be submitted, or somebody else's review took its place.
    Failed,
    /// It was given up for a newer commit before it was submitted or released.
    Replaced,
    /// Its code went online.
    Released,
}

/// What went wrong on the way to WeChat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// WeChat's code, if it gave one or would have given one.
    pub errcode: Option<i64>,
    /// In words.
    pub words: Text,
}

/// What users see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Online {
    /// The version's name.
    pub user_version: String,
    /// What was said about it.
    pub user_desc: String,
    /// See [`Trial::commit_id`]; none if this platform did not commit it.
    pub commit_id: Option<String>,
    /// When it went online.
    pub released_at: Option<Timestamp>,
    /// WeChat's number of the version, if it came by a rollback.
    pub app_version: Option<i64>,
}

/// A call whose outcome is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its own id.
    pub id: String,
    /// When it was about to be made.
    pub started_at: Timestamp,
    /// When WeChat is asked what became of it.
    pub look_at: Timestamp,
    /// Until then, by WeChat's clock, it may still be made: that WeChat shows nothing of it says
    /// nothing.
    pub open_until: Timestamp,
    /// What it was to do.
    pub action: Action,
    /// What was counted for it, to be given back if it did not happen.
    #[serde(default)]
    pub counted: Option<Reservation>,
}

/// What a call was to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// `commit`: this is to be the trial version.
    Commit(Trial),
    /// `submit_audit` of the trial version.
    Submit,
    /// `undocodeaudit`.
    Withdraw,
    /// `release` of the approved version.
    Release,
    /// `grayrelease` of the approved version to this part of the users.
    Gray(Part),
    /// `revertgrayrelease`.
    RevertGray,
    /// `revertcoderelease` to this version.
    Rollback {
        /// WeChat's number of the version.
        app_version: i64,
        /// Its name.
        user_version: String,
        /// What was said about it.
        user_desc: String,
        /// Whether it differs by name from what was online before.
        by_name: bool,
        /// When the version that was online before went online, in seconds.
        release_time_before: Option<i64>,
    },
}

/// Something that WeChat shows and this platform did not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedOutside {
    /// Which of the three.
    pub what: Outside,
    /// What WeChat shows.
    pub seen: String,
    /// When it was noticed.
    pub noticed_at: Timestamp,
}

/// What somebody else can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    /// The trial version.
    Trial,
    /// The review.
    Review,
    /// The version online.
    Online,
}

impl Standing {
    /// When something is to be done without an order, if anything is.
    pub fn due_at(&self) -> Option<Timestamp> {
        let work = match &self.pending {
            Some(pending) => Some(pending.look_at),
            None => self.review.as_ref().and_then(|review| review.next_poll),
        };
        work.into_iter().chain(self.check_at).min()
    }

    /// Whether the comparison with what WeChat shows is due.
    pub(super) fn is_check_due(&self, now: Timestamp) -> bool {
        self.check_at.is_some_and(|at| at <= now)
    }

    /// Whether it takes a person to go on.
    pub(super) fn need(&self, now: Timestamp) -> Option<Need> {
        let is_stuck = |pending: &Pending| pending.started_at + STUCK <= now;
        if self.pending.as_ref().is_some_and(is_stuck) {
            Some(Need::UnknownOutcome)
        } else if !self.changed_outside.is_empty() {
            Some(Need::ChangedOutside)
        } else {
            self.review.as_ref().filter(|review| self.is_on_trial(review)).and_then(Review::need)
        }
    }

    /// Whether what was reviewed is still what was committed last.
    fn is_on_trial(&self, review: &Review) -> bool {
        let trial = self.trial.as_ref().map(|trial| &trial.commit_id);
        trial == review.commit_id.as_ref()
    }

    /// The state of the last review.
    pub fn review_state(&self) -> Option<ReviewState> {
        self.review.as_ref().map(|review| review.state)
    }

    /// Nothing was ever done here, and WeChat was never asked what there is.
    pub(super) fn is_blank(&self) -> bool {
        !self.online_known
            && self.trial.is_none()
            && self.review.is_none()
            && self.pending.is_none()
    }

    /// Notes something that was done elsewhere. False if it was known.
    pub(super) fn note_outside(&mut self, what: Outside, seen: String, now: Timestamp) -> bool {
        if self.changed_outside.iter().any(|known| known.what == what && known.seen == seen) {
            return false;
        }
        // The newest counts; what was seen before is in the events.
        self.changed_outside.retain(|known| known.what != what);
        self.changed_outside.push(ChangedOutside { what, seen, noticed_at: now });
        true
    }
}

impl Trial {
    /// What makes `user_desc` known again.
    pub fn marker(&self) -> String {
        marker(&self.commit_id)
    }

    /// Whether a version that WeChat shows is this one.
    pub fn is_shown_as(&self, user_version: &str, user_desc: &str) -> bool {
        user_version.trim() == self.user_version && user_desc.contains(&self.marker())
    }
}

impl Review {
    /// A review of `trial` that was just ordered.
    pub(super) fn ordered(trial: &Trial, submission: Submission, now: Timestamp) -> Self {
        Review {
            state: ReviewState::Preparing,
            commit_id: Some(trial.commit_id.clone()),
            user_version: trial.user_version.clone(),
            user_desc: trial.user_desc.clone(),
            submission,
            keep: None,
            audit_id: None,
            previous_audit_id: None,
            ordered_at: now,
            submitted_at: None,
            decided_at: None,
            reason: None,
            hurried_at: None,
            screenshots: Vec::new(),
            trouble: None,
            attempts: 0,
            polls: 0,
            next_poll: Some(now),
        }
    }

    /// WeChat's latest review, which another system submitted before the component moved here; none
    /// if it leaves nothing to do, or does not say of what version it is.
    pub(super) fn found(latest: &GetLatestAuditStatusResponse, now: Timestamp) -> Option<Self> {
        let submitted_at = latest.submit_audit_time.and_then(|at| Timestamp::from_second(at).ok());
        let mut review = Review {
            state: ReviewState::InReview,
            commit_id: None,
            user_version: latest.user_version.as_deref()?.trim().to_owned(),
            user_desc: latest.user_desc.clone().unwrap_or_default(),
            submission: Submission::default(),
            keep: None,
            audit_id: Some(latest.auditid),
            previous_audit_id: None,
            ordered_at: submitted_at.unwrap_or(now),
            submitted_at,
            decided_at: None,
            reason: latest.reason.clone(),
            hurried_at: None,
            screenshots: latest.screenshot.clone(),
            trouble: None,
            attempts: 0,
            polls: 0,
            next_poll: None,
        };
        match latest.status {
            AuditStatus::Reviewing => review.next_poll = Some(now + review.interval()),
            AuditStatus::Delayed => {
                review.state = ReviewState::Delayed;
                review.next_poll = Some(now + review.interval());
            }
            AuditStatus::Passed => review.decide(ReviewState::Approved, now),
            AuditStatus::Rejected => review.decide(ReviewState::Rejected, now),
            _ => return None,
        }
        Some(review)
    }

    /// Whether it takes a person to go on. A rollout that found no review left tries again itself.
    fn need(&self) -> Option<Need> {
        let errcode = self.trouble.as_ref().and_then(|trouble| trouble.errcode);
        let none_left = errcode.is_some_and(|code| Counted::Reviews.refusals().contains(&code));
        match self.state {
            ReviewState::Rejected => Some(Need::ReviewRejected),
            ReviewState::Failed if self.keep.is_some() && none_left => None,
            ReviewState::Failed => Some(Need::ReviewFailed),
            _ => None,
        }
    }

    /// What makes the version's description known again, if this platform committed it.
    pub(super) fn marker(&self) -> Option<String> {
        self.commit_id.as_deref().map(marker)
    }

    /// Enters `state`; `next_poll` is when WeChat is asked, if it is to be asked at all.
    pub(super) fn enter(&mut self, state: ReviewState, next_poll: Option<Timestamp>) {
        if self.state != state {
            self.polls = 0;
        }
        self.state = state;
        self.next_poll = next_poll;
    }

    /// The review is over.
    pub(super) fn decide(&mut self, state: ReviewState, now: Timestamp) {
        self.enter(state, None);
        self.decided_at = Some(now);
    }

    /// Nothing has changed: asks again, ever more seldom.
    pub(super) fn ask_again(&mut self, now: Timestamp) {
        self.polls = self.polls.saturating_add(1);
        self.next_poll = Some(now + self.interval());
    }

    /// How long to wait before WeChat is asked (again).
    pub(super) fn interval(&self) -> SignedDuration {
        match self.state {
            // The detection takes about a minute.
            ReviewState::Preparing | ReviewState::Submitting => {
                SignedDuration::from_secs(i64::from(self.polls + 1).min(4) * 15)
            }
            // Days, as a rule; and an event tells sooner.
            _ => SignedDuration::from_mins((i64::from(self.polls / 2) * 5 + 10).min(30)),
        }
    }
}

impl ReviewState {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            ReviewState::Preparing => "preparing",
            ReviewState::Submitting => "submitting",
            ReviewState::InReview => "in-review",
            ReviewState::Delayed => "delayed",
            ReviewState::Approved => "approved",
            ReviewState::Rejected => "rejected",
            ReviewState::Withdrawn => "withdrawn",
            ReviewState::Failed => "failed",
            ReviewState::Replaced => "replaced",
            ReviewState::Released => "released",
        }
    }

    /// WeChat has it and has not decided.
    pub fn is_at_wechat(self) -> bool {
        matches!(self, ReviewState::InReview | ReviewState::Delayed)
    }
}

impl Pending {
    /// The call's name for an operator.
    pub fn name(&self) -> &'static str {
        match self.action {
            Action::Commit(_) => "commit",
            Action::Submit => "submit",
            Action::Withdraw => "withdraw",
            Action::Release => "release",
            Action::Gray(_) => "gray-release",
            Action::RevertGray => "revert-gray-release",
            Action::Rollback { .. } => "rollback",
        }
    }
}

/// What a description ends with, so that WeChat's answers tell whose version they speak of.
pub(super) fn marker(commit_id: &str) -> String {
    format!("[wf:{commit_id}]")
}

/// The key of the item that holds a mini program's record.
pub(crate) fn item_key(component: &AppId, appid: &AppId) -> (String, String) {
    (super::lease::partition(component, appid), super::lease::SORT.to_owned())
}

/// What is read of a record where many are: whose it is, and how things stand.
pub(crate) fn standing_of(item: Summary) -> (AppId, Standing) {
    (item.appid, Standing { version: item.version, ..item.standing })
}

/// See [`standing_of`].
#[derive(Debug, Deserialize)]
pub(crate) struct Summary {
    appid: AppId,
    #[serde(default)]
    version: u64,
    #[serde(default)]
    standing: Standing,
}

/// The stored item: the standing, and around it what storage needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) component: AppId,
    pub(super) appid: AppId,
    pub(super) version: u64,
    #[serde(default)]
    pub(super) standing: Standing,
    #[serde(default)]
    pub(super) lease_owner: Option<String>,
    /// By the holder's clock, in milliseconds.
    #[serde(default)]
    pub(super) lease_until: i64,
    /// The id of the last write: whoever hears nothing of its write knows it again.
    #[serde(default)]
    pub(super) saved_by: Option<String>,
    /// Why a person was told of it.
    #[serde(default)]
    pub(super) need: Option<Need>,
    /// See [`Releases::epoch`](super::Releases::epoch).
    #[serde(default)]
    pub(super) epoch: u64,
    #[serde(default)]
    pub(super) due_shard: Option<String>,
    #[serde(default)]
    pub(super) due_at: Option<i64>,
}
