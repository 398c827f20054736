//! When WeChat does not accept a merchant's refresh token (61023), ours may merely be stale: WeChat
//! shows the right one, if it has one. Every write here is conditional on the version that was
//! read before WeChat was asked.

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use wechat::endpoint::ApiGetAuthorizerInfo;

use super::{
    Subject, TokenError, TokenItem, Tokens, bearer::Bearer, item::RefreshToken, refresh::Renewed,
};
use crate::{
    attention::Need,
    authorizers,
    reconcile::ReportState,
    sealed::Sealed,
    storage::{StorageError, Transaction, number, text},
};

/// WeChat may refuse a refresh token for so long while it shows the same one.
const DISAGREEMENT: SignedDuration = SignedDuration::from_mins(30);

impl Tokens {
    /// Looks for a refresh token that WeChat accepts, and renews with it. `refused` is the one that
    /// was just tried, if there was one; `item` is under the caller's lease.
    pub(super) async fn heal(
        &self,
        subject: &Subject,
        item: &TokenItem,
        refused: Option<&SecretString>,
        bearer: &Bearer,
    ) -> Result<Renewed, TokenError> {
        let known = refused.map(SecretString::expose_secret);
        let differs = |token: &SecretString| Some(token.expose_secret()) != known;
        let request = ApiGetAuthorizerInfo {
            component_appid: subject.component().as_str(),
            authorizer_appid: subject.appid().as_str(),
        };
        let shown = match self.send_as(bearer, &request).await {
            Ok(answer) => {
                answer.authorization_info.authorizer_refresh_token.filter(authorizers::is_filled)
            }
            Err(TokenError::WeChat(wechat::Error::WeChat(refusal)))
                if refusal.is_authorization_gone() =>
            {
                return self.give_up(subject, item).await;
            }
            Err(error) => return Err(error),
        };
        let shown = match shown {
            Some(token) if differs(&token) => Some(token),
            same => self
                .look_in_list(subject, item, bearer)
                .await?
                .filter(authorizers::is_filled)
                .or(same),
        };
        let Some(token) = shown else { return self.give_up(subject, item).await };
        if !differs(&token) {
            return self.doubt(subject, item).await;
        }
        tracing::info!(%subject, "refresh token healed from what WeChat shows");
        match self.exchange(subject, &token, bearer).await {
            Err(TokenError::WeChat(wechat::Error::WeChat(refusal)))
                if refusal.is_authorization_gone() =>
            {
                self.give_up(subject, item).await
            }
            Err(TokenError::WeChat(wechat::Error::WeChat(refusal)))
                if refusal.is_refresh_token_invalid() =>
            {
                self.doubt(subject, item).await
            }
            result => result,
        }
    }

    /// WeChat refuses the very refresh token that it shows: its servers may disagree for a while, so
    /// that it is tried again before anybody is asked to authorize again.
    async fn doubt(&self, subject: &Subject, item: &TokenItem) -> Result<Renewed, TokenError> {
        let now = self.clock.now().as_second();
        match item.refused_since {
            Some(since) if since + DISAGREEMENT.as_secs() <= now => {
                return self.give_up(subject, item).await;
            }
            Some(_) => {}
            None => {
                let update = self
                    .update(subject)
                    .update_expression("SET refused_since = :now")
                    .condition_expression("version = :version")
                    .expression_attribute_values(":now", number(now))
                    .expression_attribute_values(":version", number(item.version as i64));
                self.table.apply(update).await?;
            }
        }
        Err(TokenError::Healing(subject.appid().clone()))
    }

