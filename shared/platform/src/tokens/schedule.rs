//! Renewal ahead of expiry. Every merchant has a minute of an 85-minute cycle; each tick of the
//! clock works off the minutes that have passed since the last one, at most a whole cycle, and
//! remembers how far it came. So a tick that was missed, or that ran out of time, is made up for.
//!
//! Rows are read a page ahead of the calls, and calls of one minute go on while the next minute is
//! read: there is always the full number under way, and never more than that and a page in memory.
//! A merchant's lease is taken on the version that the page showed. Whoever cannot be renewed is
//! left behind, and its minute is visited again.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use jiff::SignedDuration;
use tokio::{
    task::{self, JoinError, JoinSet},
    time::{Instant, timeout_at},
};
use wechat::AppId;

use super::{
    MINUTES, Part, Share, Subject, TokenError, Tokens, bearer::Bearer, cursor::Visit, due::Due,
};
use crate::{
    breaker::{Minting, Open},
    storage::StorageError,
};

/// A token that outlives the next visit by so much is left alone: it was renewed on demand.
pub(super) const SPARE: SignedDuration = SignedDuration::from_mins(MINUTES + 20);
/// A component token is renewed when it has less life than this.
pub(super) const COMPONENT_MARGIN: SignedDuration = SignedDuration::from_mins(20);
/// Longer than any token lives.
pub(super) const WHATEVER: SignedDuration = SignedDuration::from_hours(24);
/// What was begun in time may take so much longer.
const GRACE: Duration = Duration::from_secs(8);
/// When so many writes have failed, storage is away, and the tick has nothing more to do.
const STORAGE_FAILURES: usize = 20;

/// How much one tick may do.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    /// Calls to WeChat under way at once.
    pub at_once: usize,
    /// No new refresh begins after this.
    pub until: Instant,
}

/// What one tick did for one component.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Minutes of the cycle that were worked off.
    pub minutes: i64,
    /// Tokens that were renewed.
    pub renewed: usize,
    /// Tokens that could not be renewed.
    pub failed: usize,
    /// Tokens that somebody else is renewing.
    pub elsewhere: usize,
    /// WeChat refuses the component as a whole: it was not asked any more.
    pub halted: bool,
    /// Time ran out, or it was of no use to go on; the next tick does.
    pub unfinished: bool,
}

/// What became of one merchant's token.
enum Renewal {
    Renewed,
    /// Somebody else is renewing it, or has.
    Elsewhere,
    /// Only the merchant can mend it.
    Lapsed,
    /// Something about this one merchant stands against it.
    Stuck,
    Failed,
    /// It is not the merchant: WeChat refuses the component.
    Halted,
    /// Storage failed.
    Unstored,
}

/// The minutes that have begun and are not recorded yet, in the order of their visits.
#[derive(Default)]
struct Minutes {
    /// How many visits have been read to their end so far.
    read: usize,
    /// Those of them that are not recorded.
    visits: VecDeque<Visit>,
    /// Which visit a call belongs to.
    calls: HashMap<task::Id, usize>,
    /// Calls under way, and whether somebody was left behind, by visit.
    open: BTreeMap<usize, (usize, bool)>,
}

impl Tokens {
    /// Renews the component's own token if less than twenty minutes of its life are left; and
    /// whatever its life if a breaker waits for a probe, which might else come in an hour. Answers
    /// when it expires, in seconds.
    pub async fn keep_component(&self, component: &AppId) -> Result<i64, TokenError> {
        let subject = Subject::Component(component.clone());
        let item = self.read(&subject).await?;
        let margin = match self.breakers.awaits_probe(component, Minting::Component).await? {
            true => WHATEVER,
            false => COMPONENT_MARGIN,
        };
        let token = match self.usable(&subject, item.as_ref(), margin)? {
            Some(token) => token,
            None => self.refresh(&subject, margin).await?,
        };
        Ok(token.expires_at)
    }

    /// Renews the tokens of the component's merchants whose minutes have come.
    pub async fn keep_merchants(
        &self,
        component: &AppId,
        work: Work,
    ) -> Result<Progress, StorageError> {
        self.keep_merchants_beside(component, &Share::new(work.at_once).part(), work.until).await
    }

