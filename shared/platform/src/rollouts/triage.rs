//! What failed, grouped by cause: why, what to do, who can do it, and what to write to the merchant
//! where it is the merchant. Read from the failures themselves, so that nothing has to be counted.

use std::collections::BTreeMap;

use serde::Serialize;
use wechat::AppId;

use super::{
    RolloutError, Rollouts, hold,
    record::Rollout,
    target::{Cause, CauseKind, Target},
};
use crate::{
    explain::{Class, Explanation, explain},
    storage::Place,
    text::Text,
};

/// Failures that are looked at for the groups; more than a rollout goes on with, as a rule.
const MOST: usize = 5000;
/// Failures that are read in one go.
const PORTION: i32 = 100;
/// Mini programs of a group that are named.
const NAMED: usize = 20;

/// What failed, grouped by cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Triage {
    /// The largest group first.
    pub groups: Vec<Group>,
    /// There are so many failures that the oldest were not looked at.
    pub is_partial: bool,
}

/// Failures of one cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What they have in common; by this they are tried again.
    pub key: String,
    /// How many there are.
    pub count: u64,
    /// The cause of the newest.
    pub cause: Cause,
    /// Why it happened.
    pub why: Text,
    /// What to do about it.
    pub what_to_do: Text,
    /// Who can do it.
    pub owner: Owner,
    /// What to write to the merchant, in Chinese, where it is the merchant who can.
    pub message: Option<String>,
    /// Some of the mini programs, with their names.
    pub some: Vec<(AppId, String)>,
}

/// Who can do something about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// Whoever runs this platform.
    Us,
    /// The merchant.
    Merchant,
    /// Nobody: it passes, or WeChat has to.
    Nobody,
}

impl Rollouts {
    /// What failed, grouped by cause.
    pub async fn triage(&self, rollout: &Rollout) -> Result<Triage, RolloutError> {
        let (items, is_partial) = self.failures_of(rollout, None, MOST).await?;
        let public = &self.releases.addresses.public;
        let link = format!("{public}authorize/{}", rollout.component);
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        for item in items {
            let Target { appid, name, cause: Some(cause), .. } = item.target else { continue };
            let group = groups.entry(cause.key()).or_insert_with(|| Group::of(&cause, &link));
            group.count += 1;
            if group.some.len() < NAMED {
                group.some.push((appid, name));
            }
        }
        let mut groups: Vec<Group> = groups.into_values().collect();
        groups.sort_by(|one, other| {
            other.count.cmp(&one.count).then_with(|| one.key.cmp(&other.key))
        });
        Ok(Triage { groups, is_partial })
    }

    /// Failures, the newest first, of one cause where that is given; and whether there are more.
    pub(super) async fn failures_of(
        &self,
        rollout: &Rollout,
        cause: Option<&str>,
        most: usize,
    ) -> Result<(Vec<hold::Item>, bool), RolloutError> {
        let shard = hold::failures(&rollout.id);
        let (mut found, mut after, mut seen) = (Vec::new(), None::<Place>, 0);
        loop {
            let (places, next) = self.table.latest(&shard, after, PORTION).await?;
            seen += places.len();
            let keys = places.into_iter().map(|place| (place.pk, place.sk));
            let items: Vec<hold::Item> = self.table.skim_each(keys).await?;
            // The index is a moment behind: what was taken up again is no failure any more.
            found.extend(items.into_iter().filter(|item| {
                let key = item.target.cause.as_ref().map(Cause::key);
                item.target.state.is_failure() && (cause.is_none() || key.as_deref() == cause)
            }));
            after = next;
            if found.len() > most || seen > 4 * MOST {
                found.truncate(most);
                return Ok((found, true));
            }
            if after.is_none() {
                return Ok((found, false));
            }
        }
    }
}

impl Group {
    fn of(cause: &Cause, link: &str) -> Self {
        let known = cause
            .errcode
            .and_then(|errcode| explain(cause.path.as_deref().unwrap_or_default(), errcode));
        let owner = owner(cause, known);
        let (why, what_to_do) = match known {
            Some(known) => (known.cause.clone(), known.what_to_do.clone()),
            None => (cause.words.clone(), what_to_do(cause.kind)),
        };
        let message = (owner == Owner::Merchant).then(|| message(cause, &why, &what_to_do, link));
        Group {
            key: cause.key(),
            count: 0,
            cause: cause.clone(),
            why,
            what_to_do,
            owner,
            message,
            some: Vec::new(),
        }
    }
}

