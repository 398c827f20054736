//! The one way into the API. Reads: authenticate, authorize, act. Writes: authenticate, authorize,
//! idempotency, audit intent, act, audit outcome. A handler that runs has all of it behind it.

mod ask;
mod body;
mod perform;
mod source;
mod write;

pub(crate) use perform::{Approved, Performer, again};
pub(crate) use source::of as source_of;

use std::{sync::Arc, time::Duration};

use axum::{RequestExt, body::Body};
use axum::{
    extract::{MatchedPath, RawPathParams, Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use platform::{
    AppId,
    actor::Actor,
    operators::{Action, Operator, OperatorKey, SignInError, Source},
    text::Text,
};
use tokio::time::Instant;

use crate::{
    App, Operation, Operations,
    problem::{self, Kind, Problem},
};

/// Everything before the answer must be over by now, seen from the beginning; API Gateway waits for
/// thirty seconds, Lambda for twenty-nine, and the outcome is still to be written.
const ACT_UNTIL: Duration = Duration::from_secs(25);

/// The longest path, in bytes. What is longer names nothing that could be a key in a table.
const LONGEST_PATH: usize = 1000;

/// What the pipeline knows of a request.
struct Call<'a> {
    app: &'a App,
    operation: &'a Operation,
    operator: Operator,
    source: Source,
    /// The component in the path, as it was written.
    component: Option<String>,
    /// The mini program in the path, as it was written.
    appid: Option<String>,
    /// It is about something of the component, not about the component itself.
    within_component: bool,
    /// Somebody else has approved it.
    approved: Option<Approved>,
    deadline: Instant,
}

/// The pipeline, as a layer around every operation that wants somebody signed in.
pub(crate) async fn run(
    State(state): State<Arc<(App, Operations)>>,
    request: Request,
    next: Next,
) -> Response {
    let deadline = Instant::now() + ACT_UNTIL;
    let (app, operations) = &*state;
    match through(app, operations, deadline, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn through(
    app: &App,
    operations: &Operations,
    deadline: Instant,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let operation = find(operations, &request)?;
    let source = source::of(app, request.headers(), request.extensions());
    let authenticate = authenticate(app, request.headers(), &source);
    let operator = in_time(deadline, authenticate).await??;
    through_as(app, operation, operator, source, None, deadline, request, next).await
}

/// The rest of the way, for somebody who is known.
#[expect(clippy::too_many_arguments, reason = "they are what a call is made of")]
async fn through_as(
    app: &App,
    operation: &Operation,
    operator: Operator,
    source: Source,
    approved: Option<Approved>,
    deadline: Instant,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if !operator.may(operation.action) {
        return Err(not_allowed(&operator, operation.action));
    }
    if request.uri().path().len() > LONGEST_PATH {
        return Err(Problem::no_such_path(None));
    }
    request.extensions_mut().insert(operator.clone());
    request.extensions_mut().insert(source);
    request.extensions_mut().insert(operation.clone());
    let parameters = request.extract_parts::<RawPathParams>().await.ok();
    let parameter = |wanted: &str| {
        let mut all = parameters.iter().flatten();
        all.find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
    };
    let (component, appid) = (parameter("component"), parameter("appid"));
    let matched = request.extensions().get::<MatchedPath>();
    let within_component = matched.is_some_and(|path| {
        let path = path.as_str();
        // Its mode is decided before the platform secret names a component.
        path.contains("{component}/") && !path.ends_with("{component}/mode")
    });
    let call = Call {
        app,
        operation,
        operator,
        source,
        component,
        appid,
        within_component,
        approved,
        deadline,
    };
    call.covers().await?;
    // What machines alone may do is on record even where it changes nothing.
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if let Some(approved) = &call.approved {
        request.extensions_mut().insert(approved.clone());
    }
    if is_read && !operation.is_scoped() {
        return Ok(call.act(request, next).await);
    }
    call.write(request, next).await
}

/// Why an operator may not do something, whatever it is done to.
fn not_allowed(operator: &Operator, action: Action) -> Problem {
    let problem = Problem::new(Kind::NotAllowed);
    match action.least() {
        Some(least) => problem.detail(Text::new(
            format!("密钥的角色为 {}，此操作至少需要 {least}", operator.role),
            format!("the key's role is {}; this takes {least} at least", operator.role),
        )),
        None => problem
            .detail(Text::new(
                format!("此操作只开放给带 {} 权限的机器密钥", action.as_str()),
                format!("this takes a machine's key with the scope {}", action.as_str()),
            ))
            .what_to_do(Text::new(
                format!("请管理员新建 role 为 machine、scopes 含 {} 的密钥", action.as_str()),
                format!("have a key of the role machine made with {}", action.as_str()),
            )),
    }
}

impl Call<'_> {
    /// Whether a machine's key is good for what is in the path. What is no appid, the handler
    /// refuses by its field.
    async fn covers(&self) -> Result<(), Problem> {
        let Some(Ok(component)) = self.component.as_deref().map(str::parse) else { return Ok(()) };
        let appid = match self.appid.as_deref().map(str::parse::<AppId>) {
            Some(Err(_)) => return Ok(()),
            Some(Ok(appid)) => Some(appid),
            None => None,
        };
        if !self.operation.is_scoped() {
            return Ok(());
        }
        let accounts = &self.app.platform.mini_programs;
        let covers = self.operator.permit.covers(accounts, &component, appid.as_ref());
        if in_time(self.deadline, covers).await?? {
            return Ok(());
        }
        Err(Problem::new(Kind::NotAllowed)
            .detail(Text::fixed("此密钥不能用于该账号", "the key is not good for this account"))
            .what_to_do(Text::fixed(
                "请使用 components、accounts 和 tags 包含该账号的密钥；第三方平台自身要写明 component",
                "use a key whose components, accounts and tags include it; the component itself \
                 has to be named, as component",
            )))
    }

    /// Runs the handler, for as long as there is somebody waiting for it.
    async fn act(&self, request: Request, next: Next) -> Response {
        let acted = self.actor().does(async {
            match self.component_works().await {
                Ok(()) => next.run(request).await,
                Err(problem) => problem.into_response(),
            }
        });
        let mut response = tokio::time::timeout_at(self.deadline, acted)
            .await
            .unwrap_or_else(|_| Problem::new(Kind::OutcomeUnknown).into_response());
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            let public = &self.app.platform.addresses.public;
            let component = self.component.as_deref().unwrap_or_default();
            let link = format!("{public}authorize/{component}");
            response.extensions_mut().insert(problem.with_authorization_link(&link));
        }
        response
    }
}

impl Call<'_> {
    /// In whose name everything is done.
    fn actor(&self) -> Actor {
        Actor::Operator { key: self.operator.key.clone(), name: self.operator.name.clone() }
    }

    /// Whether the component in the path is one that this deployment serves. What is asked about
    /// the component itself is answered for one that is not, too.
    async fn component_works(&self) -> Result<(), Problem> {
        let Some(component) = self.component.as_deref().filter(|_| self.within_component) else {
            return Ok(());
        };
        // What is no appid, the handler refuses by its field.
        let Ok(component) = component.parse() else { return Ok(()) };
        self.app.platform.secrets.component(&component).await?;
        Ok(())
    }
}

