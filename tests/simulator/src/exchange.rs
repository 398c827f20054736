//! How one call of WeChat's is answered: noted, checked, counted, done, worded, accidents included.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use crate::{
    call::Call,
    checks::{self, Caller},
    clock::day,
    endpoint::{Endpoint, TokenKind},
    endpoints::find,
    log::CallRecord,
    misbehaviour::{Fault, How},
    reply::{self, Answer, Refusal, refuse, render, respond},
    scene::{Scene, text},
    server::{ConnectionCut, Inner, Shared},
    state::{Refused, World},
};

/// How long a caller waits for an answer that does not come.
const SILENCE: Duration = Duration::from_secs(120);

/// Answers one call, accidents included.
pub(crate) async fn answer(
    inner: &Arc<Inner>,
    call: Call,
) -> Result<Response<Bytes>, ConnectionCut> {
    let endpoint = find(&call.path);
    let now = inner.now();
    let (mut record, fault) = inner.note(|shared| {
        let record = receive(&call, shared, now);
        let about = match record.appid.as_str() {
            "" => serde_json::from_slice(&call.body)
                .map(|body| text(&body, "authorizer_appid").to_owned())
                .unwrap_or_default(),
            appid => appid.to_owned(),
        };
        let fault = shared.faults.meet(&call.path, &about);
        (record, fault)
    });
    record.fault = fault.as_ref().map(|fault| fault.how.name());
    let exclusive = endpoint.is_some_and(|endpoint| endpoint.exclusive);
    let turn = match exclusive && !record.appid.is_empty() {
        true => Turn::take(&inner.busy, &record.appid),
        false => Some(Turn::default()),
    };
    let fault = fault.map(|Fault { how, acted, .. }| (how, acted));
    let result = match fault {
        Some((How::Slow(milliseconds), acted)) => {
            let delay = Duration::from_millis(milliseconds);
            if acted {
                let response = act(inner, endpoint, &call, &mut record, turn.is_some());
                tokio::time::sleep(delay).await;
                Ok(response)
            } else {
                tokio::time::sleep(delay).await;
                Ok(act(inner, endpoint, &call, &mut record, turn.is_some()))
            }
        }
        Some((how, true)) => {
            let response = act(inner, endpoint, &call, &mut record, turn.is_some());
            play(inner, how, Some(response), &call, &record).await
        }
        Some((how, false)) => play(inner, how, None, &call, &record).await,
        None => Ok(act(inner, endpoint, &call, &mut record, turn.is_some())),
    };
    drop(turn);
    record.status = result.as_ref().ok().map(|response| response.status().as_u16());
    record.errcode = result.as_ref().ok().and_then(errcode);
    inner.note(|shared| shared.log.call(record));
    result
}

/// Notes what came in.
fn receive(call: &Call, shared: &Shared, now: i64) -> CallRecord {
    let presented =
        call.query.get("access_token").or_else(|| call.query.get("component_access_token"));
    let token = presented.and_then(|value| shared.world.tokens.get(value));
    let mut query = BTreeMap::new();
    for name in call.query.names().filter(|name| !name.ends_with("access_token")) {
        query.insert(name.to_owned(), call.query.get(name).unwrap_or_default().to_owned());
    }
    CallRecord {
        at: now,
        method: call.method.to_string(),
        path: call.path.clone(),
        query,
        token: match token {
            None => "none",
            Some(token) if token.merchant.is_none() => "component",
            Some(_) => "merchant",
        },
        component: token.map(|token| token.component.clone()).unwrap_or_default(),
        appid: token.and_then(|token| token.merchant.clone()).unwrap_or_default(),
        body: written(call),
        ..CallRecord::default()
    }
}

/// The body for the log; of a form only how long it was.
fn written(call: &Call) -> String {
    let kind = call.header(http::header::CONTENT_TYPE).unwrap_or_default();
    match kind.starts_with("multipart/") {
        true => format!("a form of {} bytes", call.body.len()),
        false => String::from_utf8_lossy(&call.body).into_owned(),
    }
}

/// Does what the call asks and words the answer.
fn act(
    inner: &Arc<Inner>,
    endpoint: Option<&Endpoint>,
    call: &Call,
    record: &mut CallRecord,
    has_turn: bool,
) -> Response<Bytes> {
    let now = inner.now();
    let Some(endpoint) = endpoint else { return reply::not_found(now) };
    let mut errands = Vec::new();
    let (answer, rid) = inner.with(|shared| {
        let world = &mut shared.world;
        let rid = request_id(world, now);
        let checked = || {
            checks::method(endpoint, call)?;
            if world.refuse_address && asks_address(endpoint) {
                refuse(61004, "access clientip is not registered requestIP: 127.0.0.1")?;
            }
            let caller = checks::caller(endpoint, call, world, now)?;
            checks::query(endpoint, call)?;
            let body = checks::body(endpoint, call)?;
            if !has_turn {
                refuse(9402202, "concurrent limit")?;
            }
            Ok((caller, body))
        };
        let answer: Answer = checked().and_then(|(caller, body)| {
            count(world, endpoint, &caller, now)?;
            let mut scene = Scene {
                world,
                options: &inner.options,
                now,
                query: &call.query,
                body: body.texts,
                file: body.file,
                component_appid: caller.component,
                appid: caller.merchant,
                errands: Vec::new(),
            };
            let answer = (endpoint.handler)(&mut scene);
            errands = scene.errands;
            answer
        });
        if let Err(refusal) = &answer {
            remember(world, call, record, &rid, refusal, now);
        }
        (answer, rid)
    });
    record.acted = answer.is_ok();
    inner.run(errands);
    render(answer, &rid, endpoint.plain, now)
}

