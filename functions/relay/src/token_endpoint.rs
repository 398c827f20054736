//! `/cgi-bin/token` and `/cgi-bin/stable_token`, as WeChat has them: an SDK that was given a
//! machine's key as its `secret` gets a relay token for it.

use axum::{
    http::{HeaderMap, Method, header},
    response::{IntoResponse, Response},
};
use platform::operators::{OperatorKey, Scope, SignInError, Source};
use platform::text::Text;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    App,
    address::Address,
    problem::{Kind, Problem},
    relay_token,
};

/// WeChat's paths that the relay answers itself.
pub const ANSWERED_HERE: [&str; 2] = ["/cgi-bin/token", "/cgi-bin/stable_token"];

/// Whether the relay answers this path itself.
pub(crate) fn is(path: &str) -> bool {
    ANSWERED_HERE.contains(&path)
}

/// What an SDK sends.
struct Asked {
    grant_type: String,
    appid: String,
    secret: SecretString,
}

/// Answers with a token, or as WeChat refuses one.
pub(crate) async fn answer(
    app: &App,
    address: &Address,
    source: &Source,
    method: &Method,
    headers: &HeaderMap,
    query: &str,
    body: &[u8],
) -> Result<Response, Problem> {
    let asked = Asked::read(method, headers, query, body);
    if asked.grant_type != "client_credential" {
        return Err(refused(40002, "grant_type 应为 client_credential", "invalid grant_type"));
    }
    if asked.appid.is_empty() {
        return Err(refused(41002, "缺少 appid", "appid missing"));
    }
    if asked.secret.expose_secret().is_empty() {
        return Err(refused(41004, "缺少 secret", "appsecret missing"));
    }
    if asked.appid != address.appid().as_str() {
        return Err(refused(
            40013,
            "appid 与地址中的账号不一致",
            "invalid appid: not the account in the address",
        ));
    }
    let key: OperatorKey = asked.secret.expose_secret().parse().map_err(|_| {
        refused(
            40125,
            "secret 应为本平台的机器密钥 wf_<id>_<secret>",
            "invalid appsecret: a machine's key of this platform is wanted, wf_<id>_<secret>",
        )
    })?;
    let operator = app.operators.sign_in(&key, source).await.map_err(|error| match error {
        error @ (SignInError::Storage(_) | SignInError::Secrets(_)) => {
            Problem::from(error).worded_by_wechat(-1)
        }
        error @ (SignInError::LockedOut { .. } | SignInError::TooOften { .. }) => error.into(),
        error => Problem::from(error).worded_by_wechat(40125),
    })?;
    let accounts = &app.platform.mini_programs;
    let covered =
        operator.permit.covers(accounts, &address.component, address.account.as_ref()).await;
    let covered = covered.map_err(|error| Problem::from(error).worded_by_wechat(-1))?;
    if !covered || !operator.permit.grants(Scope::Relay) {
        return Err(refused(
            48001,
            "此密钥没有 relay 权限，或不能用于该账号",
            "api unauthorized: the key has no scope relay, or is not good for this account",
        ));
    }
    tracing::info!(key = operator.key, %address, "relay token given");
    let token = relay_token::make(app, address, &operator.key);
    let answer = json!({ "access_token": token.expose_secret(), "expires_in": relay_token::LIFE });
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, answer.to_string()).into_response())
}

impl Asked {
    /// Reads the query, and the body of what is no GET: JSON or a form.
    fn read(method: &Method, headers: &HeaderMap, query: &str, body: &[u8]) -> Self {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_form =
            kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let form = if is_form && *method != Method::GET { body } else { &[] };
        let json: Value = match *method == Method::GET {
            true => Value::Null,
            // What is no JSON has no field.
            false => serde_json::from_slice(body).unwrap_or_default(),
        };
        let parameter = |wanted: &str| {
            let pairs =
                form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(form));
            let mut pairs = pairs.filter(|(name, _)| name == wanted);
            let text = pairs.next().map(|(_, value)| value.into_owned());
            text.or_else(|| json[wanted].as_str().map(str::to_owned)).unwrap_or_default()
        };
        Asked {
            grant_type: parameter("grant_type"),
            appid: parameter("appid"),
            secret: SecretString::from(parameter("secret")),
        }
    }
}

fn refused(errcode: i64, zh: &'static str, en: &'static str) -> Problem {
    Problem::new(Kind::NotSignedIn).detail(Text::fixed(zh, en)).worded_by_wechat(errcode)
}
