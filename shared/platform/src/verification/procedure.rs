//! Verification and filing in one.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use wechat::{
    AppId,
    answer::Checked,
    endpoint::{AuthData, SubmitAuthAndIcp, SubmitAuthAndIcpResponse},
};

use super::{Procedure, TaskState, Verification, Verifications};
use crate::{
    event::kind,
    filing::{Application, PARTS},
    orders::{Attempt, OrderError, attempt},
    records::Current,
    storage::{StorageError, number, text},
};

/// WeChat's events name a procedure alone; whose it is, is remembered for so long.
const KEPT: SignedDuration = SignedDuration::from_hours(366 * 24);

#[derive(Deserialize)]
struct Owner {
    appid: AppId,
}

impl Verifications {
    /// Begins verification and filing in one, or sends both again where the last one was sent back.
    pub(super) async fn begin_procedure(
        &self,
        component: &AppId,
        appid: &AppId,
        auth: &AuthData,
        mut application: Application,
    ) -> Result<Current<Verification>, OrderError> {
        let known = self.show(component, appid).await?.record;
        let goes_on = known.procedure.is_some_and(|procedure| {
            matches!(procedure.state(), TaskState::SentBack | TaskState::FilingRejected)
        });
        if !goes_on {
            self.is_ready(component, appid).await?;
        }
        self.filings.complete(component, appid, &mut application).await?;
        self.intend(component, appid, goes_on).await?;
        let request = SubmitAuthAndIcp {
            auth_data: auth,
            icp_subject: &application.subject,
            icp_applets: &application.applets,
            icp_materials: &application.materials,
        };
        match attempt(&self.caller, component, appid, &request).await {
            Attempt::Done(Checked::Taken(answer)) => {
                self.procedure_begun(component, appid, auth, answer).await
            }
            Attempt::Done(Checked::Refused { refusal, hints }) => {
                self.not_begun(component, appid).await?;
                let within = PARTS.map(|(theirs, ours)| (theirs, format!("/filing{ours}")));
                let mut parts: Vec<(&str, &str)> =
                    within.iter().map(|(theirs, ours)| (*theirs, ours.as_str())).collect();
                parts.push(("auth_data", "/auth"));
                Err(OrderError::faulty(refusal, hints, &parts))
            }
            Attempt::Refused(error) => {
                self.not_begun(component, appid).await?;
                Err(error.into())
            }
            Attempt::Unknown(error) => Err(error),
        }
    }

    /// The mini program whose procedure this is, if it was begun here.
    pub async fn owner(
        &self,
        component: &AppId,
        procedure_id: &str,
    ) -> Result<Option<AppId>, StorageError> {
        let owner: Option<Owner> =
            self.table.read(&partition(component, procedure_id), OWNER).await?;
        Ok(owner.map(|owner| owner.appid))
    }

    async fn procedure_begun(
        &self,
        component: &AppId,
        appid: &AppId,
        auth: &AuthData,
        answer: SubmitAuthAndIcpResponse,
    ) -> Result<Current<Verification>, OrderError> {
        self.remember(component, appid, &answer.procedure_id).await?;
        // The merchant pays first, otherwise reviewers begin.
        let status = if auth.pay_type == 2 { 15 } else { 17 };
        let change = |verification: &mut Verification, now: Timestamp| {
            verification.pending = None;
            verification.procedure = Some(Procedure {
                procedure_id: answer.procedure_id.clone(),
                pay_url: answer.pay_url.clone(),
                begun_at: now,
                status: Some(status),
                order_id: None,
                reason: None,
                remarks: Vec::new(),
                asked_at: None,
            });
            verification.plan(now);
            let details = json!({ "procedure": answer.procedure_id });
            Ok(vec![(kind::VERIFICATION_BEGUN, details)])
        };
        self.records.change(component, appid, change).await
    }

    async fn remember(
        &self,
        component: &AppId,
        appid: &AppId,
        procedure_id: &str,
    ) -> Result<(), StorageError> {
        let expires_at = (self.clock.now() + KEPT).as_second();
        let item: [(&str, AttributeValue); 4] = [
            ("pk", text(partition(component, procedure_id))),
            ("sk", text(OWNER)),
            ("appid", text(appid.as_str())),
            ("expires_at", number(expires_at)),
        ];
        let item = item.map(|(name, value)| (name.to_owned(), value));
        self.table.create(item.into_iter().collect()).await.map(drop)
    }
}

const OWNER: &str = "owner";

fn partition(component: &AppId, procedure_id: &str) -> String {
    format!("procedure#{component}#{procedure_id}")
}
