//! What a form sent. Nobody but a page of this session can have sent it.

use axum::{
    RequestExt,
    body::{Body, to_bytes},
    extract::{FromRequest, Multipart, Request},
    http::{HeaderMap, header},
};
use bytes::Bytes;

use crate::{
    App,
    trouble::Trouble,
    visitor::{Signed, Visitor},
};

/// A form with a file stays below what Lambda takes.
pub(crate) const LONGEST: usize = 5 * 1024 * 1024;

/// A form of somebody who is signed in.
pub(crate) struct Submitted {
    pub(crate) signed: Signed,
    pub(crate) fields: Fields,
    pub(crate) files: Vec<File>,
}

/// A form of somebody who may not be.
pub(crate) struct Open {
    pub(crate) visitor: Visitor,
    pub(crate) fields: Fields,
    pub(crate) files: Vec<File>,
}

/// A file that was chosen.
pub(crate) struct File {
    /// The field that it was chosen in.
    pub(crate) field: String,
    pub(crate) name: String,
    /// What the browser takes it for.
    pub(crate) media_type: String,
    pub(crate) bytes: Bytes,
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

    /// What all fields `name` hold.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Reads a query or the body of a form.
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Fields(url::form_urlencoded::parse(encoded).into_owned().collect())
    }
}

impl FromRequest<App> for Submitted {
    type Rejection = Trouble;

    async fn from_request(request: Request, app: &App) -> Result<Self, Trouble> {
        let Open { visitor, fields, files } = Open::from_request(request, app).await?;
        let signed = visitor.signed().ok_or(Trouble::SignedOut(None))?;
        if !signed.session.drew(fields.text("_form")) {
            return Err(Trouble::ForeignForm);
        }
        Ok(Submitted { signed, fields, files })
    }
}

impl FromRequest<App> for Open {
    type Rejection = Trouble;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Trouble> {
        let Ok(visitor) = request.extract_parts_with_state::<Visitor, App>(app).await;
        if !is_ours(request.headers(), app) {
            return Err(Trouble::ForeignForm);
        }
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, LONGEST).await.map_err(|_| Trouble::TooLong)?;
        let content_type = parts.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !content_type.starts_with("multipart/form-data") {
            return Ok(Open { visitor, fields: Fields::parse(&body), files: Vec::new() });
        }
        let request = Request::from_parts(parts, Body::from(body));
        let (fields, files) = read_parts(request).await.ok_or(Trouble::ForeignForm)?;
        Ok(Open { visitor, fields, files })
    }
}

/// Reads a form that carries files; nothing, if it is no such form. Where no file was chosen, browsers
/// send an empty one without a name.
async fn read_parts(request: Request) -> Option<(Fields, Vec<File>)> {
    let mut form = Multipart::from_request(request, &()).await.ok()?;
    let (mut fields, mut files) = (Fields::default(), Vec::new());
    while let Some(part) = form.next_field().await.ok()? {
        let field = part.name()?.to_owned();
        let Some(name) = part.file_name().map(str::to_owned) else {
            fields.0.push((field, part.text().await.ok()?));
            continue;
        };
        let media_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
        let bytes = part.bytes().await.ok()?;
        if !name.is_empty() {
            files.push(File { field, name, media_type, bytes });
        }
    }
    Some((fields, files))
}

/// Whether the page that sent a form is one of this origin, as the browser tells.
fn is_ours(headers: &HeaderMap, app: &App) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let site = header("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let origin = header(header::ORIGIN.as_str());
    site && origin
        .is_none_or(|origin| origin == app.addresses.public.origin().ascii_serialization())
}
