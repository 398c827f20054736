//! How a mini program broke WeChat's rules, and the appeals against that. WeChat's events only make
//! us ask, and so does each night, for events get lost; appeals are made in WeChat's console.

mod record;

pub use record::{Appeal, AppealState, Punishment, PunishmentRecord};

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;
use wechat::{
    AppId,
    endpoint::{GetAppealRecords, GetIllegalRecords, IllegalRecord},
};

use crate::{
    actor::Actor,
    call::Caller,
    clock::Clock,
    nightly::{Checked, Walk},
    orders::OrderError,
    records::{Current, Records},
    storage::StorageError,
    text::Text,
};

/// Punishments whose appeals are asked for at once, at most.
const MOST_ASKED: usize = 20;

/// Punishments of every mini program. Cheap to clone.
#[derive(Clone)]
pub struct Punishments {
    /// Where they are kept.
    pub records: Records,
    /// How WeChat is called.
    pub caller: Caller,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Punishments {
    /// The punishments as last known, the newest first. WeChat is not asked.
    pub async fn show(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<PunishmentRecord>, StorageError> {
        self.records.read(component, appid).await
    }

    /// Asks WeChat for the punishments of the last ninety days and the appeals against the newest,
    /// and keeps them. Safe to repeat.
    pub async fn ask(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<PunishmentRecord>, OrderError> {
        let records = self.recorded(component, appid).await?;
        self.take_in(component, appid, records).await
    }

    /// Goes on with this night's look for punishments whose events were lost, if it is night in
    /// Beijing, until the time is up: one question a mini program, and no write where there are none.
    pub async fn check_at_night(
        &self,
        component: &AppId,
        until: Instant,
    ) -> Result<Checked, StorageError> {
        let clock = self.clock.as_ref();
        let walk = Walk { table: &self.records.table, clock, name: "punishment-checks" };
        let look = |appid: AppId| {
            let (punishments, component) = (self.clone(), component.clone());
            async move {
                match punishments.recorded(&component, &appid).await? {
                    none if none.is_empty() => Ok(()),
                    some => punishments.take_in(&component, &appid, some).await.map(drop),
                }
            }
        };
        walk.go_on::<_, OrderError>(component, until, look).await
    }

    /// The punishments of the last ninety days, as WeChat shows them.
    async fn recorded(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Vec<IllegalRecord>, OrderError> {
        let request = GetIllegalRecords::default();
        Ok(self.caller.merchant(component, appid, &request).await?.records)
    }

    async fn take_in(
        &self,
        component: &AppId,
        appid: &AppId,
        mut records: Vec<IllegalRecord>,
    ) -> Result<Current<PunishmentRecord>, OrderError> {
        records.sort_by_key(|record| std::cmp::Reverse(record.create_time));
        let mut appeals = Vec::new();
        for record in records.iter().take(MOST_ASKED) {
            let request = GetAppealRecords { illegal_record_id: &record.illegal_record_id };
            let shown = self.caller.merchant(component, appid, &request).await?;
            appeals.push((record.illegal_record_id.clone(), shown.records));
        }
        let change = |kept: &mut PunishmentRecord, now: Timestamp| {
            Ok::<_, OrderError>(kept.shown(&records, &appeals, now))
        };
        self.records.change(component, appid, change).await
    }

    /// An operator has seen to a punishment: it needs nobody any more.
    pub async fn acknowledge(
        &self,
        component: &AppId,
        appid: &AppId,
        id: &str,
    ) -> Result<Current<PunishmentRecord>, OrderError> {
        let change = |kept: &mut PunishmentRecord, now: Timestamp| {
            let punishment = kept.punishments.iter_mut().find(|punishment| punishment.id == id);
            let Some(punishment) = punishment else {
                return Err(OrderError::NotFound(Text::fixed(
                    "没有这条处罚记录",
                    "there is no such punishment",
                )));
            };
            if punishment.acknowledged_at.is_none() {
                punishment.acknowledged_at = Some(now);
                punishment.acknowledged_by = Some(Actor::present());
            }
            Ok(Vec::new())
        };
        self.records.change(component, appid, change).await
    }
}
