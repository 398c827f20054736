//! Applying for a filing, taking the application back, and cancelling a filing that is in force.

use jiff::Timestamp;
use serde_json::json;
use wechat::{
    AppId,
    answer::Checked,
    endpoint::{
        ApplyIcpFiling, CancelApplyIcpFiling, CancelIcpFiling, IcpApplets, IcpCancelType,
        IcpMaterials, IcpSubject,
    },
};

use super::{Filing, FilingState, Filings, check};
use crate::{
    event::kind,
    fault::Faults,
    orders::{Attempt, OrderError, PATIENCE, attempt},
    records::Current,
    text::Text,
};

/// The parts of an application, as WeChat calls them and as we do.
pub(crate) const PARTS: [(&str, &str); 3] =
    [("icp_subject", "/subject"), ("icp_applets", "/applets"), ("icp_materials", "/materials")];

/// What is applied for.
#[derive(Debug, Clone, Default)]
pub struct Application {
    /// Who files.
    pub subject: IcpSubject,
    /// What is filed.
    pub applets: IcpApplets,
    /// With what documents.
    pub materials: IcpMaterials,
}

impl Application {
    /// Everything that is wrong with it and can be seen without WeChat. `today` is `yyyyMMdd`.
    pub fn check(&self, today: &str) -> Faults {
        check::application(self, today)
    }
}

impl Filings {
    /// Applies for a filing, for the first time or after it was sent back. WeChat is asked first how
    /// things stand. Where the application names no face check, the one that passed is used.
    pub async fn apply(
        &self,
        component: &AppId,
        appid: &AppId,
        mut application: Application,
    ) -> Result<Current<Filing>, OrderError> {
        application.check(&check::today(self.clock.now())).into_result::<OrderError>()?;
        let known = self.ask(component, appid).await?.record;
        may_apply(&known)?;
        self.complete(component, appid, &mut application).await?;
        self.begin(component, appid).await?;
        let request = ApplyIcpFiling {
            icp_subject: &application.subject,
            icp_applets: &application.applets,
            icp_materials: &application.materials,
        };
        match attempt(&self.caller, component, appid, &request).await {
            Attempt::Done(Checked::Taken(_)) => self.applied(component, appid).await,
            Attempt::Done(Checked::Refused { refusal, hints }) => {
                self.not_applied(component, appid).await?;
                Err(OrderError::faulty(refusal, hints, &PARTS))
            }
            Attempt::Refused(error) => {
                self.not_applied(component, appid).await?;
                Err(error.into())
            }
            // The intent stands; the clock finds out within a minute.
            Attempt::Unknown(error) => Err(error),
        }
    }

    /// Takes an application back that is being reviewed or was sent back.
    pub async fn withdraw(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<Filing>, OrderError> {
        self.caller.merchant(component, appid, &CancelApplyIcpFiling {}).await?;
        self.ask(component, appid).await
    }

    /// Cancels a filing that is in force: what was filed goes offline.
    pub async fn cancel(
        &self,
        component: &AppId,
        appid: &AppId,
        what: IcpCancelType,
    ) -> Result<Current<Filing>, OrderError> {
        let known = self.ask(component, appid).await?;
        if known.record.state() != FilingState::Filed {
            return Err(OrderError::wrong_state(
                known.record.state().words(),
                Text::fixed(
                    "只有已备案的小程序才能注销备案",
                    "only what is filed can be cancelled",
                ),
            ));
        }
        self.caller.merchant(component, appid, &CancelIcpFiling { cancel_type: what }).await?;
        let told = |_: &mut Filing, _| {
            Ok::<_, OrderError>(vec![(kind::FILING_CANCELING, json!({ "what": what }))])
        };
        self.records.change(component, appid, told).await?;
        self.ask(component, appid).await
    }

    /// Has an application name a face check that passed, unless it names one.
    pub(crate) async fn complete(
        &self,
        component: &AppId,
        appid: &AppId,
        application: &mut Application,
    ) -> Result<(), OrderError> {
        let named = &mut application.applets.principal_info.verify_task_id;
        if named.is_some() {
            return Ok(());
        }
        let known = self.ask(component, appid).await?.record;
        let now = self.clock.now();
        match known.face.filter(|face| face.is_good(now)) {
            Some(face) => {
                *named = Some(face.task_id);
                Ok(())
            }
            None => Err(OrderError::wrong_state(
                Text::fixed("没有已通过且有效的人脸核验", "no face check has passed and is good"),
                Text::fixed(
                    "请先发起人脸核验并等管理员完成：POST …/filing/face-check",
                    "begin a face check and wait for the administrator: POST …/filing/face-check",
                ),
            )),
        }
    }

    /// Writes that an application is on its way.
    async fn begin(&self, component: &AppId, appid: &AppId) -> Result<(), OrderError> {
        let change = |filing: &mut Filing, now: Timestamp| {
            may_apply(filing)?;
            if filing.pending.is_some_and(|sent| now < sent + PATIENCE) {
                return Err(OrderError::under_way());
            }
            filing.pending = Some(now);
            filing.next_poll = Some(now + PATIENCE);
            Ok(Vec::new())
        };
        self.records.change(component, appid, change).await.map(drop)
    }

    /// WeChat has it.
    async fn applied(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<Filing>, OrderError> {
        let change = |filing: &mut Filing, now: Timestamp| {
            filing.pending = None;
            filing.status = Some(2);
            filing.since = Some(now);
            filing.applied_at = Some(now);
            filing.remarks.clear();
            filing.next_poll = filing.interval().map(|interval| now + interval);
            Ok(vec![(kind::FILING_SUBMITTED, filing.details())])
        };
        self.records.change(component, appid, change).await
    }

    /// WeChat does not have it.
    async fn not_applied(&self, component: &AppId, appid: &AppId) -> Result<(), OrderError> {
        let change = |filing: &mut Filing, now: Timestamp| {
            filing.pending = None;
            filing.next_poll = filing.interval().map(|interval| now + interval);
            Ok::<_, OrderError>(Vec::new())
        };
        self.records.change(component, appid, change).await.map(drop)
    }
}

/// Whether an application fits how things stand.
fn may_apply(filing: &Filing) -> Result<(), OrderError> {
    let what_to_do = match filing.state() {
        FilingState::InReview => Text::fixed(
            "如需修改，请先撤回备案申请：DELETE …/filing/application",
            "to change it, take it back first: DELETE …/filing/application",
        ),
        FilingState::AtAuthority => Text::fixed("请等待管局审核", "wait for the authority"),
        FilingState::Filed => Text::fixed("无需再次备案", "nothing more has to be filed"),
        FilingState::Canceling => Text::fixed("请等待注销完成", "wait for it to be cancelled"),
        _ => return Ok(()),
    };
    Err(OrderError::wrong_state(filing.state().words(), what_to_do))
}
