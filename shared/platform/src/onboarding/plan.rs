//! The plan of a component's onboardings: what a mini program is given, and how far it is taken. A
//! part that is left out is a step left out. Each part is what its own route takes, and is checked
//! as there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wechat::{AppId, endpoint::ServerDomains};

use super::{OnboardingError, Onboardings, step::Step};
use crate::{
    fault::Faults,
    privacy::{Guideline, GuidelineVersion},
    profile::CategoryOrder,
    releases::{NewTrial, Submission},
    rollouts::check_variables,
    settings::{Domains, Testers},
    storage::{StorageError, Transaction},
    text::Text,
};

/// Testers in a plan, at most. Ours: WeChat's own limit depends on the account.
const MOST_TESTERS: usize = 50;
/// A plan as JSON, in bytes: each onboarding keeps the one that it began with.
const LONGEST: usize = 128 * 1024;
const SORT: &str = "plan";

/// What a mini program is given on its way to its first release.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Mini programs that authorize for the first time begin by themselves.
    pub automatic: bool,
    /// Server domains.
    pub server_domains: Option<ServerDomainsPart>,
    /// Business domains.
    pub business_domains: Option<BusinessDomainsPart>,
    /// The privacy guideline of the version in development.
    pub privacy: Option<Guideline>,
    /// WeChat ids of people who may use the trial version.
    pub testers: Option<Vec<String>>,
    /// Service categories.
    pub categories: Option<CategoriesPart>,
    /// The code.
    pub trial: Option<TrialPart>,
    /// What is said to the reviewer; where it is left out, an operator submits.
    pub review: Option<Submission>,
    /// How the approved version goes online.
    pub release: Option<ReleaseWhen>,
}

/// Server domains, see [`Domains::set_server`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerDomainsPart {
    /// The six lists.
    pub domains: ServerDomains,
    /// By which way.
    pub direct: Option<bool>,
}

/// Business domains, see [`Domains::set_business`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessDomainsPart {
    /// Each with `https://`.
    pub domains: Vec<String>,
    /// By which way.
    pub direct: Option<bool>,
}

/// Service categories, see [`Profiles::add_categories`](crate::profile::Profiles::add_categories).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CategoriesPart {
    /// The categories.
    pub categories: Vec<CategoryOrder>,
    /// Why more than the usual number are needed.
    pub reason: Option<String>,
}

/// Code, see [`NewTrial`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrialPart {
    /// The template.
    pub template_id: i64,
    /// The version's name.
    pub user_version: String,
    /// A word about the version.
    pub user_desc: String,
    /// The settings (`ext_json`) with variables in them, `{{shop}}`.
    pub ext: Map<String, Value>,
}

/// How an approved version goes online.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseWhen {
    /// An operator releases it.
    ByHand,
    /// As soon as it is approved.
    OnApproval,
}

/// A plan as it is kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeptPlan {
    /// Goes up by one with every change; 0 where there is no plan yet.
    pub version: u64,
    /// The plan.
    pub plan: Plan,
    /// When it was changed last.
    pub changed_at: Option<Timestamp>,
    /// Who changed it last.
    pub changed_by: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    pk: String,
    sk: String,
    version: u64,
    plan: Plan,
    changed_at: Timestamp,
    changed_by: String,
}

impl Plan {
    /// Everything that is wrong with it, as far as it can be told without WeChat.
    pub fn check(&self) -> Faults {
        let mut faults = Faults::new();
        if let Some(part) = &self.server_domains {
            faults.within("/server_domains", Domains::check_server(&part.domains));
        }
        if let Some(part) = &self.business_domains {
            faults.within("/business_domains", Domains::check_business(&part.domains));
        }
        if let Some(guideline) = &self.privacy {
            faults.within("/privacy", guideline.check(GuidelineVersion::Development));
        }
        if let Some(testers) = &self.testers {
            faults.entries("/testers", testers.len(), 0..=MOST_TESTERS);
            for (place, tester) in testers.iter().enumerate() {
                faults.read(format!("/testers/{place}"), Testers::check(tester));
                let why = ("与前面的体验者重复", "it stands there twice");
                let again = testers[..place].contains(tester);
                faults.unless(!again, format!("/testers/{place}"), why.0, why.1);
            }
        }
        if let Some(part) = &self.categories {
            let wrong = CategoryOrder::check(&part.categories, part.reason.as_deref());
            faults.within("/categories", wrong);
        }
        if let Some(part) = &self.trial {
            faults.within("/trial", part.check());
        }
        if let Some(submission) = &self.review {
            faults.within("/review", submission.check());
            faults.unless(
                self.trial.is_some(),
                "/trial",
                "自动提交审核时必须同时填写 trial，以免提交了别的代码",
                "is needed where a review is submitted by itself, lest other code is submitted",
            );
        }
        let bytes = serde_json::to_vec(self).map_or(usize::MAX, |bytes| bytes.len());
        let why = ("方案过长，总共不能超过 128 KB", "must not be longer than 128 KB in all");
        faults.unless(bytes <= LONGEST, "", why.0, why.1);
        faults
    }

