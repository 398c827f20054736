//! The name: looked up, asked for with its proofs, followed to the reviewers' decision.

use wechat::{
    AppId,
    endpoint::{
        ApiWxaQueryNickname, ApiWxaQueryNicknameResponse, CheckWxVerifyNickname, SetNickname,
        SetNicknameResponse,
    },
};

use super::{NameReview, NameState, ProfileError, ProfileRecord, Profiles, record::Row};
use crate::{
    call::CallError,
    counters::Counted,
    explain::explain,
    fault::Faults,
    text::{Text, width},
    tokens::Subject,
};

/// The shortest name, where a Chinese character counts as two.
const SHORTEST: usize = 4;
/// The longest name, in characters.
const LONGEST: usize = 30;
/// Other proofs that an order may name.
const OTHER_MATERIALS: usize = 5;
/// The longest media id.
const LONGEST_MEDIA_ID: usize = 256;
/// A name is in review already.
const IN_REVIEW: i64 = 91_019;
/// Too many questions about names; it says nothing about this one.
const TOO_MANY_QUESTIONS: i64 = 53_011;

/// Whether a name could be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameCheck {
    /// It could.
    Free,
    /// It could, with proofs: which, in WeChat's words.
    NeedsProof(String),
    /// It could not.
    Refused {
        /// WeChat's code.
        errcode: i64,
        /// Why not.
        cause: Text,
        /// What to do about it.
        what_to_do: Text,
    },
}

/// A name that somebody wishes for. Proofs are media ids of [`Profiles::keep_material`].
#[derive(Debug, Clone, Default)]
pub struct NameOrder {
    /// The name.
    pub name: String,
    /// A person's identity card.
    pub id_card: Option<String>,
    /// An organisation's licence.
    pub license: Option<String>,
    /// Other proofs, five at most.
    pub other_materials: Vec<String>,
}

impl Profiles {
    /// Asks whether a name could be given.
    pub async fn check_name(
        &self,
        component: &AppId,
        appid: &AppId,
        name: &str,
    ) -> Result<NameCheck, ProfileError> {
        let mut faults = Faults::default();
        let name = checked_name(name, &mut faults);
        faults.or(())?;
        let request = CheckWxVerifyNickname { nick_name: name };
        match self.caller.merchant(component, appid, &request).await {
            Ok(answer) if answer.hit_condition => {
                Ok(NameCheck::NeedsProof(answer.wording.unwrap_or_default()))
            }
            Ok(_) => Ok(NameCheck::Free),
            Err(error) => match verdict(&error) {
                Some(refused) => Ok(refused),
                None => Err(error.into()),
            },
        }
    }

    /// Asks for a name. The one in force, or in review, again costs none of the year's changes;
    /// so an order whose answer was lost may be sent again.
    pub async fn set_name(
        &self,
        component: &AppId,
        appid: &AppId,
        order: &NameOrder,
    ) -> Result<ProfileRecord, ProfileError> {
        let name = order.check()?;
        let whose = Subject::merchant(component, appid);
        let account = self.basic(component, appid).await?;
        self.counters.account_told(&whose, &account).await?;
        let present = account.nickname_info;
        let mut row = self.read(component, appid).await?;
        let known = row.record.name.as_ref().filter(|known| known.name == name);
        if present.is_some_and(|present| present.nickname == name) {
            return self.name_is_in_force(component, appid, name, row).await;
        }
        let review = row.record.name.as_ref().filter(|it| it.state == NameState::InReview);
        match (known.map(|known| known.state), review) {
            (Some(NameState::InReview), _) => return Ok(row.record),
            (_, Some(review)) => {
                return Err(ProfileError::wrong_state(
                    Text::new(
                        format!("名称“{}”正在审核", review.name),
                        format!("the name {} is in review", review.name),
                    ),
                    Text::fixed("请等审核结束后再改", "wait for the review to end"),
                ));
            }
            _ => {}
        }
        let was_asked = known.is_some_and(|known| known.state == NameState::Asking);
        // The same order again was counted when it was sent first.
        if !was_asked {
            self.change_left(&whose, Counted::Names).await?;
        }
        let before = row.record.name.clone();
        row.record.name = Some(NameReview {
            name: name.to_owned(),
            state: NameState::Asking,
            audit_id: None,
            words: None,
            asked_at: self.clock.now(),
            decided_at: None,
        });
        self.save(row, Vec::new()).await?;

        let request = order.request(name);
        let call = self.caller.merchant(component, appid, &request);
        let asked = match was_asked {
            true => call.await.map_err(ProfileError::from),
            false => self.counters.around(&whose, Counted::Names, call).await,
        };
        match asked {
            Ok(answer) => self.name_was_answered(component, appid, name, &answer).await,
            // The order before this one was taken after all, and its answer lost.
            Err(ProfileError::Call(error)) if was_asked && error.errcode() == Some(IN_REVIEW) => {
                self.name_is_in_review(component, appid, name, None, None).await
            }
            // The record says that nobody knows; WeChat is asked in a while.
            Err(error) if error.is_outcome_unknown() => {
                tracing::warn!(%component, %appid, %error, "no answer to an order of a name");
                self.record(component, appid).await
            }
            Err(error) => {
                self.note(component, appid, |record, _| {
                    record.name.clone_from(&before);
                    Vec::new()
                })
                .await?;
                Err(error)
            }
        }
    }

