//! What follows a change of mode, in steps that are safe to repeat: the position is kept after
//! every page, and whoever comes next goes on from there.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use wechat::{AppId, endpoint::ListedAuthorizer};

use super::{
    AT_ONCE, Adoption, AdoptionError, Lender, MODE, Mode, ModeRecord, Phase,
    listed::{Run, concerns_all},
};
use crate::{
    authorizers,
    mini_programs::{Found, Imported},
    releases::{ReleaseError, Releases},
    tokens::{MINUTES, Subject, TakenOver},
};

/// Minutes of the cycle that are gone through before the position is kept.
const STRETCH: i64 = 17;
/// Reading what is online renews the merchant's token where that is due; so at least this many
/// mini programs are read in a tick, and more only so that a large fleet is done in a cycle.
const RELEASES_A_TICK: i64 = 8;
/// So many at once.
const RELEASES_AT_ONCE: usize = 16;
/// What could not be read is read again after this long.
const AGAIN: Duration = Duration::from_secs(2);
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
                Phase::TakingOver => self.take_page_over(component, &mut next).await?,
                Phase::AskingForTheRest => {
                    for _ in 0..STRETCH.min(MINUTES - next.position) {
                        self.ask_for_the_rest(component, &mut next).await?;
                    }
                    if next.position >= MINUTES {
                        (next.phase, next.position) = (Phase::ReadingReleases, 0);
                    }
                }
                Phase::ReadingReleases => self.read_releases(component, &mut next, until).await?,
                Phase::HandingBack => {
                    for _ in 0..STRETCH.min(MINUTES - next.position) {
                        let handed = self.tokens.hand_back(component, next.position).await?;
                        next.changed_hands += handed as i64;
                        next.position += 1;
                    }
                    if next.position >= MINUTES {
                        (next.phase, next.position) = (Phase::Settled, 0);
                    }
                }
            }
            let saved = self.save(component, MODE, stored.version, &next).await?;
            if saved && next.phase == Phase::ReadingReleases {
                // One portion a call, so that it takes a cycle.
                return Ok(next);
            }
        }
    }

    /// Takes over the merchants of one page of WeChat's list.
    async fn take_page_over(
        &self,
        component: &AppId,
        record: &mut ModeRecord,
    ) -> Result<(), AdoptionError> {
        let run = our_own_run(component, record);
        let page = self.list(component, &run.lender, record.position).await?;
        record.total = page.total_count;
        record.position += page.list.len() as i64;
        let is_last = page.list.is_empty() || record.position >= page.total_count;
        let room = Arc::new(Semaphore::new(AT_ONCE));
        let mut running = JoinSet::new();
        for merchant in page.list {
            let Ok(place) = room.clone().acquire_owned().await else { break };
            let (adoption, run) = (self.clone(), run.clone());
            running.spawn(async move {
                let _place = place;
                adoption.take_listed_over(&run, &merchant).await
            });
        }
        while let Some(result) = running.join_next().await {
            let taken = result
                .map_err(|panic| self.table.error("take a merchant over", panic.to_string()))?;
            record.count(taken?);
        }
        if is_last {
            (record.phase, record.position) = (Phase::AskingForTheRest, 0);
        }
        Ok(())
    }

    async fn take_listed_over(
        &self,
        run: &Run,
        merchant: &ListedAuthorizer,
    ) -> Result<TakenOver, AdoptionError> {
        let subject = Subject::merchant(&run.component, &merchant.authorizer_appid);
        let refresh = authorizers::refresh_token(merchant);
        let taken = self.tokens.take_over(&subject, refresh).await?;
        if taken != TakenOver::Unknown {
            return Ok(taken);
        }
        // It authorized after the import.
        let imported = self.take_in(run, merchant).await?;
        Ok(match imported {
            Imported { found: Found::Withdrawn, .. } => TakenOver::Withdrawn,
            Imported { has_refresh_token: true, .. } => TakenOver::Active,
            Imported { has_refresh_token: false, .. } => TakenOver::NeedsAuthorization,
        })
    }

    /// Asks for the merchants of one minute of the cycle that the list did not show. One is absent
    /// from a page also because another withdrew while the pages were read; only WeChat's word
    /// about the account itself makes it a withdrawal.
    async fn ask_for_the_rest(
        &self,
        component: &AppId,
        record: &mut ModeRecord,
    ) -> Result<(), AdoptionError> {
        let run = our_own_run(component, record);
        for appid in self.tokens.in_shadow(component, record.position).await? {
            let subject = Subject::merchant(component, &appid);
            match self.shown(&run, &appid).await {
                Err(AdoptionError::Call(error)) if error.errcode() == Some(61003) => {
                    let now = self.clock.now().as_second();
                    self.grants.unauthorized(component, &appid, now).await?;
                    record.withdrawn += 1;
                }
                Ok(shown) => {
                    let refresh = shown.authorization_info.authorizer_refresh_token;
                    let refresh = refresh.filter(authorizers::is_filled);
                    let taken = self.tokens.take_over(&subject, refresh.as_ref()).await?;
                    record.count(taken);
                }
                Err(error) if concerns_all(&error) => return Err(error),
                Err(error) => {
                    // One merchant shall not hold the others up: what was imported may still do,
                    // and is healed if it does not.
                    tracing::warn!(%subject, %error, "taken over as it was imported");
                    let taken = self.tokens.take_over(&subject, None).await?;
                    record.count(taken);
                }
            }
        }
        record.position += 1;
        Ok(())
    }

    /// Reads what is online of a portion of the mini programs.
    async fn read_releases(
        &self,
        component: &AppId,
        record: &mut ModeRecord,
        until: Instant,
    ) -> Result<(), AdoptionError> {
        let portion = RELEASES_A_TICK.max(record.total / (MINUTES - 5) + 1);
        let after = record.after.clone();
        let limit = i32::try_from(portion).unwrap_or(i32::MAX);
        let (rows, more) = self.mini_programs.rows(component, after.as_deref(), limit).await?;
        let room = Arc::new(Semaphore::new(RELEASES_AT_ONCE));
        let mut running = JoinSet::new();
        let mut in_time = true;
        for row in rows {
            let Ok(place) = room.clone().acquire_owned().await else { break };
            if Instant::now() >= until {
                in_time = false;
                break;
            }
            record.after = Some(row.sk.to_string());
            let is_mini_program = row.profile.as_ref().is_none_or(|it| it.is_mini_program);
            if row.imported.is_none() || !is_mini_program || !row.is_authorized() {
                continue;
            }
            let (releases, component, appid) =
                (self.releases.clone(), component.clone(), row.sk.clone());
            running.spawn(async move {
                let _place = place;
                let result = timeout(RELEASE, read_release(&releases, &component, &appid)).await;
                let is_read = matches!(result, Ok(Ok(())));
                if !is_read {
                    tracing::warn!(%component, %appid, ?result, "what is online is not read");
                }
                is_read
            });
        }
        while let Some(result) = running.join_next().await {
            match result {
                Ok(true) => record.releases_read += 1,
                Ok(false) | Err(_) => record.releases_failed += 1,
            }
        }
        if in_time && more.is_none() {
            (record.phase, record.after) = (Phase::Settled, None);
        }
        Ok(())
    }
}

/// Reads what is online; again if a grant that came in meanwhile took the token away.
async fn read_release(
    releases: &Releases,
    component: &AppId,
    appid: &AppId,
) -> Result<(), ReleaseError> {
    match releases.adopt(component, appid).await {
        Err(error) => {
            tracing::info!(%component, %appid, %error, "what is online is read again");
            sleep(AGAIN).await;
            releases.adopt(component, appid).await
        }
        Ok(()) => Ok(()),
    }
}

/// After the cut-over WeChat is asked with our own token.
fn our_own_run(component: &AppId, record: &ModeRecord) -> Run {
    Run {
        component: component.clone(),
        lender: Arc::new(Lender::Nobody),
        mode: Mode::Active,
        started: record.since.map_or(0, |since| since.as_second()),
    }
}

impl ModeRecord {
    fn count(&mut self, taken: TakenOver) {
        match taken {
            TakenOver::Active => self.changed_hands += 1,
            TakenOver::NeedsAuthorization => self.needs_authorization += 1,
            TakenOver::Withdrawn | TakenOver::Unknown => {}
        }
    }
}
