//! What a code was exchanged for: WeChat's answer, or, where that answer was lost, what WeChat
//! shows of the authorization.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use wechat::{
    AppId,
    client::Dated,
    endpoint::{ApiQueryAuth, ApiQueryAuthResponse, ListedAuthorizer},
    message::go_live::test_account,
    token::ComponentToken,
};

use super::{GrantError, Grants, item::GrantItem, order::APART};
use crate::{
    authorizers,
    call::CallError,
    clock::of_header,
    mini_programs::AuthorizationState,
    tokens::{Subject, TokenError},
};

/// Before the second try of an exchange whose outcome is unknown.
const PAUSE: Duration = Duration::from_millis(300);
/// A grant whose answer was lost is no older than this.
const WINDOW: SignedDuration = SignedDuration::from_hours(2);

/// What a code stands for.
pub(super) struct Obtained {
    pub(super) appid: AppId,
    pub(super) access: Option<SecretString>,
    /// The access token's life in seconds.
    pub(super) expires_in: i64,
    pub(super) refresh: Option<SecretString>,
    pub(super) permission_sets: Vec<i64>,
    /// When it was granted at the latest.
    pub(super) seen_at: Timestamp,
}

/// A code that gave nothing.
pub(super) struct NotObtained {
    pub(super) error: GrantError,
    /// WeChat certainly did not exchange the code in this attempt or an earlier one.
    pub(super) unexchanged: bool,
}

impl Grants {
    /// Exchanges the code of `item`, or finds out what it was exchanged for.
    pub(super) async fn obtain(
        &self,
        component: &AppId,
        code: &SecretString,
        item: &GrantItem,
    ) -> Result<Obtained, NotObtained> {
        let mut doubtful = item.may_have_been_exchanged();
        let mut answer = self.query(component, code).await;
        if answer.as_ref().is_err_and(CallError::is_outcome_unknown) {
            doubtful = true;
            tokio::time::sleep(PAUSE).await;
            answer = self.query(component, code).await;
        }
        let error = match answer {
            Ok(dated) => return Ok(self.obtained(dated)),
            Err(error) => error,
        };
        let CallError::WeChat(wechat::Error::WeChat(refusal)) = &error else {
            let unexchanged = !doubtful && !error.is_outcome_unknown();
            return Err(NotObtained { error: error.into(), unexchanged });
        };
        if !matches!(refusal.errcode, 61009 | 61010) {
            let unexchanged = !doubtful && refusal.errcode != -1;
            return Err(NotObtained { error: error.into(), unexchanged });
        }
        let refused = GrantError::CodeRefused(refusal.clone());
        let found = match (&item.appid, doubtful) {
            (Some(appid), _) => self.shown(component, appid).await.map(Some),
            (None, true) => self.only_unknown(component).await,
            // Nobody exchanged it before, and nobody says whose it is: it is no code.
            (None, false) => Ok(None),
        };
        match found {
            Ok(Some(obtained)) => {
                tracing::info!(appid = %obtained.appid, "grant healed from what WeChat shows");
                Ok(obtained)
            }
            Ok(None) => Err(NotObtained { error: refused, unexchanged: true }),
            Err(error) => Err(NotObtained { unexchanged: error.is_final(), error }),
        }
    }

    /// `api_query_auth`. A component token that WeChat refuses is renewed, once.
    async fn query(
        &self,
        component: &AppId,
        code: &SecretString,
    ) -> Result<Dated<ApiQueryAuthResponse>, CallError> {
        let request = ApiQueryAuth {
            component_appid: component.as_str(),
            authorization_code: code.expose_secret(),
        };
        let subject = Subject::Component(component.clone());
        let token = self.tokens.access_token(&subject).await?;
        let wechat = &self.tokens.wechat;
        match wechat.send_dated(&ComponentToken(token.secret), &request).await {
            Err(error) if error.is_token_invalid() => {
                let refused = token.version;
                self.tokens.invalidate(&subject, refused).await.map_err(TokenError::from)?;
                let token = self.tokens.access_token(&subject).await?;
                Ok(wechat.send_dated(&ComponentToken(token.secret), &request).await?)
            }
            result => Ok(result?),
        }
    }

    fn obtained(&self, dated: Dated<ApiQueryAuthResponse>) -> Obtained {
        let seen_at = dated.date.as_deref().and_then(of_header);
        let granted = dated.value.authorization_info;
        Obtained {
            permission_sets: granted.permission_sets(),
            appid: granted.authorizer_appid,
            // A life that WeChat does not name is none: the first caller renews the token.
            expires_in: granted.expires_in.unwrap_or(0),
            access: granted.authorizer_access_token,
            refresh: granted.authorizer_refresh_token,
            seen_at: seen_at.unwrap_or_else(|| self.clock.now()),
        }
    }

    /// The authorization of `appid` as WeChat shows it.
    pub(super) async fn shown(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Obtained, GrantError> {
        let shown = match self.mini_programs.ask(component, appid).await {
            Err(error) if error.is_gone() => return Err(GrantError::Withdrawn(appid.clone())),
            result => result?,
        };
        let current = shown.authorization_info;
        let sets = current.permission_sets();
        let refresh = match current.authorizer_refresh_token {
            Some(token) => Some(token),
            None => self.listed(component, appid).await?.and_then(|row| row.refresh_token),
        };
        Ok(Obtained {
            appid: appid.clone(),
            access: None,
            expires_in: 0,
            refresh,
            permission_sets: sets,
            seen_at: self.clock.now(),
        })
    }

    /// The one authorization of which our records know nothing, if there is one: of several nobody
    /// knows whose code it was until a push says so. Those of WeChat's test accounts are never on
    /// record.
    async fn only_unknown(&self, component: &AppId) -> Result<Option<Obtained>, GrantError> {
        let since = (self.clock.now() - WINDOW).as_second();
        let fresh: Vec<(i64, AppId)> = self
            .authorizers(component)
            .await?
            .into_iter()
            .filter_map(|row| Some((row.auth_time?, row.authorizer_appid)))
            .filter(|(granted, appid)| *granted >= since && test_account(appid.as_str()).is_none())
            .collect();
        let mut only = None;
        for (granted, appid) in fresh {
            let known = self.mini_programs.row(component, &appid).await?;
            let known = known.is_some_and(|row| {
                row.authorization.state == AuthorizationState::Authorized
                    && row.authorization.order + APART >= granted
            });
            if !known && only.replace((granted, appid)).is_some() {
                return Err(GrantError::Busy);
            }
        }
        let Some((granted, appid)) = only else { return Ok(None) };
        let mut obtained = self.shown(component, &appid).await?;
        obtained.seen_at = Timestamp::from_second(granted).unwrap_or(obtained.seen_at);
        Ok(Some(obtained))
    }

    /// The row of `appid` in the list of all authorizers.
    pub(super) async fn listed(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<ListedAuthorizer>, CallError> {
        let rows = self.authorizers(component).await?;
        Ok(rows.into_iter().find(|row| row.authorizer_appid == *appid))
    }

    async fn authorizers(&self, component: &AppId) -> Result<Vec<ListedAuthorizer>, CallError> {
        let mut rows = Vec::new();
        loop {
            let request = authorizers::page(component, rows.len() as i64, authorizers::PAGE);
            let page = self.mini_programs.caller.component(component, &request).await?;
            let empty = page.list.is_empty();
            rows.extend(page.list);
            if empty || rows.len() as i64 >= page.total_count {
                return Ok(rows);
            }
        }
    }
}