    /// The same, with a part of the calls that several components have together. No refresh begins
    /// after `until`.
    pub async fn keep_merchants_beside(
        &self,
        component: &AppId,
        part: &Part,
        until: Instant,
    ) -> Result<Progress, StorageError> {
        let now = self.clock.now().as_second() / 60;
        let mut due = self.due_merchants(component, self.visits(component, now).await?);
        let bearer = Bearer::of(component);
        let mut progress = Progress { unfinished: true, ..Progress::default() };
        let mut running = JoinSet::new();
        let (mut minutes, mut lost) = (Minutes::default(), 0);
        let mut result = Ok(());
        let mut probe = None;
        while result.is_ok() && lost < STORAGE_FAILURES && !progress.halted {
            while let Some(ended) = running.try_join_next_with_id() {
                lost += minutes.ended(ended, &mut progress);
            }
            let Ok(next) = timeout_at(until, due.next()).await else { break };
            match next {
                Some(Due::Merchant { appid, version, dead_lease }) => {
                    let Ok(place) = timeout_at(until, part.place()).await else { break };
                    // What is ready at once is ready after the time is up, too.
                    if Instant::now() >= until {
                        break;
                    }
                    let (tokens, bearer) = (self.clone(), bearer.clone());
                    let subject = Subject::merchant(component, &appid);
                    let allowed = match probe.take() {
                        Some(probe) => Ok(probe),
                        // The component's token may have to be waited for. Whoever is cut off while
                        // it renews it leaves what a crash would, and the tick ends in time.
                        None => {
                            let prepared = self.prepare(&subject, &bearer);
                            let Ok(prepared) = timeout_at(until + GRACE, prepared).await else {
                                break;
                            };
                            prepared
                        }
                    };
                    let open: Vec<Open> = match allowed {
                        Ok(open) => open,
                        Err(TokenError::Storage(error)) => {
                            result = Err(error);
                            break;
                        }
                        Err(_) => {
                            progress.halted = true;
                            break;
                        }
                    };
                    let probed = open.clone();
                    let call = running.spawn(async move {
                        let dead = dead_lease.as_deref();
                        let result =
                            tokens.renew_at_once(&subject, version, dead, &bearer, &probed).await;
                        drop(place);
                        Renewal::from(result)
                    });
                    minutes.begun(call.id());
                    if open.is_empty() {
                        probe = Some(open);
                    } else if let Some(ended) = running.join_next_with_id().await {
                        // A probe is alone until WeChat has answered it.
                        match &ended {
                            Ok((_, Renewal::Renewed)) => probe = Some(Vec::new()),
                            Ok((_, renewal)) if renewal.concerns_one() => probe = Some(open),
                            _ => progress.halted = true,
                        }
                        lost += minutes.ended(ended, &mut progress);
                    }
                }
                Some(Due::Leased) => minutes.leased(&mut progress),
                Some(Due::End(visit)) => {
                    minutes.end(visit);
                    result = self.record(component, &mut minutes, now, &mut progress).await;
                }
                Some(Due::Unread(error)) => result = Err(error),
                None => {
                    progress.unfinished = false;
                    break;
                }
            }
        }
        while let Some(ended) = running.join_next_with_id().await {
            minutes.ended(ended, &mut progress);
        }
        result?;
        self.record(component, &mut minutes, now, &mut progress).await?;
        Ok(progress)
    }

    /// Notes the minutes that are over, in their order.
    async fn record(
        &self,
        component: &AppId,
        minutes: &mut Minutes,
        now: i64,
        progress: &mut Progress,
    ) -> Result<(), StorageError> {
        while let Some((visit, left)) = minutes.over() {
            self.visited(component, visit, now, left).await?;
            progress.minutes += 1;
        }
        Ok(())
    }
}

impl Minutes {
    /// A call for a merchant of the visit that is being read.
    fn begun(&mut self, call: task::Id) {
        self.calls.insert(call, self.read);
        self.open.entry(self.read).or_default().0 += 1;
    }

    /// A merchant of the visit that is being read is in somebody else's hands.
    fn leased(&mut self, progress: &mut Progress) {
        progress.elsewhere += 1;
        self.open.entry(self.read).or_default().1 = true;
    }

    /// The visit that was being read is read to its end.
    fn end(&mut self, visit: Visit) {
        self.open.entry(self.read).or_default();
        self.visits.push_back(visit);
        self.read += 1;
    }

    /// A call has ended. Answers how many failures of storage that is.
    fn ended(
        &mut self,
        ended: Result<(task::Id, Renewal), JoinError>,
        progress: &mut Progress,
    ) -> usize {
        let (call, renewal) = match ended {
            Ok(ended) => ended,
            // A panic, which was logged where it happened.
            Err(error) => (error.id(), Renewal::Failed),
        };
        match renewal {
            Renewal::Renewed => progress.renewed += 1,
            Renewal::Elsewhere => progress.elsewhere += 1,
            Renewal::Lapsed | Renewal::Stuck | Renewal::Failed | Renewal::Unstored => {
                progress.failed += 1;
            }
            Renewal::Halted => {
                progress.failed += 1;
                progress.halted = true;
            }
        }
        if let Some(open) = self.calls.remove(&call).and_then(|visit| self.open.get_mut(&visit)) {
            open.0 -= 1;
            open.1 |= !matches!(renewal, Renewal::Renewed | Renewal::Lapsed);
        }
        matches!(renewal, Renewal::Unstored).into()
    }

    /// The next visit that is over, and whether somebody was left behind.
    fn over(&mut self) -> Option<(Visit, bool)> {
        let first = self.read - self.visits.len();
        let (under_way, left) = *self.open.get(&first)?;
        if under_way > 0 {
            return None;
        }
        let visit = self.visits.pop_front()?;
        self.open.remove(&first);
        Some((visit, left))
    }
}

impl Renewal {
    /// It says nothing of the other merchants: the next one may be the probe.
    fn concerns_one(&self) -> bool {
        matches!(self, Renewal::Elsewhere | Renewal::Lapsed | Renewal::Stuck)
    }
}

impl From<Result<bool, TokenError>> for Renewal {
    fn from(result: Result<bool, TokenError>) -> Self {
        match result {
            Ok(true) => Renewal::Renewed,
            Ok(false) => Renewal::Elsewhere,
            // On record, and a matter for the merchant: it is not tried again.
            Err(TokenError::NeedsAuthorization(_)) => Renewal::Lapsed,
            Err(TokenError::Storage(_)) => Renewal::Unstored,
            Err(error) if error.concerns_component() => Renewal::Halted,
            Err(TokenError::WeChat(error)) => {
                let refused = error.as_wechat().is_some_and(|refusal| !refusal.is_busy());
                if refused { Renewal::Stuck } else { Renewal::Failed }
            }
            Err(_) => Renewal::Stuck,
        }
    }
}

impl Work {
    /// So many calls at once, for so long from now.
    pub fn for_the_next(time: Duration, at_once: usize) -> Self {
        Work { at_once, until: Instant::now() + time }
    }
}
