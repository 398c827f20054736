//! What follows a change of mode, in steps that are safe to repeat: the position is kept after
//! every page, and whoever comes next goes on from there.

use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};
use wechat::AppId;

use super::{AT_ONCE, Adoption, AdoptionError, MODE, ModeRecord, Phase};
use crate::{
    mini_programs::{AuthorizationState, Row},
    reconcile::ReportState,
    storage::StorageError,
    tokens::{MINUTES, Subject},
};

/// Records a page whose tokens are put away.
const PAGE: i32 = 128;
/// Reading what is online renews the merchant's token where that is due; so at least this many
/// mini programs are read in a tick, and more only so that a large fleet is done in a cycle.
const RELEASES_A_TICK: i64 = 8;
/// What WeChat shows of one mini program is worth so much waiting.
const RELEASE: Duration = Duration::from_secs(20);

impl Adoption {
    /// Does what is still to be done after a change of mode, until `until`. Safe to repeat.
    pub async fn go_on(
        &self,
        component: &AppId,
        until: Instant,
    ) -> Result<ModeRecord, AdoptionError> {
        loop {
            let stored = self.read::<ModeRecord>(component, MODE).await?;
            let Some(stored) = stored else { return Ok(ModeRecord::default()) };
            let record = stored.document;
            if record.phase == Phase::Settled || Instant::now() >= until {
                return Ok(record);
            }
            let mut next = record.clone();
            match record.phase {
                Phase::Settled => {}
                Phase::Reconciling => self.reconcile(component, &mut next).await?,
                Phase::ReadingReleases => self.read_releases(component, &mut next, until).await?,
                Phase::PuttingAway => self.put_away(component, &mut next).await?,
            }
            // If somebody else was quicker with this step, their record counts.
            let saved = next == record || self.save(component, MODE, stored.version, &next).await?;
            if saved && next.phase != Phase::PuttingAway {
                // The clock goes on with a reconciliation; and releases are read a portion a tick.
                return Ok(next);
            }
        }
    }

    /// Sees to it that a reconciliation begins after the cut-over, and is done.
    async fn reconcile(
        &self,
        component: &AppId,
        record: &mut ModeRecord,
    ) -> Result<(), StorageError> {
        let runs = &self.tokens.runs;
        let run = match &record.reconciliation {
            Some(id) => runs.find(component, id).await?,
            None => None,
        };
        let run = match run.filter(|run| run.state != ReportState::Failed) {
            Some(run) => run,
            None => {
                let by = record.by.as_deref().unwrap_or("clock");
                runs.request(component, by).await?
            }
        };
        if Some(run.started_at) < record.since {
            // One from before has passed some merchants by already: ours comes after it.
            return Ok(());
        }
        record.merchants = run.total;
        if run.state == ReportState::Done {
            record.phase = Phase::ReadingReleases;
        }
        record.reconciliation = Some(run.id);
        Ok(())
    }

    /// Reads what is online and in review of a portion of the mini programs.
    async fn read_releases(
        &self,
        component: &AppId,
        record: &mut ModeRecord,
        until: Instant,
    ) -> Result<(), StorageError> {
        let portion = RELEASES_A_TICK.max(record.merchants / (MINUTES - 5) + 1);
        let limit = i32::try_from(portion).unwrap_or(i32::MAX);
        let (rows, more) =
            self.mini_programs.rows(component, record.after.as_deref(), limit).await?;
        for rows in rows.chunks(AT_ONCE) {
            if Instant::now() >= until {
                return Ok(());
            }
            let mut reading = JoinSet::new();
            for row in rows.iter().filter(|row| has_versions(row)) {
                let (adoption, component, appid) =
                    (self.clone(), component.clone(), row.sk.clone());
                reading.spawn(async move { adoption.read_release(&component, &appid).await });
            }
            for is_read in reading.join_all().await {
                match is_read {
                    true => record.releases_read += 1,
                    false => record.releases_failed += 1,
                }
            }
            record.after = rows.last().map(|row| row.sk.to_string());
        }
        if more.is_none() {
            (record.phase, record.after) = (Phase::Settled, None);
        }
        Ok(())
    }

    /// What cannot be read now is read by the nightly check.
    async fn read_release(&self, component: &AppId, appid: &AppId) -> bool {
        let result = timeout(RELEASE, self.releases.adopt(component, appid)).await;
        let is_read = matches!(result, Ok(Ok(())));
        if !is_read {
            tracing::warn!(%component, %appid, ?result, "what is online is not read");
        }
        is_read
    }

    /// Puts away the access tokens of a page of merchants: another system renews them now.
    async fn put_away(
        &self,
        component: &AppId,
        record: &mut ModeRecord,
    ) -> Result<(), StorageError> {
        let (rows, more) =
            self.mini_programs.rows(component, record.after.as_deref(), PAGE).await?;
        for rows in rows.chunks(AT_ONCE) {
            let mut running = JoinSet::new();
            for row in rows {
                let (tokens, subject) =
                    (self.tokens.clone(), Subject::merchant(component, &row.sk));
                running.spawn(async move {
                    match tokens.read(&subject).await? {
                        // One that is renewed in between belongs to a call that is under way: it
                        // is refused by WeChat when the other system renews.
                        Some(item) if item.access_token.is_some() => {
                            tokens.invalidate(&subject, item.version).await
                        }
                        _ => Ok(()),
                    }
                });
            }
            running.join_all().await.into_iter().collect::<Result<(), _>>()?;
        }
        record.after = more;
        if record.after.is_none() {
            record.phase = Phase::Settled;
        }
        Ok(())
    }
}

/// Whether it is a mini program, or may be one, that the platform may look at.
fn has_versions(row: &Row) -> bool {
    row.authorization.state == AuthorizationState::Authorized
        && row.profile.as_ref().is_none_or(|profile| profile.is_mini_program)
}
