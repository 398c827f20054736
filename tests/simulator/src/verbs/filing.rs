//! Administrators show their faces, WeChat and the authority decide about filings.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Decided, VerbError, known};
use crate::{
    Simulator,
    push::{Outgoing, Tweaks, compose, xml},
    server::Inner,
    state::World,
    verbs::Target,
};

/// How a face check ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FinishFaceCheck {
    /// The mini program.
    pub appid: String,
    /// The task; the one that waits if none is named.
    pub task_id: Option<String>,
    /// Whether it is the administrator.
    pub passed: bool,
    /// The shape of the event.
    pub shape: FilingShape,
    /// Push nothing.
    pub silent: bool,
}

/// What becomes of an application for a filing.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewFiling {
    /// The mini program.
    pub appid: String,
    /// 3 WeChat rejects, 4 WeChat passes it on to the authority, 5 the authority rejects, 6 filed,
    /// 1024 the filing that was being cancelled is gone.
    pub status: i64,
    /// What has to be corrected.
    pub remarks: Vec<FilingRemark>,
    /// At the authority: 1 waits for a short message, 2 confirmed, 3 too late.
    pub sms_verify_status: i64,
    /// The shape of the event.
    pub shape: FilingShape,
    /// Push nothing.
    pub silent: bool,
}

/// Something to correct in a filing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilingRemark {
    /// The field, as people call it.
    pub key_name: String,
    /// What is wrong.
    pub error: String,
    /// What to do.
    pub suggest: String,
}

/// How the events about filings come: practice and documentation differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilingShape {
    /// XML with `InfoType` at the authorization-event URL.
    #[default]
    Seen,
    /// JSON with `Event` at the message-and-event URL.
    Documented,
}

impl Simulator {
    /// A face check ends; an error if none waits.
    pub async fn finish_face_check(&self, order: FinishFaceCheck) -> Result<Decided, VerbError> {
        finish_face_check(&self.inner, order).await
    }

    /// WeChat or the authority decides; an error if the filing is not where they decide so.
    pub async fn review_filing(&self, order: ReviewFiling) -> Result<Decided, VerbError> {
        review_filing(&self.inner, order).await
    }
}

pub(super) async fn finish_face_check(
    inner: &Arc<Inner>,
    order: FinishFaceCheck,
) -> Result<Decided, VerbError> {
    let outgoing = inner.change(|world, now| {
        known(world, &order.appid)?;
        let mut checks = world.merchant(&order.appid).face_checks.iter_mut();
        let waiting = checks.find(|check| {
            check.status(now) < 2 && order.task_id.as_ref().is_none_or(|task| *task == check.task)
        });
        let Some(check) = waiting else {
            return Err(VerbError::new(format!("{} waits for no face", order.appid)));
        };
        check.status = if order.passed { 3 } else { 2 };
        let mut about = vec![
            ("task_id", json!(check.task)),
            ("verify_appid", json!(order.appid)),
            ("result", json!(check.status)),
        ];
        if check.along_with_auth {
            about.push(("along_with_auth_result", json!(if order.passed { 9 } else { 0 })));
        }
        tell(world, now, &order.appid, "notify_icpfiling_verify_result", &about, order.shape)
    })?;
    Decided::by(inner, outgoing.filter(|_| !order.silent)).await
}

pub(super) async fn review_filing(
    inner: &Arc<Inner>,
    order: ReviewFiling,
) -> Result<Decided, VerbError> {
    let outgoing = inner.change(|world, now| {
        known(world, &order.appid)?;
        let merchant = world.merchant(&order.appid);
        let before = merchant.account.icp_status;
        let canceling = merchant.filing.as_ref().is_some_and(|filing| filing.canceling);
        match (before, order.status) {
            (2, 3 | 4) | (4, 4..=6) => {}
            (6, 1024) if canceling => {}
            (before, wanted) => {
                let message = format!("a filing of status {before} does not become {wanted}");
                return Err(VerbError::new(message));
            }
        }
        merchant.account.icp_status = order.status;
        if order.status == 1024 {
            merchant.filing = None;
        }
        if let Some(filing) = &mut merchant.filing {
            filing.sms = order.sms_verify_status;
            filing.remarks = remarks(&order.remarks);
        }
        if !matches!(order.status, 3 | 5 | 6) {
            return Ok(None);
        }
        let about =
            [("authorizer_appid", json!(order.appid)), ("beian_status", json!(order.status))];
        tell(world, now, &order.appid, "notify_apply_icpfiling_result", &about, order.shape)
    })?;
    Decided::by(inner, outgoing.filter(|_| !order.silent)).await
}

pub(super) fn remarks(remarks: &[FilingRemark]) -> Vec<Value> {
    let one = |it: &FilingRemark| json!({ "key_name": it.key_name, "error": it.error, "suggest": it.suggest });
    remarks.iter().map(one).collect()
}

/// Tells the platform that the mini program has authorized; nobody if it has none.
fn tell(
    world: &mut World,
    now: i64,
    appid: &str,
    name: &str,
    about: &[(&str, Value)],
    shape: FilingShape,
) -> Result<Option<Outgoing>, VerbError> {
    let merchant = world.merchant(appid);
    let user_name = merchant.account.user_name.clone();
    let authorized = merchant.grants.iter().find(|(_, grant)| grant.authorized);
    let Some(component) = authorized.map(|(component, _)| component.clone()) else {
        return Ok(None);
    };
    let (message, to) = match shape {
        FilingShape::Seen => {
            let values: Vec<(&str, String)> = about
                .iter()
                .map(|(name, value)| {
                    (*name, value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                })
                .collect();
            let create_time = now.to_string();
            let mut elements = vec![
                ("AppId", component.as_str()),
                ("CreateTime", &create_time),
                ("InfoType", name),
            ];
            elements.extend(values.iter().map(|(name, value)| (*name, value.as_str())));
            (xml(&elements), Target::Events)
        }
        FilingShape::Documented => {
            let mut message = json!({
                "ToUserName": user_name, "FromUserName": "od1P50M-fNQI5Gcq-trm4a7apsU8",
                "CreateTime": now, "MsgType": "event", "Event": name,
            });
            for (name, value) in about {
                message[*name] = value.clone();
            }
            (message.to_string(), Target::Messages { appid: appid.to_owned() })
        }
    };
    Ok(Some(compose(world, now, &component, &to, &message, &Tweaks::default())?))
}
