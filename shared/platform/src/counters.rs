//! What WeChat counts, counted here too, so that nobody is refused by surprise and nothing that is
//! scarce is spent on a call that cannot succeed.
//!
//! One more is counted in a conditional write *before* the call, and given back where WeChat
//! certainly did not count it. Where nobody knows, it stays counted: too many on our side cost a
//! little, too few cost a refusal. Where WeChat tells its own numbers (`queryquota`,
//! `getaccountbasicinfo`, `getcategory`) they are taken over, see [`Counters::told`].
//!
//! There is an item for each thing, account and period; a new period is a new item, and an old one
//! ends by itself.

mod counted;
mod period;
mod quota;
mod told;
mod write;

pub use counted::{Bound, Counted};
pub use period::Period;
pub use quota::{Quota, UsedUp};

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    call::CallError,
    clock::Clock,
    storage::{Item, Outcome, StorageError, Table, Transaction, number},
    tokens::Subject,
};

/// Nothing of ours is under way any more when a counter was left alone for so long: also what a
/// process that died had counted was looked after by then, and given back if it never was done.
const QUIET: SignedDuration = SignedDuration::from_mins(3);
/// A period's item is kept for so long after its end, for whoever asks why.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 35);

/// The counters of everything. Cheap to clone.
#[derive(Clone)]
pub struct Counters {
    /// The table `fleet`.
    pub table: Table,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// One that was counted, to be given back if WeChat did not count it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Whose, as a key.
    of: String,
    /// What.
    counted: Counted,
    /// When, which tells in which periods.
    at: Timestamp,
    /// It is taken only while fewer than so many were used; nothing of it is kept afterwards.
    #[serde(skip)]
    below: Option<i64>,
}

impl Reservation {
    /// It is taken only if more than `keep` are left of what is `known`.
    pub fn keeping(self, known: &Quota, keep: i64) -> Self {
        Reservation { below: known.most.map(|most| most - keep), ..self }
    }
}

/// WeChat's own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// How many were used.
    pub used: i64,
    /// How many there may be.
    pub most: i64,
}

