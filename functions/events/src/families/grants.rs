//! Authorizations, granted and withdrawn.

use platform::grants::{GrantError, Source};
use secrecy::SecretString;
use wechat::message::{Authorized, Unauthorized};

use crate::{
    failure::Failure,
    origin::{Origin, account},
};

/// A merchant authorized the platform, or changed what it grants.
pub(crate) async fn authorized(origin: Origin<'_>, event: &Authorized) -> Result<(), Failure> {
    let appid = account(&event.authorizer_appid)?;
    let source = Source::Authorized { create_time: origin.create_time, appid };
    exchange(origin, &event.authorization_code, source).await
}

/// A merchant withdrew its authorization.
pub(crate) async fn unauthorized(origin: Origin<'_>, event: &Unauthorized) -> Result<(), Failure> {
    let appid = account(&event.authorizer_appid)?;
    let grants = &origin.platform.grants;
    let withdrawal = grants.unauthorized(origin.component(), &appid, origin.create_time).await;
    withdrawal.map(drop).map_err(Failure::from)
}

/// Exchanges a code, unless the redirect did.
pub(crate) async fn exchange(
    origin: Origin<'_>,
    code: &SecretString,
    source: Source,
) -> Result<(), Failure> {
    let component = origin.component();
    match origin.platform.grants.exchange(component, code, &source).await {
        Ok(_) => Ok(()),
        // It was withdrawn before it could be taken in, which leaves nothing to do.
        Err(GrantError::Withdrawn(appid)) => {
            tracing::info!(%component, %appid, "authorization was withdrawn meanwhile");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
