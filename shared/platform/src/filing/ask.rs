//! What WeChat shows: asked by operators, after its events, and by the clock.

use jiff::{SignedDuration, Timestamp};
use wechat::{
    AppId,
    endpoint::{FaceStatus, GetIcpEntranceInfo, QueryIcpVerifyTask},
};

use super::{FaceCheck, FaceState, Filing, Filings};
use crate::{orders::OrderError, records::Current};

/// A question that failed is asked again after this long.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);

impl Filings {
    /// Asks WeChat how the filing stands, and the face check if one is open, and keeps it. Safe to
    /// repeat.
    pub async fn ask(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<Filing>, OrderError> {
        let before = self.show(component, appid).await?.record;
        let open = before.face.filter(|face| face.state == FaceState::Waiting);
        if let Some(face) = open {
            self.ask_open_face(component, appid, &face).await?;
        }
        let shown = self.caller.merchant(component, appid, &GetIcpEntranceInfo {}).await?;
        let change = |filing: &mut Filing, now: Timestamp| Ok(filing.shown(&shown.info, now));
        self.records.change(component, appid, change).await
    }

    /// Asks WeChat how a face check stands, and keeps it if it is the one that is kept.
    pub async fn ask_face(
        &self,
        component: &AppId,
        appid: &AppId,
        task_id: &str,
    ) -> Result<Current<Filing>, OrderError> {
        let shown = self.caller.merchant(component, appid, &QueryIcpVerifyTask { task_id }).await?;
        let change = |filing: &mut Filing, _| {
            Ok::<_, OrderError>(filing.face_shown(task_id, shown.face_status))
        };
        self.records.change(component, appid, change).await
    }

    /// WeChat forgets a check whose time is over: then it failed. The filing is asked for all the
    /// same.
    async fn ask_open_face(
        &self,
        component: &AppId,
        appid: &AppId,
        face: &FaceCheck,
    ) -> Result<(), OrderError> {
        let task_id = face.task_id.as_str();
        match self.ask_face(component, appid, task_id).await {
            Err(OrderError::Call(error)) if error.errcode().is_some() => {
                tracing::warn!(%component, %appid, %error, "WeChat does not show a face check");
                let change = |filing: &mut Filing, now: Timestamp| {
                    Ok::<_, OrderError>(match now < face.waits_until() {
                        true => Vec::new(),
                        false => filing.face_shown(task_id, FaceStatus::Failed),
                    })
                };
                self.records.change(component, appid, change).await.map(drop)
            }
            asked => asked.map(drop),
        }
    }

    /// Asks because it is time; what cannot be asked is asked again later.
    pub async fn poll(&self, component: &AppId, appid: &AppId) -> Result<(), OrderError> {
        match self.ask(component, appid).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let later = self.clock.now() + AGAIN;
                self.records.postpone::<Filing>(component, appid, later).await?;
                Err(error)
            }
        }
    }
}
