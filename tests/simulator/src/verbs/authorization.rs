//! Merchants agree and withdraw.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{VerbError, component, known};
use crate::{
    Simulator,
    grants::{self, AUTHORIZATION_LIFE, Granted, PERMISSION_SETS},
    push::{Attempt, Delivery, Outgoing, Tweaks, compose},
    server::Inner,
    state::World,
    verbs::Target,
};

/// A merchant's agreement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Authorize {
    /// The component; the first if none is named.
    pub component: Option<String>,
    /// The mini program.
    pub appid: String,
    /// What is granted; all permission sets if `None`.
    pub permission_sets: Option<Vec<u32>>,
    /// How the component gets to know.
    pub via: Via,
    /// The address that the merchant's browser is sent back to. Without it no browser takes part
    /// and [`Authorized::redirect`] is `None`.
    pub redirect_uri: Option<String>,
    /// The pre-authorization code of the link; one is made if none is given.
    pub pre_auth_code: Option<String>,
    /// `CreateTime` of the push; now if none is given.
    pub create_time: Option<i64>,
    /// Milliseconds between the first of push and browser and the second.
    pub pause: u64,
}

impl Authorize {
    /// Everything granted, told by push.
    pub fn new(appid: impl Into<String>) -> Self {
        Authorize { appid: appid.into(), ..Authorize::default() }
    }
}

/// How the component gets to know of an authorization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// The push arrives, then the browser comes back.
    #[default]
    PushFirst,
    /// The browser comes back, then the push arrives.
    RedirectFirst,
    /// Both at once.
    Together,
    /// The merchant closes the browser.
    PushOnly,
    /// The push is lost.
    RedirectOnly,
    /// Neither: the list of authorizers is all there is.
    Nothing,
}

/// What came of an authorization.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Authorized {
    /// The authorization code.
    pub auth_code: String,
    /// Seconds it is good for.
    pub expires_in: i64,
    /// `authorized` or `updateauthorized`; `None` if nothing changed, for then WeChat pushes
    /// nothing.
    pub info_type: Option<&'static str>,
    /// Where the browser is sent, with `auth_code` and `expires_in`.
    pub redirect: Option<String>,
    /// What the browser got there, if it went.
    pub visit: Option<Attempt>,
    /// What came of the push, if there was one.
    pub push: Option<Delivery>,
}

/// A merchant's withdrawal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Revoke {
    /// The component; the first if none is named.
    pub component: Option<String>,
    /// The mini program.
    pub appid: String,
    /// `CreateTime` of the push; now if none is given.
    pub create_time: Option<i64>,
    /// Push nothing.
    pub silent: bool,
}

/// What came of a withdrawal.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Revoked {
    /// What came of the push, if there was one.
    pub push: Option<Delivery>,
}

/// How a merchant's authorization stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorization {
    /// It stands.
    pub authorized: bool,
    /// The refresh token in force.
    pub refresh_token: String,
}

impl Simulator {
    /// How the authorization of `appid` for `component` stands; by default there never was one.
    pub fn authorization(&self, component: &str, appid: &str) -> Authorization {
        self.inner.note(|shared| {
            let merchant = shared.world.merchants.get(appid);
            let grant = merchant.and_then(|merchant| merchant.grants.get(component));
            grant.map_or_else(Authorization::default, |grant| Authorization {
                authorized: grant.authorized,
                refresh_token: grant.refresh_token.clone(),
            })
        })
    }

    /// A merchant authorizes, for the first time or again.
    pub async fn authorize(&self, authorize: Authorize) -> Result<Authorized, VerbError> {
        self::authorize(&self.inner, authorize).await
    }

    /// A merchant who has authorized changes the permission sets; an error if he has not.
    pub async fn update_authorization(
        &self,
        authorize: Authorize,
    ) -> Result<Authorized, VerbError> {
        update_authorization(&self.inner, authorize).await
    }

    /// A merchant withdraws; an error if he has not authorized.
    pub async fn revoke(&self, revoke: Revoke) -> Result<Revoked, VerbError> {
        self::revoke(&self.inner, revoke).await
    }
}

/// Grants; what would be pushed and visited is left to the caller.
pub(crate) fn authorize_without_push(
    inner: &Inner,
    order: &Authorize,
) -> Result<(Authorized, Option<Outgoing>), VerbError> {
    let (granted, outgoing) = inner.change(|world, now| prepare(world, now, order))?;
    let redirect = order.redirect_uri.as_deref().map(|uri| with_code(uri, &granted)).transpose()?;
    let authorized = Authorized {
        auth_code: granted.code,
        expires_in: AUTHORIZATION_LIFE,
        info_type: granted.info_type,
        redirect,
        ..Authorized::default()
    };
    Ok((authorized, outgoing))
}

