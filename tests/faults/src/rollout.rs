//! A rollout in a schedule: what an operator and WeChat's reviewers do, what WeChat is asked for on
//! its account, and whether it comes to its end.

mod stored;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use platform::rollouts::{Order, RolloutState};
use serde_json::{Value, json};
use simulator::Verdict;
use tokio::{task::JoinSet, time::sleep};
use wechat::endpoint::GetTemplateList;

use self::stored::{Stored, Target};
use crate::{
    check::Ill,
    path::{RELEASE, SUBMIT},
    plan::{NODES, Reviewers},
    setup::{appid_of_component, merchant},
    truth::Invariant,
    world::{Limit, Sending, World},
};

/// An operator looks again after this long.
const AGAIN: Duration = Duration::from_secs(2);
/// And gives up after so many times: longer than any fault of a schedule lasts.
const PATIENCE: usize = 300;

/// What is true of a schedule's rollout.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// An operator has ordered it.
    pub(crate) is_ordered: bool,
    /// Its end was counted.
    is_counted: bool,
    /// Whom it is for.
    targets: Vec<String>,
    /// Mini programs whose review WeChat took.
    submitted: BTreeMap<String, u32>,
    /// Mini programs whose version WeChat put online.
    released: BTreeMap<String, u32>,
    /// The one that WeChat's reviewers never decide.
    undecided: Option<String>,
    /// What they said of the others: true is an approval.
    verdicts: BTreeMap<String, bool>,
}

impl World {
    /// An operator orders a rollout, and starts it when it is planned.
    pub(crate) async fn roll_out(self: &Arc<Self>, node: usize, targets: u16, first: u16) {
        let appids: Vec<String> = (0..targets).map(merchant).collect();
        {
            let mut state = self.state();
            state.truth.rollout.is_ordered = true;
            state.truth.rollout.targets.clone_from(&appids);
        }
        for look in 0..PATIENCE {
            let appids = appids.clone();
            let started = self.on((node + look) % NODES, Limit::OPERATIONS, async move |process| {
                let (platform, component) = (&process.platform, appid_of_component());
                let rollouts = &platform.rollouts;
                // Whoever was not told whether the order was taken looks before ordering again.
                let known = rollouts.list(&component, None, 1).await.ok()?.items.pop();
                let rollout = match known {
                    Some(known) => known,
                    None => {
                        let library = GetTemplateList { template_type: None };
                        let templates =
                            platform.caller.component(&component, &library).await.ok()?;
                        let template = templates.template_list.first()?.template_id;
                        let order = order(template, &appids, first);
                        rollouts.create(&component, "operator", order).await.ok()?
                    }
                };
                match rollout.state {
                    RolloutState::Planning => None,
                    RolloutState::Planned => {
                        let digest = &rollout.plan.digest;
                        let by = "operator";
                        rollouts.start(&component, &rollout.id, by, digest).await.ok().map(drop)
                    }
                    _ => Some(()),
                }
            });
            if started.await.flatten().is_some() {
                return;
            }
            sleep(AGAIN).await;
        }
    }

    /// WeChat's reviewers decide what is open, all at once.
    pub(crate) async fn review(self: &Arc<Self>, reviewers: Reviewers) {
        let rejected = reviewers.rejected.map(merchant);
        let undecided = reviewers.undecided.map(merchant);
        self.state().truth.rollout.undecided.clone_from(&undecided);
        let mut deciding = JoinSet::new();
        for appid in self.simulator().open_reviews() {
            if undecided.as_ref() == Some(&appid) {
                continue;
            }
            let is_approved = rejected.as_ref() != Some(&appid);
            {
                let mut state = self.state();
                state.sending =
                    Sending { more: reviewers.copies.saturating_sub(1), ..Sending::default() };
                state.truth.rollout.verdicts.insert(appid.clone(), is_approved);
                if is_approved {
                    state.truth.allow(&appid, RELEASE);
                }
            }
            let world = Arc::clone(self);
            deciding.spawn(async move {
                let verdict = Verdict { silent: reviewers.silent, ..Verdict::on(&appid) };
                // Others may have been quicker: all of a schedule's reviewers decide alike.
                let _ = match is_approved {
                    true => world.simulator().approve(verdict).await,
                    false => world.simulator().reject(verdict).await,
                };
            });
        }
        deciding.join_all().await;
    }

    /// One of our machines is about to ask WeChat for what must not happen twice, or unasked.
    pub(crate) fn look_at_step(&self, node: usize, request: &Request<Bytes>) {
        let path = request.uri().path();
        if ![SUBMIT, RELEASE].contains(&path) {
            return;
        }
        let at = self.elapsed();
        let mut state = self.state();
        let facts = &state.truth.rollout;
        if !facts.is_ordered {
            return;
        }
        let appid = state.truth.caller(request.uri().query().unwrap_or_default());
        let times = |of: &BTreeMap<String, u32>| of.get(&appid).copied().unwrap_or(0);
        let wrong = match path {
            SUBMIT => (times(&facts.submitted) > 0).then(|| "was submitted already".to_owned()),
            _ if !facts.targets.contains(&appid) => Some("is in no rollout".to_owned()),
            _ if facts.verdicts.get(&appid) != Some(&true) => Some("was not approved".to_owned()),
            _ if times(&facts.released) > 0 => Some("was released already".to_owned()),
            _ => out_of_turn(&Stored::read(&state.tables), &appid),
        };
        if let Some(wrong) = wrong {
            let words = format!("machine {node} calls {path} for {appid}, which {wrong}");
            state.truth.breaks(Invariant::DoneTwice, at, words);
        }
    }

