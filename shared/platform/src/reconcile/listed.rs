//! What WeChat lists, compared with what is on record.

use std::{collections::HashMap, time::Duration};

use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Serialize;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use wechat::{
    ApiError, AppId,
    endpoint::{ApiGetAuthorizerListResponse, ListedAuthorizer},
    message::go_live::test_account,
};

use super::{
    Reconciliations, StepError,
    report::{Phase, Report, What},
};
use crate::{
    authorizers,
    breaker::Cause,
    call::CallError,
    grants::GrantError,
    mini_programs::{Authorization, AuthorizationState},
    storage::StorageError,
    tokens::{Subject, TokenError, TokenItem, TokenState, digest},
};

/// Items read at once.
const AT_ONCE: usize = 16;
/// How often a write is tried that a lease stands against, and how long is waited in between.
const ATTEMPTS: usize = 3;
const PAUSE: Duration = Duration::from_millis(300);
/// What was listed is remembered for so long: longer than any run.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(48);

/// The accounts on a page, so that they are known to be listed when those that are not are sought.
#[derive(Serialize)]
struct Seen {
    pk: String,
    sk: String,
    /// Digests, hexadecimal, one after the other.
    digests: String,
    expires_at: i64,
}

impl Reconciliations {
    /// Compares one page of WeChat's list; as much of it as there is time for.
    pub(super) async fn compare_page(
        &self,
        run: &mut Report,
        until: Instant,
    ) -> Result<(), StepError> {
        let component = run.component.clone();
        let page = self.page(&component, run.place).await?;
        let rows = page.list.len() as i64;
        run.total = page.total_count;
        let mut differing = self.differing(&component, &page.list).await?;
        if !differing.is_empty() {
            // Versions were read just now: what WeChat says after that may be written under them.
            let again = self.page(&component, run.place).await?.list;
            let mut again: HashMap<AppId, ListedAuthorizer> =
                again.into_iter().map(|row| (row.authorizer_appid.clone(), row)).collect();
            for (appid, item) in differing.drain(..) {
                if Instant::now() >= until {
                    // The page comes again, and what was mended differs no more.
                    return Ok(());
                }
                match again.remove(&appid) {
                    Some(row) => self.mend(run, &row, item).await?,
                    None => run.counts.left += 1,
                }
            }
        }
        self.remember(run, &page.list).await?;
        run.counts.listed += rows as u64;
        run.place += rows;
        if rows == 0 || run.place >= run.total {
            run.enter(Phase::Absent);
        }
        Ok(())
    }

    async fn page(
        &self,
        component: &AppId,
        offset: i64,
    ) -> Result<ApiGetAuthorizerListResponse, StepError> {
        let request = authorizers::page(component, offset, authorizers::PAGE);
        Ok(self.grants.mini_programs.caller.component(component, &request).await?)
    }

    /// Accounts whose items are not as `rows` say, with the items as they are.
    async fn differing(
        &self,
        component: &AppId,
        rows: &[ListedAuthorizer],
    ) -> Result<Vec<(AppId, Option<TokenItem>)>, StorageError> {
        let mut differing = Vec::new();
        for rows in rows.chunks(AT_ONCE) {
            let mut reading = JoinSet::new();
            for (place, row) in rows.iter().enumerate() {
                let subject = Subject::merchant(component, &row.authorizer_appid);
                let tokens = self.tokens.clone();
                reading.spawn(async move { (place, tokens.read(&subject).await) });
            }
            for (place, item) in reading.join_all().await {
                let (row, item) = (&rows[place], item?);
                // WeChat's own test accounts are listed, and are no merchants.
                let is_test = test_account(row.authorizer_appid.as_str()).is_some();
                if !is_test && self.differs(component, row, item.as_ref()) {
                    differing.push((row.authorizer_appid.clone(), item));
                }
            }
        }
        Ok(differing)
    }

    fn differs(&self, component: &AppId, row: &ListedAuthorizer, item: Option<&TokenItem>) -> bool {
        let Some(item) = item else { return true };
        match item.state {
            TokenState::Active => {
                let subject = Subject::merchant(component, &row.authorizer_appid);
                !self.tokens.has_refresh_token(&subject, item, authorizers::refresh_token(row))
            }
            // What WeChat shows may be accepted by now, even if it is the same. Only a component's
            // own item is ever in shadow mode.
            TokenState::NeedsAuthorization | TokenState::Revoked | TokenState::Shadow => true,
        }
    }

