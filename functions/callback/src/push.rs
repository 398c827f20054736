//! One push, from its bytes to its answer.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{
        Path, Query, State,
        rejection::{BytesRejection, PathRejection, QueryRejection},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use platform::{
    AppId,
    inbox::Route,
    intake::{Taken, name_of},
    secrets::Component,
    spill::Spilled,
};
use serde::Deserialize;
use tokio::time::timeout;
use tracing::Instrument;
use wechat::{
    crypto::{self, Decrypted, Opened, PushQuery, Refusal},
    message::Summary,
};

use crate::{App, answer::Answer, go_live};

/// If the inbox has not answered by then, the push goes to the spill queue.
const STORING: Duration = Duration::from_millis(1800);
/// The spill queue's share of the four seconds.
const SPILLING: Duration = Duration::from_millis(1200);
/// The bus's share. If it is not used up, so much the better: the sweeper announces again.
const ANNOUNCING: Duration = Duration::from_millis(1200);
/// No `echostr` is longer.
const MAX_ECHO: usize = 128;

/// The query parameters that WeChat sends; those of a push and those of an address check.
#[derive(Debug, Deserialize)]
pub(crate) struct Parameters {
    #[serde(default)]
    signature: String,
    #[serde(default)]
    msg_signature: String,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    nonce: String,
    #[serde(default)]
    echostr: String,
}

/// A query that may be malformed: what axum would say about it is not for the sender.
type Parsed = Result<Query<Parameters>, QueryRejection>;
/// A path that may be malformed.
type Place<T> = Result<Path<T>, PathRejection>;

/// `POST /wechat/{component}/events`
pub(crate) async fn event(
    State(app): State<App>,
    place: Place<String>,
    parameters: Parsed,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let place = place.map(|Path(component)| (component, Route::Events));
    receive(&app, place.map_err(|_| Cause::Address), parameters, body).await
}

/// `POST /wechat/{component}/messages/{authorizer}`
pub(crate) async fn message(
    State(app): State<App>,
    place: Place<(String, String)>,
    parameters: Parsed,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let place = place.map_err(|_| Cause::Address).and_then(|Path((component, authorizer))| {
        let authorizer = authorizer.parse().map_err(|_| Cause::Address)?;
        Ok((component, Route::Messages(authorizer)))
    });
    receive(&app, place, parameters, body).await
}

/// `GET` on the authorization-event URL: WeChat checks that we are who we say.
pub(crate) async fn check_address(
    State(app): State<App>,
    place: Place<String>,
    parameters: Parsed,
) -> Response {
    echo(&app, place.ok().map(|Path(component)| component), parameters).await
}

/// `GET` on the message URL.
pub(crate) async fn check_address_of_messages(
    State(app): State<App>,
    place: Place<(String, String)>,
    parameters: Parsed,
) -> Response {
    echo(&app, place.ok().map(|Path((component, _))| component), parameters).await
}

/// Why a push is refused, to count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The path names no component or account that this deployment serves.
    Address,
    /// The message is neither an event nor a message.
    Message,
    /// It is not genuine.
    Forged(Refusal),
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Cause::Address => "address",
            Cause::Message => "message",
            Cause::Forged(refusal) => refusal.as_str(),
        }
    }
}

async fn receive(
    app: &App,
    place: Result<(String, Route), Cause>,
    parameters: Parsed,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let taken = async {
        let (component, route) = place?;
        let Query(parameters) = parameters.map_err(|_| Cause::Forged(Refusal::Query))?;
        let body = body.map_err(|_| Cause::Forged(Refusal::TooLarge))?;
        let verified = verify(app, &component, &route, &parameters, &body).await?;
        let message = verified.decrypted.message();
        let summary = summarize(&verified.component, message)?;
        let reply = go_live::reply(app, &verified, message, &route, &parameters.nonce);
        let push = Push { component: &verified.component.appid, message, summary };
        let answer = keep(app, &push, route, parameters, body).await;
        Ok(match (answer, reply) {
            (Answer::Success, Some(reply)) => Answer::Reply(reply),
            (answer, _) => answer,
        })
    };
    taken.await.unwrap_or_else(|cause| refuse(app, cause))
}

fn refuse(app: &App, cause: Cause) -> Answer {
    app.metrics.count(app.clock.now(), "Refusals", ("Cause", cause.as_str()), 1);
    Answer::Refused
}

/// Reads what decides where the message goes. Its own `AppId`, if it has one, is our component's.
fn summarize<'a>(component: &Component, message: &'a str) -> Result<Summary<'a>, Cause> {
    let summary = Summary::scan(message.as_bytes()).map_err(|_| Cause::Message)?;
    let component = component.appid.as_str();
    if summary.info_type.is_none() && summary.msg_type.is_none() && summary.event.is_none() {
        return Err(Cause::Message);
    }
    if summary.app_id.as_deref().is_some_and(|inner| inner != component) {
        return Err(Cause::Forged(Refusal::AppId));
    }
    Ok(summary)
}

/// A push that is genuine and meant for us.
pub(crate) struct Verified {
    pub(crate) component: Arc<Component>,
    pub(crate) decrypted: Decrypted,
    /// Which of the component's tokens signed it.
    pub(crate) token_index: usize,
}

