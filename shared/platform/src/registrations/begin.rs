//! Begins registrations, and renews them: intent, call, outcome.

use secrecy::SecretString;
use wechat::AppId;

use super::{
    Registration, RegistrationError, RegistrationKind, RegistrationState, RegistrationTrouble,
    RegistrationWish, Registrations,
    attempt::Answered,
    record::{CALL, LINK_LIFE, Row},
};
use crate::{
    call::CallError,
    event::kind,
    explain::explain,
    sealed::{Owner, Sealed},
    text::Text,
};

/// WeChat has a task under way for the company.
const RUNNING: i64 = 89_249;

impl Registrations {
    /// Begins a registration; `by` is the id of the operator's key. It answers with the link to be
    /// delivered, or, where WeChat's answer was lost, with a registration in the state `unknown`.
    /// If WeChat refuses, the error says so, and no person is asked for besides.
    pub async fn begin(
        &self,
        component: &AppId,
        kind: RegistrationKind,
        wish: RegistrationWish,
        by: &str,
    ) -> Result<Registration, RegistrationError> {
        self.begin_for(component, kind, wish, by, true).await
    }

    /// The same; `is_told` says whether the operator hears at once that WeChat refuses.
    pub(super) async fn begin_for(
        &self,
        component: &AppId,
        kind: RegistrationKind,
        wish: RegistrationWish,
        by: &str,
        is_told: bool,
    ) -> Result<Registration, RegistrationError> {
        let now = self.clock.now();
        let id = self.random.identifier(now);
        let owner = Owner::within(component, &id);
        let seal = |ticket: &SecretString| {
            use secrecy::ExposeSecret;
            let (keys, random) = (self.secrets.sealing(), self.random.as_ref());
            Sealed::seal(&keys, random, &owner, ticket.expose_secret())
        };
        let order = wish.read(kind, seal)?;
        let row = self
            .create(Registration {
                id,
                component: component.clone(),
                version: 0,
                order,
                state: RegistrationState::Beginning,
                attempt: 1,
                begun_at: now,
                task: None,
                authorize_url: None,
                deadline: None,
                stage: None,
                asked_at: None,
                trouble: None,
                appid: None,
                by: by.to_owned(),
                created_at: now,
                ended_at: None,
                acknowledged_at: None,
            })
            .await?;
        self.attempt(row, is_told).await
    }

    /// Begins a registration once more that came to nothing: the link is a new one, the id stays.
    /// Refused while the last link is good, which WeChat is asked about where it can be.
    pub async fn renew(
        &self,
        component: &AppId,
        id: &str,
    ) -> Result<Registration, RegistrationError> {
        let mut row = self.read(component, id).await?;
        if row.registration.state.is_open() {
            row = self.look_after(row).await?;
        }
        let now = self.clock.now();
        may_renew(&row.registration, now)?;
        let registration = &mut row.registration;
        registration.state = RegistrationState::Beginning;
        registration.attempt += 1;
        registration.begun_at = now;
        registration.task = None;
        registration.authorize_url = None;
        registration.stage = None;
        registration.asked_at = None;
        registration.trouble = None;
        registration.ended_at = None;
        registration.acknowledged_at = None;
        // `deadline` stays: until then WeChat may have a task under way whose link nobody has.
        let row = self.save(row, None).await?;
        self.attempt(row, true).await
    }

