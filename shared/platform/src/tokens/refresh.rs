//! Renewing a token under its lease.

use std::time::Duration;

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep};
use wechat::{
    AppId,
    endpoint::{ApiAuthorizerToken, ApiComponentToken},
    token::NoToken,
};

use super::{
    LEASE, MARGIN, Mode, Subject, Token, TokenError, TokenItem, Tokens,
    bearer::Bearer,
    item::AccessToken,
    schedule::{COMPONENT_MARGIN, WHATEVER},
};
use crate::{
    breaker::{Cause, Minting, Open, Pass},
    sealed::Sealed,
    storage::{Outcome, StorageError, number, text},
};

/// Whoever waits for somebody else's refresh looks again after this long.
const LOOK_AGAIN: Duration = Duration::from_millis(120);
/// And gives up after this long: a lease, and a refresh of one's own.
const PATIENCE: Duration = Duration::from_secs(27);

/// What WeChat gave for a refresh.
pub(super) struct Renewed {
    access: SecretString,
    expires_in: i64,
    refresh: Option<SecretString>,
}

impl Renewed {
    /// The refresh token that is in force now; none for a component.
    pub(super) fn refresh(&self) -> Option<&SecretString> {
        self.refresh.as_ref()
    }
}

/// What became of the attempt to store it.
enum Store {
    /// Stored, by this write or by an earlier one whose acknowledgement was lost.
    Stored(u64),
    /// The lease was lost meanwhile: what somebody else stored counts.
    Fenced,
}

impl Tokens {
    /// Renews the token if it lives for less than `margin`, under the lease; or waits for whoever
    /// is renewing it, and takes what they got.
    pub(crate) async fn refresh(
        &self,
        subject: &Subject,
        margin: SignedDuration,
    ) -> Result<Token, TokenError> {
        let give_up = Instant::now() + PATIENCE;
        let bearer = Bearer::of(subject.component());
        let (mut first, mut probe) = (None, Vec::new());
        while Instant::now() < give_up {
            let item = self.read(subject).await?;
            let version = item.as_ref().map_or(0, |item| item.version);
            // Whatever was renewed while we waited is good enough, however short WeChat made it.
            let margin = if *first.get_or_insert(version) == version { margin } else { MARGIN };
            if let Some(token) = self.usable(subject, item.as_ref(), margin)? {
                return Ok(token);
            }
            if item.is_none() && matches!(subject, Subject::Merchant { .. }) {
                if self.mode(subject.component()).await? == Mode::Shadow {
                    return Err(TokenError::Shadow(subject.component().clone()));
                }
                return Err(TokenError::NotAuthorized(subject.appid().clone()));
            }
            // A probe that was given is kept until it can be made.
            if probe.is_empty() {
                probe = self.prepare(subject, &bearer).await?;
            }
            // What was to be probed is over: a token that lives need not be renewed for it.
            if probe.is_empty()
                && margin == WHATEVER
                && let Some(token) = self.usable(subject, item.as_ref(), COMPONENT_MARGIN)?
            {
                return Ok(token);
            }
            let stale = self.stale_lease(item.as_ref());
            let holder = self.random.identifier(self.clock.now());
            if let Some(item) = self.take_lease(subject, version, &holder, stale.as_deref()).await?
            {
                return self.renew(subject, item, &holder, &bearer, &probe).await;
            }
            let jitter = u64::from(self.random.bytes::<1>()[0]);
            sleep(LOOK_AGAIN + Duration::from_millis(jitter / 2)).await;
        }
        Err(TokenError::Busy(subject.clone()))
    }

    /// Renews the token of an item whose `version` was just seen, and the id of a dead lease with
    /// it. False if that is out of date, or somebody else has the lease: nobody waits for them.
    pub(super) async fn renew_at_once(
        &self,
        subject: &Subject,
        version: u64,
        stale: Option<&str>,
        bearer: &Bearer,
        probe: &[Open],
    ) -> Result<bool, TokenError> {
        let holder = self.random.identifier(self.clock.now());
        match self.take_lease(subject, version, &holder, stale).await? {
            Some(item) => self.renew(subject, item, &holder, bearer, probe).await.map(|_| true),
            None => Ok(false),
        }
    }

    /// The lease that stands on the item, if its holder is dead.
    fn stale_lease(&self, item: Option<&TokenItem>) -> Option<String> {
        let owner = item?.lease_owner.as_ref()?;
        self.watch.has_outlasted(owner, LEASE).then(|| owner.clone())
    }