    /// Whether it has something for a step. The merchant's authorization, the filing and the review
    /// are on everybody's way.
    pub(super) fn has(&self, step: Step) -> bool {
        match step {
            Step::Authorization | Step::Filing | Step::Review => true,
            Step::ServerDomains => self.server_domains.is_some(),
            Step::BusinessDomains => self.business_domains.is_some(),
            Step::Privacy => self.privacy.is_some(),
            Step::Testers => self.testers.is_some(),
            Step::Categories => self.categories.is_some(),
            Step::Trial => self.trial.is_some(),
            Step::Release => self.release.is_some(),
        }
    }
}

impl TrialPart {
    fn check(&self) -> Faults {
        let mut faults = self.of(self.ext.clone(), None).faults();
        faults.0.extend(check_variables(&self.ext));
        faults
    }

    /// The order to upload it with these settings.
    pub(super) fn of(&self, ext: Map<String, Value>, by: Option<String>) -> NewTrial {
        NewTrial {
            template_id: self.template_id,
            user_version: self.user_version.clone(),
            user_desc: self.user_desc.clone(),
            ext,
            replace: false,
            by,
        }
    }
}

impl Onboardings {
    /// The plan of a component; an empty one where there is none yet.
    pub async fn plan(&self, component: &AppId) -> Result<KeptPlan, StorageError> {
        let entry: Option<Entry> = self.table.read(&partition(component), SORT).await?;
        Ok(entry.map(KeptPlan::from).unwrap_or_default())
    }

    /// Puts a plan in the place of the one of the version `before`. Onboardings that have begun keep
    /// the one that they began with.
    pub async fn put_plan(
        &self,
        component: &AppId,
        before: u64,
        plan: Plan,
        by: &str,
    ) -> Result<KeptPlan, OnboardingError> {
        plan.check().into_result::<OnboardingError>()?;
        let entry = Entry {
            pk: partition(component),
            sk: SORT.to_owned(),
            version: before + 1,
            plan,
            changed_at: self.clock.now(),
            changed_by: by.to_owned(),
        };
        let write = self.table.put_after(before, self.table.item(&entry)?)?;
        match self.table.transact(vec![write]).await? {
            Transaction::Written => Ok(entry.into()),
            Transaction::Refused(_) => Err(OnboardingError::wrong_state(
                Text::fixed(
                    "其他人刚刚修改了上线方案，本次修改没有生效",
                    "somebody else changed the plan just now; this change is not in force",
                ),
                Text::fixed("请重新读取后再修改", "read it again, then change it"),
            )),
        }
    }
}

impl From<Entry> for KeptPlan {
    fn from(entry: Entry) -> Self {
        KeptPlan {
            version: entry.version,
            plan: entry.plan,
            changed_at: Some(entry.changed_at),
            changed_by: Some(entry.changed_by),
        }
    }
}

fn partition(component: &AppId) -> String {
    format!("onboarding-plan#{component}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_that_is_wrong_with_a_plan_is_named_by_its_place() {
        let plan: Plan = serde_json::from_value(json!({
            "server_domains": { "domains": { "requestdomain": ["http://a.example.com"] } },
            "business_domains": { "domains": ["https://m.example.com:8443"] },
            "privacy": { "owner": {}, "statements": [] },
            "testers": ["someone", "some one"],
            "categories": { "categories": [{ "first": 1, "second": 2 }, { "first": 1, "second": 2 }] },
            "trial": { "template_id": -1, "user_version": "",
                "ext": { "extAppid": "wx", "directCommit": true, "shop": "{{a b}}" } },
            "review": { "feedback_info": "长".repeat(201) },
        }))
        .unwrap();

        let faults = plan.check();

        let places: Vec<&str> = faults.list().iter().map(|fault| &*fault.pointer).collect();
        assert_eq!(
            places,
            [
                "/server_domains/domains/requestdomain/0",
                "/business_domains/domains/0",
                "/privacy/owner",
                "/privacy/owner/notice_method",
                "/privacy/statements",
                "/testers/1",
                "/categories/categories/1",
                "/trial/user_version",
                "/trial/template_id",
                "/trial/ext/directCommit",
                "/trial/ext/extAppid",
                "/trial/ext/shop",
                "/review/feedback_info",
            ]
        );
    }

    #[test]
    fn a_review_by_itself_is_of_code_that_the_plan_names() {
        let plan = Plan { review: Some(Submission::default()), ..Plan::default() };
        assert_eq!(plan.check().list()[0].pointer, "/trial");
        assert!(Plan::default().check().is_empty());
    }
}
