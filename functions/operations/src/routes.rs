//! The operations, one file for each area. Each exposes a `router()`; what it needs of an operator
//! stands in the `security` of each operation.

pub(crate) mod approvals;
mod attention;
mod audit;
mod calls;
mod checkup;
mod code;
mod components;
mod directory;
mod domains;
mod erasure;
mod errcodes;
mod events;
mod filing;
mod health;
mod imports;
mod invitations;
mod keys;
mod mini_programs;
mod mode;
mod onboarding;
mod open_accounts;
mod operator;
mod order_path;
mod payment;
mod plugins;
mod privacy;
mod problems;
mod profile;
mod punishments;
mod quotas;
mod reconciliations;
mod registrations;
mod releases;
mod rollouts;
mod segments;
mod self_tests;
mod serving;
mod sessions;
mod templates;
mod testers;
mod timeline;
mod tokens;
mod uploads;
mod verification;
mod webhooks;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use platform::fault::Faults;
use utoipa_axum::router::OpenApiRouter;

use crate::{App, problem::Problem};

/// The operations that want somebody signed in.
pub(crate) fn signed_in() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(components::router())
        .merge(checkup::router())
        .merge(registrations::router())
        .merge(profile::router())
        .merge(onboarding::router())
        .merge(mode::router())
        .merge(imports::router())
        .merge(mini_programs::router())
        .merge(segments::router())
        .merge(rollouts::router())
        .merge(templates::router())
        .merge(domains::router())
        .merge(releases::router())
        .merge(filing::router())
        .merge(verification::router())
        .merge(privacy::router())
        .merge(order_path::router())
        .merge(punishments::router())
        .merge(testers::router())
        .merge(timeline::router())
        .merge(payment::router())
        .merge(erasure::router())
        .merge(code::router())
        .merge(quotas::router())
        .merge(calls::router())
        .merge(serving::router())
        .merge(plugins::router())
        .merge(open_accounts::router())
        .merge(events::router())
        .merge(reconciliations::router())
        .merge(attention::router())
        .merge(tokens::router())
        .merge(sessions::router())
        .merge(uploads::router())
        .merge(self_tests::router())
        .merge(keys::router())
        .merge(approvals::router())
        .merge(invitations::router())
        .merge(operator::router())
        .merge(audit::router())
        .merge(errcodes::router())
        .merge(webhooks::router())
}

/// The operations that anybody may use.
pub(crate) fn open() -> OpenApiRouter<App> {
    health::router().merge(problems::router()).merge(invitations::open()).merge(directory::open())
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
    let mut faults = Faults::new();
    faults.characters(format!("/{field}"), text, least..=most);
    faults.into_result().map_err(Problem::wrong_fields)
}