    /// Whether WeChat may be asked for the subject's token; if that is a probe, what a success
    /// closes. For a merchant's, the component's is at hand then: were it renewed afterwards, that
    /// would need the very probe that the merchant has, and neither would be made.
    pub(super) async fn prepare(
        &self,
        subject: &Subject,
        bearer: &Bearer,
    ) -> Result<Vec<Open>, TokenError> {
        let minting = match subject {
            Subject::Component(_) => Minting::Component,
            Subject::Merchant { .. } => {
                bearer.token(self, None).await?;
                Minting::Merchant
            }
        };
        match self.breakers.pass(subject.component(), minting).await? {
            Pass::Free => Ok(Vec::new()),
            Pass::Probe(open) => Ok(open),
            Pass::Halted(open) => Err(TokenError::Halted(Box::new(open))),
        }
    }

    /// Opens a breaker if WeChat refuses the component as a whole. Should that fail, the next
    /// refusal opens it.
    pub async fn note_refusal(&self, component: &AppId, error: &wechat::Error) {
        let Some((refusal, cause)) =
            error.as_wechat().and_then(|refusal| Some((refusal, Cause::of(refusal)?)))
        else {
            return;
        };
        if let Err(error) = self.breakers.trip(component, cause, refusal).await {
            tracing::warn!(%component, ?cause, %error, "breaker not opened yet");
        }
    }

    /// Calls WeChat and stores the answer; the lease is ours.
    async fn renew(
        &self,
        subject: &Subject,
        item: TokenItem,
        holder: &str,
        bearer: &Bearer,
        probe: &[Open],
    ) -> Result<Token, TokenError> {
        let renewed = match subject {
            Subject::Component(_) => self.renew_component(subject).await,
            Subject::Merchant { .. } => self.renew_merchant(subject, &item, bearer).await,
        };
        let renewed = match renewed {
            Ok(renewed) => renewed,
            Err(error) => {
                tracing::warn!(%subject, %error, "token not renewed");
                self.give_back(subject, holder, &error.to_string()).await?;
                if let TokenError::WeChat(error) = &error {
                    self.note_refusal(subject.component(), error).await;
                }
                return Err(error);
            }
        };
        // By the time of the answer, which is what WeChat counts from at the latest.
        let expires_at = self.clock.now().as_second() + renewed.expires_in;
        let stored = self.store(subject, item.version, holder, &renewed).await?;
        if let Err(error) = self.breakers.close(probe).await {
            tracing::warn!(%subject, %error, "breaker stays open until the next probe");
        }
        match stored {
            Store::Stored(version) => {
                tracing::debug!(%subject, version, "token renewed");
                Ok(Token { secret: renewed.access, version, expires_at })
            }
            Store::Fenced => {
                tracing::warn!(%subject, "lease was lost while WeChat was called");
                let item = self.read(subject).await?;
                self.usable(subject, item.as_ref(), SignedDuration::ZERO)?
                    .ok_or_else(|| TokenError::Busy(subject.clone()))
            }
        }
    }

    /// Asks for a component token with the newest ticket; with the one before if WeChat does not
    /// take it (a ticket of the test environment may come between).
    async fn renew_component(&self, subject: &Subject) -> Result<Renewed, TokenError> {
        let component = self.secrets.component(subject.component()).await?;
        let ticket = self.tickets.newest(&component.appid).await?;
        let ask = async |ticket: &SecretString| {
            let request = ApiComponentToken {
                component_appid: component.appid.as_str(),
                component_appsecret: component.secret.expose_secret(),
                component_verify_ticket: ticket.expose_secret(),
            };
            self.wechat.send(&NoToken, &request).await
        };
        let mut answer = ask(&ticket.secret).await;
        if let (Err(wechat::Error::WeChat(refusal)), Some(previous)) = (&answer, &ticket.previous)
            && refusal.is_ticket_invalid()
        {
            answer = ask(previous).await;
        }
        let answer = answer?;
        Ok(Renewed {
            access: answer.component_access_token,
            expires_in: answer.expires_in,
            refresh: None,
        })
    }

