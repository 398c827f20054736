//! One merchant of WeChat's list, taken into our records.

use std::sync::Arc;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};
use wechat::{
    AppId,
    endpoint::{ApiGetAuthorizerInfo, ApiGetAuthorizerInfoResponse, ListedAuthorizer},
};

use super::{AT_ONCE, Adoption, AdoptionError, FindingKind, Lender};
use crate::{
    authorizers,
    mini_programs::{Authorization, AuthorizationState, Found, Imported, Row},
    storage::Transaction,
    tokens::{Listed, Mode, Subject, TokenState},
};

/// How often a write is tried that somebody else's came before.
const ATTEMPTS: usize = 4;
/// WeChat's list and its pushes may name times that are so many seconds apart.
const APART: i64 = 5;

/// What a run of an import works with.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) component: AppId,
    pub(super) lender: Arc<Lender>,
    pub(super) mode: Mode,
    /// When the import began, in seconds.
    pub(super) started: i64,
}

impl Adoption {
    /// Takes the merchants of a page in, in their order, as many as there is time for and one at
    /// least. Those that this run has taken in already cost a read.
    pub(super) async fn take_in_all(
        &self,
        run: &Run,
        listed: Vec<ListedAuthorizer>,
        until: Instant,
    ) -> Result<Vec<Imported>, AdoptionError> {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        let mut running = JoinSet::new();
        for merchant in listed {
            let Ok(place) = room.clone().acquire_owned().await else { break };
            if !running.is_empty() && Instant::now() >= until {
                break;
            }
            let (adoption, run) = (self.clone(), run.clone());
            running.spawn(async move {
                let _place = place;
                adoption.take_in(&run, &merchant).await
            });
        }
        let mut found = Vec::new();
        while let Some(result) = running.join_next().await {
            match result {
                Ok(imported) => found.push(imported?),
                Err(panic) => {
                    return Err(self.table.error("import a merchant", panic.to_string()).into());
                }
            }
        }
        Ok(found)
    }

    /// Takes one merchant in: its record and its token in one transaction. Safe to repeat.
    pub(super) async fn take_in(
        &self,
        run: &Run,
        listed: &ListedAuthorizer,
    ) -> Result<Imported, AdoptionError> {
        let (component, appid) = (&run.component, &listed.authorizer_appid);
        for _ in 0..ATTEMPTS {
            let row = self.mini_programs.row(component, appid).await?;
            let seen = row.as_ref().and_then(|row| row.imported);
            if let Some(imported) = seen.filter(|imported| imported.run == run.started) {
                return Ok(imported);
            }
            let withdrawn = Imported {
                run: run.started,
                found: Found::Withdrawn,
                has_refresh_token: true,
                has_profile: true,
            };
            let granted = listed.auth_time.unwrap_or(0);
            if row.as_ref().is_some_and(|row| !row.is_authorized() && is_older(granted, row)) {
                return Ok(withdrawn);
            }
            let shown = match self.shown(run, appid).await {
                Ok(shown) => Some(shown),
                Err(AdoptionError::Call(error)) if error.errcode() == Some(61003) => {
                    return Ok(withdrawn);
                }
                Err(error) if concerns_all(&error) => return Err(error),
                Err(error) => {
                    // Its token is worth more than its profile; the next import tries again.
                    let words = error.to_string();
                    self.note(run, appid, FindingKind::NoProfile, Some(words)).await?;
                    None
                }
            };
            if let Some(imported) =
                self.keep(run, appid, row.as_ref(), granted, listed, shown).await?
            {
                if !imported.has_refresh_token {
                    self.note(run, appid, FindingKind::NoRefreshToken, None).await?;
                }
                return Ok(imported);
            }
        }
        Err(AdoptionError::Busy)
    }

