//! Administrators, payers and reviewers take a verification on, step by step.

use std::sync::Arc;

use serde::Deserialize;

use super::{Decided, FilingRemark, VerbError, component, filing::remarks, known};
use crate::{
    Simulator,
    clock::year,
    push::{Outgoing, Tweaks, compose, xml, xml_with},
    server::Inner,
    state::World,
    verbs::Target,
};

/// A step of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepVerification {
    /// The mini program.
    pub appid: String,
    /// The task; the newest if none is named.
    pub taskid: Option<String>,
    /// The administrator's part; as it is if `None`.
    pub task_status: Option<i64>,
    /// The reviewers' part; as it is if `None`. 4 verifies the owner and gives the name.
    pub apply_status: Option<i64>,
    /// Why it was sent back or failed; the event's words too.
    pub reason: String,
    /// `CreateTime` of the push; now if none is given.
    pub create_time: Option<i64>,
    /// Push nothing.
    pub silent: bool,
}

/// A step of verification and filing in one.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepProcedure {
    /// The mini program.
    pub appid: String,
    /// The procedure; the newest if none is named.
    pub procedure_id: Option<String>,
    /// Where it is now: 16 paid, 17 in review, 18 sent back, 19 verified, 20 failed for good, 22
    /// WeChat reviews the filing, 23 rejects it, 24 the authority reviews it, 25 rejects it, 26
    /// done.
    pub status: i64,
    /// Why it was sent back or failed.
    pub reason: String,
    /// What has to be corrected in the filing.
    pub remarks: Vec<FilingRemark>,
    /// Push nothing.
    pub silent: bool,
}

/// A verification that is about to expire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpiringVerification {
    /// The mini program.
    pub appid: String,
    /// The component; the first if none is named.
    pub component: Option<String>,
    /// When it expires, in seconds of Unix time.
    pub expired: i64,
    /// WeChat's words.
    pub message: String,
}

impl Simulator {
    /// A verification goes on a step; an error if there is none.
    pub async fn step_verification(&self, order: StepVerification) -> Result<Decided, VerbError> {
        step_verification(&self.inner, order).await
    }

    /// Verification and filing in one go on a step; an error if there are none.
    pub async fn step_procedure(&self, order: StepProcedure) -> Result<Decided, VerbError> {
        step_procedure(&self.inner, order).await
    }

    /// WeChat reminds of a verification that is about to expire.
    pub async fn remind_of_verification(
        &self,
        order: ExpiringVerification,
    ) -> Result<Decided, VerbError> {
        remind(&self.inner, order).await
    }
}

pub(super) async fn step_verification(
    inner: &Arc<Inner>,
    order: StepVerification,
) -> Result<Decided, VerbError> {
    let outgoing = inner.change(|world, now| {
        known(world, &order.appid)?;
        let merchant = world.merchant(&order.appid);
        let mut all = merchant.verifications.iter_mut().rev();
        let found = all.find(|it| {
            it.procedure.is_none() && order.taskid.as_ref().is_none_or(|task| *task == it.task)
        });
        let Some(verification) = found else {
            return Err(VerbError::new(format!("{} is not being verified", order.appid)));
        };
        if !verification.is_open(now) {
            return Err(VerbError::new("this verification is over"));
        }
        let before = verification.apply_status;
        verification.task_status = order.task_status.unwrap_or(verification.task_status);
        verification.apply_status = order.apply_status.unwrap_or(before);
        verification.reason.clone_from(&order.reason);
        let (task, name) = (verification.task.clone(), verification.account_name.clone());
        let after = verification.apply_status;
        let told = order.task_status.is_some_and(|status| matches!(status, 0 | 6 | 9 | 12))
            || after != before && matches!(after, 2..=5);
        if after == 4 {
            be_verified(world, &order.appid, &name, now);
        }
        if !told {
            return Ok(None);
        }
        let create_time = order.create_time.unwrap_or(now);
        verification_event(world, now, create_time, &order.appid, &task, &order.reason).map(Some)
    })?;
    Decided::by(inner, outgoing.filter(|_| !order.silent)).await
}

