//! Fleet releases: one version for many mini programs, in waves.
//!
//! * An [`Order`] says who gets what. While a rollout is *planning*, its targets are found page by
//!   page, frozen, and written down with the exact request of each; what stands in somebody's way is
//!   found too. The plan's digest is what [`Rollouts::start`] asks for: nothing starts unseen.
//! * Then its waves begin, each when its gate holds. A target that has its turn is an item with the
//!   time at which it is due; whoever works on it holds its lease, does one step by
//!   [`crate::releases`], and writes what came of it.
//! * A rollout stops by itself when too much fails, and can be paused, resumed, aborted and rolled
//!   back. What failed is grouped by cause and tried again as a group.
//!
//! Everything is announced at least once and in any order: the leases keep workers apart, and a
//! repeated step does nothing twice. No step holds more than a page of the fleet.

mod back;
mod conduct;
mod count;
mod error;
mod gate;
mod hold;
mod order;
mod orders;
mod part;
mod plan;
mod quota;
mod record;
mod render;
mod step;
mod streak;
mod target;
mod triage;
mod trouble;
mod window;

pub use error::RolloutError;
pub(crate) use order::check_variables;
pub use order::{Gate, Order, ReleaseMode, Size, Stop, UsersPart, Wave};
pub use orders::Retried;
pub use plan::{Excluded, Planned};
pub use record::{
    Approval, Approved, Pause, PauseReason, Plan, QuotaSeen, Rollback, Rollout, RolloutState,
};
pub use render::{Difference, fill_in};
pub use target::{Before, Cause, CauseKind, HoldUp, HoldUpKind, Step, Tally, Target, TargetState};
pub use triage::{Group, Owner, Triage};
pub use window::Window;
pub(crate) use window::tomorrow;

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use tokio::time::Instant;
use wechat::AppId;

use self::{
    hold::{Mark, TARGETS, WORK, mark_key},
    record::{partition, partition_of},
};
use crate::{
    call::Caller,
    clock::Clock,
    event::{Event, kind},
    mini_programs::MiniPrograms,
    outbox::Outbox,
    random::Random,
    releases::Releases,
    segments::Segments,
    storage::{StorageError, Table},
};

/// Targets that are handed over in one message.
const GROUP: usize = 20;
/// Things that are due and handed over in a minute, of each part of the index.
const PORTION: i32 = 500;
/// The longest page of a list.
pub const MAX_PAGE: usize = 100;

/// Rollouts of every component. Cheap to clone.
#[derive(Clone)]
pub struct Rollouts {
    /// The table `fleet`.
    pub table: Table,
    /// Groups of mini programs.
    pub segments: Segments,
    /// Their accounts.
    pub mini_programs: MiniPrograms,
    /// What happens to each of them.
    pub releases: Releases,
    /// Calls to WeChat.
    pub caller: Caller,
    /// Events on their way out.
    pub outbox: Outbox,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub random: Arc<dyn Random>,
    /// Raised by whoever restores the tables from a backup: older rollouts then start paused, and
    /// WeChat is asked about each target before anything is done with it.
    pub epoch: u64,
}

