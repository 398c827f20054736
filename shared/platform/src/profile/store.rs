//! How profiles are kept: one item a mini program, written on condition that it is as it was read,
//! with what is told of it in the same transaction.

use jiff::Timestamp;
use wechat::AppId;

use super::{
    ProfileError, ProfileRecord, Profiles,
    record::{Row, Told},
};
use crate::storage::{StorageError, Transaction, Work, text};

const WORK: Work = Work::seldom("profile");
const SORT: &str = "profile";
/// How often a write is tried that somebody else's came before.
const ATTEMPTS: usize = 5;

impl Profiles {
    /// The item; an empty one where there is none yet.
    pub(super) async fn read(&self, component: &AppId, appid: &AppId) -> Result<Row, StorageError> {
        let pk = partition(component, appid);
        let row: Option<Row> = self.table.read(&pk, SORT).await?;
        Ok(row.unwrap_or_else(|| Row {
            pk,
            sk: SORT.to_owned(),
            component: component.clone(),
            appid: appid.clone(),
            version: 0,
            record: ProfileRecord::default(),
            saved_by: String::new(),
            due_shard: None,
            due_at: None,
        }))
    }

    /// Changes the record, and tells what `change` answers: again and again, until nobody else's
    /// write comes before.
    pub(super) async fn note(
        &self,
        component: &AppId,
        appid: &AppId,
        change: impl Fn(&mut ProfileRecord, Timestamp) -> Vec<Told>,
    ) -> Result<ProfileRecord, ProfileError> {
        for _ in 0..ATTEMPTS {
            let mut row = self.read(component, appid).await?;
            let before = row.record.clone();
            let told = change(&mut row.record, self.clock.now());
            if row.record == before && told.is_empty() {
                return Ok(row.record);
            }
            match self.save(row, told).await {
                Err(ProfileError::Busy(_)) => {}
                result => return Ok(result?.record),
            }
        }
        Err(ProfileError::Busy(appid.clone()))
    }

    /// Writes the item, unless it was changed since it was read.
    pub(super) async fn save(&self, mut row: Row, told: Vec<Told>) -> Result<Row, ProfileError> {
        let now = self.clock.now();
        let before = row.version;
        row.version = before + 1;
        row.record.version = row.version;
        row.saved_by = self.random.identifier(now);
        let due = row.record.due_at();
        row.due_at = due.map(Timestamp::as_millisecond);
        row.due_shard = due.map(|_| WORK.shard(&row.pk));

        let event = |(kind, details)| {
            self.outbox.event(kind, &row.component, Some(&row.appid), row.version, details)
        };
        let events: Vec<_> = told.into_iter().map(event).collect();
        let mut writes = vec![self.table.put_after(before, self.table.item(&row)?)?];
        for event in &events {
            writes.push(self.outbox.entry(event)?);
        }
        if let Transaction::Refused(refused) = self.table.transact(writes).await? {
            let there = refused.into_iter().find_map(|(_, item)| item);
            // Unless it is our own write, of which nobody told us.
            let saved_by = there.and_then(|item| item.get("saved_by").cloned());
            if saved_by != Some(text(&row.saved_by)) {
                return Err(ProfileError::Busy(row.appid));
            }
        }
        self.outbox.publish(&events).await;
        Ok(row)
    }

    /// Mini programs about which WeChat is to be asked without an order, the longest due first, at
    /// most `limit` of each part of the index.
    pub async fn due(&self, limit: i32) -> Result<Vec<(AppId, AppId)>, StorageError> {
        let now = self.clock.now();
        let mut found = Vec::new();
        for shard in WORK.shards() {
            for (pk, _) in self.table.due(&shard, now, limit).await? {
                let parts = pk.strip_prefix("app#").and_then(|rest| rest.split_once('#'));
                let appids = parts.map(|(component, appid)| (component.parse(), appid.parse()));
                if let Some((Ok(component), Ok(appid))) = appids {
                    found.push((component, appid));
                }
            }
        }
        Ok(found)
    }
}

fn partition(component: &AppId, appid: &AppId) -> String {
    format!("app#{component}#{appid}")
}
