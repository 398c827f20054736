//! What WeChat's events say about registrations. Which one they are about they tell by its task, in
//! one of two fields, or, in their older shape, by the company, the person or the mini program.

use jiff::Timestamp;
use wechat::{
    AppId,
    message::{FastRegistration, RegistrationDetails, TrialConversion, TrialRegistration},
};

use super::{
    Registration, RegistrationError, RegistrationKind, RegistrationState, RegistrationTrouble,
    Registrations, order, stage::EVENT,
};
use crate::{event::kind, explain::explain, text::Text};

/// A registration is told to be still under way.
const STILL_RUNNING: i64 = -2;
/// How often a write is tried that somebody else's came before.
const ATTEMPTS: usize = 5;

/// How a registration ended, as an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// 0 is success.
    status: i64,
    /// WeChat's words for it.
    words: Option<String>,
    /// The mini program.
    appid: Option<AppId>,
    /// What may be the task.
    tasks: Vec<String>,
    /// For whom it may be.
    subjects: Vec<String>,
    /// When it was, in seconds.
    at: i64,
}

impl Outcome {
    /// Of the event of an enterprise's or a person's registration.
    pub fn of_registration(event: &FastRegistration, at: i64) -> Self {
        let info = event.info.clone().unwrap_or_default();
        Outcome::new(event.status, &event.msg, &event.appid, &info, at)
    }

    /// Of the event of a trial mini program.
    pub fn of_trial(event: &TrialRegistration, at: i64) -> Self {
        let info = RegistrationDetails {
            taskid: event.info.as_ref().and_then(|info| info.unique_id.clone()),
            ..RegistrationDetails::default()
        };
        Outcome::new(event.status, &event.msg, &event.appid, &info, at)
    }

    /// Of the event of a trial mini program's conversion.
    pub fn of_conversion(event: &TrialConversion, at: i64) -> Self {
        let info = event.info.clone().unwrap_or_default();
        let mut outcome = Outcome::new(event.status, &event.msg, &event.appid, &info, at);
        // Not for the company: that one may have a registration of its own.
        outcome.subjects.clear();
        let appid = outcome.appid.as_ref();
        outcome.subjects.extend(appid.map(|appid| order::subject(&["appid", appid.as_str()])));
        outcome
    }

    fn new(
        status: i64,
        words: &Option<String>,
        appid: &Option<String>,
        info: &RegistrationDetails,
        at: i64,
    ) -> Self {
        let code = info.code.as_deref().map(|code| order::subject(&["code", code]));
        let person = info.wxuser.as_deref().map(|id| order::subject(&["person", id]));
        Outcome {
            status,
            words: words.clone(),
            appid: appid.as_deref().and_then(|appid| appid.parse().ok()),
            tasks: info.taskid.iter().chain(&info.code).cloned().collect(),
            subjects: code.into_iter().chain(person).collect(),
            at,
        }
    }

    /// Whether the person did not come to the end of it in time.
    fn is_too_late(&self) -> bool {
        (100_001..=100_003).contains(&self.status)
    }

    fn trouble(&self, kind: RegistrationKind) -> RegistrationTrouble {
        let advice = Text::fixed(
            "请按原因处理后重新发起（renewal）",
            "do what the reason asks for, then renew it",
        );
        match (explain(EVENT, self.status), &self.words) {
            // WeChat's words speak of a company's legal person, whom a person has not.
            (Some(_), _) if self.is_too_late() && kind == RegistrationKind::Personal => {
                RegistrationTrouble {
                    code: Some(self.status),
                    words: Text::fixed(
                        "对方没有在 24 小时内完成确认",
                        "the person did not confirm within 24 hours",
                    ),
                    what_to_do: Text::fixed(
                        "请重新发起（renewal），并提醒对方及时确认",
                        "renew it and remind the person",
                    ),
                }
            }
            (Some(known), _) => RegistrationTrouble {
                code: Some(self.status),
                words: known.cause.clone(),
                what_to_do: known.what_to_do.clone(),
            },
            (None, words) => {
                let (status, words) = (self.status, words.as_deref().unwrap_or_default());
                RegistrationTrouble {
                    code: Some(status),
                    words: Text::new(
                        format!("微信返回状态 {status} {words}"),
                        format!("WeChat says {status} {words}"),
                    ),
                    what_to_do: advice,
                }
            }
        }
    }
}

