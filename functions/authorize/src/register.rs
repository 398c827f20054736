//! The administrator of an official account, on the way to a mini program: a page whose link leads
//! to WeChat's, and the way back with the ticket. They are told that it worked when the mini program
//! is registered, not before.

use std::time::Duration;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderValue, header};
use platform::{
    actor::Actor,
    registrations::{Offered, Registration},
    secrets::Component,
};
use secrecy::SecretString;
use tokio::time::timeout;
use tracing::Instrument;

use crate::{
    App, pages, start,
    trouble::{Problem, Trouble},
    visitor::Visitor,
};

/// The gateway waits for 30 s; they are told something before.
const PATIENCE: Duration = Duration::from_secs(23);

/// `GET /authorize/{component}/register`
pub(crate) async fn page(
    State(app): State<App>,
    Path(component): Path<String>,
    visitor: Visitor,
) -> Result<Response, Response> {
    let component = start::find(&app, &component, &visitor).await?;
    // Without the component, for its authorization page is no way out of this.
    let problem = || Problem::new(&app, &visitor, None);
    let state = visitor.query("state").ok_or_else(|| problem().page(Trouble::NoOffer))?;
    let offered = app.platform.registrations.offered(&component.appid, state).await;
    let offered: Offered = offered.map_err(|error| problem().of_offer(&error))?;
    let address = offered.page(&app.platform.addresses, &component.appid, state);
    Ok(pages::register(&visitor, &component, &offered, &address))
}

/// `GET /authorize/{component}/registered`
pub(crate) async fn back(
    State(app): State<App>,
    Path(component): Path<String>,
    visitor: Visitor,
) -> Response {
    let mut answer = match take_in(&app, &component, &visitor).await {
        Ok(page) | Err(page) => page,
    };
    // This page's own address holds the ticket.
    let policy = HeaderValue::from_static("no-referrer");
    answer.headers_mut().insert(header::REFERRER_POLICY, policy);
    answer
}

async fn take_in(app: &App, component: &str, visitor: &Visitor) -> Result<Response, Response> {
    let component: std::sync::Arc<Component> = start::find(app, component, visitor).await?;
    let problem = || Problem::new(app, visitor, None);
    let state = visitor.query("state").ok_or_else(|| problem().page(Trouble::NoOffer))?;
    let ticket = visitor.query("ticket").ok_or_else(|| problem().page(Trouble::NotFinished))?;
    let ticket = SecretString::from(ticket);

    // In a task of its own, which goes on if they have to be told to wait.
    let registering = tokio::spawn({
        let registrations = app.platform.registrations.clone();
        let (component, state) = (component.appid.clone(), state.to_owned());
        let agreed = async move { registrations.agreed(&component, &state, ticket).await };
        Actor::Merchant.does(agreed).in_current_span()
    });
    let registered: Registration = match timeout(PATIENCE, registering).await {
        Ok(Ok(result)) => result.map_err(|error| problem().of_agreement(&error))?,
        Ok(Err(panic)) => return Err(problem().of_panic(&panic)),
        Err(_) => return Err(problem().page(Trouble::StillRegistering)),
    };
    Ok(pages::registered(visitor, &component, &registered))
}
