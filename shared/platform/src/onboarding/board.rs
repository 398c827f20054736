//! The board: every onboarding of a component in a few words. A row is written in the transaction
//! that moves its onboarding, and nothing of it is asked of WeChat.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::AppId;

use super::{
    Onboardings,
    record::Onboarding,
    step::{Stage, State, Step, Whom},
};
use crate::{
    mini_programs::{self, MiniProgramError, read_cursor, write_cursor},
    records::{Kept, rows},
    storage::StorageError,
    text::Text,
};

/// Rows in one answer, at most.
pub const MAX_ROWS: usize = 200;
/// Rows that are read at once; DynamoDB's own limit is a megabyte.
const PAGE: i32 = 2000;

/// What the board shows of an onboarding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The column in which it stands.
    pub stage: Stage,
    /// How it stands.
    pub state: State,
    /// The step that it is at; none where it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// For whom it waits, or who has to mend something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whom: Option<Whom>,
    /// Why it does not go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what_to_do: Option<Text>,
    /// WeChat's code, where one is the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errcode: Option<i64>,
    /// Since when it stands so.
    pub since: Timestamp,
    /// When it began.
    pub began_at: Timestamp,
}

/// A row, and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The mini program.
    pub appid: AppId,
    /// Its name, as last known.
    pub name: Option<String>,
    /// What the board shows of it.
    pub row: Row,
}

/// Which onboardings are looked for. The default is all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those in this column.
    pub stage: Option<Stage>,
    /// Those that stand so.
    pub state: Option<State>,
    /// Those that wait for somebody.
    pub whom: Option<Whom>,
}

/// How many onboardings are in a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub all: usize,
    /// Those that wait for the merchant or an operator.
    pub waiting: usize,
    /// Those where something has to be mended.
    pub failed: usize,
}

/// A part of the board.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// The onboardings, in the order of their appids.
    pub items: Vec<Listed>,
    /// Where the next part begins; none on the last.
    pub next: Option<String>,
    /// How many there are in each column, whatever is looked for; with the first part only.
    pub counts: Option<BTreeMap<Stage, Count>>,
}

#[derive(Deserialize)]
struct Entry {
    sk: AppId,
    #[serde(flatten)]
    row: Row,
}

impl Row {
    pub(super) fn of(onboarding: &Onboarding) -> Option<Row> {
        let began_at = onboarding.began_at?;
        let current = onboarding.current();
        let wait = current.and_then(|current| current.wait.as_ref());
        let last = onboarding.steps.iter().map(|step| step.since).max();
        Some(Row {
            stage: onboarding.stage()?,
            state: onboarding.state()?,
            step: current.map(|current| current.step),
            whom: wait.map(|wait| wait.whom),
            why: wait.map(|wait| wait.why.clone()),
            what_to_do: wait.map(|wait| wait.what_to_do.clone()),
            errcode: wait.and_then(|wait| wait.errcode),
            since: match (onboarding.ended_at, current.filter(|it| it.wait.is_some())) {
                (Some(ended_at), _) => ended_at,
                (None, Some(current)) => current.since,
                // Its turn came with the end of the step before.
                (None, None) => last.unwrap_or(began_at),
            },
            began_at,
        })
    }
}

impl Filter {
    fn fits(&self, row: &Row) -> bool {
        self.stage.is_none_or(|stage| stage == row.stage)
            && self.state.is_none_or(|state| state == row.state)
            && self.whom.is_none_or(|whom| row.whom == Some(whom))
    }
}

impl Onboardings {
    /// A part of the board: those that `filter` looks for after `cursor`, `limit` of them at most.
    /// The first part reads every row, for it counts them.
    pub async fn board(
        &self,
        component: &AppId,
        filter: Filter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Board, MiniProgramError> {
        let limit = limit.clamp(1, MAX_ROWS);
        let pk = rows(Onboarding::NAME, component);
        let mut after = cursor.map(read_cursor).transpose()?.map(|appid| appid.to_string());
        let mut counts = cursor.is_none().then(BTreeMap::<Stage, Count>::new);
        let mut found: Vec<(AppId, Row)> = Vec::new();
        loop {
            let (entries, next) = self.table.skim::<Entry>(&pk, after.as_deref(), PAGE).await?;
            for Entry { sk, row } in entries {
                if let Some(counts) = &mut counts {
                    counts.entry(row.stage).or_default().add(&row);
                }
                // One more than are shown tells that there is a next part.
                if found.len() <= limit && filter.fits(&row) {
                    found.push((sk, row));
                }
            }
            after = next;
            if after.is_none() || (counts.is_none() && found.len() > limit) {
                break;
            }
        }
        let is_last = found.len() <= limit;
        found.truncate(limit);
        let last = found.last().map(|(appid, _)| appid.to_string());
        let mut names = self.names(component, &found).await?;
        let items = found
            .into_iter()
            .map(|(appid, row)| Listed { name: names.remove(&appid), appid, row })
            .collect();
        Ok(Board { items, next: last.filter(|_| !is_last).map(write_cursor), counts })
    }

    async fn names(
        &self,
        component: &AppId,
        found: &[(AppId, Row)],
    ) -> Result<BTreeMap<AppId, String>, StorageError> {
        let pk = mini_programs::partition(component);
        let keys = found.iter().map(|(appid, _)| (pk.clone(), appid.to_string()));
        let accounts = self.table.skim_each::<mini_programs::Row>(keys).await?;
        let named = accounts.into_iter().filter_map(|account| {
            let name = account.profile.map(|profile| profile.nick_name);
            Some((account.sk, name.filter(|name| !name.is_empty())?))
        });
        Ok(named.collect())
    }
}

impl Count {
    fn add(&mut self, row: &Row) {
        self.all += 1;
        let waits = row.state == State::Waiting && row.whom != Some(Whom::WeChat);
        self.waiting += usize::from(waits);
        self.failed += usize::from(row.state == State::Failed);
    }
}