/// One could not be counted.
#[derive(Debug, thiserror::Error)]
pub enum CounterError {
    /// Nothing is left.
    #[error(transparent)]
    UsedUp(#[from] UsedUp),
    /// Storage failed; nothing was counted, as far as that is known.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

#[derive(Debug, Deserialize)]
struct Entry {
    sk: String,
    #[serde(default)]
    used: i64,
    most: Option<i64>,
    /// In milliseconds.
    told_at: Option<i64>,
}

impl Counters {
    /// Counts one more, if there may be one more. Safe against the SDK's repetitions.
    pub async fn take(
        &self,
        whose: &Subject,
        counted: Counted,
    ) -> Result<Reservation, CounterError> {
        let reservation = self.reservation(whose, counted);
        match self.table.transact(self.taking(&reservation)?).await? {
            Transaction::Written => Ok(reservation),
            Transaction::Refused(refused) => {
                let (place, item) = refused.into_iter().next().unwrap_or((0, None));
                Err(self.used_up(&reservation, place, item)?.into())
            }
        }
    }

    /// Gives one back that WeChat did not count.
    pub async fn put_back(&self, reservation: &Reservation) -> Result<(), StorageError> {
        self.table.transact(self.giving_back(reservation)?).await.map(drop)
    }

    /// Counts one before `call` and makes it. It is given back if WeChat says that it did nothing;
    /// that none is left is remembered.
    pub async fn around<T, E>(
        &self,
        whose: &Subject,
        counted: Counted,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, E>
    where
        E: From<CounterError> + From<CallError>,
    {
        let reservation = self.take(whose, counted).await?;
        let outcome = call.await;
        if let Err(error) = &outcome {
            self.after(&reservation, whose, error).await;
        }
        Ok(outcome?)
    }

    /// A call failed for which `reservation` was taken. What fails here is logged: the count is
    /// one too high at worst.
    async fn after(&self, reservation: &Reservation, whose: &Subject, error: &CallError) {
        if error.is_outcome_unknown() {
            return;
        }
        let none_left =
            error.errcode().is_some_and(|code| reservation.counted.refusals().contains(&code));
        let mended = async {
            if none_left {
                self.none_left(whose, reservation.counted).await?;
            }
            if !none_left || reservation.counted.is_told() {
                self.put_back(reservation).await?;
            }
            Ok::<_, StorageError>(())
        };
        if let Err(error) = mended.await {
            tracing::warn!(%error, ?reservation, "a counter is one too high");
        }
    }

    /// What is used up, by the place of the refused write among those of [`Counters::taking`] and
    /// the item as it is.
    pub fn used_up(
        &self,
        reservation: &Reservation,
        place: usize,
        item: Option<Item>,
    ) -> Result<UsedUp, StorageError> {
        let bounds = reservation.counted.bounds();
        let bound = bounds.get(place).copied().unwrap_or(bounds[0]);
        let entry = item.map(|item| self.table.parse::<Entry>(item)).transpose()?;
        Ok(UsedUp(quota(reservation.counted, bound, entry.as_ref(), reservation.at)))
    }

    /// WeChat says that none is left: so it is here too, until the shortest period ends. Where only
    /// WeChat knows how many there are, it is asked before the next.
    pub async fn none_left(&self, whose: &Subject, counted: Counted) -> Result<(), StorageError> {
        let now = self.clock.now();
        let bound = counted.bounds()[0];
        let update = self
            .table
            .update(&partition(whose), &sort_key(counted, bound.period, now))
            .expression_attribute_values(":expires", expiry(bound.period, now));
        let update = match bound.most {
            Some(most) => update
                .update_expression("SET used = if_not_exists(most, :most), expires_at = :expires")
                .expression_attribute_values(":most", number(most)),
            None => update.update_expression("SET expires_at = :expires REMOVE told_at"),
        };
        self.table.apply(update).await.map(drop)
    }

    /// Takes over WeChat's own numbers of the present period. Fewer than were counted here are
    /// believed only where nothing of ours was under way for minutes.
    pub async fn told(
        &self,
        whose: &Subject,
        counted: Counted,
        told: Told,
    ) -> Result<(), StorageError> {
        let now = self.clock.now();
        let bound = counted.bounds()[0];
        let key = (partition(whose), sort_key(counted, bound.period, now));
        let update = |expression: &str| {
            self.table
                .update(&key.0, &key.1)
                .update_expression(expression)
                .expression_attribute_values(":most", number(told.most))
                .expression_attribute_values(":told", number(now.as_millisecond()))
                .expression_attribute_values(":expires", expiry(bound.period, now))
        };
        let all = update("SET used = :used, most = :most, told_at = :told, expires_at = :expires")
            .condition_expression(
                "attribute_not_exists(used) OR used <= :used OR attribute_not_exists(changed_at) \
                 OR changed_at < :quiet",
            )
            .expression_attribute_values(":used", number(told.used))
            .expression_attribute_values(":quiet", number((now - QUIET).as_millisecond()));
        if let Outcome::Refused(_) = self.table.apply(all).await? {
            let most = update("SET most = :most, told_at = :told, expires_at = :expires");
            self.table.apply(most).await?;
        }
        Ok(())
    }

    /// How one thing stands: its tightest bound.
    pub async fn of(&self, whose: &Subject, counted: Counted) -> Result<Quota, StorageError> {
        let now = self.clock.now();
        let mut tightest: Option<Quota> = None;
        for bound in counted.bounds() {
            let key = sort_key(counted, bound.period, now);
            let entry: Option<Entry> = self.table.read(&partition(whose), &key).await?;
            let quota = quota(counted, *bound, entry.as_ref(), now);
            let left = |quota: &Quota| quota.left().unwrap_or(i64::MAX);
            if tightest.as_ref().is_none_or(|known| left(&quota) < left(known)) {
                tightest = Some(quota);
            }
        }
        tightest.ok_or_else(|| self.table.error("read a counter", "it has no bound"))
    }

    /// How everything stands that is counted for an account, in the present periods.
    pub async fn show(&self, whose: &Subject) -> Result<Vec<Quota>, StorageError> {
        let now = self.clock.now();
        let mut entries = BTreeMap::new();
        let mut after = None;
        loop {
            let (page, next) =
                self.table.page::<Entry>(&partition(whose), "", after.as_deref(), 200).await?;
            entries.extend(page.into_iter().map(|entry| (entry.sk.clone(), entry)));
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let all = match whose {
            Subject::Component(_) => &Counted::OF_COMPONENT[..],
            Subject::Merchant { .. } => &Counted::OF_MINI_PROGRAM[..],
        };
        let bounds =
            all.iter().flat_map(|counted| counted.bounds().iter().map(|it| (*counted, *it)));
        Ok(bounds
            .map(|(counted, bound)| {
                quota(counted, bound, entries.get(&sort_key(counted, bound.period, now)), now)
            })
            .collect())
    }
}

fn quota(counted: Counted, bound: Bound, entry: Option<&Entry>, now: Timestamp) -> Quota {
    let told_at = entry.and_then(|entry| entry.told_at);
    Quota {
        counted,
        period: bound.period,
        used: entry.map_or(0, |entry| entry.used.max(0)),
        most: entry.and_then(|entry| entry.most).or(bound.most),
        renews_at: bound.period.next_after(now),
        told_at: told_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
    }
}

/// When a period's item ends, in seconds; for ever is a thousand years.
fn expiry(period: Period, at: Timestamp) -> aws_sdk_dynamodb::types::AttributeValue {
    let end = period.next_after(at).map_or(i64::from(u32::MAX) * 8, |end| (end + KEPT).as_second());
    number(end)
}

fn partition(whose: &Subject) -> String {
    match whose {
        Subject::Component(component) => format!("counters#{component}"),
        Subject::Merchant { component, appid } => format!("counters#{component}#{appid}"),
    }
}

fn sort_key(counted: Counted, period: Period, at: Timestamp) -> String {
    format!("{}#{}", counted.name(), period.name_at(at))
}
