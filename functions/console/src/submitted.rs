//! What a form sent. Nobody but a page of this session can have sent it.

use axum::{
    RequestExt,
    body::to_bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use bytes::Bytes;

use crate::{
    App,
    trouble::Trouble,
    visitor::{Signed, Visitor},
};

/// A form with a file stays below what Lambda takes.
const LONGEST: usize = 5 * 1024 * 1024;

/// A form of somebody who is signed in.
pub(crate) struct Submitted {
    pub(crate) signed: Signed,
    pub(crate) fields: Fields,
}

/// A form of somebody who may not be.
pub(crate) struct Open {
    pub(crate) visitor: Visitor,
    pub(crate) fields: Fields,
}

/// What the fields of a form hold, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    /// What the first field `name` holds.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }

    /// The same, and nothing where there is no such field.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Reads a query or the body of a form.
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Fields(url::form_urlencoded::parse(encoded).into_owned().collect())
    }
}

impl FromRequest<App> for Submitted {
    type Rejection = Trouble;

    async fn from_request(request: Request, app: &App) -> Result<Self, Trouble> {
        let Open { visitor, fields } = Open::from_request(request, app).await?;
        let signed = visitor.signed().ok_or(Trouble::SignedOut(None))?;
        if !signed.session.drew(fields.text("_form")) {
            return Err(Trouble::ForeignForm);
        }
        Ok(Submitted { signed, fields })
    }
}

impl FromRequest<App> for Open {
    type Rejection = Trouble;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Trouble> {
        let Ok(visitor) = request.extract_parts_with_state::<Visitor, App>(app).await;
        if !is_ours(request.headers(), app) {
            return Err(Trouble::ForeignForm);
        }
        let body = read(request).await?;
        Ok(Open { visitor, fields: Fields::parse(&body) })
    }
}

async fn read(request: Request) -> Result<Bytes, Trouble> {
    to_bytes(request.into_body(), LONGEST).await.map_err(|_| Trouble::TooLong)
}

/// Whether the page that sent a form is one of this origin, as the browser tells.
fn is_ours(headers: &HeaderMap, app: &App) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let site = header("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let origin = header(header::ORIGIN.as_str());
    site && origin
        .is_none_or(|origin| origin == app.addresses.public.origin().ascii_serialization())
}
