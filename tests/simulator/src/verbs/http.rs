//! The verbs over HTTP: `POST /simulator/<verb>` with the verb's argument as JSON.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    VerbError, authorization, expiry, filing, go_live, order_path, outside, privacy, profile,
    pushes, quota, records, registration, review, settings, users, verification,
};
use crate::{
    call::Call, log::Log, options::DraftOptions, pages, reply::respond, server::Inner,
    state::ReviewStatus,
};

/// Answers everything under `/simulator`, and the page at `/`.
pub(crate) async fn over_http(inner: &Arc<Inner>, call: &Call) -> Response<Bytes> {
    let now = inner.now();
    let verb = call.path.trim_start_matches("/simulator").trim_start_matches('/');
    let result = match (&call.method, verb) {
        (&Method::GET, "") => {
            let page = inner.note(|shared| pages::overview(&shared.world, now));
            return respond(StatusCode::OK, "text/html; charset=utf-8", page, now);
        }
        (&Method::GET, "state") => Ok(settings::state(inner)),
        (&Method::GET, "log") => {
            Ok(inner.note(|shared| serde_json::to_value(&shared.log).unwrap_or_default()))
        }
        (&Method::POST, verb) => play(inner, verb, &call.body).await,
        _ => Err(VerbError::new("only / , /simulator/state and /simulator/log are for GET")),
    };
    let (status, body) = match result {
        Ok(value) => (StatusCode::OK, value),
        Err(error) => (StatusCode::BAD_REQUEST, json!({ "error": error.to_string() })),
    };
    respond(status, "application/json", body.to_string(), now)
}

/// The names of all verbs, for the error that a misspelling gets.
const VERBS: &[&str] = &[
    "push-ticket",
    "push",
    "authorize",
    "update-authorization",
    "revoke",
    "approve",
    "reject",
    "delay",
    "expire",
    "invalidate-refresh-token",
    "hide-refresh-token",
    "fail",
    "clear-faults",
    "clear-log",
    "advance-time",
    "refuse-address",
    "token-behaviour",
    "set-addresses",
    "components",
    "merchants",
    "drafts",
    "set-icp",
    "step-verification",
    "step-procedure",
    "remind-of-verification",
    "finish-face-check",
    "review-filing",
    "review-name",
    "review-category",
    "decide-plugin",
    "set-word",
    "confirm-registration",
    "step-registration",
    "agree-to-fast-register",
    "set-quota",
    "set-privacy-detection",
    "change-outside",
    "set-searchable",
    "set-host",
    "decide-privacy-interface",
    "decide-order-path",
    "punish",
    "appeal",
    "log-in",
    "register-open-account",
    "check-release",
];

