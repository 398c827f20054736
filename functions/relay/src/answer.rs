//! One request, from its address to its answer.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    response::Response,
};
use platform::{
    approvals::Decision,
    audit::Recorded,
    text::{Language, Text},
};
use tokio::time::{Instant, timeout, timeout_at};
use wechat::{answer::errcode, client::Raw};

use crate::{
    App,
    address::Address,
    body::{self, Kept, Sent},
    call::call,
    policy::{self, Open},
    problem::{Kind, Problem},
    query::Query,
    record,
    sign_in::sign_in,
    token_endpoint,
};

/// WeChat must have answered by now, seen from the beginning: API Gateway waits for thirty
/// seconds, Lambda for twenty-nine, and an outcome may still have to be written.
const ACT_UNTIL: Duration = Duration::from_secs(25);
/// How long the outcome may take to be written.
const AFTERWARDS: Duration = Duration::from_millis(2500);
/// Headers of an answer that are about WeChat's connection, or for WeChat's own site.
const DROPPED: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "set-cookie",
    "strict-transport-security",
];

/// What is said of a request in the log: never its query, nor its body.
#[derive(Default)]
struct Said {
    key: String,
    address: String,
    errcode: Option<i64>,
}

/// `ANY /relay/{component}/{appid|component}/{path…}`
pub(crate) async fn answer(State(app): State<App>, request: Request) -> Response {
    let start = Instant::now();
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
    let accepted = accepted.and_then(|header| header.to_str().ok());
    let language = accepted.map(Language::accepted).unwrap_or_default();
    let method = request.method().clone();
    let mut said = Said::default();
    let mut response = match pass(&app, request, start + ACT_UNTIL, &mut said).await {
        Ok(response) => response,
        Err(problem) => {
            problem.log();
            said.errcode = Some(problem.code());
            problem.write(language)
        }
    };
    // What WeChat answers is shown by no browser as a page of this address.
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(no_store);
    let (status, milliseconds) = (response.status().as_u16(), start.elapsed().as_millis() as u64);
    let Said { key, address, errcode } = said;
    tracing::info!(key, %method, address, status, errcode, milliseconds, "relayed");
    response
}

async fn pass(
    app: &App,
    request: Request,
    deadline: Instant,
    said: &mut Said,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let prepare = prepare(app, parts, body, said);
    // Nothing has been sent when this takes too long.
    let prepared = timeout_at(deadline, prepare).await.map_err(|_| Problem::unavailable(5))??;
    let Prepared { address, raw, upload, recorded } = match prepared {
        Next::Call(prepared) => *prepared,
        Next::Answer(response) => return Ok(*response),
    };
    let answered = call(app, &address, &raw, deadline).await;
    let (status, code) = match &answered {
        Ok(answer) => (answer.status().as_u16(), errcode(answer.body()).filter(|code| *code != 0)),
        Err(problem) => (problem.status().as_u16(), Some(problem.code())),
    };
    said.errcode = code;
    let forget = async {
        // Where WeChat refused, or nobody knows, the same upload may be sent again.
        let is_taken = answered.as_ref().is_ok_and(|it| it.status().is_success()) && code.is_none();
        if let Some(upload) = upload.filter(|_| is_taken) {
            upload.forget(app, &address).await;
        }
    };
    let write = async {
        if let Some(recorded) = recorded
            && timeout(AFTERWARDS, record::end(app, &recorded, status, code)).await.is_err()
        {
            tracing::error!(?recorded, status, "outcome could not be written down in time");
        }
    };
    tokio::join!(forget, write);
    let (mut head, body) = answered?.into_parts();
    for name in DROPPED {
        head.headers.remove(name);
    }
    mark_bytes(&mut head.headers, &body);
    Ok(Response::from_parts(head, Body::from(body)))
}

/// What comes after a request was understood.
enum Next {
    Call(Box<Prepared>),
    /// The relay answers it itself.
    Answer(Box<Response>),
}

/// A call that may be made.
struct Prepared {
    address: Address,
    raw: Raw,
    /// Where its body is kept, if it did not come along.
    upload: Option<Kept>,
    /// Its entry in the audit log, if it has one.
    recorded: Option<Recorded>,
}

/// Everything before the call: who, what, whether, and how it is sent.
async fn prepare(app: &App, parts: Parts, body: Body, said: &mut Said) -> Result<Next, Problem> {
    let address = Address::parse(parts.uri.path())?;
    said.address = address.to_string();
    if matches!(parts.method, Method::OPTIONS | Method::TRACE | Method::CONNECT) {
        return Err(Problem::new(Kind::MethodNotAllowed).what_to_do(Text::fixed(
            "微信的接口使用 GET 或 POST",
            "WeChat's calls are GET or POST",
        )));
    }
    let source = record::source(&parts);
    let raw_query = parts.uri.query().unwrap_or_default();
    if token_endpoint::is(&address.path) {
        let body = body::read(&address, body).await?;
        let (method, headers) = (&parts.method, &parts.headers);
        let answer =
            token_endpoint::answer(app, &address, &source, method, headers, raw_query, &body);
        return Ok(Next::Answer(Box::new(answer.await?)));
    }
    let query = Query::parse(raw_query)?;
    let operator = sign_in(app, &address, &source, &parts.headers, query.token.as_ref()).await?;
    said.key = operator.key.clone();
    let permit = &operator.permit;
    let accounts = &app.platform.mini_programs;
    let is_covered = permit.covers(accounts, &address.component, address.account.as_ref()).await?;
    let Open { is_state_machine, token_parameter } = policy::judge(permit, is_covered, &address)?;
    if is_state_machine && app.approvals.policy().await?.requires(Decision::RelayStateMachine) {
        return Err(policy::takes_two(&address));
    }
    app.platform.secrets.component(&address.component).await?;
    let sent = Sent::whole(app, &address, &operator, &parts.headers, body).await?;
    let Sent { bytes: body, content_type, upload } = sent;
    let recorded = match is_state_machine {
        true => Some(record::begin(app, &operator, &address, &parts, &body).await?),
        false => None,
    };
    let accept = parts.headers.get(header::ACCEPT).cloned();
    let headers = [(header::CONTENT_TYPE, content_type), (header::ACCEPT, accept)];
    let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let raw = Raw {
        method: parts.method.clone(),
        path: address.path.clone(),
        query: query.rest,
        token_parameter,
        headers: headers.collect(),
        body,
    };
    Ok(Next::Call(Box::new(Prepared { address, raw, upload, recorded })))
}

/// Lambda's runtime reads text in the encoding that its type names, and writes it in UTF-8. What
/// would not come out of that as it was is marked, so that it goes as bytes.
fn mark_bytes(headers: &mut HeaderMap, body: &Bytes) {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or("text/plain").to_ascii_lowercase();
    let is_text = ["text/", "json", "xml", "javascript"].iter().any(|part| kind.contains(part));
    let is_utf8 = !kind.contains("charset") || kind.contains("utf-8");
    let has_mark = body.starts_with(b"\xef\xbb\xbf");
    let survives = is_utf8 && !has_mark && std::str::from_utf8(body).is_ok();
    if is_text && !survives && !headers.contains_key(header::CONTENT_ENCODING) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
}
