//! What concerns no component in particular: pushes that were not finished, events that were not
//! published, deliveries and rollouts that are due, releases that wait.

use platform::Platform;
use tokio::time::Instant;

use crate::App;

/// What was left behind is taken up in portions.
const PORTION: i32 = 50;

/// How much of it was taken up.
#[derive(Debug, Default)]
pub(crate) struct Leftovers {
    pub(crate) published: usize,
    pub(crate) releases: usize,
    pub(crate) announced: usize,
    pub(crate) deliveries: usize,
    pub(crate) rollouts: usize,
    pub(crate) failed: Vec<String>,
}

/// Takes up a portion of each. Pushes and events come first, for they wait for nobody.
pub(crate) async fn take_up(app: &App, until: Instant) -> Leftovers {
    let Platform { intake, outbox, releases, rollouts, webhooks, .. } = &app.platform;
    let mut done = Leftovers::default();
    match intake.sweep(PORTION).await {
        Ok(announced) => done.announced = announced,
        Err(error) => done.failed.push(format!("inbox: {error}")),
    }
    match outbox.sweep(PORTION).await {
        Ok(published) => done.published = published,
        Err(error) => done.failed.push(format!("outbox: {error}")),
    }
    match webhooks.sweep().await {
        Ok(deliveries) => done.deliveries = deliveries,
        Err(error) => done.failed.push(format!("webhooks: {error}")),
    }
    match rollouts.sweep().await {
        Ok(handed_out) => done.rollouts = handed_out,
        Err(error) => done.failed.push(format!("rollouts: {error}")),
    }
    match releases.due(PORTION).await {
        Ok(due) => {
            for (component, appid) in due {
                if Instant::now() >= until {
                    break;
                }
                match releases.advance(&component, &appid).await {
                    Ok(_) => done.releases += 1,
                    Err(error) => {
                        done.failed.push(format!("release of {appid} of {component}: {error}"));
                    }
                }
            }
        }
        Err(error) => done.failed.push(format!("releases: {error}")),
    }
    done
}
