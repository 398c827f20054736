//! Once a night every mini program is compared with what WeChat shows.

use tokio::time::Instant;
use wechat::AppId;

use super::{ReleaseError, Releases};
use crate::{
    nightly::{Checked, Walk},
    storage::StorageError,
};

impl Releases {
    /// Goes on with this night's check, if it is night in Beijing, until the time is up. Safe to
    /// repeat: an order that is being carried out is left alone, and a check changes nothing but
    /// what it finds.
    pub async fn check_at_night(
        &self,
        component: &AppId,
        until: Instant,
    ) -> Result<Checked, StorageError> {
        let walk = Walk { table: &self.table, clock: self.clock.as_ref(), name: "release-checks" };
        let look = |appid: AppId| {
            let (releases, component) = (self.clone(), component.clone());
            async move { releases.check(&component, &appid).await.map(drop) }
        };
        walk.go_on::<_, ReleaseError>(component, until, look).await
    }
}
