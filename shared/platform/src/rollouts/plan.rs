//! Planning: who matches is found page by page, gets a position and the exact request that will be
//! made for it, or the reason for which it is left out. Positions follow from what was written so
//! far, so that a page which is planned again after a crash is written over with itself.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use wechat::AppId;

use super::{
    RolloutError, Rollouts,
    hold::{self, Mark, Next, mark_key},
    record::{Item, Rollout, RolloutState, partition_of},
    render,
    target::{Cause, CauseKind, Step, Target, TargetState},
};
use crate::{
    event::kind,
    mini_programs::CODE_PERMISSION_SET,
    releases::{ReviewState, Standing, Submission},
    segments::{Member, Query},
    storage::{Item as Stored, StorageError},
    text::Text,
};

/// Accounts that are looked at in one go.
const PORTION: usize = 100;
/// Writes that are under way at once.
const AT_ONCE: usize = 16;
/// Those who came later are looked for so often.
pub(super) const SEARCH: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// The exact request of one target, frozen while it was planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) position: u64,
    /// The settings, filled in.
    pub(super) ext: Map<String, Value>,
    /// What is said to the reviewer about this one, where that is something of its own.
    #[serde(default)]
    pub(super) submission: Option<Submission>,
}

/// What will be done for one target.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The settings, filled in for it.
    pub ext: Map<String, Value>,
    /// What differs from the settings that were committed last; none where nobody knows those.
    pub differences: Option<Vec<render::Difference>>,
    /// What is said to the reviewer.
    pub submission: Submission,
}

/// A mini program that matches and is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Excluded {
    /// The mini program.
    pub appid: AppId,
    /// Its name.
    pub name: String,
    /// The reason's stable name.
    pub reason: String,
    /// The reason in words, with what to do.
    pub words: Text,
}

#[derive(Serialize, Deserialize)]
struct ExcludedItem {
    pk: String,
    sk: String,
    #[serde(flatten)]
    excluded: Excluded,
}

const EXCLUDED: &str = "excluded#";

impl Rollouts {
    /// The request of one target.
    pub(super) async fn request(
        &self,
        component: &AppId,
        id: &str,
        appid: &AppId,
    ) -> Result<Option<Request>, StorageError> {
        self.table.read(&partition_of(component, id), &request_sort(appid)).await
    }

    /// What will be done, or was done, for one target.
    pub async fn planned(&self, rollout: &Rollout, appid: &AppId) -> Result<Planned, RolloutError> {
        let request = self.request(&rollout.component, &rollout.id, appid).await?;
        let request = request.ok_or_else(|| RolloutError::NoTarget(appid.to_string()))?;
        let committed = self.releases.committed_settings(&rollout.component, appid).await?;
        let differences = committed.map(|mut committed| {
            committed.remove("extAppid");
            render::differences(&Value::Object(committed), &Value::Object(request.ext.clone()))
        });
        let submission = request.submission.unwrap_or_else(|| rollout.order.submission.clone());
        Ok(Planned { ext: request.ext, differences, submission })
    }