    async fn name_was_answered(
        &self,
        component: &AppId,
        appid: &AppId,
        name: &str,
        answer: &SetNicknameResponse,
    ) -> Result<ProfileRecord, ProfileError> {
        if let Some(audit_id) = answer.review() {
            let words = answer.wording.clone();
            return self.name_is_in_review(component, appid, name, Some(audit_id), words).await;
        }
        let row = self.read(component, appid).await?;
        self.name_is_in_force(component, appid, name, row).await
    }

    async fn name_is_in_review(
        &self,
        component: &AppId,
        appid: &AppId,
        name: &str,
        audit_id: Option<i64>,
        words: Option<String>,
    ) -> Result<ProfileRecord, ProfileError> {
        self.note(component, appid, |record, _| {
            // Its event may have been quicker.
            let asked = record.name.as_mut().filter(|it| it.name == name);
            if let Some(asked) = asked.filter(|it| it.state == NameState::Asking) {
                asked.state = NameState::InReview;
                asked.audit_id = audit_id;
                asked.words = words.clone().filter(|words| !words.is_empty());
            }
            Vec::new()
        })
        .await
    }

    /// The name is in force; nothing to be told where that was known.
    async fn name_is_in_force(
        &self,
        component: &AppId,
        appid: &AppId,
        name: &str,
        row: Row,
    ) -> Result<ProfileRecord, ProfileError> {
        let is_ours = row.record.name.as_ref().is_some_and(|known| known.name == name);
        let record = self.note(component, appid, |record, now| {
            let shown = record.shown.as_mut().filter(|shown| shown.name != name);
            if let Some(shown) = shown {
                name.clone_into(&mut shown.name);
                let used = &mut shown.name_changes.used;
                *used = used.map(|used| used + 1);
            }
            if !is_ours {
                return Vec::new();
            }
            record.decide_name(name, true, None, now).into_iter().collect()
        });
        let record = record.await?;
        self.show_in_lists(component, appid).await;
        Ok(record)
    }

