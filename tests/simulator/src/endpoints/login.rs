//! Logging a mini program's user in on its behalf.

use serde_json::json;

use crate::{
    endpoint::{Endpoint, TokenKind},
    reply::{Answer, bare, refuse},
    scene::Scene,
};

pub(super) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/sns/component/jscode2session", TokenKind::Component, session).query(&[
        "appid",
        "js_code",
        "grant_type",
        "component_appid",
    ])];

/// Any code is good, once: what `wx.login` hands out is nobody's to foresee.
fn session(scene: &mut Scene<'_>) -> Answer {
    let query = scene.query;
    let field = |name: &str| query.get(name).unwrap_or_default().to_owned();
    if field("component_appid") != scene.component_appid {
        return refuse(40013, "invalid appid");
    }
    if field("grant_type") != "authorization_code" {
        return refuse(40002, "invalid grant_type");
    }
    let granted = scene.world.merchants.get(&field("appid")).is_some_and(|merchant| {
        merchant.grants.get(&scene.component_appid).is_some_and(|grant| grant.authorized)
    });
    if !granted {
        return refuse(61003, "component is not authorized by this account");
    }
    let code = field("js_code");
    if code.is_empty() || !scene.world.used_login_codes.insert(code) {
        return refuse(40029, "invalid code");
    }
    let random = &mut scene.world.random;
    bare(json!({
        "openid": format!("o{}", random.text(27)),
        "session_key": format!("{}==", random.text(22).replace(['-', '_'], "0")),
        "unionid": format!("o{}", random.text(27)),
    }))
}