impl Registrations {
    /// Takes in how a registration ended. None where it is not one of ours. Safe to repeat, and in
    /// any order with the clock and with renewals.
    pub async fn note(
        &self,
        component: &AppId,
        outcome: &Outcome,
    ) -> Result<Option<Registration>, RegistrationError> {
        let Some(id) = self.find_for(component, outcome).await? else { return Ok(None) };
        for _ in 0..ATTEMPTS {
            let mut row = self.read(component, &id).await?;
            let now = self.clock.now();
            let Some(told) = apply(&mut row.registration, outcome, now) else {
                return Ok(Some(row.registration));
            };
            match self.save(row, Some(told)).await {
                Err(RegistrationError::Busy(_)) => {}
                result => return Ok(Some(result?.registration)),
            }
        }
        Err(RegistrationError::Busy(id))
    }

    async fn find_for(
        &self,
        component: &AppId,
        outcome: &Outcome,
    ) -> Result<Option<String>, RegistrationError> {
        for task in &outcome.tasks {
            if let Some(found) = self.by_task(component, task).await? {
                return Ok(Some(found.registration));
            }
        }
        for subject in &outcome.subjects {
            if let Some(found) = self.by_subject(component, subject).await? {
                return Ok(Some(found.registration));
            }
        }
        Ok(None)
    }
}

/// Changes a registration as the event says, and answers what is to be told of it; nothing if the
/// event is known, or is about an attempt that was renewed since.
fn apply(
    registration: &mut Registration,
    outcome: &Outcome,
    now: Timestamp,
) -> Option<&'static str> {
    let too_late = outcome.is_too_late();
    let is_news = match outcome.status {
        STILL_RUNNING => false,
        // Of any attempt: there is a mini program now, and that is final.
        0 => !registration.is_registered() || registration.appid.is_none(),
        _ if !outcome.is_of_this_attempt(registration) => false,
        // The clock may have been quicker; WeChat knows better why.
        _ => {
            let expired = registration.state == RegistrationState::Expired;
            registration.state.is_open() || (expired && !too_late)
        }
    };
    if !is_news {
        return None;
    }
    if outcome.status == 0 {
        registration.appid = outcome.appid.clone();
        registration.trouble = None;
        registration.end(RegistrationState::Registered, now);
        return Some(kind::REGISTRATION_REGISTERED);
    }
    registration.trouble = Some(outcome.trouble(registration.order.kind()));
    if too_late {
        registration.end(RegistrationState::Expired, now);
        return Some(kind::REGISTRATION_EXPIRED);
    }
    registration.end(RegistrationState::Failed, now);
    Some(kind::REGISTRATION_FAILED)
}

impl Outcome {
    /// Whether it is about what was begun last. Where it names no task of ours, its time tells.
    fn is_of_this_attempt(&self, registration: &Registration) -> bool {
        let task = registration.task.as_ref();
        if task.is_some_and(|task| self.tasks.contains(task)) {
            return true;
        }
        let is_for_it = self.subjects.contains(&registration.order.subject());
        is_for_it && self.at >= registration.begun_at.as_second()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_who_was_too_late_is_no_legal_person() {
        let event = serde_json::json!({ "status": 100_001 });
        let event: FastRegistration = serde_json::from_value(event).unwrap();
        let outcome = Outcome::of_registration(&event, 0);
        let of_a_person = outcome.trouble(RegistrationKind::Personal).words;
        let of_a_company = outcome.trouble(RegistrationKind::Enterprise).words;
        assert!(!of_a_person.zh.contains("法人"), "{of_a_person}");
        assert!(of_a_company.zh.contains("法人"), "{of_a_company}");
    }
}
