//! What takes longer than a tick: comparing the fleet with WeChat. Each tick does a part of it,
//! and remembers how far it came.

use platform::{AppId, Services, nightly::Checked, tokens::Mode};
use serde::Serialize;
use tokio::time::Instant;

use crate::App;

/// How much of it was done.
#[derive(Debug, Default, Serialize)]
pub struct Nightly {
    /// Reconciliations that were gone on with.
    pub reconciliations: usize,
    /// Mini programs that were compared with what WeChat shows, at night.
    pub checked: usize,
    /// Mini programs about whose punishments WeChat was asked, at night.
    pub asked_for_punishments: usize,
    /// Steps that failed, on their way to [`Summary::failed`](crate::Summary::failed).
    #[serde(skip)]
    pub(crate) failed: Vec<String>,
}

/// Begins what the night asks for, and goes on with what was begun.
pub(crate) async fn go_on(app: &App, components: &[AppId], until: Instant) -> Nightly {
    let Services { tokens, reconciliations, releases, punishments, .. } = &*app.platform;
    let mut done = Nightly::default();
    for component in components {
        match tokens.mode(component).await {
            Ok(Mode::Active) => {}
            // There is no token to ask WeChat with.
            Ok(Mode::Shadow) => continue,
            Err(error) => {
                done.failed.push(format!("mode of {component}: {error}"));
                continue;
            }
        }
        if let Err(error) = reconciliations.begin_at_night(component).await {
            done.failed.push(format!("reconciliation of {component}: {error}"));
        }
        match releases.check_at_night(component, until).await {
            Ok(Checked { checked, failed }) => {
                done.checked += checked;
                if failed > 0 {
                    let why = format!("nightly check of {component}: {failed} not checked");
                    done.failed.push(why);
                }
            }
            Err(error) => done.failed.push(format!("nightly check of {component}: {error}")),
        }
        match punishments.check_at_night(component, until).await {
            Ok(Checked { checked, failed }) => {
                done.asked_for_punishments += checked;
                if failed > 0 {
                    let why = format!("punishments of {component}: {failed} not asked about");
                    done.failed.push(why);
                }
            }
            Err(error) => done.failed.push(format!("punishments of {component}: {error}")),
        }
    }
    match reconciliations.advance(until).await {
        Ok(worked) => done.reconciliations = worked,
        Err(error) => done.failed.push(format!("reconciliations: {error}")),
    }
    done
}
