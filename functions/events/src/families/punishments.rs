//! Punishments and appeals. An appeal's event does not name the punishment: WeChat is asked for both.

use platform::AppId;

use crate::{failure::Failure, origin::Origin};

/// WeChat punished the mini program, or an appeal went on a step.
pub(crate) async fn changed(origin: Origin<'_>, appid: &AppId) -> Result<(), Failure> {
    let asked = origin.platform.punishments.ask(origin.component(), appid).await;
    asked.map(drop).map_err(Failure::from)
}
