//! The writes by which a merchant's grant and its withdrawal reach the token's item. They are
//! parts of larger transactions. Each is ordered by WeChat's `CreateTime`, takes a new version and
//! drops the lease: a refresh that is under way is fenced off.

use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

use super::{
    SKEW, Subject, TokenItem, TokenState, Tokens,
    item::{AccessToken, RefreshToken},
};
use crate::{
    attention::Need,
    sealed::Sealed,
    storage::{StorageError, Transaction, number, text},
};

/// From the call that exchanges a code to the write of what it gave.
const LONGEST_EXCHANGE: SignedDuration = SignedDuration::from_mins(2);

/// What an authorization code was exchanged for.
#[derive(Debug)]
pub struct Granted<'a> {
    /// The access token; none if the merchant granted nothing that needs one.
    pub access: Option<&'a SecretString>,
    /// Its life in seconds.
    pub expires_in: i64,
    /// The refresh token.
    pub refresh: Option<&'a SecretString>,
    /// When WeChat says it happened, seconds.
    pub order: i64,
    /// The version of the item that was read before; 0 if there was none.
    pub seen: u64,
}

impl Tokens {
    /// The merchant granted: tokens are replaced, unless something newer is known.
    pub fn granted(
        &self,
        subject: &Subject,
        granted: &Granted<'_>,
    ) -> Result<TransactWriteItem, StorageError> {
        let seal = |error: serde_dynamo::Error| self.table.error("seal", error.to_string());
        let (keys, owner) = (self.secrets.sealing(), subject.owner());
        let mut set = "SET version = if_not_exists(version, :zero) + :one, #state = :state, \
             granted_at = :order, access_expires_at = :expires, stored_at = :now"
            .to_owned();
        let mut remove =
            "REMOVE lease_owner, lease_until, healing, failure, refused_since".to_owned();
        let now = self.clock.now().as_second();
        let mut update = self
            .transaction_update(subject)
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":state", text("active"))
            .expression_attribute_values(":order", number(granted.order));
        match granted.access {
            Some(access) => {
                let sealed: Sealed<AccessToken> =
                    Sealed::seal(&keys, self.random.as_ref(), &owner, access.expose_secret());
                set.push_str(", access_token = :access");
                update = update
                    .expression_attribute_values(":expires", number(now + granted.expires_in))
                    .expression_attribute_values(
                        ":access",
                        serde_dynamo::to_attribute_value(&sealed).map_err(seal)?,
                    );
            }
            None => {
                update = update.expression_attribute_values(":expires", number(0));
                remove.push_str(", access_token");
            }
        }
        if let Some(refresh) = granted.refresh {
            let sealed: Sealed<RefreshToken> =
                Sealed::seal(&keys, self.random.as_ref(), &owner, refresh.expose_secret());
            set.push_str(", refresh_token = :refresh");
            update = update.expression_attribute_values(
                ":refresh",
                serde_dynamo::to_attribute_value(&sealed).map_err(seal)?,
            );
        }
        let update = update
            .update_expression(format!("{set} {remove}"))
            .condition_expression(
                "(attribute_not_exists(granted_at) OR granted_at <= :order) \
                 AND (attribute_not_exists(version) OR version = :seen)",
            )
            .expression_attribute_values(":seen", number(granted.seen as i64))
            .expression_attribute_names("#state", "state");
        self.in_transaction(update)
    }

    /// Whether the tokens of `item` may be younger than those that a code was exchanged for a moment
    /// ago: a refresh or another grant stored them while that exchange may have been under way, by
    /// any clock.
    pub(crate) fn may_be_younger(&self, item: &TokenItem) -> bool {
        let begun = self.clock.now() - SKEW - LONGEST_EXCHANGE;
        // Of one that was withdrawn meanwhile, if it was renewed before: by the refresh token of the
        // grant at hand, maybe.
        let is_stored = item.state == TokenState::Active || item.refreshed_by.is_some();
        is_stored && item.stored_at > begun.as_second()
    }

    /// The grant of `order` is on record, and no item holds its tokens: it is made anew with the
    /// refresh token that WeChat shows, if it shows one. False, and nothing happens, if there is an
    /// item by now.
    pub(crate) async fn restore(
        &self,
        subject: &Subject,
        shown: Option<&SecretString>,
        order: i64,
    ) -> Result<bool, StorageError> {
        let granted = Granted { access: None, expires_in: 0, refresh: shown, order, seen: 0 };
        let write = self.granted(subject, &granted)?;
        Ok(self.table.transact(vec![write]).await? == Transaction::Written)
    }

    /// The grant's `CreateTime` became known; until now the time of the exchange stood for it. The
    /// tokens stay as they are, a refresh that is under way too. The caller's transaction makes
    /// sure that the grant is still the same.
    pub fn reordered(
        &self,
        subject: &Subject,
        order: i64,
    ) -> Result<TransactWriteItem, StorageError> {
        let update = self
            .transaction_update(subject)
            .update_expression("SET granted_at = :order")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":order", number(order));
        self.in_transaction(update)
    }

    /// The merchant withdrew: the tokens go, the item stays as a tombstone.
    pub fn revoked(
        &self,
        subject: &Subject,
        order: i64,
    ) -> Result<TransactWriteItem, StorageError> {
        let update = self
            .transaction_update(subject)
            .update_expression(
                "SET version = if_not_exists(version, :zero) + :one, #state = :state, \
                 granted_at = :order, access_expires_at = :zero \
                 REMOVE lease_owner, lease_until, access_token, refresh_token, healing, \
                 refused_since",
            )
            .condition_expression("attribute_not_exists(granted_at) OR granted_at <= :order")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":state", text("revoked"))
            .expression_attribute_values(":order", number(order));
        self.in_transaction(update)
    }

    /// Only the merchant can mend it, and somebody has to tell it so. The lease ends with it. False,
    /// and nothing happens, if version or holder of `item` were changed since: somebody else's news
    /// of this account is as good.
    pub(super) async fn needs_authorization(
        &self,
        subject: &Subject,
        item: &TokenItem,
    ) -> Result<bool, StorageError> {
        let update = self
            .transaction_update(subject)
            .update_expression(
                "SET #state = :state, access_expires_at = :never REMOVE lease_owner, lease_until",
            )
            .condition_expression("version = :version AND lease_owner = :holder")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", text("needs-authorization"))
            .expression_attribute_values(":never", number(0))
            .expression_attribute_values(
                ":holder",
                text(item.lease_owner.as_deref().unwrap_or("none")),
            )
            .expression_attribute_values(":version", number(item.version as i64));
        let (component, appid) = (subject.component(), subject.appid());
        let now = self.clock.now();
        let mark = self.attention.mark(component, appid, Need::Authorization, now)?;
        let written = self.table.transact(vec![self.in_transaction(update)?, mark]).await?;
        Ok(written == Transaction::Written)
    }

    pub(super) fn transaction_update(
        &self,
        subject: &Subject,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        let (pk, sk) = subject.key();
        Update::builder()
            .table_name(self.table.name())
            .key("pk", text(pk))
            .key("sk", text(sk))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    pub(super) fn in_transaction(
        &self,
        update: aws_sdk_dynamodb::types::builders::UpdateBuilder,
    ) -> Result<TransactWriteItem, StorageError> {
        let update = update
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
