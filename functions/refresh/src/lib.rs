//! The clock: each minute, for each component, what time itself asks for.
//!
//! The ticket is asked for when it is old; the component's token and the merchants' tokens are
//! renewed ahead of expiry; releases that wait are looked after; what was left in the inbox and in
//! the outbox is told again. Ticks may overlap and may be missed: every step is safe to repeat,
//! and the next tick makes up for one that did not come.

use std::{collections::BTreeMap, time::Duration};

use jiff::SignedDuration;
use platform::{
    AppId, Platform,
    metric::Metrics,
    ticket::TicketError,
    tokens::{Progress, Work},
};
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::time::Instant;
use wechat::{endpoint::ApiStartPushTicket, token::NoToken};

/// WeChat pushes a ticket every ten minutes; one that is older is asked for.
const OLD_TICKET: SignedDuration = SignedDuration::from_mins(20);
/// It is asked for in every minute that is a multiple of this, not in each.
const ASKING: i64 = 5;
/// Calls to WeChat under way at once.
const AT_ONCE: usize = 32;
/// What was left behind is taken up in portions.
const PORTION: i32 = 50;

/// What `refresh` needs.
#[derive(Clone)]
pub struct App {
    /// The platform.
    pub platform: Platform,
    /// Counts what went wrong.
    pub metrics: Metrics,
}

/// What one tick did.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// By component.
    pub components: BTreeMap<AppId, ComponentSummary>,
    /// Events that were published late.
    pub published: usize,
    /// Releases that were looked after.
    pub releases: usize,
    /// Pushes that were announced again.
    pub announced: usize,
    /// Steps that failed, in words.
    pub failed: Vec<String>,
}

/// What one tick did for one component.
#[derive(Debug, Default, Serialize)]
pub struct ComponentSummary {
    /// Age of the newest ticket in seconds; none if there is no ticket.
    pub ticket_age: Option<i64>,
    /// The merchants' tokens.
    pub renewed: usize,
    /// Tokens that could not be renewed.
    pub failed: usize,
    /// Time ran out; the next tick goes on.
    pub unfinished: bool,
}

impl App {
    /// Everything that is needed is in the platform.
    pub fn new(platform: Platform) -> Self {
        App { platform, metrics: Metrics::to_standard_output() }
    }
}

/// Does what is due, and begins nothing new after `time`.
pub async fn tick(app: &App, time: Duration) -> Summary {
    let until = Instant::now() + time;
    let mut summary = Summary::default();
    let known = app.platform.secrets.fresh().await;
    for disabled in &known.disabled {
        app.metrics.count(
            app.platform.clock.now(),
            "DisabledComponents",
            ("Component", &disabled.entry),
            1,
        );
    }
    for component in known.components.keys() {
        let of_component = keep_component(app, component, until, &mut summary.failed).await;
        summary.components.insert(component.clone(), of_component);
    }
    leftovers(app, until, &mut summary).await;
    for failure in &summary.failed {
        tracing::warn!(failure, "a step of the tick failed");
    }
    tracing::info!(
        components = summary.components.len(),
        renewed = summary.components.values().map(|component| component.renewed).sum::<usize>(),
        published = summary.published,
        releases = summary.releases,
        announced = summary.announced,
        failed = summary.failed.len(),
        "tick"
    );
    summary
}

/// Ticket, component token, merchants' tokens.
async fn keep_component(
    app: &App,
    component: &AppId,
    until: Instant,
    failed: &mut Vec<String>,
) -> ComponentSummary {
    let Platform { tokens, clock, .. } = &app.platform;
    let mut summary = ComponentSummary::default();
    match keep_ticket(app, component).await {
        Ok(age) => summary.ticket_age = age,
        Err(error) => failed.push(format!("ticket of {component}: {error}")),
    }
    if summary.ticket_age.is_none() {
        // Without a ticket there is no token to be had; what tokens there are go on living.
        return summary;
    }
    if let Err(error) = tokens.keep_component(component).await {
        app.metrics.count(clock.now(), "RefreshFailures", ("Component", component.as_str()), 1);
        failed.push(format!("token of component {component}: {error}"));
        return summary;
    }
    match tokens.keep_merchants(component, Work { at_once: AT_ONCE, until }).await {
        Ok(Progress { renewed, failed: refused, unfinished, .. }) => {
            summary.renewed = renewed;
            summary.failed = refused;
            summary.unfinished = unfinished;
            if refused > 0 {
                let dimension = ("Component", component.as_str());
                app.metrics.count(clock.now(), "RefreshFailures", dimension, refused as u64);
            }
        }
        Err(error) => failed.push(format!("tokens of the merchants of {component}: {error}")),
    }
    summary
}

/// The ticket's age; WeChat is asked to push when it is old, or when there never was one.
async fn keep_ticket(app: &App, component: &AppId) -> Result<Option<i64>, String> {
    let Platform { tickets, tokens, secrets, clock, .. } = &app.platform;
    let age = match tickets.newest(component).await {
        Ok(ticket) => Some(clock.now().duration_since(ticket.created)),
        Err(TicketError::Never(_)) => None,
        Err(error) => return Err(error.to_string()),
    };
    if let Some(age) = age {
        let seconds = u64::try_from(age.as_secs()).unwrap_or(0);
        app.metrics.count(clock.now(), "TicketAge", ("Component", component.as_str()), seconds);
    }
    let asking = clock.now().as_second() / 60 % ASKING == 0;
    if asking && age.is_none_or(|age| age > OLD_TICKET) {
        let known = secrets.component(component).await.map_err(|error| error.to_string())?;
        let request = ApiStartPushTicket {
            component_appid: component.as_str(),
            component_secret: known.secret.expose_secret(),
        };
        tokens.wechat.send(&NoToken, &request).await.map_err(|error| error.to_string())?;
        tracing::info!(%component, "asked WeChat to push a ticket");
    }
    Ok(age.map(|age| age.as_secs()))
}

/// Releases that wait, pushes that were not finished, events that were not published.
async fn leftovers(app: &App, until: Instant, summary: &mut Summary) {
    let Platform { intake, outbox, releases, .. } = &app.platform;
    match releases.due(PORTION).await {
        Ok(due) => {
            for (component, appid) in due {
                if Instant::now() >= until {
                    break;
                }
                match releases.advance(&component, &appid).await {
                    Ok(_) => summary.releases += 1,
                    Err(error) => {
                        summary.failed.push(format!("release of {appid} of {component}: {error}"));
                    }
                }
            }
        }
        Err(error) => summary.failed.push(format!("releases: {error}")),
    }
    match intake.sweep(PORTION).await {
        Ok(announced) => summary.announced = announced,
        Err(error) => summary.failed.push(format!("inbox: {error}")),
    }
    match outbox.sweep(PORTION).await {
        Ok(published) => summary.published = published,
        Err(error) => summary.failed.push(format!("outbox: {error}")),
    }
}
