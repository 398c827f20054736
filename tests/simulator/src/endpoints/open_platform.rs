//! Open-platform accounts: made, bound, unbound.

use serde_json::json;

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, Refusal, done, fields, refuse},
    scene::Scene,
    state::OpenAccount,
};

const APPID: Field = Field::optional("appid", Kind::Text);
const OPEN_APPID: Field =
    Field::required("open_appid", Kind::Text).missing(89002, "open not exists");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/open/create", TokenKind::Merchant, &[APPID], create).sets(&[24, 25]),
    Endpoint::post("/cgi-bin/open/bind", TokenKind::Merchant, &[APPID, OPEN_APPID], bind)
        .sets(&[24, 25]),
    Endpoint::post("/cgi-bin/open/unbind", TokenKind::Merchant, &[APPID, OPEN_APPID], unbind)
        .sets(&[24, 25]),
    Endpoint::post("/cgi-bin/open/get", TokenKind::Merchant, &[APPID], get).sets(&[24, 25]),
    Endpoint::get("/cgi-bin/open/have", TokenKind::Merchant, have).get_or_post().sets(&[24, 25]),
];

/// Refuses an appid in the body that is not the token's.
fn same_account(scene: &Scene<'_>) -> Result<(), Refusal> {
    match scene.optional_text("appid") {
        Some(appid) if appid != scene.appid => refuse(40013, "invalid appid"),
        _ => Ok(()),
    }
}

fn create(scene: &mut Scene<'_>) -> Answer {
    same_account(scene)?;
    if scene.merchant().open_account.is_some() {
        return refuse(89000, "account has bound open");
    }
    let open_appid = format!("wx{}", scene.world.random.hex(16));
    let principal_name = scene.merchant().account.principal_name.clone();
    let account = OpenAccount { principal_name, made_by_call: true, verified: false };
    scene.world.open_accounts.insert(open_appid.clone(), account);
    scene.merchant().open_account = Some(open_appid.clone());
    fields(json!({ "open_appid": open_appid }))
}

fn bind(scene: &mut Scene<'_>) -> Answer {
    same_account(scene)?;
    let open_appid = scene.text("open_appid").to_owned();
    if scene.merchant().open_account.is_some() {
        return refuse(89000, "account has bound open");
    }
    let account = open_account(scene, &open_appid)?;
    if !account.made_by_call && !account.verified {
        return refuse(89036, "open account is neither created by api nor verified");
    }
    let bound = scene
        .world
        .merchants
        .values()
        .filter(|merchant| merchant.open_account.as_ref() == Some(&open_appid));
    if bound.count() >= account.room() {
        return refuse(89004, "open account has reached its limit of bound accounts");
    }
    scene.merchant().open_account = Some(open_appid);
    done()
}

fn unbind(scene: &mut Scene<'_>) -> Answer {
    same_account(scene)?;
    let open_appid = scene.text("open_appid").to_owned();
    let account = open_account(scene, &open_appid)?;
    if scene.merchant().open_account.as_ref() != Some(&open_appid) {
        return refuse(89002, "open not exists");
    }
    if !account.made_by_call {
        return refuse(89003, "open account is not created by api");
    }
    scene.merchant().open_account = None;
    done()
}

/// The named account; it has to be of the same owner.
fn open_account(scene: &mut Scene<'_>, open_appid: &str) -> Result<OpenAccount, Refusal> {
    let Some(account) = scene.world.open_accounts.get(open_appid).cloned() else {
        return refuse(89002, "open not exists");
    };
    if account.principal_name != scene.merchant().account.principal_name {
        return refuse(89001, "not same contractor");
    }
    Ok(account)
}

fn get(scene: &mut Scene<'_>) -> Answer {
    same_account(scene)?;
    match &scene.merchant().open_account {
        Some(open_appid) => fields(json!({ "open_appid": open_appid })),
        None => refuse(89002, "open not exists"),
    }
}

fn have(scene: &mut Scene<'_>) -> Answer {
    fields(json!({ "have_open": scene.merchant().open_account.is_some() }))
}