    /// Stores what WeChat shows; none if the record changed under our hands.
    async fn keep(
        &self,
        run: &Run,
        appid: &AppId,
        row: Option<&Row>,
        granted: i64,
        listed: &ListedAuthorizer,
        shown: Option<ApiGetAuthorizerInfoResponse>,
    ) -> Result<Option<Imported>, AdoptionError> {
        let component = &run.component;
        let subject = Subject::merchant(component, appid);
        let item = self.tokens.read(&subject).await?;
        // The item's version is read, and then the mode: whatever a change of mode does to the item
        // from now on, the write below meets it.
        if self.tokens.mode(component).await? != run.mode {
            return Err(AdoptionError::Busy);
        }
        let refresh = authorizers::refresh_token(listed).or_else(|| {
            let shown = shown.as_ref()?.authorization_info.authorizer_refresh_token.as_ref();
            shown.filter(|token| authorizers::is_filled(token))
        });
        let kept = match &item {
            Some(item) => self
                .tokens
                .refresh_token(&subject, item)
                .map_err(|error| self.table.error("compare refresh tokens", error.to_string()))?,
            None => None,
        };
        let same = match (refresh, &kept) {
            (Some(refresh), Some(kept)) => refresh.expose_secret() == kept.expose_secret(),
            (None, _) => true,
            (Some(_), None) => false,
        };
        let known = row.filter(|row| row.is_authorized());
        let imported = Imported {
            run: run.started,
            found: match (known, same) {
                (None, _) => Found::New,
                (Some(_), false) => Found::Changed,
                (Some(_), true) => Found::Unchanged,
            },
            has_refresh_token: refresh.is_some() || kept.is_some(),
            has_profile: shown.is_some(),
        };
        let authorization = authorization(row, granted);
        let mut writes = vec![self.mini_programs.listed(
            component,
            appid,
            row,
            &authorization,
            shown.as_ref(),
            imported,
        )?];
        let is_ours = item.as_ref().is_some_and(|item| item.state == TokenState::Active);
        if run.mode == Mode::Shadow || !is_ours {
            let order = authorization.order;
            let listed = Listed { refresh, order, mode: run.mode };
            writes.extend(self.tokens.listed(&subject, item.as_ref(), listed)?);
        }
        match self.table.transact(writes).await? {
            Transaction::Written => Ok(Some(imported)),
            Transaction::Refused(_) => Ok(None),
        }
    }

    /// The account as WeChat shows it.
    pub(super) async fn shown(
        &self,
        run: &Run,
        appid: &AppId,
    ) -> Result<ApiGetAuthorizerInfoResponse, AdoptionError> {
        let request = ApiGetAuthorizerInfo {
            component_appid: run.component.as_str(),
            authorizer_appid: appid.as_str(),
        };
        self.ask(&run.component, &run.lender, &request).await
    }
}

/// The authorization after WeChat's list has shown it. WeChat's `CreateTime` is not in the list,
/// so that a new one is provisional.
fn authorization(row: Option<&Row>, granted: i64) -> Authorization {
    match row.filter(|row| row.is_authorized() && is_older(granted, row)) {
        Some(row) => row.authorization.clone(),
        None => Authorization {
            state: AuthorizationState::Authorized,
            order: row.map_or(granted, |row| row.authorization.order.max(granted)),
            provisional: true,
            authorized_at: Timestamp::from_second(granted).ok(),
            unauthorized_at: row.and_then(|row| row.authorization.unauthorized_at),
        },
    }
}

fn is_older(granted: i64, row: &Row) -> bool {
    granted <= row.authorization.order + APART
}

/// Whether the next merchant would fare no better.
pub(super) fn concerns_all(error: &AdoptionError) -> bool {
    match error {
        // 45009: the day's calls are used up; 61004: our address is not on the list; 61006 and
        // 61005: the ticket.
        AdoptionError::Call(error) => match error.errcode() {
            Some(code) => matches!(code, 45009 | 61004 | 61005 | 61006 | 48001),
            None => matches!(error, crate::call::CallError::Token(_)),
        },
        _ => true,
    }
}