    /// What WeChat says about the name that is in review; none if none is, or if it has no number.
    pub(super) async fn ask_about_name(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<ApiWxaQueryNicknameResponse>, ProfileError> {
        let row = self.read(component, appid).await?;
        let review = row.record.name.filter(|name| name.state == NameState::InReview);
        let Some(audit_id) = review.and_then(|name| name.audit_id) else { return Ok(None) };
        let answer =
            self.caller.merchant(component, appid, &ApiWxaQueryNickname { audit_id }).await;
        Ok(Some(answer?))
    }
}

/// What WeChat's refusal to a question says about the name; none if it says nothing.
fn verdict(error: &CallError) -> Option<NameCheck> {
    let CallError::WeChat(error) = error else { return None };
    let refusal = error.as_wechat()?;
    let errcode = refusal.errcode;
    if !(53_010..=53_019).contains(&errcode) || errcode == TOO_MANY_QUESTIONS {
        return None;
    }
    let known = explain(refusal.path, errcode);
    let own = || Text::new(refusal.errmsg.clone(), refusal.errmsg.clone());
    Some(NameCheck::Refused {
        errcode,
        cause: known.map_or_else(own, |known| known.cause.clone()),
        what_to_do: known.map_or_else(
            || Text::fixed("请换一个名称", "choose another name"),
            |known| known.what_to_do.clone(),
        ),
    })
}

impl NameOrder {
    /// The name as it is sent; everything that is wrong with the order.
    fn check(&self) -> Result<&str, Faults> {
        let mut faults = Faults::default();
        let name = checked_name(&self.name, &mut faults);
        for (field, media_id) in [("id_card", &self.id_card), ("license", &self.license)] {
            if let Some(media_id) = media_id {
                check_media_id(&format!("/{field}"), media_id, &mut faults);
            }
        }
        if self.other_materials.len() > OTHER_MATERIALS {
            faults.add("/other_materials", "最多 5 份", "there are 5 at most");
        }
        for (place, media_id) in self.other_materials.iter().enumerate() {
            check_media_id(&format!("/other_materials/{place}"), media_id, &mut faults);
        }
        faults.or(name)
    }

    fn request<'a>(&'a self, name: &'a str) -> SetNickname<'a> {
        let other = |place: usize| self.other_materials.get(place).map(String::as_str);
        SetNickname {
            nick_name: name,
            id_card: self.id_card.as_deref(),
            license: self.license.as_deref(),
            naming_other_stuff_1: other(0),
            naming_other_stuff_2: other(1),
            naming_other_stuff_3: other(2),
            naming_other_stuff_4: other(3),
            naming_other_stuff_5: other(4),
        }
    }
}

fn checked_name<'a>(name: &'a str, faults: &mut Faults) -> &'a str {
    let name = name.trim();
    // A Chinese character counts as two; what may be right for either reading passes.
    if width(name) < SHORTEST || name.chars().count() > LONGEST {
        faults.add(
            "/name",
            "应为 4 至 30 个字符，一个汉字算两个",
            "it has 4 to 30 characters, a Chinese one counting as two",
        );
    }
    if name.contains("小程序") {
        faults.add("/name", "不能包含“小程序”", "it does not contain 小程序");
    }
    faults.visible("/name", name, false);
    name
}

/// Whether a text may be a media id of WeChat's.
pub(super) fn check_media_id(pointer: &str, media_id: &str, faults: &mut Faults) {
    let sound = media_id.bytes().all(|byte| byte.is_ascii_graphic());
    if !(1..=LONGEST_MEDIA_ID).contains(&media_id.len()) || !sound {
        faults.add(
            pointer,
            "应为上传材料后得到的 media_id",
            "it is the media_id that the upload of the material answered",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_wechat_would_not_take_costs_none_of_the_years_changes() {
        let pointers = |name: &str| {
            let mut faults = Faults::new();
            checked_name(name, &mut faults);
            faults.list().len()
        };
        for right in ["面馆", "KFC1", "城南面馆", &"字".repeat(30)] {
            assert_eq!(pointers(right), 0, "{right}");
        }
        for wrong in ["", "a", "面", "abc", &"字".repeat(31), "面馆\u{202e}", "面馆小程序"]
        {
            assert_eq!(pointers(wrong), 1, "{wrong}");
        }
    }

    #[test]
    fn an_order_is_refused_with_all_its_faults() {
        let order = NameOrder {
            name: "城南面馆小程序\u{7}".to_owned(),
            id_card: Some(String::new()),
            license: Some("media id".to_owned()),
            other_materials: vec!["ok".to_owned(); 6],
        };
        let faults = order.check().unwrap_err().0;
        let pointers: Vec<&str> = faults.iter().map(|fault| &*fault.pointer).collect();
        assert_eq!(pointers, ["/name", "/name", "/id_card", "/license", "/other_materials"]);
        let order = NameOrder { name: " 城南面馆 ".to_owned(), ..NameOrder::default() };
        assert_eq!(order.check().unwrap(), "城南面馆");
    }
}
