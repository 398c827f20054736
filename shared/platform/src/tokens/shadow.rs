//! Shadow mode: another system renews a component's tokens, and whatever were renewed here would
//! die there. The mode is the state of the component's own item, which every renewal reads before
//! it calls WeChat; so nothing is minted from the moment of the write, and a renewal that is under
//! way is fenced off by the version. Merchants' items are `shadow` too until they are taken over,
//! one by one, with the refresh token that WeChat shows last.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use wechat::AppId;

use super::{
    Subject, TokenItem, TokenState, Tokens,
    item::{MINUTES, RefreshToken, partition},
};
use crate::{
    attention::Need,
    sealed::{Sealed, UnsealError},
    storage::{Outcome, StorageError, Transaction, number, text},
};

/// Rows a page.
const PAGE: i32 = 200;
/// Writes under way at once.
const AT_ONCE: usize = 32;
/// How often a write is tried that somebody else's came before.
const ATTEMPTS: usize = 4;

/// Who renews a component's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Another system. Nothing is minted here.
    Shadow,
    /// This one.
    Active,
}

/// A merchant as WeChat's list shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listed<'a> {
    /// The refresh token; none if WeChat does not show it.
    pub(crate) refresh: Option<&'a SecretString>,
    /// When the merchant granted, in seconds.
    pub(crate) order: i64,
    /// Who renews the merchant's token from now on.
    pub(crate) mode: Mode,
}

/// What came of taking a merchant's token over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakenOver {
    /// It is renewed here from now on, or is already: its code was exchanged after the cut-over.
    Active,
    /// There is no refresh token: the merchant must authorize again.
    NeedsAuthorization,
    /// The merchant has withdrawn.
    Withdrawn,
    /// Nothing is known of the merchant.
    Unknown,
}

#[derive(Deserialize)]
struct Row {
    sk: AppId,
    state: TokenState,
    version: u64,
}

impl Tokens {
    /// Who renews the tokens of `component`.
    pub async fn mode(&self, component: &AppId) -> Result<Mode, StorageError> {
        let item = self.read(&Subject::Component(component.clone())).await?;
        Ok(match item.map(|item| item.state) {
            Some(TokenState::Shadow) => Mode::Shadow,
            _ => Mode::Active,
        })
    }

    /// The writes that change the mode. They drop the component's token, and fence off whoever is
    /// renewing it. An active component's cycle begins now: nobody's minute was missed.
    pub(crate) fn switch(
        &self,
        component: &AppId,
        mode: Mode,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        let state = match mode {
            Mode::Shadow => TokenState::Shadow,
            Mode::Active => TokenState::Active,
        };
        let update = self
            .transaction_update(&Subject::Component(component.clone()))
            .update_expression(
                "SET version = if_not_exists(version, :zero) + :one, #state = :state, \
                 access_expires_at = :zero REMOVE lease_owner, lease_until, access_token, failure",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":state", text(name(state)));
        let mut writes = vec![self.in_transaction(update)?];
        if mode == Mode::Active {
            writes.push(self.begin_cycle(component)?);
        }
        Ok(writes)
    }

