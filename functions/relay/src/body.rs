//! What is sent along: the body that came with the request, or, where a header names one, an upload.

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, HeaderValue, header},
};
use platform::{
    bucket::BucketError,
    operators::Operator,
    text::Text,
    uploads::{FORGETTING, Owner, UploadId},
};
use tokio::time::timeout;

use crate::{
    App, LONGEST,
    address::Address,
    problem::{Kind, Problem},
};

/// Names the upload that is the body.
const UPLOAD: &str = "x-relay-body";

/// A body.
pub(crate) struct Sent {
    pub(crate) bytes: Bytes,
    pub(crate) content_type: Option<HeaderValue>,
    /// Where it is kept, if it is an upload.
    pub(crate) upload: Option<Kept>,
}

/// An upload of the key that calls.
pub(crate) struct Kept {
    id: UploadId,
    key: String,
}

/// Reads what came with the request.
pub(crate) async fn read(address: &Address, body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, LONGEST).await.map_err(|_| Problem::too_large(address))
}

impl Sent {
    /// Reads what is to be sent.
    pub(crate) async fn whole(
        app: &App,
        address: &Address,
        operator: &Operator,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Self, Problem> {
        let bytes = read(address, body).await?;
        let mut named = headers.get_all(UPLOAD).iter();
        let Some(name) = named.next() else {
            let content_type = headers.get(header::CONTENT_TYPE).cloned();
            return Ok(Sent { bytes, content_type, upload: None });
        };
        if !bytes.is_empty() || named.next().is_some() {
            return Err(Problem::new(Kind::MalformedRequest)
                .detail(Text::fixed(
                    "带有 X-Relay-Body 的请求不应再有请求体，且该请求头只能出现一次",
                    "a request with X-Relay-Body has no other body, and names one upload",
                ))
                .what_to_do(Text::fixed(
                    "请以空请求体发送，或去掉 X-Relay-Body",
                    "send it with an empty body, or without X-Relay-Body",
                )));
        }
        let id: Option<UploadId> = name.to_str().ok().and_then(|name| name.parse().ok());
        let id = id.ok_or_else(|| Problem::no_such_upload(address))?;
        let kept = Kept { id, key: operator.key.clone() };
        let upload = app.uploads.take(kept.owner(address), &kept.id).await;
        let upload = upload.map_err(|error| match error {
            BucketError::NotThere => Problem::no_such_upload(address),
            error => Problem::unavailable(5).internal(error),
        })?;
        Ok(Sent { bytes: upload.body, content_type: Some(upload.content_type), upload: Some(kept) })
    }
}

impl Kept {
    /// Forgets it. What cannot be forgotten now, the bucket forgets by itself.
    pub(crate) async fn forget(&self, app: &App, address: &Address) {
        let forgotten = timeout(FORGETTING, app.uploads.forget(self.owner(address), &self.id));
        match forgotten.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, upload = %self.id, "an upload stays for a day")
            }
            Err(_) => tracing::warn!(upload = %self.id, "an upload stays for a day"),
        }
    }

    fn owner<'a>(&'a self, address: &'a Address) -> Owner<'a> {
        Owner { component: &address.component, account: address.account.as_ref(), key: &self.key }
    }
}