/// The event that tells how a verification stands.
pub(crate) fn verification_event(
    world: &mut World,
    now: i64,
    create_time: i64,
    appid: &str,
    task: &str,
    message: &str,
) -> Result<Outgoing, VerbError> {
    let found = world.merchant(appid).verifications.iter().find(|it| it.task == task).cloned();
    let Some(verification) = found else {
        return Err(VerbError::new(format!("there is no verification {task}")));
    };
    let (create_time, now_text) = (create_time.to_string(), now.to_string());
    let (task_status, apply_status) =
        (verification.task_status.to_string(), verification.apply_status.to_string());
    let elements = [
        ("AppId", verification.component.as_str()),
        ("CreateTime", &create_time),
        ("InfoType", "notify_3rd_wxa_auth"),
        ("appid", appid),
        ("task_status", &task_status),
        ("message", message),
        ("taskid", task),
        ("apply_status", &apply_status),
    ];
    let dispatch = [
        ("provider", "上海倍通企业信用征信有限公司"),
        ("contact", "热线电话：0086-13200000000"),
        ("dispatch_time", now_text.as_str()),
    ];
    // Somebody reviews only once there is something to review.
    let message = match verification.apply_status {
        0 | 1 => xml(&elements),
        _ => xml_with(&elements, &[("dispatch_info", &dispatch)]),
    };
    let component = verification.component.clone();
    Ok(compose(world, now, &component, &Target::Events, &message, &Tweaks::default())?)
}

pub(super) async fn step_procedure(
    inner: &Arc<Inner>,
    order: StepProcedure,
) -> Result<Decided, VerbError> {
    let outgoing = inner.change(|world, now| {
        known(world, &order.appid)?;
        let merchant = world.merchant(&order.appid);
        let mut all = merchant.verifications.iter_mut().rev();
        let found = all.find(|it| {
            it.procedure.is_some()
                && order.procedure_id.as_ref().is_none_or(|procedure| *procedure == it.task)
        });
        let Some(verification) = found else {
            return Err(VerbError::new(format!("{} has no such procedure", order.appid)));
        };
        if !verification.is_open(now) {
            return Err(VerbError::new("this procedure is over"));
        }
        verification.procedure = Some(order.status);
        verification.reason.clone_from(&order.reason);
        let (procedure, component) = (verification.task.clone(), verification.component.clone());
        let name = verification.account_name.clone();
        // Where the filing is meanwhile.
        if let filed @ 22..=26 = order.status {
            merchant.account.icp_status = filed - 20;
        }
        if let Some(filing) = &mut merchant.filing {
            filing.remarks = remarks(&order.remarks);
        }
        if order.status == 19 {
            be_verified(world, &order.appid, &name, now);
        }
        let (create_time, status) = (now.to_string(), order.status.to_string());
        let message = xml(&[
            ("AppId", &component),
            ("CreateTime", &create_time),
            ("InfoType", "notify_3rd_wxa_auth_and_icp"),
            ("procedure_id", &procedure),
            ("procedure_status", &status),
        ]);
        let to = Target::Events;
        let outgoing = compose(world, now, &component, &to, &message, &Tweaks::default())?;
        Ok::<_, VerbError>(Some(outgoing))
    })?;
    Decided::by(inner, outgoing.filter(|_| !order.silent)).await
}

/// The owner is verified: the name is given, and may be changed anew.
fn be_verified(world: &mut World, appid: &str, name: &str, now: i64) {
    let merchant = world.merchant(appid);
    merchant.verified = true;
    name.clone_into(&mut merchant.account.nick_name);
    merchant.names.set(&year(now), 0);
}

pub(super) async fn remind(
    inner: &Arc<Inner>,
    order: ExpiringVerification,
) -> Result<Decided, VerbError> {
    let outgoing = inner.change(|world, now| {
        known(world, &order.appid)?;
        let component = component(world, order.component.as_deref())?;
        let (create_time, expired) = (now.to_string(), order.expired.to_string());
        let message = xml(&[
            ("AppId", &component),
            ("CreateTime", &create_time),
            ("InfoType", "notify_3rd_wxa_wxverify"),
            ("appid", &order.appid),
            ("expired", &expired),
            ("message", &order.message),
        ]);
        let to = Target::Events;
        let outgoing = compose(world, now, &component, &to, &message, &Tweaks::default())?;
        Ok::<_, VerbError>(outgoing)
    })?;
    Decided::by(inner, Some(outgoing)).await
}
