//! Settings of official accounts, in the new form and in the old one.

use serde_json::json;

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, Refusal, bare, done, refuse},
    scene::Scene,
};

/// Each setting with its values; the first is the one at the start.
const OPTIONS: [(&str, &[&str]); 3] = [
    ("location_report", &["0", "1", "2"]),
    ("voice_recognize", &["0", "1"]),
    ("customer_service", &["0", "1"]),
];

const NAME: Field =
    Field::required("option_name", Kind::Text).missing(61012, "invalid option name");
const VALUE: Field =
    Field::required("option_value", Kind::Text).missing(61013, "invalid option value");
const APPID: Field = Field::required("component_appid", Kind::Text).missing(40013, "invalid appid");
const AUTHORIZER: Field =
    Field::required("authorizer_appid", Kind::Text).missing(40013, "invalid appid");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/component/get_authorizer_option", TokenKind::Merchant, &[NAME], get),
    Endpoint::post(
        "/cgi-bin/component/set_authorizer_option",
        TokenKind::Merchant,
        &[NAME, VALUE],
        set,
    ),
    Endpoint::post(
        "/cgi-bin/component/api_get_authorizer_option",
        TokenKind::Component,
        &[APPID, AUTHORIZER, NAME],
        get_named,
    ),
    Endpoint::post(
        "/cgi-bin/component/api_set_authorizer_option",
        TokenKind::Component,
        &[APPID, AUTHORIZER, NAME, VALUE],
        set_named,
    ),
];

fn get_named(scene: &mut Scene<'_>) -> Answer {
    name_account(scene)?;
    get(scene)
}

fn set_named(scene: &mut Scene<'_>) -> Answer {
    name_account(scene)?;
    set(scene)
}

/// Takes the account from the body, where the token does not tell it.
fn name_account(scene: &mut Scene<'_>) -> Result<(), Refusal> {
    scene.same_component()?;
    let appid = scene.text("authorizer_appid").to_owned();
    match scene.world.merchants.get(&appid) {
        None => refuse(40013, "invalid appid"),
        Some(_) if !scene.world.has_granted(&appid, &scene.component_appid) => {
            refuse(61003, "component is not authorized by this account")
        }
        Some(_) => {
            scene.appid = appid;
            Ok(())
        }
    }
}

fn get(scene: &mut Scene<'_>) -> Answer {
    let (name, values) = option(scene)?;
    let appid = scene.appid.clone();
    let value = scene.merchant().options.get(name).cloned();
    let value = value.unwrap_or_else(|| values[0].to_owned());
    bare(json!({ "authorizer_appid": appid, "option_name": name, "option_value": value }))
}

fn set(scene: &mut Scene<'_>) -> Answer {
    let (name, values) = option(scene)?;
    let value = scene.text("option_value").to_owned();
    if !values.contains(&value.as_str()) {
        return refuse(61013, "invalid option value");
    }
    scene.merchant().options.insert(name.to_owned(), value);
    done()
}

fn option(scene: &Scene<'_>) -> Result<(&'static str, &'static [&'static str]), Refusal> {
    match OPTIONS.into_iter().find(|(name, _)| *name == scene.text("option_name")) {
        Some(option) => Ok(option),
        None => refuse(61012, "invalid option name"),
    }
}
