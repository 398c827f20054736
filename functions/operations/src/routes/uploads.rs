//! Bodies of relayed calls that are too long to come along: where they may be sent instead.

use axum::{Extension, Json as Answer, extract::State, http::StatusCode, response::IntoResponse};
use platform::{
    AppId,
    fault::Faults,
    operators::Operator,
    text::Text,
    uploads::{ContentType, Owner},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{releases::known, timestamp};
use crate::{
    App,
    extract::{Checked, ComponentPath, Meaning, MiniProgramPath, Path},
    problem::{Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(open_upload)).routes(routes!(open_component_upload))
}

/// A body that is to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenUpload {
    /// Its content type, as WeChat is to get it. A form's names its boundary.
    #[schema(
        min_length = 3,
        max_length = 255,
        pattern = "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(; ?[A-Za-z0-9!#$&^_.+-]+=[A-Za-z0-9'()+_,./:=?\"-]+)*$",
        example = "multipart/form-data; boundary=b"
    )]
    content_type: String,
    /// Its length in bytes; at most 20 MiB.
    #[schema(minimum = 1, maximum = 20971520, example = 6291456)]
    length: u64,
}

/// Where the body may be sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct Upload {
    /// What to name it by: `X-Relay-Body` of the call through the relay.
    id: String,
    /// The address to send it to. Whoever knows it may do so: keep it to yourself.
    #[schema(example = "https://uploads.s3.eu-west-1.amazonaws.com/…?X-Amz-Signature=…")]
    url: String,
    /// How to send it.
    #[schema(example = "PUT")]
    method: &'static str,
    /// Headers that it must be sent with, exactly as they are here.
    headers: UploadHeaders,
    /// Until when it may be sent; 15 minutes from now.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Headers of an upload.
#[derive(Serialize, ToSchema)]
pub(crate) struct UploadHeaders {
    /// The content type that was asked for.
    #[serde(rename = "Content-Type")]
    #[schema(example = "multipart/form-data; boundary=b")]
    content_type: String,
    /// The length that was asked for. HTTP clients set it by themselves.
    #[serde(rename = "Content-Length")]
    #[schema(example = "6291456")]
    content_length: String,
}

impl Meaning for OpenUpload {
    fn faults(&self) -> Faults {
        match self.content_type.parse::<ContentType>() {
            Ok(_) => Faults::new(),
            Err(_) => Faults::one("/content_type", NO_CONTENT_TYPE),
        }
    }
}

const NO_CONTENT_TYPE: Text = Text::fixed(
    "应为 Content-Type，如 video/mp4 或 multipart/form-data; boundary=b",
    "is a content type, such as video/mp4 or multipart/form-data; boundary=b",
);

/// Opens an upload for a relayed call of a mini program whose body is longer than 4 MiB: send the
/// body to `url`, then call the relay with an empty body and the header `X-Relay-Body: {id}`. Good
/// for this key and this account, until WeChat has taken it; forgotten after a day.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/uploads", tag = "relay",
    params(MiniProgramPath), request_body = OpenUpload,
    security(("operator_key" = ["relay"])),
    responses((status = 201, description = "Where to send it.", body = Upload)),
)]
async fn open_upload(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<MiniProgramPath>,
    Checked(wanted): Checked<OpenUpload>,
) -> Result<impl IntoResponse, Problem> {
    known(&app, &path.component, &path.appid).await?;
    open(&app, &operator, &path.component, Some(&path.appid), &wanted).await
}

/// The same for a relayed call of the component itself, for keys whose accounts name `component`.
#[utoipa::path(
    post, path = "/v1/components/{component}/uploads", tag = "relay",
    params(ComponentPath), request_body = OpenUpload,
    security(("operator_key" = ["relay"])),
    responses((status = 201, description = "Where to send it.", body = Upload)),
)]
async fn open_component_upload(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<ComponentPath>,
    Checked(wanted): Checked<OpenUpload>,
) -> Result<impl IntoResponse, Problem> {
    open(&app, &operator, &path.component, None, &wanted).await
}

async fn open(
    app: &App,
    operator: &Operator,
    component: &AppId,
    account: Option<&AppId>,
    wanted: &OpenUpload,
) -> Result<(StatusCode, Answer<Upload>), Problem> {
    let content_type = wanted.content_type.parse::<ContentType>();
    let content_type = content_type
        .map_err(|_| Problem::wrong_fields(Faults::one("/content_type", NO_CONTENT_TYPE)))?;
    let owner = Owner { component, account, key: &operator.key };
    let offer = app.uploads.offer(owner, content_type, wanted.length).await;
    let offer =
        offer.map_err(|error| Problem::new(Kind::Unavailable).retry_after(5).internal(error))?;
    let upload = Upload {
        id: offer.id.to_string(),
        url: offer.url.expose_secret().to_owned(),
        method: "PUT",
        headers: UploadHeaders {
            content_type: offer.content_type.as_str().to_owned(),
            content_length: offer.length.to_string(),
        },
        expires_at: timestamp(offer.expires_at),
    };
    Ok((StatusCode::CREATED, Answer(upload)))
}

#[cfg(test)]
mod tests {
    use platform::uploads::LONGEST;

    use super::*;

    #[test]
    fn the_longest_that_is_described_is_the_longest_that_there_is() {
        let schema = serde_json::json!(<OpenUpload as utoipa::PartialSchema>::schema());
        assert_eq!(schema["properties"]["length"]["maximum"], LONGEST, "{schema}");
    }
}
