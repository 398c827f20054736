//! Deleting the pushes about one merchant, who asked for it.

use secrecy::ExposeSecret;
use wechat::AppId;

use super::{Entry, Inbox, Route, State, owner, shard_of};
use crate::storage::{Place, StorageError};

/// Pushes that are looked at in one call.
const PORTION: i32 = 100;

impl Inbox {
    /// Looks through a portion of the finished pushes of a component, those with the latest time first,
    /// after `after`, and deletes those that came to the merchant's address or name it. Answers how
    /// many, and where the next portion begins. A push that does not open any more is left to its time.
    pub(crate) async fn forget(
        &self,
        component: &AppId,
        appid: &AppId,
        state: State,
        after: Option<Place>,
    ) -> Result<(u64, Option<Place>), StorageError> {
        let shard = shard_of(state, component);
        let (places, next) = self.table.latest(&shard, after, PORTION).await?;
        let keys = places.into_iter().map(|place| (place.pk, place.sk));
        let entries: Vec<Entry> = self.table.read_each(keys).await?;
        let keys = self.secrets.sealing();
        let mut deleted = 0;
        for entry in entries {
            let is_its = match &entry.route {
                Route::Messages(to) => to == appid,
                Route::Events => entry
                    .message
                    .open(&keys, &owner(&entry.component, &entry.pk))
                    .is_ok_and(|message| message.expose_secret().contains(appid.as_str())),
            };
            // Revived meanwhile, it is to be worked off.
            if is_its && entry.component == *component && entry.state == state {
                self.table.delete(&entry.pk, &entry.sk).await?;
                deleted += 1;
            }
        }
        Ok((deleted, next))
    }
}
