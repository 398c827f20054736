//! What is on record and was not listed.

use std::collections::HashSet;

use jiff::SignedDuration;
use serde::Deserialize;
use tokio::time::Instant;
use wechat::AppId;

use super::{
    Reconciliations, StepError,
    listed::{concerns_one, seen_partition},
    report::{Report, What},
};
use crate::{call::CallError, grants::Withdrawal, storage::StorageError, tokens::digest};

/// A grant that is so young when the run begins may have come after its page of the list.
const YOUNG: SignedDuration = SignedDuration::from_mins(10);

/// Digests of the accounts that were listed: eight bytes each.
pub(super) type Seen = HashSet<u64>;

#[derive(Deserialize)]
struct Page {
    digests: String,
}

impl Reconciliations {
    /// Looks through one minute of the cycle for accounts that were not listed, and asks WeChat
    /// for each of them, as long as there is time.
    pub(super) async fn look_for_absent(
        &self,
        run: &mut Report,
        seen: &mut Option<Seen>,
        until: Instant,
    ) -> Result<(), StepError> {
        let component = run.component.clone();
        let seen = match seen {
            Some(seen) => seen,
            None => seen.insert(self.seen(&component, &run.id).await?),
        };
        let young = (run.started_at - YOUNG).as_second();
        loop {
            let (merchants, next) =
                self.tokens.granted_in(&component, run.place, run.after.as_deref()).await?;
            for merchant in merchants {
                let is_listed = seen.contains(&digest(&merchant.appid));
                if !is_listed && merchant.granted_at < young {
                    if Instant::now() >= until {
                        return Ok(());
                    }
                    self.confirm(run, &merchant.appid, merchant.granted_at).await?;
                    run.after = Some(merchant.appid.to_string());
                }
            }
            run.after = next;
            if run.after.is_none() {
                run.place += 1;
                return Ok(());
            }
        }
    }

    /// An account that is not listed: gone only if WeChat says so by name.
    async fn confirm(
        &self,
        run: &mut Report,
        appid: &AppId,
        granted_at: i64,
    ) -> Result<(), StepError> {
        match self.grants.mini_programs.ask(&run.component, appid).await {
            Ok(_) => run.counts.unlisted += 1,
            Err(error) if error.is_gone() => {
                let withdrawal = self.grants.found_gone(&run.component, appid, granted_at).await?;
                if withdrawal == Withdrawal::Recorded {
                    run.note(appid, What::Withdrawn);
                }
            }
            Err(CallError::WeChat(wechat::Error::WeChat(refusal))) if concerns_one(&refusal) => {
                tracing::warn!(component = %run.component, %appid, %refusal, "unlisted account not looked up");
                run.counts.left += 1;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn seen(&self, component: &AppId, run: &str) -> Result<Seen, StorageError> {
        let partition = seen_partition(component, run);
        let mut seen = Seen::new();
        let mut after: Option<String> = None;
        loop {
            let (pages, next): (Vec<Page>, _) =
                self.table.page(&partition, "", after.as_deref(), 100).await?;
            for page in pages {
                let digests = page.digests.as_bytes().chunks(16);
                seen.extend(digests.filter_map(|digest| {
                    u64::from_str_radix(std::str::from_utf8(digest).ok()?, 16).ok()
                }));
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(seen),
            }
        }
    }
}