    /// Calls WeChat for a registration whose intent is written, and writes what came of it. Of a
    /// refusal that the operator is told at once no person has to be told again.
    pub(super) async fn attempt(
        &self,
        mut row: Row,
        is_told: bool,
    ) -> Result<Registration, RegistrationError> {
        let now = self.clock.now();
        let answer = self.call(&row.registration).await;
        let registration = &mut row.registration;
        registration.asked_at = Some(now);
        match answer {
            Ok(Answered::Task { task, authorize_url, stage }) => {
                registration.state = RegistrationState::Waiting;
                registration.task = task;
                registration.authorize_url = authorize_url;
                registration.stage = stage;
                registration.deadline = Some(now + LINK_LIFE);
                Ok(self.save(row, Some(kind::REGISTRATION_BEGUN)).await?.registration)
            }
            Ok(Answered::Made(appid)) => {
                registration.appid = Some(appid);
                registration.end(RegistrationState::Registered, now);
                Ok(self.save(row, Some(kind::REGISTRATION_REGISTERED)).await?.registration)
            }
            Err(error) if error.is_outcome_unknown() => {
                tracing::warn!(registration = row.sk, %error, "no answer to a registration");
                registration.state = RegistrationState::Unknown;
                registration.deadline = Some(now + LINK_LIFE);
                Ok(self.save(row, None).await?.registration)
            }
            Err(error) => {
                let refused = match &error {
                    RegistrationError::Call(error) => trouble(error),
                    error => RegistrationTrouble {
                        code: None,
                        words: Text::new(error.to_string(), error.to_string()),
                        what_to_do: Text::fixed("请重新发起", "register again"),
                    },
                };
                let is_ours = refused.code == Some(RUNNING)
                    && registration.attempt > 1
                    && registration.deadline.is_some_and(|deadline| deadline > now);
                registration.trouble = Some(refused);
                let told = if is_ours {
                    // The task of the attempt before, whose link nobody has: it ends with its day.
                    registration.state = RegistrationState::Unknown;
                    None
                } else {
                    registration.end(RegistrationState::Failed, now);
                    registration.acknowledged_at = is_told.then_some(now);
                    Some(kind::REGISTRATION_FAILED)
                };
                self.save(row, told).await?;
                Err(error)
            }
        }
    }
}

fn may_renew(registration: &Registration, now: jiff::Timestamp) -> Result<(), RegistrationError> {
    let wrong = |state: Text, zh: &'static str, en: &'static str| {
        Err(RegistrationError::WrongState { state, what_to_do: Text::fixed(zh, en) })
    };
    match registration.state {
        RegistrationState::Registered => {
            wrong(registration.words(), "无需再次发起", "there is nothing left to do")
        }
        RegistrationState::Waiting => wrong(
            registration.words(),
            "上一个链接仍然有效，请让对方打开它；过期后才能重新发起",
            "the last link is still good: have the person open it, or wait until its day is over",
        ),
        RegistrationState::Beginning if registration.begun_at + CALL > now => {
            Err(RegistrationError::Busy(registration.id.clone()))
        }
        _ if registration.order.kind().asks_by_itself() => wrong(
            registration.words(),
            "公众号的授权凭证只能用一次：请让管理员重新打开注册页面，再新建一个注册",
            "the account's ticket served once: have its administrator open the page again, and \
             begin a new registration",
        ),
        _ => Ok(()),
    }
}

/// Why WeChat could not be asked, or refused, in words that are kept.
pub(super) fn trouble(error: &CallError) -> RegistrationTrouble {
    let refusal = match error {
        CallError::WeChat(error) => error.as_wechat(),
        CallError::Token(_) => None,
    };
    let known = refusal.and_then(|refusal| explain(refusal.path, refusal.errcode));
    match (known, refusal) {
        (Some(known), _) => RegistrationTrouble {
            code: Some(known.errcode),
            words: known.cause.clone(),
            what_to_do: known.what_to_do.clone(),
        },
        (None, Some(refusal)) => RegistrationTrouble {
            code: Some(refusal.errcode),
            words: Text::new(
                format!("微信返回 {}：{}", refusal.errcode, refusal.errmsg),
                format!("WeChat answered {}: {}", refusal.errcode, refusal.errmsg),
            ),
            what_to_do: Text::fixed(
                "请按微信的原文处理，然后重新发起",
                "go by WeChat's own words, then begin it once more",
            ),
        },
        (None, None) => RegistrationTrouble {
            code: None,
            words: Text::new("没有可用的令牌，未向微信发起", error.to_string()),
            what_to_do: Text::fixed(
                "请先处理令牌或授权的问题，然后重新发起",
                "put the token or the authorization in order, then begin it once more",
            ),
        },
    }
}
