//! The import: WeChat's list of a component's merchants becomes our records. It goes on from call
//! to call, for a fleet is larger than what one request can do; the position is kept after every
//! page, the token that was lent never. Who imports lends the token with every call until the
//! import is finished: so nothing has to be sealed, and nothing is left behind.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use wechat::AppId;

use super::{Adoption, AdoptionError, IMPORT, Lender, listed::Run, partition};
use crate::{
    mini_programs::{Found, Imported},
    storage::{StorageError, number},
    tokens::Mode,
};

/// An import that is not finished by then is begun anew.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// Findings are forgotten after so long.
const FINDINGS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Records a page of the comparison.
const PAGE: i32 = 500;

/// An import, running or finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its name: when it began, in seconds.
    pub run: i64,
    /// How far it is.
    pub phase: ImportPhase,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was finished.
    pub finished_at: Option<Timestamp>,
    /// Merchants in WeChat's list.
    pub total: i64,
    /// How many of them are done.
    pub done: i64,
    /// Merchants that were not known.
    pub new: i64,
    /// Merchants with another refresh token than the one that was kept.
    pub changed: i64,
    /// Merchants that are as they were.
    pub unchanged: i64,
    /// Merchants that have withdrawn since.
    pub withdrawn: i64,
    /// Merchants that are on record and that WeChat's list does not show.
    pub gone: i64,
    /// Merchants of which WeChat shows no refresh token.
    pub without_refresh_token: i64,
    /// Merchants whose profile could not be read.
    pub without_profile: i64,
    /// The account after which the comparison goes on.
    after: Option<String>,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportPhase {
    /// WeChat's list is being read.
    Listing,
    /// Our records are compared with it.
    Comparing,
    /// All is done.
    Finished,
}

/// Something about one merchant that somebody should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The account.
    pub appid: AppId,
    /// What it is.
    pub kind: FindingKind,
    /// WeChat's words, where there are some.
    #[serde(default)]
    pub words: Option<String>,
}

/// What there is to know of a merchant after an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// WeChat shows no refresh token: the merchant will have to authorize again.
    NoRefreshToken,
    /// The profile could not be read; the token is kept.
    NoProfile,
    /// It is on record and not in WeChat's list. Nothing was changed for that.
    Gone,
}

/// A page of findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// In the order of appids.
    pub items: Vec<Finding>,
    /// The appid after which the next page begins.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct StoredFinding {
    document: Finding,
}

impl Adoption {
    /// Imports until `until`, and answers how far it came; the next call goes on. After a finished
    /// import a new one begins.
    pub async fn import(
        &self,
        component: &AppId,
        lent: Option<SecretString>,
        until: Instant,
    ) -> Result<Import, AdoptionError> {
        let mode = self.tokens.mode(component).await?;
        let lender = match (mode, lent) {
            (Mode::Shadow, Some(token)) => Lender::OtherSystem(token),
            (Mode::Active, None) => Lender::Nobody,
            (Mode::Shadow, None) => return Err(AdoptionError::LendToken),
            (Mode::Active, Some(_)) => return Err(AdoptionError::NothingToLend),
        };
        let lender = Arc::new(lender);
        let (mut version, mut import) = self.begin_import(component).await?;
        while import.phase != ImportPhase::Finished && Instant::now() < until {
            let run = Run {
                component: component.clone(),
                lender: lender.clone(),
                mode,
                started: import.run,
            };
            let next = match import.phase {
                ImportPhase::Listing => self.import_page(&run, &import, until).await?,
                ImportPhase::Comparing => self.compare_page(&run, &import).await?,
                ImportPhase::Finished => break,
            };
            if self.save(component, IMPORT, version, &next).await? {
                (version, import) = (version + 1, next);
            } else {
                // Somebody else imports too, and was quicker with this page.
                let stored = self.read::<Import>(component, IMPORT).await?;
                let stored = stored.ok_or(AdoptionError::Busy)?;
                (version, import) = (stored.version, stored.document);
            }
        }
        Ok(import)
    }

    /// The last import, if there was one.
    pub async fn latest_import(&self, component: &AppId) -> Result<Option<Import>, StorageError> {
        Ok(self.read(component, IMPORT).await?.map(|stored| stored.document))
    }

