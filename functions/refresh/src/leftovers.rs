//! What concerns no component in particular: pushes that were not finished, events that were not
//! published, deliveries and rollouts that are due, approvals that nobody gave, releases, registrations and
//! records that wait.

use platform::{
    Services, call::CallError, profile::ProfileError, registrations::RegistrationError,
    releases::ReleaseError, tokens::TokenError,
};
use serde::Serialize;
use tokio::time::Instant;

use crate::{App, records};

/// What was left behind is taken up in portions.
const PORTION: i32 = 50;

/// How much of it was taken up.
#[derive(Debug, Default, Serialize)]
pub struct Leftovers {
    /// Events that were published late.
    pub published: usize,
    /// Releases that were looked after.
    pub releases: usize,
    /// Registrations that were looked after.
    pub registrations: usize,
    /// Profiles about whose reviews WeChat was asked.
    pub profiles: usize,
    /// Records about which WeChat was asked.
    pub records: usize,
    /// Pushes that were announced again.
    pub announced: usize,
    /// Deliveries to webhooks that were handed over.
    pub deliveries: usize,
    /// Rollouts and their targets that were handed over.
    pub rollouts: usize,
    /// Requests for approval that ended by themselves.
    pub approvals: usize,
    /// Steps that failed, on their way to [`Summary::failed`](crate::Summary::failed).
    #[serde(skip)]
    pub(crate) failed: Vec<String>,
}

/// Takes up a portion of each. Pushes and events come first, for they wait for nobody.
pub(crate) async fn take_up(app: &App, until: Instant) -> Leftovers {
    let Services {
        intake,
        outbox,
        releases,
        registrations,
        profiles,
        rollouts,
        webhooks,
        approvals,
        ..
    } = &*app.platform;
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
    match approvals.sweep(PORTION).await {
        Ok(ended) => done.approvals = ended,
        Err(error) => done.failed.push(format!("approvals: {error}")),
    }
    match releases.due(PORTION).await {
        Ok(due) => {
            for (component, appid) in due {
                if Instant::now() >= until {
                    break;
                }
                match releases.advance(&component, &appid).await {
                    Ok(_) => done.releases += 1,
                    // It waits, and comes up again.
                    Err(ReleaseError::Call(CallError::Token(TokenError::Shadow(_)))) => {}
                    Err(error) => {
                        done.failed.push(format!("release of {appid} of {component}: {error}"));
                    }
                }
            }
        }
        Err(error) => done.failed.push(format!("releases: {error}")),
    }
    match registrations.due(PORTION).await {
        Ok(due) => {
            for (component, id) in due {
                if Instant::now() >= until {
                    break;
                }
                match registrations.advance(&component, &id).await {
                    Ok(_) => done.registrations += 1,
                    // It is asked again later, and says so itself when it is shown.
                    Err(RegistrationError::Call(error)) => {
                        tracing::warn!(%component, registration = id, %error, "WeChat was not asked");
                    }
                    Err(error) => {
                        done.failed.push(format!("registration {id} of {component}: {error}"));
                    }
                }
            }
        }
        Err(error) => done.failed.push(format!("registrations: {error}")),
    }
    match profiles.due(PORTION).await {
        Ok(due) => {
            for (component, appid) in due {
                if Instant::now() >= until {
                    break;
                }
                match profiles.advance(&component, &appid).await {
                    Ok(_) => done.profiles += 1,
                    Err(ProfileError::Call(error)) => {
                        tracing::warn!(%component, %appid, %error, "WeChat was not asked");
                    }
                    Err(error) => {
                        done.failed.push(format!("profile of {appid} of {component}: {error}"));
                    }
                }
            }
        }
        Err(error) => done.failed.push(format!("profiles: {error}")),
    }
    done.records = records::ask(&app.platform, PORTION, until, &mut done.failed).await;
    done
}
