//! Applications for privacy interfaces.

use platform::AppId;

use crate::{failure::Failure, origin::Origin};

/// Reviewers decided about an interface.
pub(crate) async fn decided(origin: Origin<'_>, appid: &AppId) -> Result<(), Failure> {
    let asked = origin.platform.privacy.ask(origin.component(), appid).await;
    asked.map(drop).map_err(Failure::from)
}
