//! What somebody else has approved, done in the name of whoever asked for it: through the same
//! pipeline, by the same handlers, and on record with both.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{Method, Uri},
    middleware::Next,
    response::{IntoResponse, Response},
};
use platform::{
    approvals::{Approval, KeptRequest},
    operators::{Operator, SignInError, Source},
    text::Text,
};
use tokio::time::Instant;
use tower::ServiceExt;

use super::{find, in_time, through_as};
use crate::{
    App, Operations,
    problem::{Kind, Problem},
};

/// Less than whoever approves is given, so that its outcome is written down.
const ACT_UNTIL: Duration = Duration::from_secs(20);

/// That somebody has approved a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Approved {
    /// The approval's id.
    pub(crate) id: String,
    /// What the approver's key is called.
    pub(crate) by: String,
    /// The approver's key.
    pub(crate) key: String,
}

/// Who asked, for whom nobody signs in again.
#[derive(Debug, Clone)]
struct InTheNameOf {
    key: String,
    source: Source,
    approved: Approved,
}

/// The operations once more, for requests that were approved.
#[derive(Clone)]
pub(crate) struct Performer(pub(crate) Router);

impl Performer {
    /// Does what was asked for. `by` has approved it.
    pub(crate) async fn perform(
        &self,
        approval: &Approval,
        kept: &KeptRequest,
        by: &Operator,
        source: Source,
    ) -> Result<Response, Problem> {
        let broken = |error: &dyn std::fmt::Display| Problem::new(Kind::Internal).internal(error);
        let method: Method = approval.method.parse().map_err(|error| broken(&error))?;
        let target: Uri = approval.target.parse().map_err(|error| broken(&error))?;
        let body = kept.body();
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in &kept.headers {
            request = request.header(name, value);
        }
        let approved =
            Approved { id: approval.id.clone(), by: by.name.clone(), key: by.key.clone() };
        let key = approval.requested_by.key.clone();
        let request = request
            .extension(InTheNameOf { key, source, approved })
            .body(Body::from(body))
            .map_err(|error| broken(&error))?;
        let Ok(response) = self.0.clone().oneshot(request).await;
        Ok(response)
    }
}

/// The pipeline for what was approved, as a layer: nobody signs in, but the key that asked must still
/// be good.
pub(crate) async fn again(
    State(state): State<Arc<(App, Operations)>>,
    mut request: Request,
    next: Next,
) -> Response {
    let deadline = Instant::now() + ACT_UNTIL;
    let (app, operations) = &*state;
    let Some(asked) = request.extensions_mut().remove::<InTheNameOf>() else {
        return Problem::new(Kind::Internal).internal("nobody has approved this").into_response();
    };
    let done = async {
        let operation = find(operations, &request)?;
        let still = in_time(deadline, app.operators.still(&asked.key)).await?;
        let operator = still.map_err(|error| match error {
            SignInError::Storage(error) => error.into(),
            error => Problem::new(Kind::WrongState).internal(error).detail(Text::fixed(
                "申请人的密钥已失效，未执行",
                "the key that asked for it is not good any more: nothing was done",
            )),
        })?;
        let InTheNameOf { source, approved, .. } = asked;
        through_as(app, operation, operator, source, Some(approved), deadline, request, next).await
    };
    done.await.unwrap_or_else(IntoResponse::into_response)
}