async fn play(inner: &Arc<Inner>, verb: &str, body: &[u8]) -> Result<Value, VerbError> {
    match verb {
        "push-ticket" => {
            let order: OfComponent = read(body)?;
            let appid =
                inner.change(|world, _| super::component(world, order.component.as_deref()))?;
            let (ticket, delivery) = inner.push_ticket(&appid).await?;
            Ok(json!({ "ticket": ticket, "delivery": delivery }))
        }
        "push" => write(pushes::push_any(inner, read(body)?).await?),
        "authorize" => write(authorization::authorize(inner, read(body)?).await?),
        "update-authorization" => {
            write(authorization::update_authorization(inner, read(body)?).await?)
        }
        "revoke" => write(authorization::revoke(inner, read(body)?).await?),
        "approve" => write(review::decide(inner, read(body)?, ReviewStatus::Approved).await?),
        "reject" => write(review::decide(inner, read(body)?, ReviewStatus::Rejected).await?),
        "delay" => write(review::decide(inner, read(body)?, ReviewStatus::Delayed).await?),
        "expire" => write(expiry::expire(inner, &read(body)?)?),
        "invalidate-refresh-token" => {
            let order: OfMerchant = read(body)?;
            let expire = expiry::Expire::of(expiry::Expiring::RefreshTokens, order.appid);
            write(expiry::expire(inner, &expire)?)
        }
        "hide-refresh-token" => {
            let order: Hide = read(body)?;
            write(expiry::hide_refresh_token(inner, &order.appid, order.hidden)?)
        }
        "fail" => {
            let fault = read(body)?;
            inner.note(|shared| shared.faults.add(fault));
            nothing()
        }
        "clear-faults" => {
            inner.note(|shared| shared.faults.clear());
            nothing()
        }
        "clear-log" => {
            inner.note(|shared| shared.log = Log::default());
            nothing()
        }
        "advance-time" => {
            let order: Advance = read(body)?;
            inner.options.clock.advance(order.seconds);
            Ok(json!({ "now": inner.change(|_, now| now) }))
        }
        "refuse-address" => {
            let order: Refuse = read(body)?;
            inner.change(|world, _| world.refuse_address = order.refused);
            nothing()
        }
        "token-behaviour" => {
            let behaviour = read(body)?;
            inner.change(|world, _| world.token_behaviour = behaviour);
            nothing()
        }
        "set-addresses" => write(settings::set_addresses(inner, read(body)?)?),
        "components" => write(settings::set_component(inner, read(body)?)?),
        "merchants" => write(settings::set_merchant(inner, read(body)?)?),
        "drafts" => {
            let order: Upload = read(body)?;
            let id = settings::add_draft(inner, order.component.as_deref(), order.code)?;
            Ok(json!({ "draft_id": id }))
        }
        "set-icp" => {
            let order: Icp = read(body)?;
            write(inner.change_merchant(&order.appid, |merchant, _| {
                merchant.account.icp_status = order.status;
            })?)
        }
        "confirm-registration" => write(registration::confirm(inner, read(body)?).await?),
        "step-registration" => write(registration::step(inner, &read(body)?)?),
        "agree-to-fast-register" => {
            let order: OfMerchant = read(body)?;
            Ok(json!({ "ticket": registration::agree(inner, &order.appid)? }))
        }
        "review-name" => write(profile::review_name(inner, read(body)?).await?),
        "review-category" => write(profile::review_category(inner, read(body)?).await?),
        "decide-plugin" => write(profile::decide_plugin(inner, &read(body)?)?),
        "set-word" => {
            profile::set_word(inner, read(body)?);
            nothing()
        }
        "finish-face-check" => write(filing::finish_face_check(inner, read(body)?).await?),
        "review-filing" => write(filing::review_filing(inner, read(body)?).await?),
        "step-verification" => write(verification::step_verification(inner, read(body)?).await?),
        "step-procedure" => write(verification::step_procedure(inner, read(body)?).await?),
        "remind-of-verification" => write(verification::remind(inner, read(body)?).await?),
        "set-quota" => write(quota::set_quota(inner, &read(body)?)?),
        "set-privacy-detection" => write(outside::set_privacy_detection(inner, read(body)?)?),
        "change-outside" => write(outside::change_outside(inner, read(body)?)?),
        "set-searchable" => {
            let order: Searchable = read(body)?;
            settings::set_searchable(inner, &order.wechat_id, order.searchable);
            nothing()
        }
        "set-host" => {
            settings::set_host(inner, read(body)?);
            nothing()
        }
        "decide-privacy-interface" => write(privacy::decide(inner, read(body)?).await?),
        "decide-order-path" => write(order_path::decide(inner, read(body)?).await?),
        "punish" => write(records::punish(inner, read(body)?).await?),
        "appeal" => write(records::appeal(inner, read(body)?).await?),
        "log-in" => Ok(json!({ "code": users::log_in(inner, read(body)?)? })),
        "check-release" => write(go_live::check_release(inner, read(body)?).await?),
        "register-open-account" => write(users::register_open_account(inner, read(body)?)?),
        _ => Err(VerbError::new(format!("there is no verb {verb}; there are {VERBS:?}"))),
    }
}

/// Reads an argument; no body counts as `{}`.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, VerbError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| VerbError::new(error.to_string()))
}

/// The result of a verb that has none.
fn nothing() -> Result<Value, VerbError> {
    Ok(json!({}))
}

/// Words a result; nothing to tell is `{}`.
fn write<T: Serialize>(result: T) -> Result<Value, VerbError> {
    match serde_json::to_value(result) {
        Ok(Value::Null) => nothing(),
        Ok(value) => Ok(value),
        Err(error) => Err(VerbError::new(error.to_string())),
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OfComponent {
    component: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfMerchant {
    appid: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hide {
    appid: String,
    hidden: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refuse {
    refused: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Icp {
    appid: String,
    status: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Searchable {
    wechat_id: String,
    searchable: bool,
}

#[derive(Deserialize)]
struct Upload {
    #[serde(default)]
    component: Option<String>,
    #[serde(flatten)]
    code: DraftOptions,
}