fn find<'a>(operations: &'a Operations, request: &Request) -> Result<&'a Operation, Problem> {
    let path = request.extensions().get::<MatchedPath>();
    path.and_then(|path| operations.find(request.method(), path.as_str())).ok_or_else(|| {
        // A route that is not in the description; there is none.
        Problem::new(Kind::Internal).internal(format!("no operation at {path:?}"))
    })
}

/// Bounds what comes before the action: nothing has been done when this fails.
async fn in_time<F: Future>(deadline: Instant, work: F) -> Result<F::Output, Problem> {
    tokio::time::timeout_at(deadline, work)
        .await
        .map_err(|_| Problem::new(Kind::Unavailable).retry_after(5))
}

async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    source: &Source,
) -> Result<Operator, Problem> {
    let anonymous = || Problem::new(Kind::NotSignedIn);
    let header = headers.get(header::AUTHORIZATION).ok_or_else(anonymous)?;
    let (scheme, key) =
        header.to_str().ok().and_then(|header| header.split_once(' ')).ok_or_else(anonymous)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(anonymous());
    }
    let key: OperatorKey = key.trim().parse().map_err(|_| anonymous())?;
    app.operators.sign_in(&key, source).await.map_err(refused)
}

/// Why somebody is not let in.
pub(crate) fn refused(error: SignInError) -> Problem {
    let anonymous = || Problem::new(Kind::NotSignedIn);
    match error {
        SignInError::Unknown => anonymous().detail(Text::fixed(
            "没有这个密钥，或密钥不完整",
            "there is no such key, or a part of it is missing",
        )),
        SignInError::Expired(_) => {
            anonymous().detail(Text::fixed("密钥已过期", "the key has expired"))
        }
        SignInError::Revoked(_) => {
            anonymous().detail(Text::fixed("密钥已被吊销", "the key was revoked"))
        }
        SignInError::LockedOut { seconds } => Problem::new(Kind::TooManyRequests)
            .retry_after(seconds)
            .detail(Text::fixed(
                "同一网络多次使用错误的密钥，已暂时锁定",
                "wrong keys came from this network too often: it is locked out for a while",
            ))
            .what_to_do(Text::new(
                format!("{seconds} 秒后自动解除；从其他网络仍可使用正确的密钥"),
                format!(
                    "it ends by itself in {seconds} seconds; the right key is still good from \
                     another network"
                ),
            )),
        SignInError::TooOften { seconds } => Problem::new(Kind::TooManyRequests)
            .retry_after(seconds)
            .detail(Text::fixed("请求过于频繁", "too many requests in too short a time")),
        SignInError::Storage(error) => error.into(),
        SignInError::Secrets(error) => {
            Problem::new(Kind::Unavailable).retry_after(5).internal(error)
        }
    }
}

/// A request in its parts, with its body read.
fn put_together(parts: Parts, body: bytes::Bytes) -> Request {
    Request::from_parts(parts, Body::from(body))
}

/// The problem that an answer carries, for the audit log.
fn refusal(response: &Response) -> (Option<i64>, Option<String>) {
    let problem = problem::of(response);
    let errcode = problem.and_then(Problem::errcode);
    (errcode, problem.and_then(|problem| problem.rid().map(str::to_owned)))
}
