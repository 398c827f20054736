//! Reads whose tokens are due, a page ahead of whoever renews them.

use serde::Deserialize;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel, error::SendError},
    task::JoinSet,
};
use wechat::AppId;

use super::{LEASE, SKEW, Tokens, cursor::Visit, item::partition, schedule::SPARE};
use crate::storage::StorageError;

/// Rows a page of a minute's merchants.
const PAGE: i32 = 200;
/// So many rows are held besides a page: as many as are worked off while the next page is read.
const AHEAD: usize = 64;

/// What there is to be done next.
#[derive(Debug)]
pub(super) enum Due {
    /// A merchant's token is to be renewed.
    Merchant {
        /// Whose.
        appid: AppId,
        /// The item's version as it was seen.
        version: u64,
        /// The lease on it, whose holder is dead.
        dead_lease: Option<String>,
    },
    /// Somebody else was seen to be renewing a token.
    Leased,
    /// All that was due in a minute was named.
    End(Visit),
    /// The rest could not be read.
    Unread(StorageError),
}

/// What is due, as it is read. Reading ends when this is dropped.
pub(super) struct DueMerchants {
    rows: Receiver<Due>,
    _reader: JoinSet<()>,
}

#[derive(Deserialize)]
struct Row {
    sk: AppId,
    version: u64,
    /// A word and no enumeration, so that a state of a later version does not stop the clock.
    state: String,
    #[serde(default)]
    access_expires_at: i64,
    #[serde(default)]
    lease_owner: Option<String>,
    #[serde(default)]
    lease_until: i64,
}

impl Tokens {
    /// The merchants of `visits` whose tokens are due, in that order.
    pub(super) fn due_merchants(&self, component: &AppId, visits: Vec<Visit>) -> DueMerchants {
        let (sender, rows) = channel(AHEAD);
        let (tokens, component) = (self.clone(), component.clone());
        let mut reader = JoinSet::new();
        reader.spawn(async move {
            for visit in visits {
                if let Err(Stopped) = tokens.read_minute(&component, visit, &sender).await {
                    break;
                }
            }
        });
        DueMerchants { rows, _reader: reader }
    }

    async fn read_minute(
        &self,
        component: &AppId,
        visit: Visit,
        sender: &Sender<Due>,
    ) -> Result<(), Stopped> {
        let partition = partition(component, visit.minute);
        let mut after: Option<String> = None;
        loop {
            let page = self.table.skim::<Row>(&partition, after.as_deref(), PAGE).await;
            let (rows, next) = match page {
                Ok(page) => page,
                Err(error) => {
                    sender.send(Due::Unread(error)).await?;
                    return Err(Stopped);
                }
            };
            for due in rows.into_iter().filter_map(|row| self.due(row)) {
                sender.send(due).await?;
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(sender.send(Due::End(visit)).await?),
            }
        }
    }

    fn due(&self, row: Row) -> Option<Due> {
        let now = self.clock.now();
        if row.state != "active" || row.access_expires_at > (now + SPARE).as_second() {
            return None;
        }
        let lease = row.lease_owner.filter(|_| row.lease_until >= (now - SKEW).as_millisecond());
        let Row { sk: appid, version, .. } = row;
        Some(match lease {
            Some(owner) if !self.watch.has_outlasted(&owner, LEASE) => Due::Leased,
            dead_lease => Due::Merchant { appid, version, dead_lease },
        })
    }
}

/// Nothing more is read: time is up, or it cannot be.
struct Stopped;

impl<T> From<SendError<T>> for Stopped {
    fn from(_: SendError<T>) -> Self {
        Stopped
    }
}

/// A merchant whose grant stands, as far as is known.
#[derive(Debug, Deserialize)]
pub(crate) struct GrantedRow {
    /// The account.
    #[serde(rename = "sk")]
    pub(crate) appid: AppId,
    state: String,
    /// When it was granted, by WeChat's clock, in seconds.
    #[serde(default)]
    pub(crate) granted_at: i64,
}

impl Tokens {
    /// A page of the merchants of a minute of the cycle who have granted, whether or not their
    /// refresh tokens are in order. The second value is where the next page begins.
    pub(crate) async fn granted_in(
        &self,
        component: &AppId,
        minute: i64,
        after: Option<&str>,
    ) -> Result<(Vec<GrantedRow>, Option<String>), StorageError> {
        let (mut rows, next) =
            self.table.skim::<GrantedRow>(&partition(component, minute), after, PAGE).await?;
        rows.retain(|row| matches!(row.state.as_str(), "active" | "needs-authorization"));
        Ok((rows, next))
    }
}

impl DueMerchants {
    /// What is next; nothing at the end.
    pub(super) async fn next(&mut self) -> Option<Due> {
        self.rows.recv().await
    }
}