    /// Asks for a merchant's token.
    async fn renew_merchant(
        &self,
        subject: &Subject,
        item: &TokenItem,
        bearer: &Bearer,
    ) -> Result<Renewed, TokenError> {
        if self.is_being_sought(subject, item).await? {
            return Err(TokenError::Healing(subject.appid().clone()));
        }
        let Some(sealed) = &item.refresh_token else {
            return self.heal(subject, item, None, bearer).await;
        };
        let refresh = sealed
            .open(&self.secrets.sealing(), &subject.owner())
            .map_err(|error| TokenError::Unseal(subject.clone(), error))?;
        match self.exchange(subject, &refresh, bearer).await {
            Err(TokenError::WeChat(wechat::Error::WeChat(refusal)))
                if refusal.is_refresh_token_invalid() || refusal.is_authorization_gone() =>
            {
                self.heal(subject, item, Some(&refresh), bearer).await
            }
            result => result,
        }
    }

    /// `api_authorizer_token` with `refresh`.
    pub(super) async fn exchange(
        &self,
        subject: &Subject,
        refresh: &SecretString,
        bearer: &Bearer,
    ) -> Result<Renewed, TokenError> {
        let request = ApiAuthorizerToken {
            component_appid: subject.component().as_str(),
            authorizer_appid: subject.appid().as_str(),
            authorizer_refresh_token: refresh.expose_secret(),
        };
        let answer = self.send_as(bearer, &request).await?;
        Ok(Renewed {
            access: answer.authorizer_access_token,
            expires_in: answer.expires_in,
            // An answer without a refresh token leaves the one that was used in force.
            refresh: Some(answer.authorizer_refresh_token.unwrap_or_else(|| refresh.clone())),
        })
    }

    /// Stores what WeChat gave, if version and holder are unchanged. A write that fails is tried
    /// again for as long as the lease may last: WeChat has forgotten the old token already.
    async fn store(
        &self,
        subject: &Subject,
        version: u64,
        holder: &str,
        renewed: &Renewed,
    ) -> Result<Store, TokenError> {
        let give_up = Instant::now() + LEASE / 2;
        loop {
            match self.store_once(subject, version, holder, renewed).await {
                Ok(Outcome::Written(_)) => return Ok(Store::Stored(version + 1)),
                // An earlier write may have been applied although nobody told us.
                Ok(Outcome::Refused(Some(there))) => {
                    let there: TokenItem = self.table.parse(there)?;
                    let ours = there.refreshed_by.as_deref() == Some(holder);
                    return Ok(if ours { Store::Stored(there.version) } else { Store::Fenced });
                }
                Ok(Outcome::Refused(None)) => return Ok(Store::Fenced),
                Err(error) if Instant::now() < give_up => {
                    tracing::warn!(%subject, %error, "new token not stored yet");
                    sleep(Duration::from_millis(500)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn store_once(
        &self,
        subject: &Subject,
        version: u64,
        holder: &str,
        renewed: &Renewed,
    ) -> Result<Outcome, StorageError> {
        let sealed = |error: serde_dynamo::Error| self.table.error("seal", error.to_string());
        let keys = self.secrets.sealing();
        let owner = subject.owner();
        let access: Sealed<AccessToken> =
            Sealed::seal(&keys, self.random.as_ref(), &owner, renewed.access.expose_secret());
        let now = self.clock.now().as_second();
        let mut expression = "SET access_token = :access, access_expires_at = :expires, \
             version = :next, refreshed_by = :holder, stored_at = :now"
            .to_owned();
        let mut update = self
            .update(subject)
            .condition_expression("version = :version AND lease_owner = :holder")
            .expression_attribute_values(
                ":access",
                serde_dynamo::to_attribute_value(&access).map_err(sealed)?,
            )
            .expression_attribute_values(":expires", number(now + renewed.expires_in))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":version", number(version as i64))
            .expression_attribute_values(":next", number(version as i64 + 1))
            .expression_attribute_values(":holder", text(holder));
        if let Some(refresh) = &renewed.refresh {
            let refresh: Sealed<super::item::RefreshToken> =
                Sealed::seal(&keys, self.random.as_ref(), &owner, refresh.expose_secret());
            expression.push_str(", refresh_token = :refresh");
            update = update.expression_attribute_values(
                ":refresh",
                serde_dynamo::to_attribute_value(&refresh).map_err(sealed)?,
            );
        }
        expression.push_str(" REMOVE lease_owner, lease_until, healing, failure, refused_since");
        self.table.apply(update.update_expression(expression)).await
    }
}
