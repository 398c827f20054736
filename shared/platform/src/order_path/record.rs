//! What is kept about the page of the order centre.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use wechat::endpoint::{OrderPathInfo, OrderPathStatus};

use crate::{
    attention::Need,
    event::kind,
    records::{Kept, Needed, Told},
};

/// Reviewers take days; and an event tells sooner.
const INTERVAL: SignedDuration = SignedDuration::from_hours(6);

/// The order page of a mini program.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderPath {
    /// The page in force.
    pub live: Option<OrderPage>,
    /// The page that was last applied for, unless it is in force.
    pub review: Option<OrderPage>,
    /// When WeChat was last asked.
    pub asked_at: Option<Timestamp>,
    /// When WeChat is asked next.
    pub next_poll: Option<Timestamp>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPage {
    /// The page.
    pub path: String,
    /// How it stands.
    pub state: OrderPageState,
    /// When it was applied for.
    pub applied_at: Option<Timestamp>,
    /// WeChat's number of the review.
    pub audit_id: Option<i64>,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// How a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderPageState {
    /// Reviewers look at it.
    InReview,
    /// It may not be used.
    Refused,
    /// It is in force.
    InForce,
    /// WeChat did not take the application.
    NotTaken,
}

impl Kept for OrderPath {
    const NAME: &'static str = "order-path";

    fn next_poll(&self) -> Option<Timestamp> {
        self.next_poll
    }

    fn poll_at(&mut self, at: Option<Timestamp>) {
        self.next_poll = at;
    }

    fn needs(&self) -> Vec<Needed> {
        let stands = self.review.as_ref().map(|page| page.state);
        let refused = matches!(stands, Some(OrderPageState::Refused | OrderPageState::NotTaken));
        let needed = Needed { need: Need::OrderPathRefused, until: None };
        refused.then_some(needed).into_iter().collect()
    }
}

impl OrderPath {
    /// A page was applied for.
    pub(super) fn applied(&mut self, path: &str, now: Timestamp) {
        self.review = Some(OrderPage {
            path: path.to_owned(),
            state: OrderPageState::InReview,
            applied_at: Some(now),
            audit_id: None,
            reason: None,
        });
        self.next_poll = Some(now + INTERVAL);
    }

    /// Whether an application was taken: 0 it was, 1 the same was open.
    pub(super) fn taken(&mut self, ret_code: Option<i64>) -> bool {
        let taken = matches!(ret_code, Some(0 | 1) | None);
        let open = self.review.as_mut().filter(|page| page.state == OrderPageState::InReview);
        match open {
            Some(page) if !taken => {
                page.state = OrderPageState::NotTaken;
                page.reason = ret_code.map(|code| code.to_string());
                self.next_poll = None;
                false
            }
            _ => true,
        }
    }

    /// How a page was reviewed, by WeChat's event.
    pub(super) fn audited(
        &mut self,
        audit_id: Option<i64>,
        status: Option<i64>,
        reason: Option<String>,
    ) -> Vec<Told> {
        let Some(page) = self.review.as_mut() else { return Vec::new() };
        let state = match status {
            Some(3) => OrderPageState::Refused,
            Some(4) => OrderPageState::InForce,
            _ => return Vec::new(),
        };
        let is_news = std::mem::replace(&mut page.state, state) != state;
        page.audit_id = audit_id;
        page.reason = reason;
        let told = told(page).filter(|_| is_news);
        if state == OrderPageState::InForce {
            self.live = self.review.take();
        }
        self.next_poll = None;
        told.into_iter().collect()
    }

    /// Takes in what WeChat shows, and answers what there is to tell of it.
    pub(super) fn shown(
        &mut self,
        live: Option<&OrderPathInfo>,
        review: Option<&OrderPathInfo>,
        now: Timestamp,
    ) -> Vec<Told> {
        let before = self.review.take();
        let was_live = self.live.take();
        self.live = live.map(|shown| OrderPage::of(shown, OrderPageState::InForce));
        self.review = review.map(|shown| {
            let state = match shown.status {
                Some(OrderPathStatus::Failed) => OrderPageState::Refused,
                Some(OrderPathStatus::Passed) => OrderPageState::InForce,
                _ => OrderPageState::InReview,
            };
            OrderPage::of(shown, state)
        });
        // Only events say why, and which review it was.
        for (page, known) in [(&mut self.live, &was_live), (&mut self.review, &before)] {
            if let (Some(page), Some(known)) = (page, known)
                && page.path == known.path
                && page.state == known.state
            {
                page.audit_id = known.audit_id;
                page.reason.clone_from(&known.reason);
            }
        }
        // What is not shown at all WeChat did not take.
        if self.review.is_none() {
            self.review = before.clone().filter(|page| page.state == OrderPageState::NotTaken);
        }
        let waited = before.filter(|page| page.state == OrderPageState::InReview);
        let news = waited.and_then(|waited| {
            let now_live = self.live.as_ref().filter(|page| page.path == waited.path);
            let refused = self.review.as_ref().filter(|page| page.state == OrderPageState::Refused);
            now_live.filter(|_| self.review.is_none()).or(refused).and_then(told)
        });
        let waits = self.review.as_ref().is_some_and(|it| it.state == OrderPageState::InReview);
        self.asked_at = Some(now);
        self.next_poll = waits.then(|| now + INTERVAL);
        news.into_iter().collect()
    }
}

impl OrderPage {
    fn of(shown: &OrderPathInfo, state: OrderPageState) -> Self {
        OrderPage {
            path: shown.path.clone(),
            state,
            applied_at: shown.apply_time.and_then(|at| Timestamp::from_second(at).ok()),
            audit_id: None,
            reason: None,
        }
    }
}

fn told(page: &OrderPage) -> Option<Told> {
    let kind = match page.state {
        OrderPageState::InForce => kind::ORDER_PATH_GRANTED,
        OrderPageState::Refused => kind::ORDER_PATH_REFUSED,
        _ => return None,
    };
    Some((kind, json!({ "path": page.path, "audit_id": page.audit_id, "reason": page.reason })))
}
