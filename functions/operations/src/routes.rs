//! The operations, one file for each area. Each exposes a `router()`; what it needs of an operator
//! stands in the `security` of each operation.

mod attention;
mod audit;
mod code;
mod components;
mod domains;
mod errcodes;
mod events;
mod health;
mod keys;
mod mini_programs;
mod reconciliations;
mod releases;
mod rollouts;
mod segments;
mod sessions;
mod templates;
mod testers;
mod tokens;
mod webhooks;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use platform::text::Text;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    App,
    problem::{Kind, Problem},
};

/// The operations that want somebody signed in.
pub(crate) fn signed_in() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(components::router())
        .merge(mini_programs::router())
        .merge(segments::router())
        .merge(rollouts::router())
        .merge(templates::router())
        .merge(domains::router())
        .merge(releases::router())
        .merge(testers::router())
        .merge(code::router())
        .merge(events::router())
        .merge(reconciliations::router())
        .merge(attention::router())
        .merge(tokens::router())
        .merge(sessions::router())
        .merge(keys::router())
        .merge(audit::router())
        .merge(errcodes::router())
        .merge(webhooks::router())
}

/// The operations that anybody may use.
pub(crate) fn open() -> OpenApiRouter<App> {
    health::router()
}

/// A moment as it is written in answers.
fn timestamp(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

/// A picture of WeChat's, under a name to save it by.
fn picture(picture: wechat::answer::Picture, name: &str) -> Response {
    let ending = picture.media_type.trim_start_matches("image/");
    let disposition = format!("inline; filename=\"{name}.{ending}\"");
    let headers = [
        (header::CONTENT_TYPE, picture.media_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, picture.bytes).into_response()
}

/// Refuses a text that is too short or too long, in characters.
fn length(field: &str, text: &str, least: usize, most: usize) -> Result<(), Problem> {
    if (least..=most).contains(&text.chars().count()) {
        return Ok(());
    }
    Err(Problem::new(Kind::InvalidField).field(field).detail(Text::new(
        format!("字段 {field} 应为 {least} 至 {most} 个字符"),
        format!("the field {field} has {least} to {most} characters"),
    )))
}
