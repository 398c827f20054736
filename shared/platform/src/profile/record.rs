//! What is kept about a mini program's profile.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wechat::{
    AppId,
    endpoint::{ApiWxaQueryNicknameResponse, NicknameAudit},
};

use super::Shown;
use crate::event::kind;

/// WeChat is asked so often about what it reviews; events tell sooner.
const ASKING: SignedDuration = SignedDuration::from_hours(2);
/// An order without an answer is looked into after this long.
const CALL: SignedDuration = SignedDuration::from_mins(2);
/// WeChat's reviewers take days, and never so many.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(15 * 24);

/// Something to tell with a change: an event's kind and its details.
pub(super) type Told = (&'static str, Value);

/// A mini program's profile, as far as it is known here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileRecord {
    /// Goes up by one with every change.
    pub version: u64,
    /// What WeChat showed last; none if it was never asked.
    pub shown: Option<Shown>,
    /// The name that was asked for last through this platform, or decided about.
    pub name: Option<NameReview>,
    /// The categories with their reviews, as last known.
    pub categories: Vec<Category>,
    /// The avatar that was set last through this platform.
    pub(super) avatar: Option<Avatar>,
    /// When WeChat was asked last what became of reviews.
    pub(super) asked_at: Option<Timestamp>,
}

/// A name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameReview {
    /// The name.
    pub name: String,
    /// How it stands.
    pub state: NameState,
    /// WeChat's number of the review; none where WeChat did not tell.
    #[serde(default)]
    pub audit_id: Option<i64>,
    /// What the reviewers ask for, or why they refused.
    #[serde(default)]
    pub words: Option<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was known to be decided.
    #[serde(default)]
    pub decided_at: Option<Timestamp>,
}

/// How a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameState {
    /// WeChat is being asked for it, or did not answer.
    Asking,
    /// WeChat reviews it.
    InReview,
    /// It is in force.
    InForce,
    /// It is refused.
    Refused,
}

/// A service category of a mini program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// The first level's number.
    pub first: i64,
    /// The first level's name; empty where only an event told of it.
    pub first_name: String,
    /// The second level's number.
    pub second: i64,
    /// The second level's name.
    pub second_name: String,
    /// WeChat's number: 1 in review, 2 rejected, 3 approved.
    pub audit_status: i64,
    /// Why it was rejected.
    #[serde(default)]
    pub reason: Option<String>,
    /// When it was known to be decided.
    #[serde(default)]
    pub decided_at: Option<Timestamp>,
}

/// An avatar that was set, or is being set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Avatar {
    /// SHA-256 over picture and crop, hexadecimal.
    pub(super) digest: String,
    /// The changes that WeChat had counted before; none where it does not tell.
    pub(super) used_before: Option<i64>,
    /// The address that WeChat showed for it; none while it is being set.
    pub(super) url: Option<String>,
}

impl Category {
    /// WeChat reviews it.
    pub fn is_in_review(&self) -> bool {
        self.audit_status == IN_REVIEW
    }

    /// It may not be used.
    pub fn is_rejected(&self) -> bool {
        self.audit_status == REJECTED
    }

    pub(super) fn is(&self, first: i64, second: i64) -> bool {
        (self.first, self.second) == (first, second)
    }
}

const IN_REVIEW: i64 = 1;
pub(super) const REJECTED: i64 = 2;
const APPROVED: i64 = 3;

impl ProfileRecord {
    /// Whether WeChat reviews anything.
    pub fn is_in_review(&self) -> bool {
        let name = self
            .name
            .as_ref()
            .is_some_and(|name| matches!(name.state, NameState::Asking | NameState::InReview));
        name || self.categories.iter().any(Category::is_in_review)
    }