    /// Those who match and are left out, a page at a time.
    pub async fn excluded(
        &self,
        rollout: &Rollout,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<super::Page<Excluded>, RolloutError> {
        let after = cursor.map(super::read_cursor).transpose()?;
        let limit = limit.clamp(1, super::MAX_PAGE) as i32;
        let pk = partition_of(&rollout.component, &rollout.id);
        let (items, next) =
            self.table.page::<ExcludedItem>(&pk, EXCLUDED, after.as_deref(), limit).await?;
        let items = items.into_iter().map(|item| item.excluded).collect();
        Ok(super::Page { items, next: next.map(super::write_cursor) })
    }

    /// Plans one page. True if there is another.
    pub(super) async fn plan_page(&self, held: &mut Item) -> Result<bool, RolloutError> {
        let rollout = &held.rollout;
        let (component, order, plan) = (&rollout.component, &rollout.order, &rollout.plan);
        let (members, next) = if plan.canaries_done {
            let after = plan.after.as_ref().map(AppId::as_str);
            let (mut found, next) =
                self.segments.scan(component, &order.query, after, PORTION).await?;
            found.retain(|member| !order.canaries.contains(&member.account.appid));
            (found, next)
        } else if order.canaries.is_empty() {
            (Vec::new(), None)
        } else {
            let within = &order.query.appids;
            let named = order.canaries.iter().filter(|it| within.is_empty() || within.contains(it));
            let named = Query { appids: named.cloned().collect(), ..order.query.clone() };
            match named.appids.is_empty() {
                true => (Vec::new(), None),
                false => self.segments.scan(component, &named, None, PORTION).await?,
            }
        };
        let was_canaries = !plan.canaries_done;
        self.write_down(held, members).await?;
        let now = self.clock.now();
        let rollout = &mut held.rollout;
        if was_canaries {
            rollout.plan.canaries_done = true;
            self.save_rollout(held, Vec::new()).await?;
            return Ok(true);
        }
        rollout.plan.after = next.and_then(|after| after.parse().ok());
        if rollout.plan.after.is_some() {
            self.save_rollout(held, Vec::new()).await?;
            return Ok(true);
        }
        self.planned_wholly(held).await?;
        held.rollout.plan.searched_at = Some(now);
        let is_new = held.rollout.state == RolloutState::Planning;
        let told = if is_new { vec![kind::ROLLOUT_PLANNED] } else { Vec::new() };
        if is_new {
            held.rollout.state = RolloutState::Planned;
        }
        self.save_rollout(held, told).await?;
        Ok(false)
    }

    /// Everybody was looked at: where the waves end, and what WeChat has left for them.
    async fn planned_wholly(&self, held: &mut Item) -> Result<(), RolloutError> {
        let rollout = &mut held.rollout;
        let total = rollout.plan.targets;
        match rollout.boundaries.last_mut() {
            // Those who came later belong to the last wave.
            Some(last) => *last = total,
            None => rollout.boundaries = rollout.order.boundaries(total),
        }
        rollout.plan.search_at = rollout.order.follow.then(|| self.clock.now() + SEARCH);
        let (component, id) = (rollout.component.clone(), rollout.id.clone());
        let first = self.target_item(&component, &id, 0).await?;
        if let Some(first) = first.filter(|_| held.rollout.state == RolloutState::Planning) {
            let quota = self.ask_reviews(&component, &first.target.appid).await;
            held.rollout.plan.quota = quota
                .inspect_err(|error| tracing::warn!(%error, rollout = id, "quota is not known"))
                .unwrap_or_default();
        }
        Ok(())
    }

    /// Gives each member a position, or the reason for which it has none.
    async fn write_down(&self, held: &mut Item, members: Vec<Member>) -> Result<(), RolloutError> {
        let rollout = &held.rollout;
        let (component, id) = (rollout.component.clone(), rollout.id.clone());
        let pk = partition_of(&component, &id);
        let keys = members.iter().map(|member| mark_key(&component, &member.account.appid));
        let marks: Vec<Mark> = self.table.skim_each(keys).await?;
        let marks: HashMap<AppId, String> =
            marks.into_iter().map(|mark| (mark.appid, mark.rollout)).collect();
        let is_search = !rollout.boundaries.is_empty();
        let now = self.clock.now();
        let (mut plan, mut writes) = (rollout.plan.clone(), Vec::new());
        for member in members {
            let appid = member.account.appid.clone();
            let elsewhere = marks.get(&appid).is_some_and(|other| *other != id);
            let fits = check(rollout, &member, elsewhere);
            if is_search && let Some(known) = self.target_of(rollout, &appid).await? {
                if fits.is_ok() {
                    self.mended(rollout, known).await?;
                }
                continue;
            }
            match fits {
                Err((reason, words)) => {
                    *plan.excluded.entry(reason.to_owned()).or_default() += 1;
                    let name = member.account.profile.nick_name;
                    let excluded =
                        Excluded { appid: appid.clone(), name, reason: reason.to_owned(), words };
                    let sk = format!("{EXCLUDED}{appid}");
                    writes.push(self.table.item(&ExcludedItem { pk: pk.clone(), sk, excluded })?);
                }
                Ok(ext) => {
                    let position = plan.targets;
                    plan.targets += 1;
                    plan.digest = digest(&plan.digest, &appid, rollout, &ext);
                    let target = Target {
                        position,
                        appid: appid.clone(),
                        name: member.account.profile.nick_name,
                        state: TargetState::Waiting,
                        version: 0,
                        wave: None,
                        before: None,
                        is_first: false,
                        gray: None,
                        commit_id: None,
                        audit_id: None,
                        cause: None,
                        hold_up: None,
                        attempts: 0,
                        is_retry: false,
                        changed_at: now,
                        epoch: self.epoch,
                    };
                    let item = hold::Item {
                        pk: pk.clone(),
                        sk: hold::sort(position),
                        target,
                        lease_owner: None,
                        lease_until: 0,
                        saved_by: None,
                        due_shard: None,
                        due_at: None,
                    };
                    writes.push(self.table.item(&item)?);
                    let sk = request_sort(&appid);
                    let request = Request { pk: pk.clone(), sk, position, ext, submission: None };
                    writes.push(self.table.item(&request)?);
                }
            }
        }
        self.put_all(writes).await?;
        held.rollout.plan = plan;
        Ok(())
    }

    /// A target that failed for want of an authorization or of a variable, and has it now, is
    /// tried again.
    async fn mended(&self, rollout: &Rollout, known: hold::Item) -> Result<(), RolloutError> {
        let waits = known.target.cause.as_ref().is_some_and(|cause| {
            matches!(cause.kind, CauseKind::Authorization | CauseKind::Variables)
        });
        if known.target.state == TargetState::Failed && waits {
            let target = again(&known.target, self.clock.now());
            self.move_target(rollout, known, target, Next::At(self.clock.now())).await?;
        }
        Ok(())
    }

    async fn put_all(&self, items: Vec<Stored>) -> Result<(), StorageError> {
        let mut running = JoinSet::new();
        let mut items = items.into_iter();
        loop {
            while running.len() < AT_ONCE
                && let Some(item) = items.next()
            {
                let table = self.table.clone();
                running.spawn(async move { table.put(item).await });
            }
            let Some(ended) = running.join_next().await else { return Ok(()) };
            ended.map_err(|panic| self.table.error("PutItem", panic.to_string()))??;
        }
    }
}

/// A target that is tried again from the beginning.
pub(super) fn again(target: &Target, now: jiff::Timestamp) -> Target {
    Target {
        state: TargetState::Queued,
        commit_id: None,
        audit_id: None,
        cause: None,
        hold_up: None,
        attempts: 0,
        is_retry: true,
        changed_at: now,
        ..target.clone()
    }
}

/// A variable that the merchant has not, as a cause.
pub(super) fn missing(names: &BTreeSet<String>) -> Cause {
    Cause {
        step: Step::Commit,
        errcode: None,
        path: None,
        kind: CauseKind::Variables,
        words: missing_words(names),
    }
}

fn missing_words(names: &BTreeSet<String>) -> Text {
    let names = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    Text::new(
        format!("缺少变量 {names}；请用 POST …/variables 补上"),
        format!("the variables {names} are missing; set them by POST …/variables"),
    )
}

fn request_sort(appid: &AppId) -> String {
    format!("request#{appid}")
}

/// The digest of the plan up to and including this target.
fn digest(before: &str, appid: &AppId, rollout: &Rollout, ext: &Map<String, Value>) -> String {
    let mut digest = Sha256::new();
    let order = &rollout.order;
    let template = order.template_id.to_string();
    let request = Value::Object(ext.clone()).to_string();
    let parts = [before, appid.as_str(), &*template, &*order.user_version, &*request];
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The settings of a member, or the reason for which it is left out.
fn check(
    rollout: &Rollout,
    member: &Member,
    elsewhere: bool,
) -> Result<Map<String, Value>, (&'static str, Text)> {
    let Member { account, standing } = member;
    let profile = &account.profile;
    if !account.is_authorized() {
        return Err((
            "not-authorized",
            Text::fixed(
                "商家未授权；请发送授权链接",
                "the merchant has not authorized; send the authorization link",
            ),
        ));
    }
    if account.profile_refreshed_at.is_some() && !profile.is_mini_program {
        return Err(("no-mini-program", Text::fixed("不是小程序", "it is no mini program")));
    }
    if !account.permission_sets.contains(&CODE_PERMISSION_SET) {
        return Err((
            "permission-18",
            Text::fixed(
                "缺少权限集 18（开发管理）；请商家重新授权并勾选",
                "permission set 18 (code) is missing; have the merchant authorize again with it",
            ),
        ));
    }
    if matches!(profile.account_status, Some(14 | 16 | 19)) {
        return Err((
            "account-restricted",
            Text::fixed("账号已注销、封禁或冻结", "the account is cancelled, banned or frozen"),
        ));
    }
    if elsewhere {
        return Err((
            "other-rollout",
            Text::fixed("正在另一个发布计划中", "another rollout has it at the moment"),
        ));
    }
    if let Some(reason) = in_the_way(rollout, standing) {
        return Err(reason);
    }
    render::render(&rollout.order.ext, &render::variables(account))
        .map_err(|missing| ("variables", missing_words(&missing)))
}

fn in_the_way(rollout: &Rollout, standing: &Standing) -> Option<(&'static str, Text)> {
    let replace = rollout.order.replace;
    match standing.review_state() {
        Some(state) if state.is_at_wechat() || state == ReviewState::Submitting => Some((
            "review-under-way",
            Text::fixed(
                "有版本正在审核；请等待结果或撤回",
                "a version is in review; wait for the decision or withdraw it",
            ),
        )),
        Some(ReviewState::Preparing) if !replace => Some((
            "review-preparing",
            Text::fixed(
                "审核正在准备；请撤回，或设置 replace 放弃它",
                "a review is being prepared; withdraw it, or set replace to give it up",
            ),
        )),
        Some(ReviewState::Approved) if !replace => Some((
            "approved-unreleased",
            Text::fixed(
                "有审核通过、尚未发布的版本；请先发布，或设置 replace 放弃它",
                "an approved version waits for its release; release it, or set replace to give it up",
            ),
        )),
        _ => None,
    }
}