    /// What an import found, a page at a time: of the accounts after `after`.
    pub async fn findings(
        &self,
        component: &AppId,
        run: i64,
        after: Option<&AppId>,
        limit: i32,
    ) -> Result<Findings, StorageError> {
        let prefix = format!("finding#{run}#");
        let after = after.map(|appid| format!("{prefix}{appid}"));
        let (rows, next) = self
            .table
            .page::<StoredFinding>(&partition(component), &prefix, after.as_deref(), limit)
            .await?;
        let next = next.and_then(|next| next.strip_prefix(&prefix).map(str::to_owned));
        Ok(Findings { items: rows.into_iter().map(|row| row.document).collect(), next })
    }

    async fn begin_import(&self, component: &AppId) -> Result<(u64, Import), AdoptionError> {
        let now = self.clock.now();
        let stored = self.read::<Import>(component, IMPORT).await?;
        // Two imports of one second have different names too.
        let (version, after) = match stored {
            Some(stored)
                if stored.document.phase != ImportPhase::Finished
                    && now.duration_since(stored.document.started_at) < PATIENCE =>
            {
                return Ok((stored.version, stored.document));
            }
            Some(stored) => (stored.version, stored.document.run),
            None => (0, 0),
        };
        let import = Import { run: now.as_second().max(after + 1), ..Import::begun(now) };
        match self.save(component, IMPORT, version, &import).await? {
            true => Ok((version + 1, import)),
            false => Err(AdoptionError::Busy),
        }
    }

    /// The import after one page of WeChat's list, or after as much of it as there was time for.
    async fn import_page(
        &self,
        run: &Run,
        import: &Import,
        until: Instant,
    ) -> Result<Import, AdoptionError> {
        let page = self.list(&run.component, &run.lender, import.done).await?;
        let is_empty = page.list.is_empty();
        let mut next = import.clone();
        next.total = page.total_count;
        let found = self.take_in_all(run, page.list, until).await?;
        next.done += found.len() as i64;
        found.into_iter().for_each(|imported| next.count(imported));
        if is_empty || next.done >= next.total {
            next.phase = ImportPhase::Comparing;
        }
        Ok(next)
    }

    /// The import after one page of our records.
    async fn compare_page(&self, run: &Run, import: &Import) -> Result<Import, AdoptionError> {
        let after = import.after.as_deref();
        let (rows, more) = self.mini_programs.rows(&run.component, after, PAGE).await?;
        let mut next = import.clone();
        for row in rows {
            let seen = row.imported.is_some_and(|imported| imported.run == run.started);
            if !seen && row.is_authorized() {
                self.note(run, &row.sk, FindingKind::Gone, None).await?;
                next.gone += 1;
            }
        }
        next.after = more;
        if next.after.is_none() {
            next.phase = ImportPhase::Finished;
            next.finished_at = Some(self.clock.now());
        }
        Ok(next)
    }

    /// Notes a finding. Safe to repeat.
    pub(super) async fn note(
        &self,
        run: &Run,
        appid: &AppId,
        kind: FindingKind,
        words: Option<String>,
    ) -> Result<(), StorageError> {
        let words = words.map(|words| words.chars().take(200).collect());
        let finding = Finding { appid: appid.clone(), kind, words };
        let document = aws_sdk_dynamodb::types::AttributeValue::M(self.table.item(&finding)?);
        let expires = (self.clock.now() + FINDINGS_KEPT).as_second();
        let update = self
            .table
            .update(&partition(&run.component), &format!("finding#{}#{appid}", run.started))
            .update_expression("SET document = :document, expires_at = :expires")
            .expression_attribute_values(":document", document)
            .expression_attribute_values(":expires", number(expires));
        self.table.apply(update).await.map(drop)
    }
}

impl Import {
    fn begun(now: Timestamp) -> Self {
        Import {
            run: now.as_second(),
            phase: ImportPhase::Listing,
            started_at: now,
            finished_at: None,
            total: 0,
            done: 0,
            new: 0,
            changed: 0,
            unchanged: 0,
            withdrawn: 0,
            gone: 0,
            without_refresh_token: 0,
            without_profile: 0,
            after: None,
        }
    }

    fn count(&mut self, imported: Imported) {
        match imported.found {
            Found::New => self.new += 1,
            Found::Changed => self.changed += 1,
            Found::Unchanged => self.unchanged += 1,
            Found::Withdrawn => self.withdrawn += 1,
        }
        self.without_refresh_token += i64::from(!imported.has_refresh_token);
        self.without_profile += i64::from(!imported.has_profile);
    }
}
