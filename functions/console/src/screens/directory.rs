//! Signing in with the company's directory: the way there, with what only this browser knows, and the
//! way back.

use std::time::Duration;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use maud::html;
use platform::{
    sealed::{Kind, Owner, Sealed},
    text::Text,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use super::sign_in;
use crate::{
    App,
    api::{Content, Write},
    pieces,
    session::{Operator, cookie},
    shell,
    submitted::Fields,
    trouble::Trouble,
    visitor::Visitor,
};

/// How long a sign-in at the directory may take.
const LASTS: Duration = Duration::from_secs(10 * 60);
const TITLE: Text = Text::fixed("登录", "Sign in");

/// A sign-in that has begun, as a kind of sealed value.
#[derive(Debug)]
struct Begun;

impl Kind for Begun {
    const NAME: &'static str = "console-directory";
}

/// What this browser keeps of a sign-in until it comes back.
#[derive(Serialize, Deserialize)]
struct Kept {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
    until: i64,
}

/// What the API says of the directory.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Directory {
    authorization_endpoint: String,
    client_id: String,
    redirect_uri: String,
}

/// `GET /console/sign-in/directory/begin`: to the directory.
pub(crate) async fn begin(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let path = ["directory"];
    let directory: Option<Directory> = app.api.find(&visitor.stranger(), &path, &[]).await?;
    let directory = directory.ok_or(Trouble::NoSuchPage)?;
    let mut there = Url::parse(&directory.authorization_endpoint)
        .map_err(|error| Trouble::unexpected(&path, &error))?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let random = || URL_SAFE_NO_PAD.encode(app.random.bytes::<32>());
    let kept = Kept {
        state: random(),
        nonce: random(),
        verifier: random(),
        next: fields.text("next").to_owned(),
        until: (app.clock.now() + LASTS).as_second(),
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(kept.verifier.as_bytes()));
    there
        .query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &directory.client_id)
        .append_pair("redirect_uri", &directory.redirect_uri)
        .append_pair("scope", "openid profile email")
        .append_pair("state", &kept.state)
        .append_pair("nonce", &kept.nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    let mut response = Redirect::to(there.as_str()).into_response();
    let kept = serde_json::to_string(&kept).expect("texts and a number");
    let keys = app.sessions.secrets.sealing();
    let sealed: Sealed<Begun> = Sealed::seal(&keys, app.random.as_ref(), &owner(), &kept);
    response.headers_mut().insert(header::SET_COOKIE, set(&app, sealed.as_text(), LASTS.as_secs()));
    Ok(response)
}

/// `GET /console/sign-in/directory`: back from there. The code in the address is good for nothing without
/// what the cookie holds (RFC 7636), and once.
pub(crate) async fn back(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    #[derive(Deserialize)]
    struct Signed {
        secret: SecretString,
        key: Key,
    }
    #[derive(Deserialize)]
    struct Key {
        id: String,
        name: String,
        role: String,
    }
    let language = visitor.language;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let Some(kept) = kept(&app, &headers, fields.text("state")) else {
        let why = Text::fixed(
            "这次登录已过期，或不是从这个浏览器发起的，请重新登录",
            "this sign-in is over, or was begun in another browser; sign in again",
        );
        return Ok(refused(&app, &visitor, "", html! { (why.sentence(language)) }));
    };
    if let Some(error) = fields.get("error") {
        let why = Text::fixed("单点登录被拒绝或取消", "the directory did not sign you in");
        let why = html! { (why.sentence(language)) " " code { (error) } };
        return Ok(refused(&app, &visitor, &kept.next, why));
    }
    let path = ["directory", "sign-ins"];
    let content = Content::Json(json!({
        "code": fields.text("code"), "code_verifier": kept.verifier, "nonce": kept.nonce,
    }));
    let write = Write { method: Method::POST, path: &path, query: &[], content, once: "" };
    let answer = match app.api.write(&visitor.stranger(), write).await {
        Ok(answer) => answer,
        Err(Trouble::Refused(problem)) => {
            return Ok(refused(&app, &visitor, &kept.next, pieces::problem(&problem, language)));
        }
        Err(Trouble::SignedOut(why)) => {
            return Ok(refused(&app, &visitor, &kept.next, html! { (why.unwrap_or_default()) }));
        }
        Err(trouble) => return Err(trouble),
    };
    let Signed { secret, key } =
        serde_json::from_slice(&answer.body).map_err(|error| Trouble::unexpected(&path, &error))?;
    let who = Operator { id: key.id, name: key.name, role: key.role };
    let next = sign_in::within(&kept.next).to_owned();
    // A redirect would still belong to the directory's page, to which the session's cookie is not sent.
    let content = html! {
        div.welcome { (pieces::mark()) "wechat-fleet" }
        h1 { (Text::fixed("已登录", "You are signed in").read(language)) }
        p { (who.name) }
        p { a.button href=(next) { (Text::fixed("继续", "Continue").read(language)) } }
        meta http-equiv="refresh" content={ "0;url=" (next) };
    };
    let mut page = shell::bare(&visitor, &TITLE, content);
    let headers = page.headers_mut();
    headers.append(header::SET_COOKIE, app.sessions.begin(&secret, who));
    headers.append(header::SET_COOKIE, set(&app, "", 0));
    Ok(page)
}

fn refused(app: &App, visitor: &Visitor, next: &str, why: maud::Markup) -> Response {
    let mut page = sign_in::draw(visitor, next, true, Some(&why));
    *page.status_mut() = StatusCode::UNAUTHORIZED;
    page.headers_mut().append(header::SET_COOKIE, set(app, "", 0));
    page
}

/// What this browser kept, if `state` is of it and its time is not over.
fn kept(app: &App, headers: &HeaderMap, state: &str) -> Option<Kept> {
    let sealed = Sealed::<Begun>::from_text(cookie(headers, name(app))?);
    let plain = sealed.open(&app.sessions.secrets.sealing(), &owner()).ok()?;
    let kept: Kept = serde_json::from_str(plain.expose_secret()).ok()?;
    let is_its = bool::from(kept.state.as_bytes().ct_eq(state.as_bytes()));
    (is_its && kept.until > app.clock.now().as_second()).then_some(kept)
}

/// Lax, for it has to come along from the directory's page.
fn set(app: &App, value: &str, seconds: u64) -> HeaderValue {
    let secure = if app.sessions.encrypted { "; Secure" } else { "" };
    let name = name(app);
    let cookie =
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(cookie).expect("base64url is visible ASCII")
}

fn name(app: &App) -> &'static str {
    if app.sessions.encrypted { "__Host-fleet-directory" } else { "fleet-directory" }
}

fn owner() -> Owner {
    Owner::operators("console-directory")
}