    async fn mend(
        &self,
        run: &mut Report,
        row: &ListedAuthorizer,
        item: Option<TokenItem>,
    ) -> Result<(), StepError> {
        let (component, appid) = (run.component.clone(), &row.authorizer_appid);
        let Some(item) = item.filter(|item| item.state != TokenState::Revoked) else {
            return self.take_in(run, row).await;
        };
        let Some(token) = authorizers::refresh_token(row) else {
            run.counts.without_token += u64::from(item.refresh_token.is_none());
            return Ok(());
        };
        let subject = Subject::merchant(&component, appid);
        if self.tokens.has_refresh_token(&subject, &item, Some(token)) {
            return match item.state {
                TokenState::NeedsAuthorization => self.revive(run, &subject, &item, token).await,
                // Somebody has renewed it since it differed.
                _ => Ok(()),
            };
        }
        // Whoever waits for this run takes the lease for a moment each time it looks how far it is.
        let attempts = if item.healing.is_some() { ATTEMPTS } else { 1 };
        for attempt in 1..=attempts {
            if self.tokens.replace_refresh_token(&subject, &item, token).await? {
                run.note(appid, What::Healed);
                return Ok(());
            }
            if attempt < attempts {
                sleep(PAUSE).await;
            }
        }
        run.counts.left += 1;
        Ok(())
    }

    /// An account that must authorize again, although WeChat shows the refresh token that we have.
    async fn revive(
        &self,
        run: &mut Report,
        subject: &Subject,
        item: &TokenItem,
        token: &SecretString,
    ) -> Result<(), StepError> {
        match self.tokens.revive(subject, item, token).await {
            Ok(true) => run.note(subject.appid(), What::Healed),
            Ok(false) => {}
            Err(TokenError::WeChat(wechat::Error::WeChat(refusal))) if concerns_one(&refusal) => {
                tracing::warn!(%subject, %refusal, "lapsed account not tried again");
                run.counts.left += 1;
            }
            Err(error) => return Err(CallError::from(error).into()),
        }
        Ok(())
    }

    /// An account that is not known, or that counts as withdrawn.
    async fn take_in(&self, run: &mut Report, row: &ListedAuthorizer) -> Result<(), StepError> {
        let (component, appid) = (&run.component, &row.authorizer_appid);
        let known = self.grants.mini_programs.row(component, appid).await?;
        if let Some(Authorization { state, order, .. }) = known.map(|known| known.authorization) {
            let is_newer = row.auth_time.is_some_and(|at| at > order);
            match state {
                _ if is_newer => {}
                AuthorizationState::Authorized => return self.restore(run, row, order).await,
                // The tombstone is newer than what is listed.
                AuthorizationState::Unauthorized => return Ok(()),
            }
        }
        match self.grants.take_in(component, row).await {
            Ok(granted) if granted.is_current => run.note(appid, What::TakenIn),
            Ok(_) => {}
            Err(GrantError::Withdrawn(_) | GrantError::Busy) => run.counts.left += 1,
            Err(GrantError::Call(CallError::WeChat(wechat::Error::WeChat(refusal))))
                if concerns_one(&refusal) =>
            {
                tracing::warn!(%component, %appid, %refusal, "listed account not taken in");
                run.counts.left += 1;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// An account whose grant is on record and whose tokens are not, as after a table was restored.
    async fn restore(
        &self,
        run: &mut Report,
        row: &ListedAuthorizer,
        order: i64,
    ) -> Result<(), StepError> {
        let subject = Subject::merchant(&run.component, &row.authorizer_appid);
        if self.tokens.restore(&subject, authorizers::refresh_token(row), order).await? {
            run.note(&row.authorizer_appid, What::Healed);
        } else {
            run.counts.left += 1;
        }
        Ok(())
    }

    async fn remember(&self, run: &Report, rows: &[ListedAuthorizer]) -> Result<(), StorageError> {
        let digests =
            rows.iter().map(|row| format!("{:016x}", digest(&row.authorizer_appid))).collect();
        let seen = Seen {
            pk: seen_partition(&run.component, &run.id),
            sk: format!("{:010}", run.place),
            digests,
            expires_at: (self.clock.now() + REMEMBERED).as_second(),
        };
        // A step that is repeated meets its own item, which may hold an older page: both count.
        let item = self.table.item(&seen)?;
        if let crate::storage::Outcome::Refused(_) = self.table.create(item).await? {
            let sk = format!("{}#{}", seen.sk, self.random.identifier(self.clock.now()));
            self.table.create(self.table.item(&Seen { sk, ..seen })?).await?;
        }
        Ok(())
    }
}

pub(super) fn seen_partition(component: &AppId, run: &str) -> String {
    format!("reconciliation-seen#{component}#{run}")
}

/// A refusal for something about one account, which shall not keep the others waiting.
pub(super) fn concerns_one(refusal: &ApiError) -> bool {
    Cause::of(refusal).is_none() && !refusal.is_busy()
}
