//! How often the same code of WeChat's came in a row at one step: one item for each step. It is no
//! counter of targets, and a crash at the wrong moment may leave it one short; the rule that reads
//! it then stops one failure later.

use serde::Deserialize;

use super::{
    Rollouts,
    record::{Rollout, partition_of},
    target::{Cause, Step},
};
use crate::storage::{Outcome, StorageError, number, text};

const PREFIX: &str = "streak#";
/// One for each step.
const PAGE: i32 = 10;
/// How often counting is tried, while others count too.
const ATTEMPTS: usize = 8;

#[derive(Deserialize)]
struct Streak {
    key: String,
    times: u32,
}

impl Rollouts {
    /// A target failed with a code.
    pub(super) async fn go_on_with_streak(
        &self,
        rollout: &Rollout,
        cause: &Cause,
    ) -> Result<(), StorageError> {
        let (pk, sk) = key(rollout, cause.step);
        let counting = |expression: &str, condition: &str| {
            self.table
                .update(&pk, &sk)
                .update_expression(expression)
                .condition_expression(condition)
                .expression_attribute_names("#key", "key")
                .expression_attribute_values(":key", text(cause.key()))
                .expression_attribute_values(":one", number(1))
        };
        // Several may fail at once, and each of them counts.
        for _ in 0..ATTEMPTS {
            let same = counting("ADD times :one", "#key = :key");
            if let Outcome::Written(_) = self.table.apply(same).await? {
                return Ok(());
            }
            let another = counting(
                "SET #key = :key, times = :one",
                "attribute_not_exists(#key) OR #key <> :key",
            );
            if let Outcome::Written(_) = self.table.apply(another).await? {
                return Ok(());
            }
        }
        Err(self.table.error("count a failure", "others count at the same time again and again"))
    }

    /// A target passed a step.
    pub(super) async fn end_streak(
        &self,
        rollout: &Rollout,
        step: Step,
    ) -> Result<(), StorageError> {
        let (pk, sk) = key(rollout, step);
        // Most of the time there is none, and a read costs less than a write.
        let streak: Option<Streak> = self.table.read(&pk, &sk).await?;
        match streak {
            Some(_) => self.table.delete(&pk, &sk).await,
            None => Ok(()),
        }
    }

    /// What came in a row, and how often.
    pub(super) async fn streaks(
        &self,
        rollout: &Rollout,
    ) -> Result<Vec<(String, u32)>, StorageError> {
        let pk = partition_of(&rollout.component, &rollout.id);
        let (streaks, _) = self.table.page::<Streak>(&pk, PREFIX, None, PAGE).await?;
        Ok(streaks.into_iter().map(|streak| (streak.key, streak.times)).collect())
    }

    /// Somebody looked at it: what came before counts no longer.
    pub(super) async fn forget_streaks(&self, rollout: &Rollout) -> Result<(), StorageError> {
        for step in [Step::Commit, Step::Submit, Step::Review, Step::Release, Step::Rollback] {
            self.end_streak(rollout, step).await?;
        }
        Ok(())
    }
}

fn key(rollout: &Rollout, step: Step) -> (String, String) {
    let pk = partition_of(&rollout.component, &rollout.id);
    let step = match step {
        Step::Commit => "commit",
        Step::Submit => "submit",
        Step::Review => "review",
        Step::Release => "release",
        Step::Rollback => "rollback",
    };
    (pk, format!("{PREFIX}{step}"))
}
