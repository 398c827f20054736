//! The platform's own credentials: ticket, component token, pre-authorization code.

use serde_json::json;

use crate::{
    clock::day,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    errand::Errand,
    grants::{PRE_AUTHORIZATION_LIFE, issue_pre_authorization_code},
    reply::{Answer, Refusal, bare, done, refuse},
    scene::Scene,
    state::{ACCESS_TOKEN_LIFE, TICKET_LIFE},
};

const APPID: Field = Field::required("component_appid", Kind::Text).missing(40013, "invalid appid");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/cgi-bin/component/api_start_push_ticket",
        TokenKind::Nobody,
        &[
            APPID,
            Field::required("component_secret", Kind::Text).missing(41004, "appsecret missing"),
        ],
        start_push_ticket,
    ),
    Endpoint::post(
        "/cgi-bin/component/api_component_token",
        TokenKind::Nobody,
        &[
            APPID,
            Field::required("component_appsecret", Kind::Text).missing(41004, "appsecret missing"),
            Field::required("component_verify_ticket", Kind::Text)
                .missing(61006, "component ticket is invalid"),
        ],
        component_token,
    ),
    Endpoint::post(
        "/cgi-bin/component/api_create_preauthcode",
        TokenKind::Component,
        &[APPID],
        create_preauthcode,
    ),
];

/// Finds the component that names itself and proves it with its secret.
pub(super) fn prove(scene: &mut Scene<'_>, secret: &str) -> Result<(), Refusal> {
    let appid = scene.text("component_appid").to_owned();
    let presented = scene.text(secret).to_owned();
    match scene.world.components.get(&appid) {
        None => refuse(40013, "invalid appid"),
        Some(component) if component.settings.secret != presented => {
            refuse(40125, "invalid appsecret")
        }
        Some(_) => {
            scene.component_appid = appid;
            Ok(())
        }
    }
}

fn start_push_ticket(scene: &mut Scene<'_>) -> Answer {
    prove(scene, "component_secret")?;
    scene.component().pushing = true;
    scene.errands.push(Errand::PushTicket(scene.component_appid.clone()));
    done()
}

fn component_token(scene: &mut Scene<'_>) -> Answer {
    prove(scene, "component_appsecret")?;
    let (now, today) = (scene.now, day(scene.now));
    let presented = scene.text("component_verify_ticket").to_owned();
    let component = scene.component();
    if component.token_calls.used(&today) >= component.token_call_limit {
        return refuse(45009, "reach max api daily quota limit");
    }
    component.token_calls.add(&today);
    match component.tickets.iter().find(|ticket| ticket.value == presented) {
        None => return refuse(61006, "component ticket is invalid"),
        Some(ticket) if now >= ticket.issued + TICKET_LIFE => {
            return refuse(61005, "component ticket is expired");
        }
        Some(_) => {}
    }
    let token = scene.world.issue_token(&scene.component_appid, None, now);
    bare(json!({ "component_access_token": token, "expires_in": ACCESS_TOKEN_LIFE }))
}

fn create_preauthcode(scene: &mut Scene<'_>) -> Answer {
    scene.same_component()?;
    let code = issue_pre_authorization_code(scene.world, &scene.component_appid, scene.now);
    bare(json!({ "pre_auth_code": code, "expires_in": PRE_AUTHORIZATION_LIFE }))
}
