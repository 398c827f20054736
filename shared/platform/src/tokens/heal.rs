//! When WeChat does not accept a merchant's refresh token (61023), ours may merely be stale: WeChat
//! shows the right one, if it has one. Every write here is conditional on the version that was
//! read before WeChat was asked.

use secrecy::{ExposeSecret, SecretString};
use wechat::{
    ApiError,
    endpoint::{ApiGetAuthorizerInfo, ApiGetAuthorizerList},
};

use super::{Subject, TokenError, TokenItem, Tokens, bearer::Bearer, refresh::Renewed};

/// Rows a page of the authorizer list; WeChat's limit.
const PAGE: i64 = 500;

impl Tokens {
    /// Looks for a refresh token that WeChat accepts, and renews with it. `refused` is the one that
    /// was just tried, if there was one, and WeChat's refusal.
    pub(super) async fn heal(
        &self,
        subject: &Subject,
        item: &TokenItem,
        refused: Option<(&SecretString, ApiError)>,
        bearer: &Bearer,
    ) -> Result<Renewed, TokenError> {
        let known = refused.as_ref().map(|(token, _)| token.expose_secret());
        let differs = |token: &SecretString| {
            !token.expose_secret().is_empty() && Some(token.expose_secret()) != known
        };
        let request = ApiGetAuthorizerInfo {
            component_appid: subject.component().as_str(),
            authorizer_appid: subject.appid().as_str(),
        };
        let shown = match self.send_as(bearer, &request).await {
            Ok(answer) => answer.authorization_info.authorizer_refresh_token.filter(differs),
            Err(TokenError::WeChat(wechat::Error::WeChat(refusal)))
                if refusal.is_authorization_gone() =>
            {
                return self.give_up(subject, item).await;
            }
            Err(error) => return Err(error),
        };
        let shown = match shown {
            Some(token) => Some(token),
            None => self.look_in_list(subject, bearer).await?.filter(differs),
        };
        match shown {
            Some(token) => {
                tracing::info!(%subject, "refresh token healed from what WeChat shows");
                match self.exchange(subject, &token, bearer).await {
                    Err(TokenError::WeChat(wechat::Error::WeChat(refusal)))
                        if refusal.is_refresh_token_invalid()
                            || refusal.is_authorization_gone() =>
                    {
                        self.give_up(subject, item).await
                    }
                    result => result,
                }
            }
            None => self.give_up(subject, item).await,
        }
    }

    /// Only the merchant can mend it. The grant stays on record: an absence alone revokes nothing.
    async fn give_up(&self, subject: &Subject, item: &TokenItem) -> Result<Renewed, TokenError> {
        self.needs_authorization(subject, item.version).await?;
        Err(TokenError::NeedsAuthorization(subject.appid().clone()))
    }

    /// The subject's refresh token in the list of all authorizers.
    async fn look_in_list(
        &self,
        subject: &Subject,
        bearer: &Bearer,
    ) -> Result<Option<SecretString>, TokenError> {
        let mut offset = 0;
        loop {
            let request = ApiGetAuthorizerList {
                component_appid: subject.component().as_str(),
                offset,
                count: PAGE,
            };
            let page = self.send_as(bearer, &request).await?;
            let rows = page.list.len() as i64;
            let found = page.list.into_iter().find(|row| &row.authorizer_appid == subject.appid());
            if let Some(row) = found {
                return Ok(row.refresh_token);
            }
            offset += rows;
            if rows == 0 || offset >= page.total_count {
                return Ok(None);
            }
        }
    }
}
