//! The import: WeChat's list of a component's merchants becomes our records. It goes on from call
//! to call, for a fleet is larger than what one request can do; the position is kept after every
//! page, what was lent never. Who imports lends it with every call until the import is finished: so
//! nothing has to be sealed, and nothing is left behind.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::{task::JoinSet, time::Instant};
use wechat::{
    ApiError, AppId, Endpoint,
    answer::Answer,
    endpoint::{ApiGetAuthorizerInfo, ApiGetAuthorizerInfoResponse, ListedAuthorizer},
    message::go_live::test_account,
    token::ComponentToken,
};

use super::{AT_ONCE, Adoption, AdoptionError, IMPORT, MODE, ModeRecord};
use crate::{
    attention::Need,
    authorizers,
    breaker::Cause,
    grants,
    mini_programs::{AuthorizationState, Change, Row},
    storage::{StorageError, Transaction},
    tokens::{Granted, Mode, Subject, TokenItem},
};

/// An import that is not finished by then is begun anew.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// Rows of WeChat's list a step: each is asked for, and the whole step is soon repeated.
const PAGE: i64 = 2 * AT_ONCE as i64;
/// So many findings are named; the rest is counted.
const NAMED: usize = 200;
/// How often a write is tried that somebody else's came before.
const ATTEMPTS: usize = 4;

/// What the system that runs the component lends. It is used while a call lasts, and kept nowhere.
#[derive(Clone)]
pub struct Lent {
    /// A component token that it is using.
    pub component_token: SecretString,
    /// Refresh tokens that it holds, for merchants of which WeChat shows none.
    pub refresh_tokens: BTreeMap<AppId, SecretString>,
}

/// An import, running or finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// When it began.
    pub started_at: Timestamp,
    /// When it was finished.
    pub finished_at: Option<Timestamp>,
    /// Merchants in WeChat's list.
    pub total: i64,
    /// How many of them are done.
    pub done: i64,
    /// Merchants that were not known, or had withdrawn before.
    pub new: i64,
    /// Merchants with another refresh token than the one that was kept.
    pub renewed: i64,
    /// Merchants that are as they were.
    pub unchanged: i64,
    /// Merchants that withdrew while the list was read.
    pub withdrawn: i64,
    /// Merchants of which there is no refresh token.
    pub without_refresh_token: i64,
    /// Merchants whose profile could not be read.
    pub without_profile: i64,
    /// What somebody should know of single merchants, the first two hundred.
    pub findings: Vec<Finding>,
}

/// Something about one merchant that somebody should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The account.
    pub appid: AppId,
    /// What it is.
    pub kind: FindingKind,
    /// WeChat's words, where there are some.
    pub words: Option<String>,
}

/// What there is to know of a merchant after an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// WeChat shows no refresh token, and none was lent: the merchant will have to authorize again.
    NoRefreshToken,
    /// The profile could not be read; the token is kept.
    NoProfile,
}

/// How a listed account compares with what was known of it.
enum Compared {
    New,
    Renewed,
    Unchanged,
    Withdrawn,
}

/// What is on record of one listed account.
#[derive(Clone, Copy)]
struct Known<'a> {
    subject: &'a Subject,
    row: Option<&'a Row>,
    item: Option<&'a TokenItem>,
}

/// What came of one listed account.
struct Taken {
    compared: Compared,
    findings: Vec<Finding>,
}

impl Adoption {
    /// Imports until `until`, a page at least, and answers how far it came; the next call goes on. After a finished
    /// import a new one begins.
    pub async fn import(
        &self,
        component: &AppId,
        lent: Lent,
        until: Instant,
    ) -> Result<Import, AdoptionError> {
        let lent = Arc::new(lent);
        let (mut version, mut import) = self.begin_import(component).await?;
        loop {
            let next = self.import_page(component, &lent, &import).await?;
            if self.save(component, IMPORT, version, &next).await? {
                (version, import) = (version + 1, next);
            } else {
                // Somebody else imports too, and was quicker with this page.
                let stored = self.read::<Import>(component, IMPORT).await?;
                let stored = stored.ok_or(AdoptionError::Busy)?;
                (version, import) = (stored.version, stored.document);
            }
            if import.finished_at.is_some() || Instant::now() >= until {
                return Ok(import);
            }
        }
    }

    /// The last import, if there was one.
    pub async fn latest_import(&self, component: &AppId) -> Result<Option<Import>, StorageError> {
        Ok(self.read(component, IMPORT).await?.map(|stored| stored.document))
    }

