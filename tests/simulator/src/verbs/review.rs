//! WeChat's reviewers decide.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{VerbError, known};
use crate::{
    Simulator,
    push::{Delivery, Outgoing, Tweaks, compose, xml},
    server::Inner,
    state::{ReviewStatus, World},
    verbs::Target,
};

/// The account that review events come from.
pub(super) const REVIEWERS: &str = "od1P50M-fNQI5Gcq-trm4a7apsU8";

/// What the reviewers have to say about a mini program's open review.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Verdict {
    /// The mini program.
    pub appid: String,
    /// Why, for a rejection or a delay; may hold HTML.
    pub reason: String,
    /// Media ids of screenshots, for a rejection or a delay.
    pub screenshots: Vec<String>,
    /// `CreateTime` of the push; now if none is given.
    pub create_time: Option<i64>,
    /// Push nothing, so that only asking tells.
    pub silent: bool,
}

impl Verdict {
    /// A verdict without a reason, pushed.
    pub fn on(appid: impl Into<String>) -> Self {
        Verdict { appid: appid.into(), ..Verdict::default() }
    }
}

/// What came of a verdict.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Reviewed {
    /// The review it was about.
    pub auditid: i64,
    /// What came of the push, if there was one.
    pub push: Option<Delivery>,
}

impl Simulator {
    /// The mini programs of which a review is open, in the order of their appids.
    pub fn open_reviews(&self) -> Vec<String> {
        self.inner.note(|shared| {
            let merchants = shared.world.merchants.iter();
            let open = merchants.filter(|(_, merchant)| {
                merchant.reviews.last().is_some_and(|review| review.status.is_open())
            });
            open.map(|(appid, _)| appid.clone()).collect()
        })
    }

    /// The open review is passed; an error if there is none.
    pub async fn approve(&self, verdict: Verdict) -> Result<Reviewed, VerbError> {
        decide(&self.inner, verdict, ReviewStatus::Approved).await
    }

    /// The open review is rejected; an error if there is none.
    pub async fn reject(&self, verdict: Verdict) -> Result<Reviewed, VerbError> {
        decide(&self.inner, verdict, ReviewStatus::Rejected).await
    }

    /// The open review is postponed and stays open; an error if there is none.
    pub async fn delay(&self, verdict: Verdict) -> Result<Reviewed, VerbError> {
        decide(&self.inner, verdict, ReviewStatus::Delayed).await
    }
}

pub(super) async fn decide(
    inner: &Arc<Inner>,
    verdict: Verdict,
    status: ReviewStatus,
) -> Result<Reviewed, VerbError> {
    let (auditid, outgoing) = inner.change(|world, now| prepare(world, now, &verdict, status))?;
    let push = match outgoing {
        Some(outgoing) if !verdict.silent => Some(inner.deliver(outgoing).await),
        _ => None,
    };
    Ok(Reviewed { auditid, push })
}

fn prepare(
    world: &mut World,
    now: i64,
    verdict: &Verdict,
    status: ReviewStatus,
) -> Result<(i64, Option<Outgoing>), VerbError> {
    known(world, &verdict.appid)?;
    let merchant = world.merchant(&verdict.appid);
    let user_name = merchant.account.user_name.clone();
    let Some(review) = merchant.latest_review().filter(|review| review.status.is_open()) else {
        return Err(VerbError::new(format!("{} has nothing under review", verdict.appid)));
    };
    review.status = status;
    review.reason.clone_from(&verdict.reason);
    review.screenshots.clone_from(&verdict.screenshots);
    review.decided = (status != ReviewStatus::Delayed).then_some(now);
    let (auditid, component) = (review.id, review.component.clone());
    let Some(component) = component else { return Ok((auditid, None)) };
    let create_time = verdict.create_time.unwrap_or(now).to_string();
    let screenshots = verdict.screenshots.join("|");
    let (event, time) = match status {
        ReviewStatus::Rejected => ("weapp_audit_fail", "FailTime"),
        ReviewStatus::Delayed => ("weapp_audit_delay", "DelayTime"),
        _ => ("weapp_audit_success", "SuccTime"),
    };
    let mut elements = vec![
        ("ToUserName", user_name.as_str()),
        ("FromUserName", REVIEWERS),
        ("CreateTime", &create_time),
        ("MsgType", "event"),
        ("Event", event),
        (time, &create_time),
    ];
    if status != ReviewStatus::Approved {
        elements.push(("Reason", &verdict.reason));
    }
    if status == ReviewStatus::Rejected && !screenshots.is_empty() {
        elements.push(("ScreenShot", &screenshots));
    }
    let to = Target::Messages { appid: verdict.appid.clone() };
    let message = xml(&elements);
    let outgoing = compose(world, now, &component, &to, &message, &Tweaks::default())?;
    Ok((auditid, Some(outgoing)))
}

/// Approves each review once it is `after` old.
pub(crate) async fn approve_by_itself(inner: Arc<Inner>, after: Duration) {
    let after = i64::try_from(after.as_secs()).unwrap_or(i64::MAX);
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = inner.now();
        let ripe: Vec<String> = inner.note(|shared| {
            let merchants = shared.world.merchants.iter();
            let open = merchants.filter(|(_, merchant)| {
                merchant.reviews.last().is_some_and(|review| {
                    review.status == ReviewStatus::Reviewing && now >= review.submitted + after
                })
            });
            open.map(|(appid, _)| appid.clone()).collect()
        });
        for appid in ripe {
            if let Err(error) = decide(&inner, Verdict::on(appid), ReviewStatus::Approved).await {
                tracing::warn!(%error, "cannot approve a review");
            }
        }
    }
}
