//! Logging a mini program's user in on its behalf.

use serde_json::json;

use crate::{
    endpoint::{Endpoint, TokenKind},
    reply::{Answer, bare, refuse},
    scene::Scene,
};

pub(super) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/sns/component/jscode2session", TokenKind::Component, session)
        .query(&["appid", "js_code", "grant_type", "component_appid"])
        .uncounted()];

/// One session a code, once: a code that the verb `log-in` handed out, to its mini program, for five
/// minutes. Any other is none.
fn session(scene: &mut Scene<'_>) -> Answer {
    let query = scene.query;
    let field = |name: &str| query.get(name).unwrap_or_default().to_owned();
    if field("component_appid") != scene.component_appid {
        return refuse(40013, "invalid appid");
    }
    if field("grant_type") != "authorization_code" {
        return refuse(40002, "invalid grant_type");
    }
    let (appid, code) = (field("appid"), field("js_code"));
    if !scene.world.has_granted(&appid, &scene.component_appid) {
        return refuse(61003, "component is not authorized by this account");
    }
    let user = match scene.world.login_codes.remove(&code) {
        Some(known) if known.appid == appid && scene.now < known.expires => known.user,
        _ => return refuse(40029, "invalid code"),
    };
    let openid = scene.world.user_id(&user, &appid);
    let key = scene.world.random.secret(22).replace(['-', '_'], "0");
    let mut session = json!({ "openid": openid, "session_key": format!("{key}==") });
    // Users are the same person to all accounts of one open-platform account, and to no others.
    if let Some(open_appid) = scene.world.merchant(&appid).open_account.clone() {
        session["unionid"] = json!(scene.world.user_id(&user, &open_appid));
    }
    bare(session)
}
