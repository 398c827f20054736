//! The screens, one file each: what it shows, and what can be done on it.

pub(crate) mod approvals;
mod audit;
pub(crate) mod directory;
mod doctor;
mod errcodes;
mod events;
mod invitations;
mod keys;
mod mini_program;
mod mini_programs;
mod onboarding;
mod place;
mod registrations;
mod reviews;
mod rollouts;
mod self_tests;
mod settings;
pub(crate) mod sign_in;
mod templates;
mod today;
mod webhooks;

pub(crate) use place::Place;

use axum::{Router, response::Redirect, routing::get};

use crate::{App, action::Action};

/// Everything that can be done, by the screen on which it is.
static ACTIONS: &[&[Action]] = &[
    &mini_program::delivery::ACTIONS,
    &mini_program::domains::ACTIONS,
    &mini_program::testers::ACTIONS,
    &mini_program::code::ACTIONS,
    &templates::ACTIONS,
    &events::ACTIONS,
    &webhooks::ACTIONS,
    &keys::ACTIONS,
    &invitations::ACTIONS,
    &approvals::ACTIONS,
    &doctor::ACTIONS,
    &registrations::ACTIONS,
    &onboarding::ACTIONS,
    &onboarding::plan::ACTIONS,
    &self_tests::ACTIONS,
    &mini_programs::bulk::ACTIONS,
    &reviews::ACTIONS,
    &rollouts::actions::ACTIONS,
];

/// Everything that can be done.
pub(crate) fn actions() -> impl Iterator<Item = &'static Action> {
    let settings = mini_program::ACTIONS.iter().chain(settings::ACTIONS);
    ACTIONS.iter().chain(settings).copied().flatten()
}

/// The action of this name.
pub(crate) fn action(name: &str) -> Option<&'static Action> {
    actions().find(|action| action.name == name)
}

/// `GET /`
pub(crate) async fn home() -> Redirect {
    Redirect::to("/console")
}

/// The pages of the screens.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .merge(registrations::router())
        .merge(onboarding::router())
        .merge(self_tests::router())
        .merge(settings::router())
        .merge(mini_program::router())
        .route("/console", get(today::page))
        .route("/console/webhooks", get(webhooks::list))
        .route("/console/webhooks/{id}", get(webhooks::one))
        .route("/console/keys", get(keys::page))
        .route("/console/invitation", get(invitations::page).post(invitations::take))
        .merge(approvals::router())
        .route("/console/audit", get(audit::page))
        .route("/console/audit/verification", get(audit::verification))
        .route("/console/audit/parts", get(audit::parts))
        .route("/console/audit/export", get(audit::file))
        .route("/console/errcodes", get(errcodes::page))
        .route("/console/doctor", get(doctor::page))
        .route("/console/{component}/mini-programs", get(mini_programs::page))
        .route("/console/{component}/mini-programs/list.csv", get(mini_programs::download))
        .route(
            "/console/{component}/mini-programs/tag",
            get(mini_programs::bulk::tag).post(mini_programs::bulk::write),
        )
        .route("/console/{component}/mini-programs/save", get(mini_programs::bulk::save))
        .route("/console/{component}/reviews", get(reviews::page))
        .route("/console/{component}/reviews/list.csv", get(reviews::download))
        .merge(rollouts::router())
        .route("/console/{component}/templates", get(templates::page))
        .route("/console/{component}/events", get(events::page))
        .route("/console/{component}/events/{id}", get(events::one))
        .route("/console/{component}/mini-programs/{appid}", get(mini_program::overview::page))
        .route("/console/{component}/mini-programs/{appid}/picture", get(mini_program::picture))
        .route(
            "/console/{component}/mini-programs/{appid}/delivery",
            get(mini_program::delivery::page),
        )
        .route(
            "/console/{component}/mini-programs/{appid}/domains",
            get(mini_program::domains::page),
        )
        .route(
            "/console/{component}/mini-programs/{appid}/testers",
            get(mini_program::testers::page),
        )
        .route("/console/{component}/mini-programs/{appid}/code", get(mini_program::code::page))
}
