//! The daily counters of calls, and their reset.

use super::platform::prove;
use crate::{
    clock::{day, month},
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, refuse},
    scene::Scene,
};

/// Resets of one account in a month.
const RESETS_A_MONTH: u32 = 10;

pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint::post(
    "/cgi-bin/component/clear_quota/v2",
    TokenKind::Nobody,
    &[
        Field::required("component_appid", Kind::Text).missing(41002, "appid missing"),
        Field::required("appsecret", Kind::Text).missing(41004, "appsecret missing"),
        Field::optional("appid", Kind::Text),
    ],
    clear,
)];

/// With `appid` it resets an authorized account's counters, without it the component's own.
fn clear(scene: &mut Scene<'_>) -> Answer {
    prove(scene, "appsecret")?;
    let (today, this_month) = (day(scene.now), month(scene.now));
    let component = scene.component_appid.clone();
    let resets = match scene.optional_text("appid").map(str::to_owned) {
        None => &mut scene.component().resets,
        Some(appid) => {
            let granted = scene.world.merchants.get(&appid).is_some_and(|merchant| {
                merchant.grants.get(&component).is_some_and(|grant| grant.authorized)
            });
            if !granted {
                return refuse(43007, "require biz user authorize");
            }
            scene.appid = appid;
            &mut scene.merchant().resets
        }
    };
    if resets.used(&this_month) >= RESETS_A_MONTH {
        return refuse(48006, "forbid to clear quota because of reaching the limit");
    }
    resets.add(&this_month);
    if scene.appid.is_empty() {
        scene.component().token_calls.set(&today, 0);
    }
    done()
}
