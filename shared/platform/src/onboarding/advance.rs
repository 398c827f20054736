//! How an onboarding goes on: whoever takes it looks at one step after the other, until one does not
//! go on or time is up. Each step is written down before the next one is looked at, and each looks
//! first whether it is done already, so that whoever comes after a crash goes on where it happened.

use tokio::time::Instant;
use wechat::AppId;

use super::{
    Onboardings,
    record::{Onboarding, Outcome},
    step::Step,
    trouble::Trouble,
};
use crate::storage::StorageError;

impl Onboardings {
    /// Goes on with an onboarding that is due, as far as it can, and begins no step after `until`.
    /// Nothing is done where it is not due, or somebody else is at it. Safe to repeat.
    pub async fn advance(
        &self,
        component: &AppId,
        appid: &AppId,
        until: Instant,
    ) -> Result<(), StorageError> {
        let id = self.random.identifier(self.clock.now());
        let taken = self.records.change(component, appid, |record: &mut Onboarding, now| {
            record.take(&id, now);
            Ok::<_, StorageError>(Vec::new())
        });
        let mut record = taken.await?.record;
        while record.is_held_by(&id)
            && let Some(step) = record.current().map(|current| current.step)
        {
            let outcome = match Instant::now() < until {
                true => Some(Box::pin(self.look(component, appid, &record, step)).await?),
                false => None,
            };
            // Who took it over meanwhile, or ended it, knows better.
            let noted = self.records.change(component, appid, |record: &mut Onboarding, now| {
                Ok::<_, StorageError>(match &outcome {
                    _ if !record.is_held_by(&id) => Vec::new(),
                    Some(outcome) => record.note(step, outcome, now),
                    None => {
                        record.let_go(now);
                        Vec::new()
                    }
                })
            });
            record = noted.await?.record;
        }
        Ok(())
    }

    /// Looks at a step, and takes it if it has not been taken.
    async fn look(
        &self,
        component: &AppId,
        appid: &AppId,
        record: &Onboarding,
        step: Step,
    ) -> Result<Outcome, StorageError> {
        let looked = async {
            match step {
                Step::Authorization => self.authorization(component, appid).await,
                Step::ServerDomains => self.server_domains(component, appid, record).await,
                Step::BusinessDomains => self.business_domains(component, appid, record).await,
                Step::Privacy => self.guideline(component, appid, record).await,
                Step::Testers => self.bind_testers(component, appid, record).await,
                Step::Categories => self.categories(component, appid, record).await,
                Step::Trial => self.trial(component, appid, record).await,
                Step::Filing => self.filing(component, appid).await,
                Step::Review => self.review(component, appid, record).await,
                Step::Release => self.release(component, appid, record).await,
            }
        };
        match looked.await {
            Ok(outcome) => Ok(outcome),
            Err(trouble) => {
                tracing::info!(%component, %appid, ?step, ?trouble, "an onboarding does not go on");
                Trouble::outcome(trouble, self.clock.now())
            }
        }
    }
}