/// A page of rollouts.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl Rollouts {
    /// The rollouts of a component, the newest first.
    pub async fn list(
        &self,
        component: &AppId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Rollout>, RolloutError> {
        let before = cursor.map(read_cursor).transpose()?;
        let limit = limit.clamp(1, MAX_PAGE) as i32;
        let pk = partition(component);
        let (items, next): (Vec<record::Item>, _) =
            self.table.page_backwards(&pk, "", before.as_deref(), limit).await?;
        Ok(Page {
            items: items.into_iter().map(|item| item.rollout).collect(),
            next: next.map(write_cursor),
        })
    }

    /// One rollout.
    pub async fn find(&self, component: &AppId, id: &str) -> Result<Rollout, RolloutError> {
        let found = self.read(component, id).await?;
        found.ok_or_else(|| RolloutError::NotFound(id.to_owned()))
    }

    /// The targets of a rollout in the order that was frozen, a page at a time, of this wave and in
    /// this state where those are given. A page may be empty and have a next one.
    pub async fn targets(
        &self,
        rollout: &Rollout,
        wave: Option<u32>,
        state: Option<TargetState>,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Target>, RolloutError> {
        /// Targets that are looked at for one page.
        const BUDGET: usize = 2000;
        let pk = partition_of(&rollout.component, &rollout.id);
        let limit = limit.clamp(1, MAX_PAGE);
        let ends = |wave: u32| rollout.boundaries.get(wave as usize).copied();
        let mut after = cursor.map(read_cursor).transpose()?;
        if let Some(before) = wave.and_then(|wave| wave.checked_sub(1)).and_then(ends)
            && before > 0
        {
            let first = hold::sort(before - 1);
            after = Some(after.map_or(first.clone(), |after| after.max(first)));
        }
        let end = wave.map_or(u64::MAX, |wave| ends(wave).unwrap_or(0));
        let mut items = Vec::new();
        for _ in 0..BUDGET / MAX_PAGE {
            let (page, next): (Vec<hold::Item>, _) =
                self.table.page(&pk, TARGETS, after.as_deref(), MAX_PAGE as i32).await?;
            after = next;
            for item in page {
                if item.target.position >= end {
                    return Ok(Page { items, next: None });
                }
                if items.len() == limit {
                    // The page is full: the next begins behind the last that is on it.
                    let last = items.last().map(|last: &Target| hold::sort(last.position));
                    return Ok(Page { items, next: last.map(write_cursor) });
                }
                if state.is_none_or(|state| item.target.state == state) {
                    items.push(item.target);
                }
            }
            if after.is_none() || items.len() == limit {
                break;
            }
        }
        Ok(Page { items, next: after.map(write_cursor) })
    }

    /// One target.
    pub async fn target(&self, rollout: &Rollout, appid: &AppId) -> Result<Target, RolloutError> {
        let item = self.target_of(rollout, appid).await?;
        Ok(item.ok_or_else(|| RolloutError::NoTarget(appid.to_string()))?.target)
    }

    async fn target_of(
        &self,
        rollout: &Rollout,
        appid: &AppId,
    ) -> Result<Option<hold::Item>, StorageError> {
        let request = self.request(&rollout.component, &rollout.id, appid).await?;
        let Some(request) = request else { return Ok(None) };
        let item = self.target_item(&rollout.component, &rollout.id, request.position).await?;
        Ok(item.filter(|item| item.target.appid == *appid))
    }

    async fn read(&self, component: &AppId, id: &str) -> Result<Option<Rollout>, StorageError> {
        let item: Option<record::Item> = self.table.read(&partition(component), id).await?;
        Ok(item.map(|item| item.rollout))
    }

    async fn mark_of(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<Mark>, StorageError> {
        let (pk, sk) = mark_key(component, appid);
        self.table.read(&pk, &sk).await
    }

    /// Hands over what is due to the function `rollout`; answers how much. Said again in the next
    /// minute if nobody took it.
    pub async fn sweep(&self) -> Result<usize, StorageError> {
        let now = self.clock.now();
        let mut found: std::collections::BTreeMap<(AppId, String), Vec<u64>> = Default::default();
        for shard in WORK.shards() {
            for (pk, sk) in self.table.due(&shard, now, PORTION).await? {
                match parse_key(&pk, &sk) {
                    Some((component, id, Some(position))) => {
                        found.entry((component, id)).or_default().push(position);
                    }
                    Some((component, id, None)) => {
                        self.announce_rollout(&component, &id).await;
                        found.entry((component, id)).or_default();
                    }
                    None => tracing::error!(pk, sk, "due and neither a rollout nor a target"),
                }
            }
        }
        let mut announced = 0;
        for ((component, id), positions) in found {
            announced += positions.len().max(1);
            self.announce_targets(&component, &id, &positions).await;
        }
        Ok(announced)
    }

    /// Has the function `rollout` go on with targets. If the bus does not take it, the clock says
    /// it again.
    async fn announce_targets(&self, component: &AppId, id: &str, positions: &[u64]) {
        let details = |group: &[u64]| json!({ "rollout": id, "positions": group });
        let due = |group| self.outbox.event(kind::ROLLOUT_DUE, component, None, 0, details(group));
        let events: Vec<Event> = positions.chunks(GROUP).map(due).collect();
        if let Err(error) = self.outbox.bus.publish(&events).await {
            tracing::warn!(%error, rollout = id, "due targets are not announced yet");
        }
    }

    /// Has the function `rollout` look after a rollout itself.
    async fn announce_rollout(&self, component: &AppId, id: &str) {
        let details = json!({ "rollout": id });
        let due = self.outbox.event(kind::ROLLOUT_DUE, component, None, 0, details);
        if let Err(error) = self.outbox.bus.publish(&[due]).await {
            tracing::warn!(%error, rollout = id, "a rollout is not announced yet");
        }
    }

    /// Does what an event of the bus asks for, and begins nothing after `until`.
    pub async fn take(&self, event: &Event, until: Instant) -> Result<(), RolloutError> {
        let component = &event.component;
        match (&*event.kind, &event.appid) {
            (kind::ROLLOUT_DUE, _) => {
                let id = event.details.get("rollout").and_then(|id| id.as_str());
                let id = id.unwrap_or_default();
                match event.details.get("positions").and_then(|list| list.as_array()) {
                    Some(list) => {
                        let positions: Vec<u64> =
                            list.iter().filter_map(|position| position.as_u64()).collect();
                        self.work(component, id, &positions, until).await
                    }
                    None => self.conduct(component, id, until).await,
                }
            }
            (kind::MERCHANT_AUTHORIZED, Some(_)) => self.somebody_came(component).await,
            (_, Some(appid)) => self.note(component, appid, until).await,
            (_, None) => Ok(()),
        }
    }
}

fn parse_key(pk: &str, sk: &str) -> Option<(AppId, String, Option<u64>)> {
    if let Some(component) = pk.strip_prefix("rollouts#") {
        return Some((component.parse().ok()?, sk.to_owned(), None));
    }
    let (component, id) = pk.strip_prefix("rollout#")?.split_once('#')?;
    let position = sk.strip_prefix(TARGETS)?.parse().ok()?;
    Some((component.parse().ok()?, id.to_owned(), Some(position)))
}

fn write_cursor(place: String) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

fn read_cursor(cursor: &str) -> Result<String, RolloutError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| RolloutError::Cursor)?;
    let place = String::from_utf8(bytes).map_err(|_| RolloutError::Cursor)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"#_-".contains(&byte);
    match !place.is_empty() && place.len() <= 64 && place.bytes().all(plain) {
        true => Ok(place),
        false => Err(RolloutError::Cursor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_is_known_by_its_key() {
        let component: AppId = "wx00000000000000c0".parse().unwrap();
        assert_eq!(
            parse_key("rollout#wx00000000000000c0#01JX", "target#00000017"),
            Some((component.clone(), "01JX".to_owned(), Some(17)))
        );
        assert_eq!(
            parse_key("rollouts#wx00000000000000c0", "01JX"),
            Some((component, "01JX".to_owned(), None))
        );
        assert_eq!(parse_key("webhook#1", "2"), None);
        assert_eq!(parse_key("rollout#wx00000000000000c0#01JX", "count#000#01"), None);
    }

    #[test]
    fn a_cursor_that_no_list_gave_is_refused() {
        assert_eq!(
            read_cursor(&write_cursor("target#00000017".into())).unwrap(),
            "target#00000017"
        );
        for wrong in ["", "%", &write_cursor("a b".into()), &write_cursor("x".repeat(65))] {
            assert!(matches!(read_cursor(wrong), Err(RolloutError::Cursor)), "{wrong}");
        }
    }
}