    /// The import that is under way, or a new one. One from before the present shadow mode is over.
    async fn begin_import(&self, component: &AppId) -> Result<(u64, Import), AdoptionError> {
        let mode = self.read::<ModeRecord>(component, MODE).await?.map(|stored| stored.document);
        let shadow = mode.filter(|record| record.mode == Mode::Shadow);
        let shadow = shadow.ok_or_else(|| AdoptionError::Active(component.clone()))?;
        let now = self.clock.now();
        let version = match self.read::<Import>(component, IMPORT).await? {
            Some(stored) => {
                let import = stored.document;
                let goes_on = import.finished_at.is_none()
                    && now.duration_since(import.started_at) < PATIENCE
                    && Some(import.started_at) >= shadow.since;
                if goes_on {
                    return Ok((stored.version, import));
                }
                stored.version
            }
            None => 0,
        };
        let import = Import::begun(now);
        match self.save(component, IMPORT, version, &import).await? {
            true => Ok((version + 1, import)),
            false => Err(AdoptionError::Busy),
        }
    }

    /// The import after one more page of WeChat's list.
    async fn import_page(
        &self,
        component: &AppId,
        lent: &Arc<Lent>,
        import: &Import,
    ) -> Result<Import, AdoptionError> {
        let page = self.ask(lent, &authorizers::page(component, import.done, PAGE)).await?;
        let mut next = import.clone();
        next.total = page.total_count;
        next.done += page.list.len() as i64;
        let is_last = page.list.is_empty() || next.done >= next.total;
        // WeChat's own test accounts are listed, and are no merchants.
        let is_merchant =
            |listed: &&ListedAuthorizer| test_account(listed.authorizer_appid.as_str()).is_none();
        let merchants: Vec<&ListedAuthorizer> = page.list.iter().filter(is_merchant).collect();
        for listed in merchants.chunks(AT_ONCE) {
            let mut running = JoinSet::new();
            for listed in listed {
                let (adoption, component) = (self.clone(), component.clone());
                let (lent, listed) = (lent.clone(), ListedAuthorizer::clone(listed));
                running.spawn(async move { adoption.take_in(&component, &lent, &listed).await });
            }
            for taken in running.join_all().await {
                next.count(taken?);
            }
        }
        if is_last {
            next.finished_at = Some(self.clock.now());
        }
        Ok(next)
    }

    /// Takes one listed merchant in. Safe to repeat.
    async fn take_in(
        &self,
        component: &AppId,
        lent: &Lent,
        listed: &ListedAuthorizer,
    ) -> Result<Taken, AdoptionError> {
        let appid = &listed.authorizer_appid;
        let subject = Subject::merchant(component, appid);
        for _ in 0..ATTEMPTS {
            let row = self.mini_programs.row(component, appid).await?;
            // Before WeChat is asked: what somebody stores after that is younger than its answer.
            let item = self.tokens.read(&subject).await?;
            let mut findings = Vec::new();
            let request = ApiGetAuthorizerInfo {
                component_appid: component.as_str(),
                authorizer_appid: appid.as_str(),
            };
            let shown = match self.ask(lent, &request).await {
                Ok(shown) => Some(shown),
                Err(AdoptionError::WeChat(wechat::Error::WeChat(refusal)))
                    if refusal.is_authorization_gone() =>
                {
                    return Ok(Taken { compared: Compared::Withdrawn, findings });
                }
                Err(AdoptionError::WeChat(wechat::Error::WeChat(refusal)))
                    if !concerns_all(&refusal) =>
                {
                    // Its token is worth more than its profile; the next import tries again.
                    let words = refusal.to_string().chars().take(200).collect();
                    findings.push(FindingKind::NoProfile.of(appid, Some(words)));
                    None
                }
                Err(error) => return Err(error),
            };
            let known = Known { subject: &subject, row: row.as_ref(), item: item.as_ref() };
            let kept = self.keep(known, lent, listed, shown.as_ref()).await?;
            let Some((compared, has_refresh_token)) = kept else { continue };
            if !has_refresh_token {
                findings.push(FindingKind::NoRefreshToken.of(appid, None));
            }
            // Whoever changes the record between these writes reads the profile after that.
            if let Some(shown) = &shown
                && let Some(row) = self.mini_programs.row(component, appid).await?
            {
                self.mini_programs.keep_profile(row, shown).await?;
            }
            return Ok(Taken { compared, findings });
        }
        Err(AdoptionError::Busy)
    }

