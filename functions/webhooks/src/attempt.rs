//! Attempts: a few at once for each target, each under the lease of its delivery.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use platform::webhooks::{Attempt, Claimed, DeliveryState, Target, TargetError, redact};
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};

use crate::{App, Places, sender::Headers};

/// So many messages are on their way to one target at once.
const AT_ONCE: usize = 4;

/// A delivery to be tried.
pub(crate) enum Job {
    /// Just made; its lease is ours.
    Claimed(Box<Claimed>),
    /// Said to be due; its lease is to be taken.
    Due(String),
}

/// What a batch asks for, by target.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) by_target: Vec<(Arc<Target>, Vec<Job>)>,
    pub(crate) places: Places,
}

/// Tries all `jobs` of one target. When it does not answer, the rest is left for later: one slow
/// target costs a batch the time of one attempt.
pub(crate) async fn all(app: App, target: Arc<Target>, jobs: Vec<Job>, until: Instant) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let silent = Arc::new(AtomicBool::new(false));
    let mut running = JoinSet::new();
    for job in jobs {
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let (app, target, silent) = (app.clone(), target.clone(), silent.clone());
        running.spawn(async move {
            let _place = place;
            let later = silent.load(Ordering::Relaxed) || Instant::now() >= until;
            let done = match later {
                true => put_off(&app, job).await,
                false => one(&app, &target, job, &silent).await,
            };
            if let Err(error) = done {
                tracing::error!(webhook = target.id, error, "an attempt is not written down");
            }
        });
    }
    while let Some(ended) = running.join_next().await {
        if let Err(error) = ended {
            tracing::error!(webhook = target.id, %error, "an attempt ended early");
        }
    }
}

async fn put_off(app: &App, job: Job) -> Result<(), String> {
    match job {
        Job::Claimed(claimed) => {
            app.webhooks.give_back(&claimed).await.map_err(|error| error.to_string())
        }
        // Its time has come already, so the clock hands it over again.
        Job::Due(_) => Ok(()),
    }
}

async fn one(app: &App, target: &Target, job: Job, silent: &AtomicBool) -> Result<(), String> {
    let claimed = match job {
        Job::Claimed(claimed) => *claimed,
        Job::Due(id) => {
            let claimed = app.webhooks.claim(&target.id, &id).await;
            match claimed.map_err(|error| error.to_string())? {
                Some(claimed) => claimed,
                None => return Ok(()),
            }
        }
    };
    let attempt = attempt(app, target, &claimed).await.map_err(|error| error.to_string())?;
    silent.fetch_or(attempt.status.is_none(), Ordering::Relaxed);
    let state = app.webhooks.record(target, &claimed, &attempt).await;
    let state = state.map_err(|error| error.to_string())?;
    tracing::info!(
        webhook = target.id,
        event = claimed.delivery.id,
        kind = claimed.delivery.kind,
        status = attempt.status,
        problem = attempt.problem,
        milliseconds = attempt.took,
        state = state.as_str(),
        "attempt"
    );
    if state == DeliveryState::Dead {
        let now = app.webhooks.clock.now();
        app.metrics.count(now, "DeadDeliveries", ("Webhook", &target.id), 1);
    }
    Ok(())
}

/// Signs and sends one message.
async fn attempt(app: &App, target: &Target, claimed: &Claimed) -> Result<Attempt, TargetError> {
    let delivery = &claimed.delivery;
    let now = app.webhooks.clock.now();
    let timestamp = now.as_second();
    let secrets = app.webhooks.signing_secrets(target)?;
    let signatures: Result<Vec<String>, _> =
        secrets.iter().map(|secret| secret.sign(&delivery.id, timestamp, &delivery.body)).collect();
    let begun = Instant::now();
    let (status, answer, problem) = match signatures {
        Ok(signatures) => {
            let headers = Headers {
                id: &delivery.id,
                timestamp: &timestamp.to_string(),
                signature: &signatures.join(" "),
            };
            match app.sender.send(&target.url, headers, delivery.body.clone()).await {
                Ok(answer) => (Some(answer.status), redact(&answer.beginning), None),
                Err(unsent) => (None, String::new(), Some(unsent.to_string())),
            }
        }
        Err(error) => (None, String::new(), Some(format!("{error}; rotate it"))),
    };
    let took = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(Attempt { at: now.as_millisecond(), took, status, answer, problem })
}
