//! What WeChat shows and tells: asked by operators, after its events, and by the clock.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use wechat::{
    AppId,
    endpoint::{QueryAuth, QueryAuthAndIcp},
    message::{WxaAuth, WxaVerifyExpiry},
};

use super::{Procedure, Reviewer, Task, Verification, Verifications};
use crate::{event::kind, filing::Remark, orders::OrderError, records::Current};

/// A question that failed is asked again after this long.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);

impl Verifications {
    /// Asks WeChat how everything stands that was begun here and is not over, and keeps it. Safe to
    /// repeat.
    pub async fn ask(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<Verification>, OrderError> {
        let mut current = self.show(component, appid).await?;
        let task = current.record.task.clone().filter(|task| task.state().is_open());
        if let Some(Task { task_id, .. }) = task {
            current = self.ask_task(component, appid, &task_id).await?;
        }
        let procedure = current.record.procedure.clone().filter(|it| it.state().is_open());
        if let Some(Procedure { procedure_id, .. }) = procedure {
            current = self.ask_procedure(component, appid, &procedure_id).await?;
        }
        Ok(current)
    }

    /// Asks because it is time; what cannot be asked is asked again later.
    pub async fn poll(&self, component: &AppId, appid: &AppId) -> Result<(), OrderError> {
        match self.ask(component, appid).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let later = self.clock.now() + AGAIN;
                self.records.postpone::<Verification>(component, appid, later).await?;
                Err(error)
            }
        }
    }

    /// WeChat's event about a verification. A task that was not known, because the answer that named
    /// it was lost or because it was begun elsewhere, is taken in unless another one is open.
    pub async fn note_event(
        &self,
        component: &AppId,
        appid: &AppId,
        event: &WxaAuth,
        create_time: i64,
    ) -> Result<(), OrderError> {
        let Some(task_id) = event.taskid.as_deref() else {
            return self.ask(component, appid).await.map(drop);
        };
        let happened = Timestamp::from_second(create_time).unwrap_or_else(|_| self.clock.now());
        let change = |verification: &mut Verification, now: Timestamp| {
            let is_known = verification.task.as_ref().is_some_and(|it| it.task_id == task_id);
            if !is_known && !verification.is_open() {
                verification.pending = None;
                verification.task = Some(Task::new(task_id, None, happened));
                verification.plan(now);
            }
            if let Some(task) = verification.task.as_mut().filter(|it| it.task_id == task_id)
                && let Some(dispatch) = &event.dispatch_info
            {
                task.reviewer = Some(Reviewer {
                    name: dispatch.provider.clone(),
                    contact: dispatch.contact.clone(),
                });
            }
            Ok::<_, OrderError>(Vec::new())
        };
        let known = self.records.change(component, appid, change).await?.record;
        if known.task.is_some_and(|task| task.task_id == task_id) {
            self.ask_task(component, appid, task_id).await?;
        }
        Ok(())
    }

    /// WeChat's reminder of a verification that is about to expire.
    pub async fn note_expiry(
        &self,
        component: &AppId,
        appid: &AppId,
        event: &WxaVerifyExpiry,
    ) -> Result<(), OrderError> {
        let expires_at = event.expired.and_then(|time| Timestamp::from_second(time).ok());
        let change = |verification: &mut Verification, _| {
            let is_new =
                verification.expires_at != expires_at || verification.expiry_words != event.message;
            verification.expires_at = expires_at;
            verification.expiry_words.clone_from(&event.message);
            let details = json!({ "expires_at": expires_at, "reason": event.message });
            let told = is_new.then_some((kind::VERIFICATION_EXPIRES, details));
            Ok::<_, OrderError>(told.into_iter().collect())
        };
        self.records.change(component, appid, change).await.map(drop)
    }

    /// Asks how a procedure stands; the filing in it stands in the filing's own record too.
    pub async fn ask_procedure(
        &self,
        component: &AppId,
        appid: &AppId,
        procedure_id: &str,
    ) -> Result<Current<Verification>, OrderError> {
        let shown =
            self.caller.merchant(component, appid, &QueryAuthAndIcp { procedure_id }).await?;
        let audit = shown.icp_audit.as_ref();
        let remarks: Vec<Remark> = audit
            .into_iter()
            .flat_map(|audit| {
                let checked = audit.hints.iter().map(|hint| Remark {
                    field: hint.err_field.clone(),
                    error: hint.errmsg.clone(),
                    suggestion: String::new(),
                });
                checked.chain(audit.audit_data.iter().map(Remark::from))
            })
            .collect();
        let change = |verification: &mut Verification, now: Timestamp| {
            let before = verification.latest().map(|(state, _)| state);
            let procedure = verification.procedure.as_mut();
            let Some(procedure) = procedure.filter(|it| it.procedure_id == procedure_id) else {
                return Ok(Vec::new());
            };
            procedure.status = Some(shown.procedure_status);
            procedure.asked_at = Some(now);
            procedure.order_id.clone_from(&shown.orderid);
            procedure.reason = shown.refill_reason.clone().or_else(|| shown.fail_reason.clone());
            procedure.remarks.clone_from(&remarks);
            verification.plan(now);
            Ok::<_, OrderError>(verification.told(before))
        };
        let current = self.records.change(component, appid, change).await?;
        self.filings.ask(component, appid).await?;
        Ok(current)
    }

    async fn ask_task(
        &self,
        component: &AppId,
        appid: &AppId,
        task_id: &str,
    ) -> Result<Current<Verification>, OrderError> {
        let shown = self.caller.merchant(component, appid, &QueryAuth { taskid: task_id }).await?;
        let change = |verification: &mut Verification, now: Timestamp| {
            let before = verification.latest().map(|(state, _)| state);
            let Some(task) = verification.task.as_mut().filter(|it| it.task_id == task_id) else {
                return Ok(Vec::new());
            };
            task.task_status = shown.task_status;
            task.apply_status = shown.apply_status;
            task.asked_at = Some(now);
            task.order_id.clone_from(&shown.orderid);
            task.reason = shown.refill_reason.clone().or_else(|| shown.fail_reason.clone());
            verification.plan(now);
            Ok::<_, OrderError>(verification.told(before))
        };
        self.records.change(component, appid, change).await
    }
}
