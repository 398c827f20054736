//! What the clock does for one component: ticket, component token, merchants' tokens.

use jiff::SignedDuration;
use platform::{
    AppId, Services,
    breaker::Cause,
    ticket::TicketError,
    tokens::{Mode, Part, Progress, Subject, TokenError},
};
use secrecy::ExposeSecret;
use tokio::time::Instant;
use wechat::{endpoint::ApiStartPushTicket, token::NoToken};

use crate::{App, ComponentSummary};

/// WeChat pushes a ticket every ten minutes; one that is older is asked for.
const OLD_TICKET: SignedDuration = SignedDuration::from_mins(20);
/// It is asked for in every minute that is a multiple of this, not in each; in each once WeChat has
/// refused the one that there is.
const ASKING: i64 = 5;

/// Keeps what `component` lives on. Each step is tried whatever became of the one before: tokens
/// go on living without a ticket.
pub(crate) async fn keep(
    app: &App,
    component: &AppId,
    part: Part,
    until: Instant,
) -> ComponentSummary {
    let Services { tokens, adoption, clock, .. } = &*app.platform;
    let mut summary = ComponentSummary::default();
    let failures = |count: usize| {
        let dimension = ("Component", component.as_str());
        app.metrics.count(clock.now(), "RefreshFailures", dimension, count as u64);
    };
    let mode = match tokens.mode(component).await {
        Ok(mode) => mode,
        Err(error) => {
            summary.errors.push(format!("mode of {component}: {error}"));
            return summary;
        }
    };
    match keep_ticket(app, component, mode).await {
        Ok(age) => summary.ticket_age = age,
        Err(error) => summary.errors.push(format!("ticket of {component}: {error}")),
    }
    if mode == Mode::Shadow {
        // Another system renews the tokens.
        if let Err(error) = adoption.go_on(component, until).await {
            summary.errors.push(format!("shadow mode of {component}: {error}"));
        }
        return summary;
    }
    let expiry = match tokens.keep_component(component).await {
        Ok(expiry) => Some(expiry),
        // Before the first ticket there is nothing to be renewed.
        Err(TokenError::Ticket(TicketError::Never(_))) => None,
        Err(error) => {
            failures(1);
            summary.errors.push(format!("token of component {component}: {error}"));
            // What is left of the former one. What cannot be read now is read in a minute.
            let item = tokens.read(&Subject::Component(component.clone())).await;
            item.ok().flatten().map(|item| item.access_expires_at)
        }
    };
    if let Some(expiry) = expiry {
        let life = u64::try_from(expiry - clock.now().as_second()).unwrap_or(0);
        app.metrics.count(clock.now(), "TokenLife", ("Component", component.as_str()), life);
    }
    let (kept, cut_over) = tokio::join!(
        tokens.keep_merchants_beside(component, &part, until),
        adoption.go_on(component, until),
    );
    if let Err(error) = cut_over {
        summary.errors.push(format!("cut-over of {component}: {error}"));
    }
    match kept {
        Ok(Progress { renewed, failed, unfinished, halted, .. }) => {
            summary.renewed = renewed;
            summary.failed = failed;
            summary.unfinished = unfinished;
            summary.halted = halted;
            if halted {
                let dimension = ("Component", component.as_str());
                app.metrics.count(clock.now(), "HaltedComponents", dimension, 1);
            }
            if failed > 0 {
                failures(failed);
            }
        }
        Err(error) => {
            summary.errors.push(format!("tokens of the merchants of {component}: {error}"));
        }
    }
    summary
}

/// The ticket's age; WeChat is asked to push when it is old or refused, or when there never was one.
/// In shadow mode that is the other system's affair.
async fn keep_ticket(app: &App, component: &AppId, mode: Mode) -> Result<Option<i64>, String> {
    let Services { tickets, tokens, secrets, breakers, clock, .. } = &*app.platform;
    let age = match tickets.newest(component).await {
        Ok(ticket) => Some(clock.now().duration_since(ticket.created)),
        Err(TicketError::Never(_)) => None,
        Err(error) => return Err(error.to_string()),
    };
    if let Some(age) = age {
        let seconds = u64::try_from(age.as_secs()).unwrap_or(0);
        app.metrics.count(clock.now(), "TicketAge", ("Component", component.as_str()), seconds);
    }
    let is_old = age.is_none_or(|age| age > OLD_TICKET);
    let its_minute = clock.now().as_second() / 60 % ASKING == 0;
    // What cannot be read now is read in the next minute, or in five.
    let is_refused = mode == Mode::Active
        && (is_old || its_minute)
        && breakers
            .open(component)
            .await
            .is_ok_and(|open| open.iter().any(|open| open.cause == Cause::Ticket));
    if is_refused || (mode == Mode::Active && is_old && its_minute) {
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
