//! The introduction.

use serde_json::json;
use wechat::{AppId, endpoint::ModifySignature};

use super::{ProfileError, ProfileRecord, Profiles};
use crate::{counters::Counted, event::kind, fault::Faults, text::width, tokens::Subject};

impl Profiles {
    /// Sets the introduction. The one in force again costs none of the month's changes.
    pub async fn set_introduction(
        &self,
        component: &AppId,
        appid: &AppId,
        wanted: &str,
    ) -> Result<ProfileRecord, ProfileError> {
        let wanted = checked(wanted)?;
        let whose = Subject::merchant(component, appid);
        let account = self.basic(component, appid).await?;
        self.counters.account_told(&whose, &account).await?;
        if account.signature_info.is_some_and(|present| present.signature == wanted) {
            return self.note_introduction(component, appid, wanted, false).await;
        }
        let request = ModifySignature { signature: wanted };
        let call = self.caller.merchant(component, appid, &request);
        let set = self.counters.around::<_, ProfileError>(&whose, Counted::Introductions, call);
        if let Err(error) = set.await {
            // An answer was lost: what WeChat shows tells.
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
        let first = self.first_look(component, appid).await?;
        let record = self.note(component, appid, |record, now| {
            let is_first = record.shown.is_none();
            let first = first.as_ref().filter(|_| is_first);
            let mut told =
                first.map(|first| record.take_in(first.clone(), now)).unwrap_or_default();
            if let Some(shown) = &mut record.shown {
                wanted.clone_into(&mut shown.introduction);
                // What was shown just now counts it already.
                let used = &mut shown.introduction_changes.used;
                *used = used.map(|used| used + i64::from(is_new && !is_first));
            }
            let details = json!({ "what": "introduction" });
            told.extend(is_new.then_some((kind::PROFILE_CHANGED, details)));
            told
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