    /// WeChat shows `shown`, which it refused until the merchant of `item` counted as lapsed. If it
    /// accepts it by now the merchant is active again. False if it does not, or if the item was
    /// changed meanwhile.
    pub(crate) async fn revive(
        &self,
        subject: &Subject,
        item: &TokenItem,
        shown: &SecretString,
    ) -> Result<bool, TokenError> {
        match self.exchange(subject, shown, &Bearer::of(subject.component())).await {
            Ok(renewed) => {
                let token = renewed.refresh().unwrap_or(shown);
                Ok(self.replace_refresh_token(subject, item, token).await?)
            }
            Err(TokenError::WeChat(wechat::Error::WeChat(refusal)))
                if refusal.is_refresh_token_invalid() || refusal.is_authorization_gone() =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether `item` holds the refresh token that WeChat shows. One that does not open is as good
    /// as lost. Where WeChat shows none, having one is enough.
    pub(crate) fn has_refresh_token(
        &self,
        subject: &Subject,
        item: &TokenItem,
        shown: Option<&SecretString>,
    ) -> bool {
        let ours = item
            .refresh_token
            .as_ref()
            .and_then(|sealed| sealed.open(&self.secrets.sealing(), &subject.owner()).ok());
        match (ours, shown) {
            (Some(ours), Some(shown)) => ours.expose_secret() == shown.expose_secret(),
            (ours, None) => ours.is_some(),
            (None, Some(_)) => false,
        }
    }

    /// Puts the refresh token that WeChat shows into the place of ours. False, and nothing
    /// happens, if the item was changed since it was read, or is being renewed.
    pub(crate) async fn replace_refresh_token(
        &self,
        subject: &Subject,
        item: &TokenItem,
        shown: &SecretString,
    ) -> Result<bool, StorageError> {
        let sealed: Sealed<RefreshToken> = Sealed::seal(
            &self.secrets.sealing(),
            self.random.as_ref(),
            &subject.owner(),
            shown.expose_secret(),
        );
        let sealed = serde_dynamo::to_attribute_value(&sealed)
            .map_err(|error| self.table.error("seal", error.to_string()))?;
        let update = self
            .transaction_update(subject)
            .update_expression(
                "SET refresh_token = :refresh, #state = :active, version = :next, stored_at = :now \
                 REMOVE healing, failure, refused_since",
            )
            .condition_expression(
                "version = :version AND (#state = :active OR #state = :needs) \
                 AND attribute_not_exists(lease_owner)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":refresh", sealed)
            .expression_attribute_values(":active", text("active"))
            .expression_attribute_values(":needs", text("needs-authorization"))
            .expression_attribute_values(":now", number(self.clock.now().as_second()))
            .expression_attribute_values(":version", number(item.version as i64))
            .expression_attribute_values(":next", number(item.version as i64 + 1));
        let (component, appid) = (subject.component(), subject.appid());
        let unmark = self.attention.unmark(component, appid, Need::Authorization)?;
        let written = self.table.transact(vec![self.in_transaction(update)?, unmark]).await?;
        Ok(written == Transaction::Written)
    }

    /// Only the merchant can mend it. The grant stays on record: an absence alone revokes nothing.
    async fn give_up(&self, subject: &Subject, item: &TokenItem) -> Result<Renewed, TokenError> {
        Err(match self.needs_authorization(subject, item).await? {
            true => TokenError::NeedsAuthorization(subject.appid().clone()),
            false => TokenError::Busy(subject.clone()),
        })
    }

    /// The subject's refresh token in the list of all authorizers. A list of one page is read at
    /// once; a longer one is gone through once for all who need it.
    async fn look_in_list(
        &self,
        subject: &Subject,
        item: &TokenItem,
        bearer: &Bearer,
    ) -> Result<Option<SecretString>, TokenError> {
        let request = authorizers::page(subject.component(), 0, authorizers::PAGE);
        let page = self.send_as(bearer, &request).await?;
        let is_whole = page.list.len() as i64 >= page.total_count;
        let found = page.list.into_iter().find(|row| &row.authorizer_appid == subject.appid());
        match found {
            Some(row) => Ok(row.refresh_token),
            None if is_whole || self.was_sought(subject, item).await? => Ok(None),
            None => {
                self.seek(subject, item).await?;
                Err(TokenError::Healing(subject.appid().clone()))
            }
        }
    }

    /// Whether a run that was asked for on this item's behalf is under way.
    pub(super) async fn is_being_sought(
        &self,
        subject: &Subject,
        item: &TokenItem,
    ) -> Result<bool, StorageError> {
        Ok(self.run_for(subject, item).await? == Some(ReportState::Running))
    }

    /// Whether such a run has gone through the whole list: it would have put the item in order.
    async fn was_sought(&self, subject: &Subject, item: &TokenItem) -> Result<bool, StorageError> {
        Ok(self.run_for(subject, item).await? == Some(ReportState::Done))
    }

    async fn run_for(
        &self,
        subject: &Subject,
        item: &TokenItem,
    ) -> Result<Option<ReportState>, StorageError> {
        let Some(run) = &item.healing else { return Ok(None) };
        let report = self.runs.find(subject.component(), run).await?;
        Ok(report.map(|report| report.state))
    }

    /// Asks for a run, or joins the one that is under way, and notes it on the item.
    async fn seek(&self, subject: &Subject, item: &TokenItem) -> Result<(), StorageError> {
        let run = self.runs.request(subject.component(), "healing").await?;
        let update = self
            .update(subject)
            .update_expression("SET healing = :run")
            .condition_expression("version = :version")
            .expression_attribute_values(":run", text(run.id))
            .expression_attribute_values(":version", number(item.version as i64));
        self.table.apply(update).await.map(drop)
    }
}
