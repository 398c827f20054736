//! The runs of each component: who wants one gets the one that is under way.

use std::sync::Arc;

use serde::Deserialize;
use wechat::AppId;

use super::{
    partition,
    report::{Report, ReportState, sort_key},
};
use crate::{
    clock::Clock,
    random::Random,
    storage::{Outcome, StorageError, Table, text},
};

/// Runs, as they are asked for and reported. Cheap to clone.
#[derive(Clone)]
pub struct Runs {
    /// The table `fleet`.
    pub table: Table,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub random: Arc<dyn Random>,
}

#[derive(Deserialize)]
struct Current {
    run: String,
}

impl Runs {
    /// The run of `component` that is under way; a new one if there is none. `by` says who asked.
    /// Safe to repeat.
    pub async fn request(&self, component: &AppId, by: &str) -> Result<Report, StorageError> {
        let pk = partition(component);
        let current: Option<Current> = self.table.read(&pk, "current").await?;
        if let Some(current) = &current
            && let Some(report) = self.find(component, &current.run).await?
            && report.state == ReportState::Running
        {
            return Ok(report);
        }
        let now = self.clock.now();
        let report = Report::new(component, self.random.identifier(now), by, now);
        self.table.create(self.table.item(&report)?).await?;
        let seen = current.map_or_else(String::new, |current| current.run);
        let update = self
            .table
            .update(&pk, "current")
            .update_expression("SET #run = :new")
            .condition_expression("attribute_not_exists(pk) OR #run = :seen")
            .expression_attribute_names("#run", "run")
            .expression_attribute_values(":new", text(&report.id))
            .expression_attribute_values(":seen", text(seen));
        if let Outcome::Refused(Some(there)) = self.table.apply(update).await? {
            let theirs: Current = self.table.parse(there)?;
            // Unless it is our own write, whose acknowledgement was lost.
            if theirs.run != report.id
                && let Some(theirs) = self.find(component, &theirs.run).await?
            {
                self.table.delete(&report.pk, &report.sk).await?;
                return Ok(theirs);
            }
        }
        Ok(report)
    }

    /// A run's report.
    pub async fn find(&self, component: &AppId, id: &str) -> Result<Option<Report>, StorageError> {
        self.table.read(&partition(component), &sort_key(id)).await
    }

    /// Reports, the newest first, at most `limit`, those before `before` (an id).
    pub async fn list(
        &self,
        component: &AppId,
        before: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<Report>, Option<String>), StorageError> {
        let before = before.map(sort_key);
        let prefix = sort_key("");
        let (reports, next): (Vec<Report>, _) = self
            .table
            .page_backwards(&partition(component), &prefix, before.as_deref(), limit)
            .await?;
        Ok((reports, next.map(|key| key[prefix.len()..].to_owned())))
    }
}