/// What is to be kept.
struct Push<'a> {
    component: &'a AppId,
    message: &'a str,
    summary: Summary<'a>,
}

/// Verifies, decrypts and reads a push. A signature that does not hold may mean that the keys were
/// changed: the secret is read again, at most once a minute, and the push gets a second chance.
async fn verify(
    app: &App,
    component: &str,
    route: &Route,
    parameters: &Parameters,
    body: &[u8],
) -> Result<Verified, Cause> {
    let appid: AppId = component.parse().map_err(|_| Cause::Address)?;
    let open = |component: &Component| {
        let query = PushQuery {
            msg_signature: &parameters.msg_signature,
            timestamp: &parameters.timestamp,
            nonce: &parameters.nonce,
        };
        crypto::open(&component.callback_keys(), &query, body)
    };
    let mut component = app.secrets.component(&appid).await.map_err(|_| Cause::Address)?;
    let mut opened = open(&component);
    let doubtful = matches!(
        opened,
        Err(Refusal::Signature | Refusal::Padding | Refusal::Length | Refusal::AppId)
    );
    if doubtful && app.secrets.reconsider().await {
        component = app.secrets.component(&appid).await.map_err(|_| Cause::Address)?;
        opened = open(&component);
    }
    let Opened { decrypted, token_index } = opened.map_err(Cause::Forged)?;
    let for_authorizer =
        matches!(route, Route::Messages(authorizer) if authorizer.as_str() == decrypted.id);
    if !for_authorizer {
        decrypted.require_id(&appid).map_err(Cause::Forged)?;
    }
    Ok(Verified { component, decrypted, token_index })
}

/// Keeps a genuine push: in the inbox, else in the spill queue.
async fn keep(
    app: &App,
    push: &Push<'_>,
    route: Route,
    parameters: Parameters,
    body: Bytes,
) -> Answer {
    let Push { component, message, summary } = push;
    let component = *component;
    let name = name_of(summary);
    let kept = timeout(STORING, app.intake.keep(component, &route, message, summary)).await;
    match kept {
        Ok(Ok(taken)) => {
            let inbox = match &taken {
                Taken::ToDo(key) => Some(key.as_str()),
                _ => None,
            };
            tracing::info!(%component, name, inbox, ?taken, "push kept");
            if let Taken::ToDo(key) = taken {
                // Whatever is logged meanwhile names the item, and can be found by it.
                let span = tracing::info_span!("push", inbox = key);
                let announced = app.intake.announce(component, &key).instrument(span);
                if timeout(ANNOUNCING, announced).await.is_err() {
                    tracing::warn!(%component, inbox = key, "push is kept but not announced yet");
                }
            }
            return Answer::Success;
        }
        Ok(Err(error)) => tracing::error!(%component, name, %error, "push not kept in the inbox"),
        Err(_) => tracing::error!(%component, name, "inbox did not answer in time"),
    }
    let Ok(body) = String::from_utf8(body.into()) else {
        return Answer::Refused;
    };
    let spilled = Spilled {
        component: component.clone(),
        authorizer: match route {
            Route::Events => None,
            Route::Messages(authorizer) => Some(authorizer),
        },
        msg_signature: parameters.msg_signature,
        timestamp: parameters.timestamp,
        nonce: parameters.nonce,
        body,
    };
    let now = app.clock.now();
    match timeout(SPILLING, app.spill.keep(&spilled)).await {
        Ok(Ok(())) => {
            app.metrics.count(now, "Spilled", ("Component", component.as_str()), 1);
            return Answer::Success;
        }
        Ok(Err(error)) => tracing::error!(%component, name, %error, "push not kept at all"),
        Err(_) => tracing::error!(%component, name, "push not kept at all: no answer in time"),
    }
    app.metrics.count(now, "NotKept", ("Component", component.as_str()), 1);
    Answer::NotKept
}

/// Answers an address check with its bare `echostr`. Its `signature` covers no body, and is good
/// for nothing else.
async fn echo(app: &App, component: Option<String>, parameters: Parsed) -> Response {
    let genuine = async {
        let Query(parameters) = parameters.ok()?;
        let component = component?;
        let appid: AppId = component.parse().ok()?;
        let component = app.secrets.component(&appid).await.ok()?;
        let Parameters { signature, timestamp, nonce, echostr, .. } = &parameters;
        let short = [signature, timestamp, nonce]
            .iter()
            .all(|parameter| parameter.len() <= crypto::MAX_PARAMETER);
        let harmless =
            echostr.len() <= MAX_ECHO && echostr.bytes().all(|byte| byte.is_ascii_graphic());
        if !short || !harmless || echostr.is_empty() {
            return None;
        }
        crypto::verify_signature(&component.tokens, timestamp, nonce, signature).ok()?;
        Some(parameters.echostr)
    };
    match genuine.await {
        Some(echo) => ([(axum::http::header::CONTENT_TYPE, "text/plain")], echo).into_response(),
        None => {
            app.metrics.count(app.clock.now(), "Refusals", ("Cause", "echo"), 1);
            Answer::Refused.into_response()
        }
    }
}
