//! The audit log: what is over is chained, at night the chain is gone along, and once an hour it is counted
//! what is wrong with it.

use tokio::time::Instant;

use crate::{App, endings};

/// What one tick did about the audit log.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    pub(crate) chained: usize,
    pub(crate) anchored: usize,
    pub(crate) verified_hours: u32,
    pub(crate) failed: Vec<String>,
}

/// Chains what is over.
pub(crate) async fn seal(app: &App, until: Instant) -> Audit {
    let mut done = Audit::default();
    match app.platform.audit_chain.seal(until).await {
        Ok(sealed) => {
            done.chained = sealed.minutes;
            done.anchored = sealed.anchors;
        }
        Err(error) => done.failed.push(format!("audit log: {error}")),
    }
    done
}

/// Goes along a piece of the chain at night, and counts what is wrong, by what it is, in the first minute of
/// each hour: an alarm goes on for as long as something is.
pub(crate) async fn watch(app: &App, until: Instant) -> Audit {
    let chain = &app.platform.audit_chain;
    let mut done = Audit::default();
    match chain.watch(until).await {
        Ok(hours) => done.verified_hours = hours,
        Err(error) => done.failed.push(format!("verification of the audit log: {error}")),
    }
    let now = app.platform.clock.now();
    if !endings::is_counted_at(now) {
        return done;
    }
    match chain.troubles().await {
        Ok(troubles) => {
            for trouble in troubles {
                app.metrics.count(now, "AuditTroubles", ("Kind", trouble.kind()), 1);
            }
        }
        Err(error) => done.failed.push(format!("troubles of the audit log: {error}")),
    }
    done
}