fn owner(cause: &Cause, known: Option<&Explanation>) -> Owner {
    match (cause.kind, known.map(|known| known.class)) {
        (_, Some(Class::Permission | Class::Authorization)) => Owner::Merchant,
        (_, Some(Class::Busy | Class::Quota)) => Owner::Nobody,
        (CauseKind::Authorization, _) => Owner::Merchant,
        (CauseKind::Unreachable, _) => Owner::Nobody,
        _ => Owner::Us,
    }
}

fn what_to_do(kind: CauseKind) -> Text {
    match kind {
        CauseKind::Rejected => Text::fixed(
            "按驳回原因修改代码、类目或资料后，重试这一组",
            "correct code, category or profile as the reviewers say, then try this group again",
        ),
        CauseKind::Authorization => Text::fixed(
            "把授权链接发给商家；授权恢复后重试",
            "send the authorization link to the merchant, and try again once it has authorized",
        ),
        CauseKind::Variables => Text::fixed(
            "用 POST …/variables 补上变量，然后重试",
            "set the variables by POST …/variables, then try again",
        ),
        CauseKind::State => Text::fixed(
            "按提示处理该小程序，然后重试",
            "put the mini program into the state that is asked for, then try again",
        ),
        CauseKind::Overtaken => Text::fixed(
            "确认是谁操作的；重试会重新提交代码并送审",
            "find out who did it; trying again commits and submits anew",
        ),
        CauseKind::Unreachable => Text::fixed("微信恢复后重试", "try again when WeChat answers"),
        CauseKind::OtherRollout => Text::fixed(
            "等待另一个发布结束，或在其中跳过该小程序",
            "wait for the other rollout, or leave the mini program out there",
        ),
        CauseKind::Refused => Text::fixed(
            "按微信的原文处理；不清楚时凭 rid 咨询微信",
            "go by WeChat's own words, or ask WeChat's support",
        ),
        CauseKind::Changed | CauseKind::NoVersion | CauseKind::Operator => {
            Text::fixed("无需处理", "nothing")
        }
    }
}

/// What to write to the merchant.
fn message(cause: &Cause, why: &Text, what_to_do: &Text, link: &str) -> String {
    if cause.kind == CauseKind::Authorization {
        return format!(
            "您好！您的小程序对本平台的授权已失效，新版本暂时无法发布。请小程序管理员打开链接重新授权：{link}"
        );
    }
    let end = |text: &str| text.trim_end_matches(['。', '；']).to_owned();
    format!(
        "您好！您的小程序新版本暂时无法发布，原因：{}。处理办法：{}。处理好后请回复我们，我们会继续为您发布。",
        end(&why.zh),
        end(&what_to_do.zh)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollouts::target::Step;

    fn group(kind: CauseKind, errcode: Option<i64>) -> Group {
        Group::of(
            &Cause {
                step: Step::Submit,
                errcode,
                path: errcode.map(|_| "/wxa/submit_audit".to_owned()),
                kind,
                words: Text::fixed("原因", "why"),
            },
            "https://fleet.example.com/authorize/wx1",
        )
    }

    #[test]
    fn a_group_says_who_can_do_something_and_what_to_write_to_a_merchant() {
        let gone = group(CauseKind::Authorization, None);
        assert_eq!((gone.owner, &*gone.key), (Owner::Merchant, "submit.authorization"));
        let message = gone.message.unwrap();
        assert!(message.ends_with("/authorize/wx1"), "{message}");

        let known = group(CauseKind::Refused, Some(85_008));
        assert_eq!(known.key, "submit.85008");
        assert_ne!(known.why, Text::fixed("原因", "why"), "the dictionary knows it");
        assert_eq!(group(CauseKind::Rejected, None).owner, Owner::Us);
        assert_eq!(group(CauseKind::Unreachable, Some(-1)).owner, Owner::Nobody);
    }
}
