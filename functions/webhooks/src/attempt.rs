//! Attempts: a few at once for each target, each under the lease of its delivery.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use platform::{
    sealed::UnsealError,
    webhooks::{
        Attempt, Claimed, Delivery, DeliveryState, SigningSecret, Target, TargetError, redact,
    },
};
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};
use tracing::Instrument;

use crate::{App, Places, sender::Headers};

/// So many messages are on their way to one target at once.
const AT_ONCE: usize = 4;
/// What is to be done where a target's secret is not the one that was sealed.
const ROTATE: &str = "签名密钥无法打开：请轮换密钥，再重新投递 / the signing secret does not open: rotate \
                      it, then send this again";
/// What is to be done where its key is gone.
const PUT_KEY_BACK: &str = "签名密钥所用的加密密钥已不在平台密钥中：请放回 previous_sealing_keys，或轮换\
                            签名密钥，再重新投递 / the platform secret does not list the key that \
                            the signing secret is sealed under: put it back under \
                            previous_sealing_keys, or rotate the signing secret, then send this again";

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
        let attempt = async move {
            let _place = place;
            let later = silent.load(Ordering::Relaxed) || Instant::now() >= until;
            let done = match later {
                true => put_off(&app, job).await,
                false => one(&app, &target, job, &silent).await,
            };
            if let Err(error) = done {
                tracing::error!(webhook = target.id, error, "an attempt is not written down");
            }
        };
        // Its lines belong to the function's request.
        running.spawn(attempt.in_current_span());
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
    let attempt = attempt(app, target, &claimed).await;
    silent.fetch_or(attempt.status.is_none() && !attempt.hopeless, Ordering::Relaxed);
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
async fn attempt(app: &App, target: &Target, claimed: &Claimed) -> Attempt {
    let delivery = &claimed.delivery;
    let now = app.webhooks.clock.now();
    let begun = Instant::now();
    let mut attempt = Attempt { at: now.as_millisecond(), ..Attempt::default() };
    let timestamp = now.as_second();
    match signatures(app, target, delivery, timestamp).await {
        Ok(signature) => {
            let headers = Headers {
                id: &delivery.id,
                timestamp: &timestamp.to_string(),
                signature: &signature,
            };
            match app.sender.send(&target.url, headers, delivery.body.clone()).await {
                Ok(answer) => {
                    attempt.status = Some(answer.status);
                    attempt.answer = redact(&answer.beginning);
                }
                Err(unsent) => attempt.problem = Some(unsent.to_string()),
            }
        }
        Err(unsigned) => {
            tracing::error!(webhook = target.id, error = unsigned.why, "a message is not signed");
            attempt.problem = Some(unsigned.words.to_owned());
            attempt.hopeless = unsigned.hopeless;
        }
    }
    attempt.took = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    attempt
}

/// A message that could not be signed: nothing was sent.
struct Unsigned {
    why: String,
    /// What an operator does about it.
    words: &'static str,
    /// It stays so until the target has another secret.
    hopeless: bool,
}

/// The message's signatures, with spaces between them.
async fn signatures(
    app: &App,
    target: &Target,
    delivery: &Delivery,
    timestamp: i64,
) -> Result<String, Unsigned> {
    let unsigned = |why: String| Unsigned { why, words: ROTATE, hopeless: true };
    let secrets = app.webhooks.signing_secrets(target).await.map_err(|error| match error {
        // It opens again when the deployment knows the key again.
        TargetError::Unseal(_, UnsealError::UnknownKey) => {
            Unsigned { why: error.to_string(), words: PUT_KEY_BACK, hopeless: false }
        }
        error => unsigned(error.to_string()),
    })?;
    let sign = |secret: &SigningSecret| secret.sign(&delivery.id, timestamp, &delivery.body);
    let signed: Result<Vec<String>, _> = secrets.iter().map(sign).collect();
    signed.map(|all| all.join(" ")).map_err(|error| unsigned(error.to_string()))
}
