//! Things end before their time.

use serde::{Deserialize, Serialize};

use super::{VerbError, component, known};
use crate::{
    Simulator,
    server::Inner,
    state::{TICKET_LIFE, World},
};

/// Something that ends before its time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expire {
    /// What.
    pub what: Expiring,
    /// Whose; the first component's if none is named.
    #[serde(default)]
    pub component: Option<String>,
    /// Which mini program's, where it is a mini program's; all if none is named.
    #[serde(default)]
    pub appid: Option<String>,
}

impl Expire {
    /// The first component's, and of all mini programs where it is theirs.
    pub fn new(what: Expiring) -> Self {
        Expire { what, component: None, appid: None }
    }

    /// One mini program's.
    pub fn of(what: Expiring, appid: impl Into<String>) -> Self {
        Expire { what, component: None, appid: Some(appid.into()) }
    }
}

/// What can end before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expiring {
    /// All tickets: 61005.
    Tickets,
    /// The component's access tokens: 42001.
    ComponentTokens,
    /// Mini programs' access tokens: 42001.
    AuthorizerTokens,
    /// Refresh tokens: 61023. Another is in force, which `api_get_authorizer_list` tells.
    RefreshTokens,
    /// Refresh tokens, because a password was changed: 42007 until the next authorization.
    Passwords,
    /// Authorization codes: 61010.
    AuthorizationCodes,
    /// Pre-authorization codes: the page says so.
    PreAuthorizationCodes,
}

impl Simulator {
    /// Ends something before its time.
    pub fn expire(&self, expire: Expire) -> Result<(), VerbError> {
        self::expire(&self.inner, &expire)
    }

    /// Puts another refresh token in force without telling anybody: the old one answers 61023,
    /// `api_get_authorizer_list` knows the new one.
    pub fn invalidate_refresh_token(&self, appid: &str) -> Result<(), VerbError> {
        self.expire(Expire::of(Expiring::RefreshTokens, appid))
    }

    /// Leaves a mini program's refresh token out of `api_get_authorizer_list` and
    /// `api_get_authorizer_info`, or tells it again.
    pub fn hide_refresh_token(&self, appid: &str, hidden: bool) -> Result<(), VerbError> {
        hide_refresh_token(&self.inner, appid, hidden)
    }
}

pub(super) fn expire(inner: &Inner, order: &Expire) -> Result<(), VerbError> {
    inner.change(|world, now| {
        let owner = component(world, order.component.as_deref())?;
        if let Some(appid) = &order.appid {
            known(world, appid)?;
        }
        match order.what {
            Expiring::Tickets => {
                for ticket in &mut world.component(&owner).tickets {
                    ticket.issued = ticket.issued.min(now - TICKET_LIFE);
                }
            }
            Expiring::ComponentTokens => {
                for token in world.tokens.values_mut() {
                    if token.component == owner && token.merchant.is_none() {
                        token.expires = token.expires.min(now);
                    }
                }
            }
            Expiring::AuthorizerTokens => {
                for token in world.tokens.values_mut() {
                    let concerned = token.merchant.as_ref().is_some_and(|appid| {
                        order.appid.as_ref().is_none_or(|wanted| wanted == appid)
                    });
                    if token.component == owner && concerned {
                        token.expires = token.expires.min(now);
                    }
                }
            }
            Expiring::RefreshTokens | Expiring::Passwords => {
                expire_grants(world, &owner, order);
            }
            Expiring::AuthorizationCodes => {
                for code in world.authorization_codes.values_mut() {
                    let wanted = order.appid.as_ref();
                    if code.component == owner && wanted.is_none_or(|it| *it == code.merchant) {
                        code.expires = code.expires.min(now);
                    }
                }
            }
            Expiring::PreAuthorizationCodes => {
                for code in world.pre_authorization_codes.values_mut() {
                    if code.component == owner {
                        code.expires = code.expires.min(now);
                    }
                }
            }
        }
        Ok(())
    })
}

fn expire_grants(world: &mut World, owner: &str, order: &Expire) {
    let World { merchants, random, .. } = world;
    for (appid, merchant) in merchants {
        if order.appid.as_ref().is_some_and(|wanted| wanted != appid) {
            continue;
        }
        if let Some(grant) = merchant.grants.get_mut(owner) {
            if order.what == Expiring::Passwords {
                grant.password_changed = true;
            } else {
                grant.refresh_token = format!("refreshtoken@@@{}", random.secret(43));
                grant.former_refresh_token = None;
            }
        }
    }
}

pub(super) fn hide_refresh_token(
    inner: &Inner,
    appid: &str,
    hidden: bool,
) -> Result<(), VerbError> {
    inner.change_merchant(appid, |merchant, _| {
        for grant in merchant.grants.values_mut() {
            grant.refresh_token_hidden = hidden;
        }
    })
}