/// A number for a request.
fn request_id(world: &mut World, now: i64) -> String {
    format!("{:08x}-{}-{}", now, world.random.hex(8), world.random.hex(8))
}

/// Counts a call among today's of whoever makes it.
fn count(world: &mut World, endpoint: &Endpoint, caller: &Caller, now: i64) -> Result<(), Refusal> {
    if endpoint.token == TokenKind::Nobody || !endpoint.counted {
        return Ok(());
    }
    let account = if caller.merchant.is_empty() { &caller.component } else { &caller.merchant };
    match world.calls.entry(account.clone()).or_default().count(endpoint.path, &day(now)) {
        true => Ok(()),
        false => refuse(45009, "reach max api daily quota limit"),
    }
}

/// Remembers a refused call, so that its rid can be asked about.
fn remember(
    world: &mut World,
    call: &Call,
    record: &CallRecord,
    rid: &str,
    refusal: &Refusal,
    now: i64,
) {
    let account = if record.appid.is_empty() { &record.component } else { &record.appid };
    let Refusal { errcode, errmsg } = refusal;
    let answered = json!({ "errcode": errcode, "errmsg": format!("{errmsg} rid: {rid}") });
    world.refused.remember(Refused {
        rid: rid.to_owned(),
        account: account.clone(),
        path: call.path.clone(),
        at: now,
        query: call.query.with_tokens_cut(),
        sent: record.body.clone(),
        answered: answered.to_string(),
    });
}

/// The whitelist stands before every call with a token and before the one that fetches the first.
fn asks_address(endpoint: &Endpoint) -> bool {
    endpoint.token != TokenKind::Nobody || endpoint.path == "/cgi-bin/component/api_component_token"
}

/// Plays an accident; `response` is the right answer if WeChat has acted.
async fn play(
    inner: &Inner,
    how: How,
    response: Option<Response<Bytes>>,
    call: &Call,
    record: &CallRecord,
) -> Result<Response<Bytes>, ConnectionCut> {
    let now = inner.now();
    let page = "<html><head><title>系统繁忙</title></head><body>系统繁忙，请稍后再试</body></html>";
    match how {
        How::Errcode(errcode) => {
            let errmsg = if errcode == -1 { "system error" } else { "simulated" };
            let refusal = Refusal { errcode, errmsg: errmsg.to_owned() };
            let rid = inner.change(|world, _| {
                let rid = request_id(world, now);
                remember(world, call, record, &rid, &refusal, now);
                rid
            });
            Ok(render(Err(refusal), &rid, false, now))
        }
        How::Html => Ok(respond(StatusCode::OK, "text/html; charset=utf-8", page, now)),
        How::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            Ok(respond(status, "text/html; charset=utf-8", page, now))
        }
        How::CutJson => {
            let whole = match response {
                Some(response) => response.into_body(),
                None => Bytes::from_static(b"{\"errcode\":0,\"errmsg\":\"ok\"}"),
            };
            let half = whole.slice(..whole.len() / 2);
            Ok(respond(StatusCode::OK, "application/json; encoding=utf-8", half, now))
        }
        How::Timeout => {
            tokio::time::sleep(SILENCE).await;
            Err(ConnectionCut)
        }
        How::CutConnection | How::Slow(_) => Err(ConnectionCut),
    }
}

fn errcode(response: &Response<Bytes>) -> Option<i64> {
    let body: serde_json::Value = serde_json::from_slice(response.body()).ok()?;
    body.get("errcode")?.as_i64()
}

/// One mini program's turn at an exclusive call.
#[derive(Default)]
struct Turn<'a>(Option<(&'a Mutex<HashSet<String>>, String)>);

impl<'a> Turn<'a> {
    fn take(busy: &'a Mutex<HashSet<String>>, appid: &str) -> Option<Self> {
        let mut set = busy.lock().unwrap_or_else(PoisonError::into_inner);
        set.insert(appid.to_owned()).then(|| Turn(Some((busy, appid.to_owned()))))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some((busy, appid)) = &self.0 {
            busy.lock().unwrap_or_else(PoisonError::into_inner).remove(appid);
        }
    }
}
