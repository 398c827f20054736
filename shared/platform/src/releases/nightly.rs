//! Once a night every mini program is compared with what WeChat shows, a portion with each tick.

use serde::Deserialize;
use tokio::{task::JoinSet, time::Instant};
use wechat::AppId;

use super::Releases;
use crate::{
    mini_programs::{self, AuthorizationState},
    reconcile::night,
    storage::{StorageError, text},
};

/// Mini programs a tick, at most: the night has 240 ticks.
const PORTION: usize = 500;
/// Mini programs that are asked about at once.
const AT_ONCE: i32 = 16;

#[derive(Deserialize)]
struct Cursor {
    day: String,
    /// The last mini program that was checked; none when all were.
    after: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    sk: AppId,
    authorization: Authorization,
}

#[derive(Deserialize)]
struct Authorization {
    state: AuthorizationState,
}

/// What a tick's part of the nightly check came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Mini programs that were compared.
    pub checked: usize,
    /// Mini programs that could not be.
    pub failed: usize,
}

impl Releases {
    /// Goes on with this night's check, if it is night in Beijing, until the time is up. Safe to
    /// repeat: an order that is being carried out is left alone, and a check changes nothing but
    /// what it finds.
    pub async fn check_at_night(
        &self,
        component: &AppId,
        until: Instant,
    ) -> Result<Checked, StorageError> {
        let mut done = Checked::default();
        let Some(day) = night(self.clock.now()) else { return Ok(done) };
        let cursor: Option<Cursor> = self.table.read(&partition(component), "night").await?;
        let mut after = match cursor.filter(|cursor| cursor.day == day) {
            Some(Cursor { after: None, .. }) => return Ok(done),
            Some(Cursor { after, .. }) => after,
            None => None,
        };
        while done.checked + done.failed < PORTION && Instant::now() < until {
            let apps = mini_programs::partition(component);
            let (rows, next) = self.table.page::<Row>(&apps, "", after.as_deref(), AT_ONCE).await?;
            let mut checking = JoinSet::new();
            for row in rows {
                if row.authorization.state == AuthorizationState::Authorized {
                    let (releases, component) = (self.clone(), component.clone());
                    checking.spawn(async move {
                        let checked = releases.check(&component, &row.sk).await;
                        let appid = &row.sk;
                        checked.inspect_err(|error| tracing::warn!(%appid, %error, "not checked"))
                    });
                }
            }
            while let Some(checked) = checking.join_next().await {
                match checked {
                    Ok(Ok(_)) => done.checked += 1,
                    Ok(Err(_)) | Err(_) => done.failed += 1,
                }
            }
            self.checked_up_to(component, &day, next.as_deref()).await?;
            if next.is_none() {
                break;
            }
            after = next;
        }
        Ok(done)
    }

    async fn checked_up_to(
        &self,
        component: &AppId,
        day: &str,
        after: Option<&str>,
    ) -> Result<(), StorageError> {
        let update = self
            .table
            .update(&partition(component), "night")
            .expression_attribute_names("#day", "day")
            .expression_attribute_names("#after", "after")
            .expression_attribute_values(":day", text(day));
        let update = match after {
            Some(after) => update
                .update_expression("SET #day = :day, #after = :after")
                .expression_attribute_values(":after", text(after)),
            None => update.update_expression("SET #day = :day REMOVE #after"),
        };
        self.table.apply(update).await.map(drop)
    }
}

fn partition(component: &AppId) -> String {
    format!("release-checks#{component}")
}
