//! The introduction.

use serde_json::json;
use wechat::{AppId, endpoint::ModifySignature};

use super::{Changes, ProfileError, ProfileRecord, Profiles};
use crate::{
    event::kind,
    fault::Faults,
    text::{Text, width},
};

impl Profiles {
    /// Sets the introduction. The one in force again costs none of the month's changes.
    pub async fn set_introduction(
        &self,
        component: &AppId,
        appid: &AppId,
        wanted: &str,
    ) -> Result<ProfileRecord, ProfileError> {
        let wanted = checked(wanted)?;
        let present = self.basic(component, appid).await?.signature_info;
        if present.as_ref().is_some_and(|present| present.signature == wanted) {
            return self.note_introduction(component, appid, wanted, false).await;
        }
        if present.is_some_and(|present| Changes::from(&present).are_used_up()) {
            return Err(ProfileError::wrong_state(
                Text::fixed(
                    "本期修改介绍的次数已用完",
                    "the changes of the introduction are used up",
                ),
                Text::fixed("请等到下个月", "wait for the next month"),
            ));
        }
        let request = ModifySignature { signature: wanted };
        let set = self.caller.merchant(component, appid, &request).await;
        if let Err(error) = set {
            // An answer was lost: what WeChat shows tells.
            let error = ProfileError::from(error);
            let shown = match error.is_outcome_unknown() {
                true => self.basic(component, appid).await?.signature_info,
                false => None,
            };
            if shown.is_none_or(|shown| shown.signature != wanted) {
                return Err(error);
            }
        }
        self.note_introduction(component, appid, wanted, true).await
    }

    async fn note_introduction(
        &self,
        component: &AppId,
        appid: &AppId,
        wanted: &str,
        is_new: bool,
    ) -> Result<ProfileRecord, ProfileError> {
        let record = self.note(component, appid, |record, _| {
            if let Some(shown) = &mut record.shown {
                wanted.clone_into(&mut shown.introduction);
                let used = &mut shown.introduction_changes.used;
                *used = used.map(|used| used + i64::from(is_new));
            }
            let told = (kind::PROFILE_CHANGED, json!({ "what": "introduction" }));
            if is_new { vec![told] } else { Vec::new() }
        });
        let record = record.await?;
        if is_new {
            self.show_in_lists(component, appid).await;
        }
        Ok(record)
    }
}

/// The text as it is sent. WeChat says 4 to 120 characters and not whether a Chinese one counts
/// twice: what may be right passes.
fn checked(introduction: &str) -> Result<&str, Faults> {
    let introduction = introduction.trim();
    let mut faults = Faults::default();
    if width(introduction) < 4 || introduction.chars().count() > 120 {
        faults.add("/introduction", "应为 4 至 120 个字符", "it has 4 to 120 characters");
    }
    if introduction.chars().any(|letter| letter.is_control() && letter != '\n') {
        faults.add("/introduction", "不能包含控制字符", "it holds no control characters");
    }
    faults.or(introduction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_introduction_is_as_long_as_either_reading_allows() {
        for right in ["面馆", "good", &"面".repeat(120), " 招牌牛肉面 "] {
            assert!(checked(right).is_ok(), "{right}");
        }
        for wrong in ["", "面", "abc", &"面".repeat(121), "招牌\u{7}牛肉面"] {
            assert!(checked(wrong).is_err(), "{wrong}");
        }
    }
}
