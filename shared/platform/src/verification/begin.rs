//! Beginning a verification, and going on with one that was sent back.

use jiff::Timestamp;
use serde_json::json;
use wechat::{
    AppId,
    endpoint::{GetAccountBasicInfo, GetCategory, Reauth, WxaAuth, WxaAuthResponse},
};

use super::{Statement, Task, TaskState, Verification, Verifications};
use crate::{
    event::kind,
    filing::today,
    orders::{Attempt, OrderError, PATIENCE, attempt},
    records::Current,
    text::Text,
};

impl Verifications {
    /// Begins a verification, or sends a corrected statement where the last one was sent back. With
    /// an application it is verification and filing in one.
    pub async fn begin(
        &self,
        component: &AppId,
        appid: &AppId,
        mut statement: Statement,
    ) -> Result<Current<Verification>, OrderError> {
        statement.check(&today(self.clock.now())).into_result::<OrderError>()?;
        let known = self.ask(component, appid).await?.record;
        if let Some(application) = statement.filing.take() {
            return self.begin_procedure(component, appid, &statement.auth, application).await;
        }
        let sent_back = known.task.filter(|task| task.state() == TaskState::SentBack);
        statement.auth.taskid = sent_back.as_ref().map(|task| task.task_id.clone());
        if sent_back.is_none() {
            self.is_ready(component, appid).await?;
        }
        self.intend(component, appid, sent_back.is_some()).await?;
        let auth_data = &statement.auth;
        let attempted = match sent_back.is_some() {
            true => attempt(&self.caller, component, appid, &Reauth { auth_data }).await,
            false => attempt(&self.caller, component, appid, &WxaAuth { auth_data }).await,
        };
        match attempted {
            Attempt::Done(answer) => self.begun(component, appid, answer).await,
            Attempt::Refused(error) => {
                self.not_begun(component, appid).await?;
                Err(error.into())
            }
            // WeChat's event names the task, and refuses a second one while it is open.
            Attempt::Unknown(error) => Err(error),
        }
    }

    /// WeChat wants a profile and a category, and says so in no words that help.
    pub(super) async fn is_ready(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<(), OrderError> {
        let (account, categories) = tokio::join!(
            self.caller.merchant(component, appid, &GetAccountBasicInfo {}),
            self.caller.merchant(component, appid, &GetCategory {}),
        );
        let account = account?;
        let is_set = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
        let avatar = account.head_image_info.as_ref().map(|it| it.head_image_url.as_str());
        let introduction = account.signature_info.as_ref().map(|it| it.signature.as_str());
        let mut missing = Vec::new();
        if !is_set(avatar) {
            missing.push(("头像", "an avatar"));
        }
        if !is_set(introduction) {
            missing.push(("简介", "an introduction"));
        }
        if categories?.category_list.is_empty() {
            missing.push(("审核通过的类目", "an approved category"));
        }
        if missing.is_empty() {
            return Ok(());
        }
        let (zh, en): (Vec<&str>, Vec<&str>) = missing.into_iter().unzip();
        Err(OrderError::wrong_state(
            Text::new(
                format!("小程序缺少：{}", zh.join("、")),
                format!("missing: {}", en.join(", ")),
            ),
            Text::fixed("请先补全，再发起认证", "complete it first, then begin the verification"),
        ))
    }

    /// Writes that an order is on its way. Nothing else may be, unless it goes on with one that was
    /// sent back.
    pub(super) async fn intend(
        &self,
        component: &AppId,
        appid: &AppId,
        goes_on: bool,
    ) -> Result<(), OrderError> {
        let change = |verification: &mut Verification, now: Timestamp| {
            if verification.pending.is_some_and(|sent| now < sent + PATIENCE) {
                return Err(OrderError::under_way());
            }
            if let Some((state, _)) = verification.latest()
                && verification.is_open()
                && !goes_on
            {
                let what_to_do = state.what_to_do().unwrap_or_else(|| state.words());
                return Err(OrderError::wrong_state(state.words(), what_to_do));
            }
            verification.pending = Some(now);
            Ok(Vec::new())
        };
        self.records.change(component, appid, change).await.map(drop)
    }

    /// WeChat has it.
    async fn begun(
        &self,
        component: &AppId,
        appid: &AppId,
        answer: WxaAuthResponse,
    ) -> Result<Current<Verification>, OrderError> {
        let change = |verification: &mut Verification, now: Timestamp| {
            verification.pending = None;
            match verification.task.as_mut().filter(|task| task.task_id == answer.taskid) {
                // Gone on with, or WeChat's event was quicker than its answer.
                Some(task) => {
                    if task.state() == TaskState::SentBack {
                        (task.apply_status, task.reason) = (Some(2), None);
                    }
                    task.url = answer.auth_url.clone().or_else(|| task.url.take());
                }
                None => {
                    verification.task =
                        Some(Task::new(&answer.taskid, answer.auth_url.clone(), now));
                }
            }
            verification.plan(now);
            Ok(vec![(kind::VERIFICATION_BEGUN, json!({ "task": answer.taskid }))])
        };
        self.records.change(component, appid, change).await
    }

    /// WeChat does not have it.
    pub(super) async fn not_begun(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<(), OrderError> {
        let change = |verification: &mut Verification, _| {
            verification.pending = None;
            Ok::<_, OrderError>(Vec::new())
        };
        self.records.change(component, appid, change).await.map(drop)
    }
}

impl Task {
    /// A task that was just begun.
    pub(super) fn new(task_id: &str, url: Option<String>, begun_at: Timestamp) -> Self {
        Task {
            task_id: task_id.to_owned(),
            url,
            begun_at,
            task_status: None,
            apply_status: None,
            order_id: None,
            reason: None,
            reviewer: None,
            asked_at: None,
        }
    }
}