    /// WeChat has answered such a call.
    pub(crate) fn note_step(&self, request: &Request<Bytes>, answer: &Response<Bytes>) {
        let path = request.uri().path();
        if ![SUBMIT, RELEASE].contains(&path) {
            return;
        }
        let given: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if given["errcode"].as_i64().unwrap_or(0) != 0 {
            return;
        }
        let mut state = self.state();
        let truth = &mut state.truth;
        let appid = truth.caller(request.uri().query().unwrap_or_default());
        let (count, done) = match path {
            SUBMIT => (&mut truth.counts.submissions, &mut truth.rollout.submitted),
            _ => (&mut truth.counts.releases, &mut truth.rollout.released),
        };
        *count += 1;
        *done.entry(appid).or_default() += 1;
    }
}

/// The version in two waves, to whom it is for, online as soon as it is approved.
fn order(template: i64, appids: &[String], first: u16) -> Order {
    let order = json!({
        "name": "夏季菜单",
        "query": { "appids": appids },
        "template_id": template,
        "user_version": "2.0.0",
        "user_desc": "夏季菜单",
        "waves": [{ "size": { "count": first } }, { "size": { "percent": 100.0 } }],
    });
    serde_json::from_value(order).expect("an order is made of plain parts")
}

/// Why it is not the turn of this one, if it is not.
fn out_of_turn(stored: &Stored, appid: &str) -> Option<String> {
    let Some(target) = stored.targets.iter().find(|target| target.appid == appid) else {
        return Some("is no target".to_owned());
    };
    let before = stored.wave_of(target).checked_sub(1)?;
    let end = stored.boundaries.get(before).copied().unwrap_or(0);
    let mut earlier = stored.targets.iter().filter(|earlier| earlier.position < end);
    let behind = earlier.find(|earlier| !earlier.is_through())?;
    Some(format!("comes after {}, which is {}", behind.appid, behind.state))
}

/// The rollout has come to its end or says what it waits for, nobody got lost on the way, and its
/// counters say the same as its targets.
pub(crate) fn examine(world: &Arc<World>, ills: &mut Vec<Ill>) {
    let mut state = world.state();
    let state = &mut *state;
    if !state.truth.rollout.is_ordered {
        return;
    }
    let stored = Stored::read(&state.tables);
    let mut ill = |invariant, waits, words| ills.push(Ill { invariant, waits, words });
    for difference in stored.miscounted() {
        ill(Invariant::NotHealed, false, difference);
    }
    let facts = &state.truth.rollout;
    let mut is_undecided = false;
    for target in &stored.targets {
        let decided = facts.verdicts.get(&target.appid);
        let released = facts.released.contains_key(&target.appid);
        let words = || format!("{} is {}: {}", target.appid, target.state, target.words);
        let expected = match target.state.as_str() {
            "released" => released,
            "rejected" => decided == Some(&false),
            "waiting" | "queued" | "committed" | "in-review" | "approved" => true,
            // Nothing of a schedule lasts so long that a target is given up, and nobody else has it.
            _ => false,
        };
        if !expected {
            ill(Invariant::EventLost, false, words());
        }
        let begun = stored.boundaries.get(stored.waves_begun.wrapping_sub(1)).copied();
        if target.is_through() || target.position >= begun.unwrap_or(0) {
            continue;
        }
        let is_awaited = facts.undecided.as_ref() == Some(&target.appid);
        match target.state.as_str() {
            "in-review" if is_awaited && target.hold_up == "review" => is_undecided = true,
            _ if stored.state == "running" && !target.is_due && target.state != "waiting" => {
                ill(Invariant::EventLost, false, format!("{}, and is never looked at", words()));
            }
            _ => ill(Invariant::EventLost, true, words()),
        }
    }
    let says_why = !stored.waits_for.is_empty() || stored.waves_begun >= stored.boundaries.len();
    match stored.state.as_str() {
        "finished" if stored.targets.iter().all(Target::is_through) => {
            if !state.truth.rollout.is_counted {
                state.truth.rollout.is_counted = true;
                state.truth.counts.rollouts_ended += 1;
            }
        }
        "running" if is_undecided && says_why => state.truth.counts.told += 1,
        other => {
            let words = format!("the rollout is {other}: {}", stored.waits_for);
            ill(Invariant::NotHealed, other != "finished", words);
        }
    }
}
