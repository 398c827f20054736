//! Reconciliation: what WeChat lists as authorized is compared with what is on record here, at
//! night and when somebody asks for it.
//!
//! A run goes through WeChat's list a page at a time, and then through the merchants on record a
//! minute of the cycle at a time. It remembers in its report how far it came, so that any tick goes
//! on with it; it never holds more than a page, and eight bytes for each merchant that was listed.
//!
//! * A refresh token that differs from ours, or that we lost, is taken over: conditional on the
//!   version that was read before WeChat was asked (again).
//! * A merchant that we do not know is taken in.
//! * A merchant that is not listed is asked for by name. Only 61003 makes it one that has
//!   withdrawn; an absence from the list alone changes nothing.

mod absent;
mod listed;
mod report;
mod runs;

pub use report::{Change, Counts, Report, ReportState, What};
pub use runs::Runs;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, tz};
use serde::Deserialize;
use tokio::time::Instant;
use wechat::AppId;

use self::report::Phase;
use crate::{
    call::CallError,
    clock::Clock,
    grants::{GrantError, Grants},
    random::Random,
    storage::{StorageError, Table, Work, text},
    tokens::{TokenError, Tokens},
};

const WORK: Work = Work::seldom("reconcile");
/// Whoever works on a run has it for so long without a word.
const CLAIM: SignedDuration = SignedDuration::from_mins(3);
/// A run that has not come to its end by then has failed.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);
/// After a failure it goes on so much later; after each further one in a row so much more,
const PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// up to this many times.
const LONGEST_PAUSE: u32 = 10;
/// Hours of the night in Beijing.
pub const NIGHT: std::ops::Range<i8> = 2..6;
/// A report is kept for so long.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Reconciles components with WeChat. Cheap to clone.
#[derive(Clone)]
pub struct Reconciliations {
    /// The table `fleet`.
    pub table: Table,
    /// The runs, and their reports.
    pub runs: Runs,
    /// Merchants' tokens.
    pub tokens: Tokens,
    /// Where merchants are taken in.
    pub grants: Grants,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub random: Arc<dyn Random>,
}

/// A step of a run that did not get done. The run goes on with it later.
#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Grant(#[from] GrantError),
}

impl StepError {
    /// Another system has the component's tokens: there is nothing to be gone on with.
    fn is_shadow(&self) -> bool {
        let call = match self {
            StepError::Call(error) | StepError::Grant(GrantError::Call(error)) => error,
            StepError::Storage(_) | StepError::Grant(_) => return false,
        };
        matches!(call, CallError::Token(TokenError::Shadow(_)))
    }
}

#[derive(Deserialize)]
struct Night {
    day: String,
}

impl Reconciliations {
    /// Begins a run if it is night in Beijing and this night has none. Safe to repeat.
    pub async fn begin_at_night(&self, component: &AppId) -> Result<(), StorageError> {
        let Some(day) = night(self.clock.now()) else { return Ok(()) };
        let pk = partition(component);
        let last: Option<Night> = self.table.read(&pk, "night").await?;
        if last.is_some_and(|last| last.day == day) {
            return Ok(());
        }
        self.runs.request(component, "clock").await?;
        let update = self
            .table
            .update(&pk, "night")
            .update_expression("SET #day = :day")
            .expression_attribute_names("#day", "day")
            .expression_attribute_values(":day", text(day));
        self.table.apply(update).await.map(drop)
    }

    /// Goes on with the runs that are due, until the time is up. Answers how many it worked on.
    pub async fn advance(&self, until: Instant) -> Result<usize, StorageError> {
        let mut worked = 0;
        for shard in WORK.shards() {
            for (pk, sk) in self.table.due(&shard, self.clock.now(), 20).await? {
                if Instant::now() >= until {
                    return Ok(worked);
                }
                let report: Option<Report> = self.table.read(&pk, &sk).await?;
                let Some(report) = report.filter(|report| report.state == ReportState::Running)
                else {
                    continue;
                };
                worked += 1;
                self.go_on(report, until).await?;
            }
        }
        Ok(worked)
    }

    async fn go_on(&self, mut run: Report, until: Instant) -> Result<(), StorageError> {
        // Whoever writes first has it; the others find another version.
        run.due_at = Some((self.clock.now() + CLAIM).as_millisecond());
        if !self.save(&mut run).await? {
            return Ok(());
        }
        let mut seen = None;
        while run.state == ReportState::Running {
            let step = match run.phase {
                Phase::Listed => self.compare_page(&mut run, until).await,
                Phase::Absent => self.look_for_absent(&mut run, &mut seen, until).await,
            };
            let now = self.clock.now();
            let mut is_over = Instant::now() >= until;
            run.due_at = Some((if is_over { now } else { now + CLAIM }).as_millisecond());
            match step {
                Ok(()) => run.failures = 0,
                Err(error) => {
                    self.failed(&mut run, &error);
                    is_over = true;
                }
            }
            if run.phase_is_over() {
                run.finish(ReportState::Done, now);
            }
            if !self.save(&mut run).await? || is_over {
                break;
            }
        }
        Ok(())
    }

    fn failed(&self, run: &mut Report, error: &StepError) {
        let component = &run.component;
        tracing::warn!(%component, %error, "reconciliation failed");
        run.failures += 1;
        run.trouble = Some(error.to_string().chars().take(300).collect());
        let now = self.clock.now();
        let pause = PAUSE * run.failures.min(LONGEST_PAUSE) as i32;
        run.due_at = Some((now + pause).as_millisecond());
        if now >= run.started_at + LONGEST || error.is_shadow() {
            run.finish(ReportState::Failed, now);
        }
    }

    /// Writes the report. False if somebody else has written it since it was read.
    async fn save(&self, run: &mut Report) -> Result<bool, StorageError> {
        let before = run.version;
        run.version += 1;
        run.due_shard = run.due_at.map(|_| WORK.shard(&run.pk));
        run.expires_at = (self.clock.now() + KEPT).as_second();
        self.table.replace(before, self.table.item(run)?).await
    }
}

fn partition(component: &AppId) -> String {
    format!("reconciliation#{component}")
}

/// The day whose night it is in Beijing, such as `2026-11-24`; none by day.
pub(crate) fn night(now: Timestamp) -> Option<String> {
    let beijing = now.to_zoned(tz::TimeZone::fixed(tz::offset(8)));
    NIGHT.contains(&beijing.hour()).then(|| beijing.date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn night_is_beijings() {
        for (now, day) in [
            ("2026-11-23T17:59:59Z", None),
            ("2026-11-23T18:00:00Z", Some("2026-11-24")),
            ("2026-11-23T21:59:59Z", Some("2026-11-24")),
            ("2026-11-23T22:00:00Z", None),
        ] {
            assert_eq!(night(now.parse().unwrap()).as_deref(), day, "{now}");
        }
    }
}
