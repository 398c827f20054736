//! A write: done once, and on record.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use platform::{
    audit::{AuditOutcome, Intent, summary},
    changes::Turn,
    idempotency::{Attempt, Beginning, Claim, StoredAnswer},
    text::Text,
    witness,
};

use super::{Call, body, in_time, put_together, refusal};
use crate::problem::{self, Kind, Problem};

/// The longest answer that anybody makes: Lambda's own limit.
const LONGEST_ANSWER: usize = 6 * 1024 * 1024;
/// How long the outcome and the answer may take to be written down.
const AFTERWARDS: Duration = Duration::from_millis(2500);
/// Headers that are given again with an answer.
const KEPT_HEADERS: [HeaderName; 5] = [
    header::CONTENT_TYPE,
    header::CONTENT_LANGUAGE,
    header::CONTENT_DISPOSITION,
    header::LOCATION,
    header::ETAG,
];

impl Call<'_> {
    pub(super) async fn write(&self, request: Request, next: Next) -> Result<Response, Problem> {
        let language = problem::language(request.headers());
        let (parts, body) = request.into_parts();
        let body = body::read(self.operation, &parts.headers, body).await?;
        let key = body::idempotency_key(&parts.headers)?;
        if key.is_some() && self.operation.is_scoped() {
            // To be given again, the answer would have to be kept, and it is a secret.
            return Err(Problem::new(Kind::MalformedRequest).field("Idempotency-Key").detail(
                Text::fixed(
                    "此操作的应答不会保存，因此不接受 Idempotency-Key",
                    "the answer to this is kept nowhere, so that there is no Idempotency-Key for it",
                ),
            ));
        }
        let digest = body::digest(&parts, &body);
        let is_conditional = parts.headers.contains_key(header::IF_MATCH);
        if is_conditional && !self.operation.takes_condition {
            // One that is passed over would be taken for kept.
            return Err(Problem::new(Kind::MalformedRequest).field("If-Match").detail(
                Text::fixed("此操作不支持 If-Match", "there is no If-Match for this operation"),
            ));
        }

        let claim = match &key {
            Some(key) => {
                let attempt = Attempt { operator: &self.operator.key, key, digest: &digest };
                let begin = self.app.platform.idempotency.begin(attempt);
                match in_time(self.deadline, begin).await?? {
                    Beginning::Act(claim) => Some(claim),
                    Beginning::Answered(answer) => return Ok(again(answer)),
                    Beginning::OtherRequest => {
                        return Err(Problem::new(Kind::KeyReused).field("Idempotency-Key"));
                    }
                    Beginning::UnderWay(left) => {
                        let seconds = left.as_secs().clamp(1, 5);
                        return Err(Problem::new(Kind::UnderWay).retry_after(seconds));
                    }
                }
            }
            None => None,
        };

        let turn = match is_conditional {
            false => None,
            true => match in_time(self.deadline, self.turn()).await.and_then(|turn| turn) {
                Ok(turn) => Some(turn),
                Err(problem) => {
                    self.abandon(claim).await;
                    return Err(problem);
                }
            },
        };

        let needs = match in_time(self.deadline, self.needs_another()).await.and_then(|it| it) {
            Ok(needs) => needs,
            Err(problem) => {
                self.end(turn).await;
                self.abandon(claim).await;
                return Err(problem);
            }
        };
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let intent = Intent {
            operation: self.operation.id.clone(),
            approval: self.approved.as_ref().map(|approved| approved.id.clone()),
            approved_by: self.approved.as_ref().map(|approved| approved.key.clone()),
            approved_by_name: self.approved.as_ref().map(|approved| approved.by.clone()),
            component: self.component.clone(),
            appid: self.appid.clone(),
            digest: digest.clone(),
            // A user's login code says nothing to anybody later.
            summary: if self.operation.is_scoped() { String::new() } else { summary(&body) },
            source_ip: self.source.address(),
            user_agent: header(header::USER_AGENT).map(|name| name.chars().take(200).collect()),
            ..Intent::by(&self.operator)
        };
        let intend = in_time(self.deadline, self.app.platform.audit.intend(&intent)).await;
        let recorded = match intend.and_then(|written| written.map_err(Problem::from)) {
            Ok(recorded) => recorded,
            Err(problem) => {
                self.end(turn).await;
                self.abandon(claim).await;
                return Err(problem);
            }
        };

        let (response, changes) = match needs {
            None => witness::watch(self.act(put_together(parts, body), next)).await,
            Some(decision) => {
                let ask = self.ask(decision, &parts, &body, &digest);
                let asked = in_time(self.deadline, ask).await;
                (asked.unwrap_or_else(IntoResponse::into_response), Vec::new())
            }
        };

        let (errcode, rid) = refusal(&response);
        let outcome = AuditOutcome { status: response.status().as_u16(), errcode, rid, changes };
        let response = problem::written(response, language);
        let (response, answer) = read(response).await;
        let is_final = is_final(response.status());
        let is_done =
            needs.is_none() && response.status().is_success() && !self.operation.is_scoped();
        let afterwards = async {
            self.end(turn).await;
            if is_done {
                self.onboarding_goes_on().await;
            }
            if let Err(error) = self.app.platform.audit.conclude(&recorded, &outcome).await {
                tracing::error!(%error, ?recorded, ?outcome, "outcome is not in the audit log");
            }
            match (claim, answer) {
                (Some(claim), Some(answer)) if is_final => {
                    self.keep(&claim, &answer).await;
                }
                (claim, _) => self.abandon(claim).await,
            }
        };
        if tokio::time::timeout(AFTERWARDS, afterwards).await.is_err() {
            tracing::error!(?recorded, ?outcome, "outcome could not be written down in time");
        }
        Ok(response)
    }

    /// What an operator did for a mini program may be what its onboarding waits for. If nobody can
    /// write that down, it is found by itself later.
    async fn onboarding_goes_on(&self) {
        let parse = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
        let (Some(component), Some(appid)) = (parse(&self.component), parse(&self.appid)) else {
            return;
        };
        let looked = self.app.platform.onboardings.look_soon(&component, &appid).await;
        if let Err(error) = looked {
            tracing::warn!(%component, %appid, %error, "an onboarding goes on a little later");
        }
    }

    /// A turn at whatever the request is about: conditional changes of one mini program are made one
    /// after the other, so that what each compares with is what it changes.
    async fn turn(&self) -> Result<Turn, Problem> {
        let about = match (&self.component, &self.appid) {
            (Some(component), Some(appid)) => format!("{component}/{appid}"),
            (Some(component), None) => component.clone(),
            (None, _) => "platform".to_owned(),
        };
        Ok(self.app.platform.changes.turn(&about).await?)
    }

    async fn end(&self, turn: Option<Turn>) {
        let Some(turn) = turn else { return };
        if let Err(error) = self.app.platform.changes.end(turn).await {
            tracing::warn!(%error, "a turn ends by itself");
        }
    }

    async fn keep(&self, claim: &Claim, answer: &StoredAnswer) {
        if let Err(error) = self.app.platform.idempotency.finish(claim, answer).await {
            tracing::error!(%error, "an answer cannot be given again");
        }
    }

    async fn abandon(&self, claim: Option<Claim>) {
        let Some(claim) = claim else { return };
        if let Err(error) = self.app.platform.idempotency.abandon(&claim).await {
            tracing::warn!(%error, "an idempotency key stays taken until its lease ends");
        }
    }
}

/// Whether the same request would get the same answer: not where it may be tried again, and not
/// where it waits for something else to change.
fn is_final(status: StatusCode) -> bool {
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => false,
        status => !status.is_server_error(),
    }
}

/// Reads the body of an answer, to keep it beside giving it.
async fn read(response: Response) -> (Response, Option<StoredAnswer>) {
    let (parts, body) = response.into_parts();
    let body = match to_bytes(body, LONGEST_ANSWER).await {
        Ok(body) => body,
        Err(error) => {
            let problem = Problem::new(Kind::Internal).internal(error);
            return (axum::response::IntoResponse::into_response(problem), None);
        }
    };
    let kept = KEPT_HEADERS.iter().filter_map(|name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    });
    let answer =
        StoredAnswer { status: parts.status.as_u16(), headers: kept.collect(), body: body.clone() };
    (Response::from_parts(parts, Body::from(body)), Some(answer))
}

/// A stored answer, given again.
fn again(answer: StoredAnswer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}