    /// When WeChat is to be asked without an order, if at all.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        if !self.is_in_review() {
            return None;
        }
        let name = self.name.as_ref();
        let asked = self.asked_at.into_iter().chain(name.map(|name| name.asked_at)).max();
        let is_unanswered = name
            .is_some_and(|name| name.state == NameState::Asking && asked == Some(name.asked_at));
        let seen = self.shown.as_ref().map(|shown| shown.seen_at);
        let since = asked.or(seen)?;
        // An order that nobody has answered for so long was never taken.
        let is_lost = name.is_some_and(|name| {
            name.state == NameState::Asking && since > name.asked_at + GIVEN_UP
        });
        if is_lost && !self.categories.iter().any(Category::is_in_review) {
            return None;
        }
        Some(since + if is_unanswered { CALL } else { ASKING })
    }

    /// Takes in what WeChat shows; answers what is news.
    pub(super) fn take_in(&mut self, shown: Shown, now: Timestamp) -> Vec<Told> {
        let mut told = Vec::new();
        let before = std::mem::take(&mut self.categories);
        for mut category in shown.categories.iter().cloned() {
            let known = before.iter().find(|it| it.is(category.first, category.second));
            if known.is_some_and(|it| it.audit_status == category.audit_status) {
                category.decided_at = known.and_then(|it| it.decided_at);
            } else if known.is_some_and(Category::is_in_review) {
                category.decided_at = Some(now);
                told.extend(category_decided(&category));
            }
            self.categories.push(category);
        }
        let name = self.name.as_mut().filter(|it| it.name == shown.name);
        if let Some(name) = name
            && matches!(name.state, NameState::Asking | NameState::InReview)
        {
            told.push(name.decide(NameState::InForce, None, now));
        }
        self.shown = Some(shown);
        self.asked_at = Some(now);
        told
    }

    /// The reviewers' decision about the name, as a query tells it; what is news.
    pub(super) fn decide_name_by(
        &mut self,
        answer: &ApiWxaQueryNicknameResponse,
        now: Timestamp,
    ) -> Option<Told> {
        let name = self.name.as_mut().filter(|name| name.state == NameState::InReview)?;
        let (state, words) = match answer.audit_stat {
            NicknameAudit::Passed => (NameState::InForce, None),
            NicknameAudit::Failed => (NameState::Refused, answer.fail_reason.clone()),
            _ => return None,
        };
        Some(name.decide(state, words, now))
    }

    /// The reviewers' decision about a name, as the event tells it; what is news.
    pub(super) fn decide_name(
        &mut self,
        named: &str,
        passed: bool,
        reason: Option<String>,
        now: Timestamp,
    ) -> Option<Told> {
        let state = if passed { NameState::InForce } else { NameState::Refused };
        let is_one_in_review =
            self.name.as_ref().is_some_and(|name| name.state == NameState::InReview);
        match self.name.as_mut().filter(|name| name.name == named) {
            Some(name) if name.state == state => None,
            Some(name) => Some(name.decide(state, reason, now)),
            // It was asked for elsewhere; ours, if one waits, is not what was decided about.
            None if is_one_in_review => None,
            None => {
                let mut name = NameReview {
                    name: named.to_owned(),
                    state,
                    audit_id: None,
                    words: None,
                    asked_at: now,
                    decided_at: None,
                };
                let told = name.decide(state, reason, now);
                self.name = Some(name);
                Some(told)
            }
        }
    }

    /// The reviewers' decision about a category; what is news.
    pub(super) fn decide_category(
        &mut self,
        (first, second): (i64, i64),
        passed: bool,
        reason: Option<String>,
        now: Timestamp,
    ) -> Option<Told> {
        let audit_status = if passed { APPROVED } else { REJECTED };
        let decided = Category {
            first,
            first_name: String::new(),
            second,
            second_name: String::new(),
            audit_status,
            reason: reason.filter(|_| !passed),
            decided_at: Some(now),
        };
        match self.categories.iter_mut().find(|it| it.is(first, second)) {
            Some(known) if known.audit_status == audit_status => return None,
            Some(known) => {
                let (first_name, second_name) =
                    (known.first_name.clone(), known.second_name.clone());
                *known = Category { first_name, second_name, ..decided.clone() };
            }
            None => self.categories.push(decided.clone()),
        }
        category_decided(&decided)
    }
}

impl NameReview {
    fn decide(&mut self, state: NameState, words: Option<String>, now: Timestamp) -> Told {
        self.state = state;
        self.words = words.filter(|words| !words.is_empty());
        self.decided_at = Some(now);
        let told = match state {
            NameState::Refused => kind::PROFILE_NAME_REFUSED,
            _ => kind::PROFILE_NAME_APPROVED,
        };
        (told, json!({ "name": self.name, "reason": self.words }))
    }
}

fn category_decided(category: &Category) -> Option<Told> {
    let told = match category.audit_status {
        REJECTED => kind::PROFILE_CATEGORY_REFUSED,
        APPROVED => kind::PROFILE_CATEGORY_APPROVED,
        _ => return None,
    };
    let Category { first, second, reason, .. } = category;
    Some((told, json!({ "first": first, "second": second, "reason": reason })))
}

/// The stored item.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) component: AppId,
    pub(super) appid: AppId,
    pub(super) version: u64,
    pub(super) record: ProfileRecord,
    /// The id of the last write: whoever hears nothing of its write knows it again.
    pub(super) saved_by: String,
    #[serde(default)]
    pub(super) due_shard: Option<String>,
    #[serde(default)]
    pub(super) due_at: Option<i64>,
}