    /// Stores the merchant's refresh token, and its authorization if that is new; none if something
    /// changed under our hands. The access token that was ours before is put away, for the other
    /// system has renewed since.
    async fn keep(
        &self,
        known: Known<'_>,
        lent: &Lent,
        listed: &ListedAuthorizer,
        shown: Option<&ApiGetAuthorizerInfoResponse>,
    ) -> Result<Option<(Compared, bool)>, AdoptionError> {
        let Known { subject, row, item } = known;
        let (component, appid) = (subject.component(), &listed.authorizer_appid);
        // First the item, then the mode: once the component is active, whoever renews the merchant's
        // token has another version, and the write below does not meet it.
        if self.tokens.mode(component).await? != Mode::Shadow {
            return Err(AdoptionError::Active(component.clone()));
        }
        let current = shown.map(|shown| &shown.authorization_info);
        // The list is older.
        let refresh = current
            .and_then(|current| current.authorizer_refresh_token.as_ref())
            .filter(|token| authorizers::is_filled(token))
            .or_else(|| authorizers::refresh_token(listed))
            .or_else(|| lent.refresh_tokens.get(appid));
        let is_known =
            item.is_some_and(|item| self.tokens.has_refresh_token(subject, item, refresh));
        let has_refresh_token = refresh.is_some() || is_known;
        let stands = row.filter(|row| row.authorization.state == AuthorizationState::Authorized);
        let granted_at = listed.auth_time.unwrap_or_else(|| self.clock.now().as_second());
        let order = row.map_or(granted_at, |row| row.authorization.order.max(granted_at));
        let granted = Granted {
            access: None,
            expires_in: 0,
            refresh,
            order,
            seen: item.map_or(0, |item| item.version),
        };
        let attention = &self.tokens.attention;
        let mut writes = vec![
            self.tokens.granted(subject, &granted)?,
            attention.unmark(component, appid, Need::Authorization)?,
        ];
        // A later grant of what stands is a change of its tokens, and of its order.
        if stands.is_none_or(|row| row.authorization.order < order) {
            let sets = current.map(|it| it.permission_sets()).unwrap_or_default();
            writes.push(attention.permissions(component, appid, &sets, self.clock.now())?);
            let change = Change::Granted {
                key: &grants::key_of_listed(component, appid, granted_at),
                order,
                // The list does not show WeChat's `CreateTime`.
                provisional: true,
                permission_sets: &sets,
            };
            let (write, version) = self.mini_programs.change(component, appid, row, change)?;
            writes.push(write);
            writes.push(self.mini_programs.tell_roster(component, appid, version)?);
        }
        let compared = match (stands, is_known) {
            (None, _) => Compared::New,
            (Some(_), false) if refresh.is_some() => Compared::Renewed,
            (Some(_), _) => Compared::Unchanged,
        };
        match self.table.transact(writes).await? {
            Transaction::Written => Ok(Some((compared, has_refresh_token))),
            Transaction::Refused(_) => Ok(None),
        }
    }

    /// Sends a call with the token that was lent.
    async fn ask<E: Endpoint<Token = ComponentToken>>(
        &self,
        lent: &Lent,
        request: &E,
    ) -> Result<<E::Answer as Answer>::Value, AdoptionError> {
        let token = ComponentToken(lent.component_token.clone());
        match self.tokens.wechat.send(&token, request).await {
            // 40013: it is another component's; 61014: it is a merchant's.
            Err(wechat::Error::WeChat(refusal))
                if matches!(refusal.errcode, 40001 | 40013 | 40014 | 42001 | 61014) =>
            {
                Err(AdoptionError::LentTokenRefused(refusal))
            }
            result => Ok(result?),
        }
    }
}

/// Whether the next merchant would fare no better: the day's calls are used up (45009), the
/// component may not make them (48001), or WeChat refuses it as a whole.
fn concerns_all(refusal: &ApiError) -> bool {
    matches!(refusal.errcode, 45009 | 48001) || Cause::of(refusal).is_some()
}

impl Import {
    fn begun(now: Timestamp) -> Self {
        Import {
            started_at: now,
            finished_at: None,
            total: 0,
            done: 0,
            new: 0,
            renewed: 0,
            unchanged: 0,
            withdrawn: 0,
            without_refresh_token: 0,
            without_profile: 0,
            findings: Vec::new(),
        }
    }

    fn count(&mut self, taken: Taken) {
        *match taken.compared {
            Compared::New => &mut self.new,
            Compared::Renewed => &mut self.renewed,
            Compared::Unchanged => &mut self.unchanged,
            Compared::Withdrawn => &mut self.withdrawn,
        } += 1;
        for finding in taken.findings {
            *match finding.kind {
                FindingKind::NoRefreshToken => &mut self.without_refresh_token,
                FindingKind::NoProfile => &mut self.without_profile,
            } += 1;
            if self.findings.len() < NAMED {
                self.findings.push(finding);
            }
        }
    }
}

impl FindingKind {
    fn of(self, appid: &AppId, words: Option<String>) -> Finding {
        Finding { appid: appid.clone(), kind: self, words }
    }
}
