//! What reviewers decide: by events, and by asking in case those were lost.

use wechat::{
    AppId,
    message::{WxaCategoryAudit, WxaNicknameAudit},
};

use super::{ProfileError, ProfileRecord, Profiles};

/// `ret` of an event: it is in force.
const PASSED: i64 = 3;
/// `ret` of an event: it is refused.
const REFUSED: i64 = 2;

impl Profiles {
    /// Takes in a decision about a name. Safe to repeat.
    pub async fn note_name_event(
        &self,
        component: &AppId,
        appid: &AppId,
        event: &WxaNicknameAudit,
    ) -> Result<(), ProfileError> {
        let Some(passed) = decision(event.ret) else { return Ok(()) };
        self.note(component, appid, |record, now| {
            let reason = event.reason.clone();
            record.decide_name(&event.nickname, passed, reason, now).into_iter().collect()
        })
        .await?;
        if passed {
            self.show_in_lists(component, appid).await;
        }
        Ok(())
    }

    /// Takes in a decision about a category. Safe to repeat.
    pub async fn note_category_event(
        &self,
        component: &AppId,
        appid: &AppId,
        event: &WxaCategoryAudit,
    ) -> Result<(), ProfileError> {
        let (Some(passed), Some(first), Some(second)) =
            (decision(event.ret), event.first, event.second)
        else {
            return Ok(());
        };
        self.note(component, appid, |record, now| {
            let reason = event.reason.clone();
            record.decide_category((first, second), passed, reason, now).into_iter().collect()
        })
        .await?;
        if passed {
            self.show_in_lists(component, appid).await;
        }
        Ok(())
    }

    /// Asks WeChat what became of reviews, without an order. Safe to repeat.
    pub async fn advance(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<ProfileRecord, ProfileError> {
        let row = self.read(component, appid).await?;
        let now = self.clock.now();
        if row.record.due_at().is_none_or(|due| due > now) {
            return Ok(row.record);
        }
        match self.show(component, appid).await {
            Err(ProfileError::Call(error)) => {
                // Noted, so that it is not asked again at once.
                self.note(component, appid, |record, now| {
                    record.asked_at = Some(now);
                    Vec::new()
                })
                .await?;
                Err(error.into())
            }
            result => result,
        }
    }
}

fn decision(ret: Option<i64>) -> Option<bool> {
    match ret {
        Some(PASSED) => Some(true),
        Some(REFUSED) => Some(false),
        _ => None,
    }
}
