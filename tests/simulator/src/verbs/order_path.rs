//! WeChat's reviewers decide about pages of the order centre.

use serde::Deserialize;

use super::{VerbError, known};
use crate::{
    Simulator,
    push::{Delivery, Tweaks, compose, node, xml_around},
    server::Inner,
    state::OrderPathStatus,
    verbs::Target,
};

/// What the reviewers have to say about a mini program's order page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderPathVerdict {
    /// The mini program.
    pub appid: String,
    /// Whether the page is in force from now on.
    pub passed: bool,
    /// Why not.
    pub reason: String,
}

impl Simulator {
    /// An open application for an order page is decided; an error if there is none.
    pub async fn decide_order_path(
        &self,
        verdict: OrderPathVerdict,
    ) -> Result<Delivery, VerbError> {
        decide(&self.inner, verdict).await
    }
}

pub(super) async fn decide(
    inner: &Inner,
    verdict: OrderPathVerdict,
) -> Result<Delivery, VerbError> {
    let outgoing = inner.change(|world, now| {
        known(world, &verdict.appid)?;
        let paths = &mut world.merchant(&verdict.appid).order_paths;
        let open = paths.review.as_mut();
        let Some(page) = open.filter(|page| page.status == OrderPathStatus::Reviewing) else {
            return Err(VerbError::new(format!("{} has applied for no page", verdict.appid)));
        };
        page.status = match verdict.passed {
            true => OrderPathStatus::Passed,
            false => OrderPathStatus::Failed,
        };
        let page = page.clone();
        if verdict.passed {
            paths.live = paths.review.take();
        }
        let result = node(
            "list",
            &[
                ("appid", &verdict.appid),
                ("audit_id", &page.audit_id.to_string()),
                ("status", &(page.status as i64).to_string()),
                ("apply_time", &page.applied.to_string()),
                ("audit_time", &now.to_string()),
                ("reason", &verdict.reason),
            ],
        );
        let message = xml_around(
            &[
                ("AppId", &page.component),
                ("CreateTime", &now.to_string()),
                ("InfoType", "order_path_audit_result_notify"),
            ],
            &result,
        );
        let (to, tweaks) = (&Target::Events, &Tweaks::default());
        Ok(compose(world, now, &page.component, to, &message, tweaks)?)
    })?;
    Ok(inner.deliver(outgoing).await)
}
