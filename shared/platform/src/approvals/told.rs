//! What is told of each step, and what ends by itself: what nobody decided in time, and what nobody saw the
//! end of.

use serde_json::json;

use super::{Approval, ApprovalError, Approvals, State, WORK, partition};
use crate::{
    event::{Event, kind},
    storage::StorageError,
    webhooks::ourselves,
};

impl Approvals {
    /// Writes down and tells what has ended by itself; answers of how many.
    pub async fn sweep(&self, limit: i32) -> Result<usize, StorageError> {
        let now = self.clock.now();
        let mut ended = 0;
        for shard in WORK.shards() {
            for (pk, id) in self.table.due(&shard, now, limit).await? {
                let Some(found) = self.table.read::<Approval>(&pk, &id).await? else { continue };
                let state = found.state(now.as_second());
                if state == found.state {
                    // Somebody has just decided, or it is not over by this clock.
                    continue;
                }
                let from = found.state;
                match self.move_on(&[from], Approval { state, ..found }).await {
                    Ok(_) => ended += 1,
                    Err(ApprovalError::Storage(error)) => return Err(error),
                    // Whoever was quicker has told it.
                    Err(_) => continue,
                }
                self.table.delete(&partition(&id), "request").await?;
            }
        }
        Ok(ended)
    }

    /// How it stands now, as an event: of what was asked for it names the operation, of the people their
    /// keys, and nothing of what either said.
    pub(super) fn event(&self, approval: &Approval) -> Event {
        let component = approval.component.as_deref().and_then(|it| it.parse().ok());
        let appid = approval.appid.as_deref().and_then(|it| it.parse().ok());
        // What concerns no component is the deployment's.
        let appid = appid.filter(|_| component.is_some());
        let component = component.unwrap_or_else(ourselves);
        let (kind, version) = step(approval);
        let Approval { id, decision, operation, requested_by, status, .. } = approval;
        let mut details = json!({
            "approval": id,
            "decision": decision.as_str(),
            "operation": operation,
            "requested_by": { "key": requested_by.key, "name": requested_by.name },
        });
        if let Some(status) = status {
            details["status"] = json!(status);
        }
        self.outbox.event(kind, &component, appid.as_ref(), version, details)
    }
}

/// The kind of the event by which an approval comes to stand as it does, and its version.
fn step(approval: &Approval) -> (&'static str, u64) {
    match approval.state {
        State::Waiting => (kind::APPROVAL_REQUESTED, 1),
        State::Performing => (kind::APPROVAL_GIVEN, 2),
        State::Refused => (kind::APPROVAL_REFUSED, 2),
        State::Withdrawn => (kind::APPROVAL_WITHDRAWN, 2),
        State::Expired => (kind::APPROVAL_EXPIRED, 2),
        State::Unknown => (kind::APPROVAL_OUTCOME_UNKNOWN, 3),
        // Later than unknown: whoever is late knows better.
        State::Performed if approval.status.is_some_and(|status| status < 400) => {
            (kind::APPROVAL_PERFORMED, 4)
        }
        State::Performed => (kind::APPROVAL_FAILED, 4),
    }
}
