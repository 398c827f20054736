//! Of two grants whose times do not tell which one is newer, WeChat knows.

use secrecy::{ExposeSecret, SecretString};
use wechat::AppId;

use super::{GrantError, Grants, order::is_newest};
use crate::mini_programs::{AuthorizationState, Row};

/// What WeChat says of a grant that the times do not order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Another has taken its place, or it was withdrawn.
    Over,
    /// It is the newest.
    Stands,
    /// It is the newest, and its tokens were renewed since the code was exchanged.
    Renewed,
}

/// The grant that WeChat is asked about.
#[derive(Clone, Copy)]
pub(super) struct InDoubt<'a> {
    pub(super) appid: &'a AppId,
    /// The refresh token that came with it, where it is at hand.
    pub(super) refresh: Option<&'a SecretString>,
    pub(super) order: i64,
    pub(super) provisional: bool,
}

impl Grants {
    /// Asks WeChat whether the grant in hand is the one that stands.
    pub(super) async fn standing(
        &self,
        component: &AppId,
        row: Option<&Row>,
        grant: InDoubt<'_>,
    ) -> Result<Standing, GrantError> {
        let InDoubt { appid, refresh, order, provisional } = grant;
        let shown = match self.mini_programs.ask(component, appid).await {
            Err(error) if error.is_gone() => return Ok(Standing::Over),
            result => result?,
        };
        let Some(row) = row else { return Ok(Standing::Stands) };
        if row.authorization.state == AuthorizationState::Unauthorized {
            return Ok(Standing::Stands);
        }
        // Two grants: the one whose refresh token WeChat shows.
        let is_ours = |shown: &SecretString| {
            refresh.is_some_and(|ours| ours.expose_secret() == shown.expose_secret())
        };
        let shown = shown.authorization_info.authorizer_refresh_token;
        if shown.as_ref().is_some_and(is_ours) {
            return Ok(Standing::Stands);
        }
        // It is another's, or this one's after a renewal: the list says when the newest was given.
        let listed = self.listed(component, appid).await?;
        let (newest, listed) =
            listed.map_or((None, None), |row| (row.auth_time, row.refresh_token));
        if shown.is_none() && listed.as_ref().is_some_and(is_ours) {
            return Ok(Standing::Stands);
        }
        let is_newest = is_newest(order, provisional, &row.authorization, newest)
            // Nothing tells: the one whose tokens WeChat shows, which is not known to be ours.
            .unwrap_or(shown.is_none() && listed.is_none() && order >= row.authorization.order);
        match is_newest {
            true => Ok(Standing::Renewed),
            false => Ok(Standing::Over),
        }
    }
}