    /// The writes that keep what WeChat's list shows of a merchant. None is done unless the item is
    /// as it was when `before` was read.
    pub(crate) fn listed(
        &self,
        subject: &Subject,
        before: Option<&TokenItem>,
        listed: Listed<'_>,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        let state = match (listed.mode, listed.refresh) {
            (Mode::Shadow, _) => TokenState::Shadow,
            (Mode::Active, Some(_)) => TokenState::Active,
            (Mode::Active, None) => TokenState::NeedsAuthorization,
        };
        let version = before.map_or(0, |item| item.version as i64);
        let mut set = "SET version = :next, #state = :state, granted_at = :order, \
                       access_expires_at = :zero"
            .to_owned();
        let mut update = self
            .transaction_update(subject)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":next", number(version + 1))
            .expression_attribute_values(":state", text(name(state)))
            .expression_attribute_values(":order", number(listed.order));
        if let Some(refresh) = listed.refresh {
            set.push_str(", refresh_token = :refresh");
            update = update.expression_attribute_values(":refresh", self.sealed(subject, refresh)?);
        }
        set.push_str(" REMOVE lease_owner, lease_until, access_token, healing, failure");
        let update = update.update_expression(set);
        let update = match before {
            Some(_) => update
                .condition_expression("version = :version")
                .expression_attribute_values(":version", number(version)),
            None => update.condition_expression("attribute_not_exists(pk)"),
        };
        let mut writes = vec![self.in_transaction(update)?];
        writes.extend(self.marked(subject, before, state)?);
        Ok(writes)
    }

    /// The refresh token of `item`.
    pub(crate) fn refresh_token(
        &self,
        subject: &Subject,
        item: &TokenItem,
    ) -> Result<Option<SecretString>, UnsealError> {
        let open =
            |sealed: &Sealed<RefreshToken>| sealed.open(&self.secrets.sealing(), &subject.owner());
        item.refresh_token.as_ref().map(open).transpose()
    }

    /// From now on the merchant's token is renewed here: with `refresh`, the last one that WeChat
    /// shows, or with the one that was imported. Safe to repeat.
    pub(crate) async fn take_over(
        &self,
        subject: &Subject,
        refresh: Option<&SecretString>,
    ) -> Result<TakenOver, StorageError> {
        for _ in 0..ATTEMPTS {
            let Some(item) = self.read(subject).await? else { return Ok(TakenOver::Unknown) };
            match item.state {
                TokenState::Shadow | TokenState::NeedsAuthorization => {}
                TokenState::Active => return Ok(TakenOver::Active),
                TokenState::Revoked => return Ok(TakenOver::Withdrawn),
            }
            let (state, taken) = match refresh.is_some() || item.refresh_token.is_some() {
                true => (TokenState::Active, TakenOver::Active),
                false => (TokenState::NeedsAuthorization, TakenOver::NeedsAuthorization),
            };
            let mut set =
                "SET #state = :state, version = :next, access_expires_at = :zero".to_owned();
            let mut update = self
                .transaction_update(subject)
                .condition_expression("version = :version")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":state", text(name(state)))
                .expression_attribute_values(":zero", number(0))
                .expression_attribute_values(":version", number(item.version as i64))
                .expression_attribute_values(":next", number(item.version as i64 + 1));
            if let Some(refresh) = refresh {
                set.push_str(", refresh_token = :refresh");
                update =
                    update.expression_attribute_values(":refresh", self.sealed(subject, refresh)?);
            }
            set.push_str(" REMOVE lease_owner, lease_until, access_token, healing, failure");
            let mut writes = vec![self.in_transaction(update.update_expression(set))?];
            writes.extend(self.marked(subject, Some(&item), state)?);
            if let Transaction::Written = self.table.transact(writes).await? {
                return Ok(taken);
            }
        }
        Err(self.table.error("take a token over", format!("{subject} is changed again and again")))
    }

    /// The merchants of one minute of the cycle whose tokens another system renews.
    pub(crate) async fn in_shadow(
        &self,
        component: &AppId,
        minute: i64,
    ) -> Result<Vec<AppId>, StorageError> {
        let rows = self.rows_of_minute(component, minute).await?;
        let shadow = rows.into_iter().filter(|row| row.state == TokenState::Shadow);
        Ok(shadow.map(|row| row.sk).collect())
    }

    /// Another system renews the tokens of the merchants of one minute of the cycle from now on;
    /// answers how many. Safe to repeat.
    pub(crate) async fn hand_back(
        &self,
        component: &AppId,
        minute: i64,
    ) -> Result<usize, StorageError> {
        let rows = self.rows_of_minute(component, minute).await?;
        let mut handed = 0;
        let mut active = rows.into_iter().filter(|row| row.state == TokenState::Active).peekable();
        while active.peek().is_some() {
            let mut running = JoinSet::new();
            for row in active.by_ref().take(AT_ONCE) {
                let (tokens, subject) = (self.clone(), Subject::merchant(component, &row.sk));
                running.spawn(async move { tokens.hand_back_one(&subject, row.version).await });
            }
            while let Some(result) = running.join_next().await {
                result
                    .map_err(|panic| self.table.error("hand a token back", panic.to_string()))??;
                handed += 1;
            }
        }
        Ok(handed)
    }

    async fn hand_back_one(&self, subject: &Subject, mut version: u64) -> Result<(), StorageError> {
        for _ in 0..ATTEMPTS {
            let update = self
                .update(subject)
                .update_expression(
                    "SET #state = :shadow, version = :next, access_expires_at = :zero \
                     REMOVE lease_owner, lease_until, access_token, healing, failure",
                )
                .condition_expression("version = :version AND #state = :active")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":shadow", text("shadow"))
                .expression_attribute_values(":active", text("active"))
                .expression_attribute_values(":zero", number(0))
                .expression_attribute_values(":version", number(version as i64))
                .expression_attribute_values(":next", number(version as i64 + 1));
            // A renewal that was under way may have ended between reading and writing.
            let Outcome::Refused(Some(there)) = self.table.apply(update).await? else {
                return Ok(());
            };
            let there: TokenItem = self.table.parse(there)?;
            if there.state != TokenState::Active {
                return Ok(());
            }
            version = there.version;
        }
        Err(self.table.error("hand a token back", format!("{subject} is changed again and again")))
    }

    async fn rows_of_minute(
        &self,
        component: &AppId,
        minute: i64,
    ) -> Result<Vec<Row>, StorageError> {
        let partition = partition(component, minute % MINUTES);
        let mut rows = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let (page, next) =
                self.table.page::<Row>(&partition, "", after.as_deref(), PAGE).await?;
            rows.extend(page);
            match next {
                Some(next) => after = Some(next),
                None => return Ok(rows),
            }
        }
    }

    /// The write that tells a person, or takes it back, where the item's new state asks for that.
    fn marked(
        &self,
        subject: &Subject,
        before: Option<&TokenItem>,
        state: TokenState,
    ) -> Result<Option<TransactWriteItem>, StorageError> {
        let (component, appid) = (subject.component(), subject.appid());
        let was_lost = before.is_some_and(|item| item.state == TokenState::NeedsAuthorization);
        match state {
            TokenState::NeedsAuthorization => {
                let now = self.clock.now();
                self.attention.mark(component, appid, Need::Authorization, now).map(Some)
            }
            _ if was_lost => self.attention.unmark(component, appid, Need::Authorization).map(Some),
            _ => Ok(None),
        }
    }

    fn sealed(
        &self,
        subject: &Subject,
        refresh: &SecretString,
    ) -> Result<AttributeValue, StorageError> {
        let sealed: Sealed<RefreshToken> = Sealed::seal(
            &self.secrets.sealing(),
            self.random.as_ref(),
            &subject.owner(),
            refresh.expose_secret(),
        );
        serde_dynamo::to_attribute_value(&sealed)
            .map_err(|error| self.table.error("seal", error.to_string()))
    }
}

/// A state's name, as it is stored.
fn name(state: TokenState) -> &'static str {
    match state {
        TokenState::Active => "active",
        TokenState::Revoked => "revoked",
        TokenState::NeedsAuthorization => "needs-authorization",
        TokenState::Shadow => "shadow",
    }
}
