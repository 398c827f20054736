//! The way back: WeChat sends the browser here with the authorization code. The merchant is told
//! that it worked when the grant is stored, not before.

use std::time::Duration;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderValue, header};
use platform::{
    AppId,
    actor::Actor,
    grants::{Granted, Source},
    mini_programs::MiniProgram,
};
use secrecy::SecretString;
use tokio::time::timeout;
use tracing::Instrument;

use crate::{
    App, pages, start,
    trouble::{Problem, Trouble},
    visitor::Visitor,
};

/// The gateway waits for 30 s; the merchant is told something before.
const PATIENCE: Duration = Duration::from_secs(23);
/// The account's name is worth so much waiting.
const PROFILE: Duration = Duration::from_secs(4);

/// `GET /authorize/{component}/return`
pub(crate) async fn page(
    State(app): State<App>,
    Path(component): Path<String>,
    visitor: Visitor,
) -> Response {
    let answer = match take_in(&app, &component, &visitor).await {
        Ok(page) | Err(page) => page,
    };
    // This page's own address holds the code.
    with_header(answer, header::REFERRER_POLICY, "no-referrer")
}

async fn take_in(app: &App, component: &str, visitor: &Visitor) -> Result<Response, Response> {
    let component = start::find(app, component, visitor).await?;
    let appid = &component.appid;
    let problem = || Problem::new(app, visitor, Some(appid));
    let state = visitor.query("state").ok_or_else(|| problem().page(Trouble::NotFromHere))?;
    let code = visitor.query("auth_code").ok_or_else(|| problem().page(Trouble::NotFinished))?;
    let code = SecretString::from(code);
    let consumed = app.platform.authorizations.consume(appid, state, &code).await;
    consumed.map_err(|error| problem().of_state(&error))?;

    // In a task of its own, which goes on if the merchant has to be told to wait.
    let exchange = tokio::spawn({
        let (grants, component) = (app.platform.grants.clone(), appid.clone());
        let exchange = async move { grants.exchange(&component, &code, &Source::Redirect).await };
        Actor::Merchant.does(exchange).in_current_span()
    });
    let granted = match timeout(PATIENCE, exchange).await {
        Ok(Ok(result)) => result.map_err(|error| problem().of_grant(&error))?,
        Ok(Err(panic)) => return Err(problem().of_panic(&panic)),
        Err(_) => return Err(problem().page(Trouble::StillWorking)),
    };
    let account = match granted.is_of_test_account() {
        true => None,
        false => profile(app, appid, &granted).await,
    };
    let account = account.filter(|account| !account.profile.nick_name.is_empty());
    Ok(pages::done(
        visitor,
        &pages::Done { component: &component, granted: &granted, account: account.as_ref() },
    ))
}

/// The account by its name, if WeChat tells it soon.
async fn profile(app: &App, component: &AppId, granted: &Granted) -> Option<MiniProgram> {
    let records = &app.platform.mini_programs;
    match timeout(PROFILE, records.refresh_profile(component, &granted.appid)).await {
        Ok(Ok(account)) => return Some(account),
        Ok(Err(error)) => tracing::warn!(%component, %error, "profile not read yet"),
        Err(_) => tracing::warn!(%component, "profile not read in time"),
    }
    records.find(component, &granted.appid).await.ok().flatten()
}

fn with_header(mut response: Response, name: http::HeaderName, value: &'static str) -> Response {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}
