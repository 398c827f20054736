//! Progress, counted: how many targets of a wave are in which state. A counter changes in the same
//! transaction as the target that it counts, so that it is right whatever crashes; and each wave
//! has several, so that targets that move at once do not wait for each other.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Rollouts,
    record::{Rollout, partition_of},
    target::{Tally, Target, TargetState},
};
use crate::storage::{StorageError, Table, number, text};

/// Counters of a wave.
const SHARDS: u64 = 16;
/// Counters that are read in one call: those of the most waves that there may be.
const PAGE: i32 = 1000;
const PREFIX: &str = "count#";

#[derive(Deserialize)]
struct Counter {
    sk: String,
    #[serde(flatten)]
    counts: Map<String, Value>,
}

/// The write that counts a target where it is now, and no longer where it was.
pub(super) fn moved(
    table: &Table,
    rollout: &Rollout,
    target: &Target,
    was: TargetState,
) -> Result<TransactWriteItem, StorageError> {
    let wave = target.wave.unwrap_or_else(|| rollout.wave_of(target.position));
    let sk = format!("{PREFIX}{wave:03}#{:02}", target.position % SHARDS);
    let mut adds = Vec::new();
    let mut update = Update::builder()
        .table_name(table.name())
        .key("pk", text(partition_of(&rollout.component, &rollout.id)))
        .key("sk", text(sk));
    // Those that wait are not counted: they are what is left.
    if was != TargetState::Waiting {
        adds.push("#was :less");
        update = update
            .expression_attribute_names("#was", was.name())
            .expression_attribute_values(":less", number(-1));
    }
    if target.state != TargetState::Waiting {
        adds.push("#state :more");
        update = update
            .expression_attribute_names("#state", target.state.name())
            .expression_attribute_values(":more", number(1));
    }
    let update = update.update_expression(format!("ADD {}", adds.join(", "))).build();
    let update = update.map_err(|error| table.error("build a transaction", error.to_string()))?;
    Ok(TransactWriteItem::builder().update(update).build())
}

impl Rollouts {
    /// How many targets of each wave are in which state.
    pub async fn tallies(&self, rollout: &Rollout) -> Result<Vec<Tally>, StorageError> {
        let mut from = 0;
        let mut tallies: Vec<Tally> = rollout
            .boundaries
            .iter()
            .map(|end| {
                let size = end.saturating_sub(from);
                from = *end;
                Tally { size, ..Tally::default() }
            })
            .collect();
        let pk = partition_of(&rollout.component, &rollout.id);
        let (counters, _) = self.table.page::<Counter>(&pk, PREFIX, None, PAGE).await?;
        for counter in counters {
            let wave = counter.sk[PREFIX.len()..].split('#').next().and_then(|it| it.parse().ok());
            let Some(tally) = wave.and_then(|wave: usize| tallies.get_mut(wave)) else { continue };
            for state in TargetState::ALL {
                let count = counter.counts.get(state.name()).and_then(Value::as_i64).unwrap_or(0);
                // A target keeps its position and its wave, so that no counter is below nothing.
                *tally.by_state.entry(state).or_default() += u64::try_from(count).unwrap_or(0);
            }
        }
        Ok(tallies)
    }
}
