//! The audit log: what is over is chained, at night the chain is gone along, and once an hour it is counted
//! what is wrong with it.

use platform::storage::StorageError;
use serde::Serialize;
use tokio::time::Instant;

use crate::{App, endings};

/// What one tick did about the audit log.
#[derive(Debug, Default, Serialize)]
pub struct Audit {
    /// Minutes of the audit log that were chained.
    pub chained: usize,
    /// Days whose end was anchored.
    pub anchored: usize,
    /// Hours of the audit log that were verified, at night.
    pub verified_hours: u32,
    /// Steps that failed, on their way to [`Summary::failed`](crate::Summary::failed).
    #[serde(skip)]
    pub(crate) failed: Vec<String>,
}

/// Chains what is over, goes along a piece of the chain at night, and counts what is wrong.
pub(crate) async fn look_after(app: &App, until: Instant) -> Audit {
    let chain = &app.platform.audit_chain;
    let mut done = Audit::default();
    match chain.seal(until).await {
        Ok(sealed) => {
            done.chained = sealed.minutes;
            done.anchored = sealed.anchors;
        }
        Err(error) => done.failed.push(format!("audit log: {error}")),
    }
    match chain.watch(until).await {
        Ok(hours) => done.verified_hours = hours,
        Err(error) => done.failed.push(format!("verification of the audit log: {error}")),
    }
    if let Err(error) = count_troubles(app).await {
        done.failed.push(format!("troubles of the audit log: {error}"));
    }
    done
}

/// Counts what is wrong, by what it is, in the first minute of each hour: an alarm goes on for as long as
/// something is.
async fn count_troubles(app: &App) -> Result<(), StorageError> {
    let now = app.platform.clock.now();
    if endings::is_counted_at(now) {
        for trouble in app.platform.audit_chain.troubles().await? {
            app.metrics.count(now, "AuditTroubles", ("Kind", trouble.kind()), 1);
        }
    }
    Ok(())
}
