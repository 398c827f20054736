//! From a merchant's first authorization to its first release, by itself.
//!
//! A component has one [`Plan`]: what a mini program is given, and how far it is taken. Each
//! [`Onboarding`] keeps the plan as it stood when it began, and takes one step after the other
//! through the services that operators' own orders go through. It stops where somebody must act,
//! says who and what, and goes on by itself when that was done: soon after an event or an order
//! about the mini program ([`Onboardings::look_soon`]), and by the clock.
//!
//! It begins with the first authorization: the event of that is written in the transaction that
//! stores the grant, and told until it was heard; what never began, begins then, once.

mod advance;
mod board;
mod configure;
mod deliver;
mod plan;
mod record;
mod step;
mod trouble;

pub use board::{Board, Count, Filter, Listed, MAX_ROWS, Row};
pub use plan::{
    BusinessDomainsPart, CategoriesPart, KeptPlan, Plan, ReleaseWhen, ServerDomainsPart, TrialPart,
};
pub use record::{Onboarding, StepRecord, Wait};
pub use step::{Stage, State, Step, StepState, Whom};

use std::sync::Arc;

use wechat::{AppId, message::go_live::test_account};

use crate::{
    clock::Clock,
    fault::Faults,
    filing::Filings,
    mini_programs::MiniPrograms,
    privacy::Privacy,
    profile::Profiles,
    random::Random,
    records::{Current, Records},
    releases::Releases,
    settings::{Domains, Testers},
    storage::{StorageError, Table},
    text::Text,
    tokens::{Mode, Tokens},
};

/// Onboardings of every mini program. Cheap to clone.
#[derive(Clone)]
pub struct Onboardings {
    /// The table `fleet`.
    pub table: Table,
    /// Where onboardings are kept.
    pub records: Records,
    /// Whether another system has the component's tokens.
    pub tokens: Tokens,
    /// The accounts.
    pub mini_programs: MiniPrograms,
    /// Server domains and business domains.
    pub domains: Domains,
    /// Guidelines.
    pub privacy: Privacy,
    /// Who may use trial versions.
    pub testers: Testers,
    /// Categories.
    pub profiles: Profiles,
    /// ICP filings.
    pub filings: Filings,
    /// Code, reviews and releases.
    pub releases: Releases,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who goes on with an onboarding.
    pub random: Arc<dyn Random>,
}

/// An order about onboardings that was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OnboardingError {
    /// The plan cannot be right. Nothing was changed.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The order does not fit how things stand. Nothing was changed.
    #[error("{state}; {what_to_do}")]
    WrongState {
        /// How things stand.
        state: Text,
        /// What would help.
        what_to_do: Text,
    },
    /// The mini program has no onboarding.
    #[error("{0} has no onboarding")]
    NotFound(AppId),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl OnboardingError {
    fn wrong_state(state: Text, what_to_do: Text) -> Self {
        OnboardingError::WrongState { state, what_to_do }
    }
}

impl Onboardings {
    /// How an onboarding stands; one that never began has no beginning. WeChat is not asked.
    pub async fn show(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<Onboarding>, StorageError> {
        self.records.read(component, appid).await
    }

    /// Begins with the present plan; one that is there begins anew. Steps that are done already are
    /// found so.
    pub async fn begin(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<Onboarding>, OnboardingError> {
        let kept = self.plan(component).await?;
        if kept.version == 0 {
            return Err(OnboardingError::wrong_state(
                Text::fixed("还没有上线方案", "there is no plan yet"),
                Text::fixed("请先保存上线方案", "put a plan first"),
            ));
        }
        self.records
            .change(component, appid, |record: &mut Onboarding, now| Ok(record.begin(&kept, now)))
            .await
    }

    /// The mini program has authorized for the first time: it begins, if the plan is automatic and
    /// it never began before. Safe to repeat. Nothing begins in shadow mode, nor with WeChat's test
    /// accounts. Answers whether it has begun, now or before.
    pub async fn begin_first(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<bool, StorageError> {
        if test_account(appid.as_str()).is_some() {
            return Ok(false);
        }
        let kept = self.plan(component).await?;
        if !kept.plan.automatic || self.tokens.mode(component).await? == Mode::Shadow {
            return Ok(false);
        }
        let begun = self.records.change(component, appid, |record: &mut Onboarding, now| {
            Ok::<_, StorageError>(match record.began_at {
                None => record.begin(&kept, now),
                Some(_) => Vec::new(),
            })
        });
        Ok(begun.await?.record.began_at.is_some())
    }

    /// Ends it; what was done stays. One that has ended stays as it is.
    pub async fn stop(&self, component: &AppId, appid: &AppId) -> Result<(), OnboardingError> {
        let stopped = self.records.change(component, appid, |record: &mut Onboarding, now| {
            begun(record, appid)?;
            Ok::<_, OnboardingError>(record.stop(now))
        });
        stopped.await.map(drop)
    }

    /// Has its present step looked at with the next tick, whatever it waits for.
    pub async fn retry(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<Onboarding>, OnboardingError> {
        self.records
            .change(component, appid, |record: &mut Onboarding, now| {
                begun(record, appid)?;
                if record.ended_at.is_some() {
                    return Err(OnboardingError::wrong_state(
                        Text::fixed("上线流程已结束", "the onboarding has ended"),
                        Text::fixed(
                            "如需再次执行，请重新开始",
                            "begin it anew, if it is to be gone through again",
                        ),
                    ));
                }
                record.attempts = 0;
                record.look_now(now);
                Ok(Vec::new())
            })
            .await
    }

    /// Something has happened to a mini program: its onboarding, if one is under way, is looked at
    /// with the next tick. One read where there is none.
    pub async fn look_soon(&self, component: &AppId, appid: &AppId) -> Result<(), StorageError> {
        let looked = self.records.change(component, appid, |record: &mut Onboarding, now| {
            record.look_now(now);
            Ok::<_, StorageError>(Vec::new())
        });
        looked.await.map(drop)
    }
}

fn begun(record: &Onboarding, appid: &AppId) -> Result<(), OnboardingError> {
    match record.began_at {
        Some(_) => Ok(()),
        None => Err(OnboardingError::NotFound(appid.clone())),
    }
}
