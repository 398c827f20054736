//! Once a night every mini program is looked at, a portion with each tick.

use std::fmt::Display;

use serde::Deserialize;
use tokio::{task::JoinSet, time::Instant};
use wechat::AppId;

use crate::{
    clock::Clock,
    mini_programs::{self, AuthorizationState},
    reconcile::night,
    storage::{StorageError, Table, text},
};

/// Mini programs a tick, at most: the night has 240 ticks.
const PORTION: usize = 500;
/// Mini programs that are looked at at once.
const AT_ONCE: i32 = 16;

/// What a tick's part of a walk came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Mini programs that were looked at.
    pub checked: usize,
    /// Mini programs that could not be.
    pub failed: usize,
}

/// A walk through the mini programs of a component.
pub(crate) struct Walk<'a> {
    /// The table `fleet`.
    pub(crate) table: &'a Table,
    /// The time.
    pub(crate) clock: &'a dyn Clock,
    /// Under what it is kept how far it came.
    pub(crate) name: &'static str,
}

#[derive(Deserialize)]
struct Cursor {
    day: String,
    /// The last mini program that was looked at; none when all were.
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

impl Walk<'_> {
    /// Goes on with this night's walk, if it is night in Beijing, until the time is up. Those that
    /// have authorized are looked at by `look`, which has to be safe to repeat.
    pub(crate) async fn go_on<F, E>(
        &self,
        component: &AppId,
        until: Instant,
        look: impl Fn(AppId) -> F,
    ) -> Result<Checked, StorageError>
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let mut done = Checked::default();
        let Some(day) = night(self.clock.now()) else { return Ok(done) };
        let cursor: Option<Cursor> = self.table.read(&self.partition(component), "night").await?;
        let mut after = match cursor.filter(|cursor| cursor.day == day) {
            Some(Cursor { after: None, .. }) => return Ok(done),
            Some(Cursor { after, .. }) => after,
            None => None,
        };
        while done.checked + done.failed < PORTION && Instant::now() < until {
            let apps = mini_programs::partition(component);
            let (rows, next) = self.table.page::<Row>(&apps, "", after.as_deref(), AT_ONCE).await?;
            let mut looking = JoinSet::new();
            for row in rows {
                if row.authorization.state == AuthorizationState::Authorized {
                    let (name, appid, looked) = (self.name, row.sk.clone(), look(row.sk));
                    looking.spawn(async move {
                        let looked = looked.await;
                        looked.inspect_err(
                            |error| tracing::warn!(name, %appid, %error, "not checked"),
                        )
                    });
                }
            }
            while let Some(looked) = looking.join_next().await {
                match looked {
                    Ok(Ok(())) => done.checked += 1,
                    Ok(Err(_)) | Err(_) => done.failed += 1,
                }
            }
            self.came_to(component, &day, next.as_deref()).await?;
            if next.is_none() {
                break;
            }
            after = next;
        }
        Ok(done)
    }

    async fn came_to(
        &self,
        component: &AppId,
        day: &str,
        after: Option<&str>,
    ) -> Result<(), StorageError> {
        let update = self
            .table
            .update(&self.partition(component), "night")
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

    fn partition(&self, component: &AppId) -> String {
        format!("{}#{component}", self.name)
    }
}
