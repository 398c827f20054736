//! The administrator shows his face.

use jiff::Timestamp;
use serde_json::json;
use wechat::{AppId, endpoint::CreateIcpVerifyTask};

use super::{FaceCheck, FaceState, Filing, Filings};
use crate::{event::kind, orders::OrderError, records::Current};

impl Filings {
    /// Has the administrator show his face, which WeChat notifies him of; he has 24 hours. While a
    /// check waits, that one is answered. `along_with_auth`: it shall serve WeChat's verification
    /// too, and has a link to be sent to him.
    pub async fn begin_face_check(
        &self,
        component: &AppId,
        appid: &AppId,
        along_with_auth: bool,
    ) -> Result<Current<Filing>, OrderError> {
        let known = self.show(component, appid).await?;
        let now = self.clock.now();
        let is_open = |face: &FaceCheck| {
            let waits = face.state == FaceState::Waiting && now < face.waits_until();
            face.along_with_auth == along_with_auth && (waits || face.is_good(now))
        };
        if known.record.face.as_ref().is_some_and(is_open) {
            return Ok(known);
        }
        let request = CreateIcpVerifyTask { along_with_auth: along_with_auth.then_some(true) };
        let begun = self.caller.merchant(component, appid, &request).await?;
        let change = |filing: &mut Filing, now: Timestamp| {
            filing.face = Some(FaceCheck {
                task_id: begun.task_id.clone(),
                along_with_auth,
                url: begun.verify_url.clone(),
                state: FaceState::Waiting,
                begun_at: now,
            });
            filing.next_poll = filing.interval().map(|interval| now + interval);
            Ok(vec![(kind::FILING_FACE_BEGUN, json!({ "along_with_auth": along_with_auth }))])
        };
        self.records.change(component, appid, change).await
    }
}
