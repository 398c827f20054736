//! Events from which nothing follows here: told to others by name, never by what they say, which may
//! hold a secret or concern a user. The inbox keeps them whole.

use platform::AppId;
use wechat::message::{AccountEvent, Info, concerns_a_user};

use crate::{failure::Failure, origin::Origin};

/// Where an event of the authorization-event address names a mini program.
const NAMES: [&str; 4] = ["appid", "AuthorizerAppid", "authorizer_appid", "verify_appid"];

/// Tells an event of the authorization-event address.
pub(crate) async fn of_component(origin: Origin<'_>, info: &Info) -> Result<(), Failure> {
    let appid = match info {
        Info::Unknown { fields, .. } => {
            NAMES.iter().find_map(|name| fields.0.get(*name)?.as_str()?.parse::<AppId>().ok())
        }
        _ => None,
    };
    tell(origin, appid.as_ref(), info.name()).await
}

/// Tells an event of a merchant's account.
pub(crate) async fn of_account(
    origin: Origin<'_>,
    appid: &AppId,
    event: &AccountEvent,
) -> Result<(), Failure> {
    tell(origin, Some(appid), event.name()).await
}

/// Tells an event by its name. Those about a user do not stand in the mini program's timeline.
pub(crate) async fn tell(
    origin: Origin<'_>,
    appid: Option<&AppId>,
    name: &str,
) -> Result<(), Failure> {
    let event = origin.item.forwarded(appid, concerns_a_user(name));
    origin.platform.outbox.tell(event).await.map_err(Failure::passing)
}