pub(crate) async fn authorize(
    inner: &Arc<Inner>,
    order: Authorize,
) -> Result<Authorized, VerbError> {
    let (mut authorized, outgoing) = authorize_without_push(inner, &order)?;
    let redirect = authorized.redirect.clone();
    let pause = Duration::from_millis(order.pause);
    let push = async {
        match outgoing {
            Some(outgoing) => Some(inner.deliver(outgoing).await),
            None => None,
        }
    };
    let visit = async {
        match redirect {
            Some(address) => Some(inner.sender.visit(&address).await),
            None => None,
        }
    };
    match order.via {
        Via::PushFirst => {
            authorized.push = push.await;
            tokio::time::sleep(pause).await;
            authorized.visit = visit.await;
        }
        Via::RedirectFirst => {
            authorized.visit = visit.await;
            tokio::time::sleep(pause).await;
            authorized.push = push.await;
        }
        Via::Together => (authorized.push, authorized.visit) = tokio::join!(push, visit),
        Via::PushOnly => authorized.push = push.await,
        Via::RedirectOnly => authorized.visit = visit.await,
        Via::Nothing => {}
    }
    Ok(authorized)
}

/// Grants and writes the push.
fn prepare(
    world: &mut World,
    now: i64,
    order: &Authorize,
) -> Result<(Granted, Option<Outgoing>), VerbError> {
    let component = component(world, order.component.as_deref())?;
    known(world, &order.appid)?;
    let code = match &order.pre_auth_code {
        Some(code) => find_pre_authorization_code(world, &component, code, now)?,
        None => grants::issue_pre_authorization_code(world, &component, now),
    };
    if let Some(code) = world.pre_authorization_codes.get_mut(&code) {
        code.used = true;
    }
    let all = || PERMISSION_SETS.iter().map(|(id, _)| *id).collect();
    let sets: Vec<u32> = order.permission_sets.clone().unwrap_or_else(all);
    let granted = grants::grant(world, &component, &order.appid, &sets, now);
    let outgoing = match granted.info_type {
        Some(info_type) => {
            let create_time = order.create_time.unwrap_or(now);
            let appid = &order.appid;
            let message =
                grants::granted_message(&component, appid, info_type, &granted, &code, create_time);
            let to = Target::Events;
            Some(compose(world, now, &component, &to, &message, &Tweaks::default())?)
        }
        None => None,
    };
    Ok((granted, outgoing))
}

/// Checks a pre-authorization code that somebody presents.
pub(crate) fn find_pre_authorization_code(
    world: &World,
    component: &str,
    code: &str,
    now: i64,
) -> Result<String, VerbError> {
    match world.pre_authorization_codes.get(code) {
        Some(found) if found.component != component => {
            Err(VerbError::new("the pre-authorization code is another component's"))
        }
        Some(found) if found.used => Err(VerbError::new("the pre-authorization code was used")),
        Some(found) if now >= found.expires => {
            Err(VerbError::new("the pre-authorization code has expired"))
        }
        Some(_) => Ok(code.to_owned()),
        None => Err(VerbError::new("the pre-authorization code is unknown")),
    }
}

/// The address with the code; what it carried already stays.
fn with_code(uri: &str, granted: &Granted) -> Result<String, VerbError> {
    let mut address = url::Url::parse(uri)
        .map_err(|error| VerbError::new(format!("redirect_uri {uri} is not a URL: {error}")))?;
    address
        .query_pairs_mut()
        .append_pair("auth_code", &granted.code)
        .append_pair("expires_in", &AUTHORIZATION_LIFE.to_string());
    Ok(address.into())
}

pub(super) async fn update_authorization(
    inner: &Arc<Inner>,
    order: Authorize,
) -> Result<Authorized, VerbError> {
    inner.change(|world, _| {
        let component = component(world, order.component.as_deref())?;
        known(world, &order.appid)?;
        match world.merchant(&order.appid).grants.get(&component) {
            Some(grant) if grant.authorized => Ok(()),
            _ => Err(VerbError::new(format!("{} has not authorized {component}", order.appid))),
        }
    })?;
    authorize(inner, order).await
}

pub(super) async fn revoke(inner: &Arc<Inner>, order: Revoke) -> Result<Revoked, VerbError> {
    let outgoing = inner.change(|world, now| {
        let component = component(world, order.component.as_deref())?;
        known(world, &order.appid)?;
        if !grants::revoke(world, &component, &order.appid, now) {
            let message = format!("{} has not authorized {component}", order.appid);
            return Err(VerbError::new(message));
        }
        let create_time = order.create_time.unwrap_or(now);
        let message = grants::revoked_message(&component, &order.appid, create_time);
        let to = Target::Events;
        Ok(compose(world, now, &component, &to, &message, &Tweaks::default())?)
    })?;
    let push = match order.silent {
        true => None,
        false => Some(inner.deliver(outgoing).await),
    };
    Ok(Revoked { push })
}
