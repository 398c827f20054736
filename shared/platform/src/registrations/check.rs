//! Asks WeChat how registrations stand, and lets the days pass of those nobody finished.

use wechat::{
    AppId,
    endpoint::{
        FastNormalizeBetaWeappQuery, FastRegisterEnterpriseWeappQuery,
        FastRegisterPersonalWeappQuery, RegistrationTask,
    },
};

use super::{
    Order, Registration, RegistrationError, RegistrationState, RegistrationTrouble, Registrations,
    Stage, Standing,
    record::{CALL, GRACE, Row},
};
use crate::{call::CallError, event::kind, text::Text};

/// WeChat does not know the task.
const NO_TASK: i64 = 89_250;

impl Registrations {
    /// How a registration stands now: WeChat is asked where it can be.
    pub async fn check(
        &self,
        component: &AppId,
        id: &str,
    ) -> Result<Registration, RegistrationError> {
        let row = self.read(component, id).await?;
        Ok(self.look_after(row).await?.registration)
    }

    /// Does what is due, without an order. Safe to repeat.
    pub async fn advance(
        &self,
        component: &AppId,
        id: &str,
    ) -> Result<Registration, RegistrationError> {
        let row = self.read(component, id).await?;
        let now = self.clock.now();
        if row.registration.due_at().is_none_or(|due| due > now) {
            return Ok(row.registration);
        }
        match self.look_after(row).await {
            // Whoever was quicker has done it.
            Err(RegistrationError::Busy(_)) => self.find(component, id).await,
            result => Ok(result?.registration),
        }
    }

    /// Whatever can be found out about a registration that is open.
    pub(super) async fn look_after(&self, mut row: Row) -> Result<Row, RegistrationError> {
        let now = self.clock.now();
        let kind = row.registration.order.kind();
        match row.registration.state {
            // Whoever began it died in between.
            RegistrationState::Beginning if row.registration.begun_at + CALL > now => Ok(row),
            RegistrationState::Beginning | RegistrationState::Unknown if kind.asks_by_itself() => {
                let (component, id) = (row.registration.component.clone(), row.sk.clone());
                row.registration.begun_at = now;
                row.registration.state = RegistrationState::Beginning;
                row.registration.attempt += 1;
                let row = self.save(row, None).await?;
                // What came of it is written, a refusal too.
                match self.attempt(row, false).await {
                    Ok(_) | Err(RegistrationError::Call(_)) => self.read(&component, &id).await,
                    Err(error) => Err(error),
                }
            }
            RegistrationState::Beginning => {
                row.registration.state = RegistrationState::Unknown;
                row.registration.deadline =
                    Some(row.registration.begun_at + super::record::LINK_LIFE);
                self.save(row, None).await
            }
            RegistrationState::Unknown => match row.registration.deadline {
                Some(deadline) if deadline > now => Ok(row),
                _ => self.expire(row).await,
            },
            RegistrationState::Waiting => self.ask(row).await,
            _ => Ok(row),
        }
    }

    async fn ask(&self, mut row: Row) -> Result<Row, RegistrationError> {
        let now = self.clock.now();
        let kind = row.registration.order.kind();
        let deadline = row.registration.deadline.unwrap_or(now);
        let answer = match row.registration.task.clone().filter(|_| kind.can_be_asked()) {
            Some(task) => self.query(&row.registration, &task).await,
            None if deadline <= now => return self.expire(row).await,
            None => return Ok(row),
        };
        row.registration.asked_at = Some(now);
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.errcode() == Some(NO_TASK) && deadline <= now => {
                return self.expire(row).await;
            }
            // Nobody can tell any more.
            Err(_) if deadline + GRACE <= now => return self.expire(row).await,
            Err(error) => {
                // Written, so that it is not asked again at once.
                self.save(row, None).await?;
                return Err(error.into());
            }
        };
        row.registration.stage = answer.status.or(row.registration.stage);
        let stage = row.registration.stage.map(|number| Stage::of(kind, number));
        let has_begun = stage.as_ref().is_some_and(|it| it.standing == Standing::UnderWay);
        match stage {
            Some(Stage { standing: Standing::Registered, .. }) => {
                row.registration.end(RegistrationState::Registered, now);
                row.registration.trouble = None;
                self.save(row, Some(kind::REGISTRATION_REGISTERED)).await
            }
            Some(Stage { standing: Standing::Failed, words }) => {
                row.registration.trouble = Some(RegistrationTrouble {
                    code: answer.status,
                    words,
                    what_to_do: Text::fixed(
                        "请和对方确认原因后重新发起（renewal）",
                        "find out from the person why, then renew it",
                    ),
                });
                row.registration.end(RegistrationState::Failed, now);
                self.save(row, Some(kind::REGISTRATION_FAILED)).await
            }
            Some(Stage { standing: Standing::TooLate, .. }) => self.expire(row).await,
            _ if deadline <= now && !has_begun => self.expire(row).await,
            _ if deadline + GRACE <= now => self.expire(row).await,
            _ => self.save(row, None).await,
        }
    }

    async fn query(
        &self,
        registration: &Registration,
        taskid: &str,
    ) -> Result<RegistrationTask, CallError> {
        let (caller, component) = (&self.caller, &registration.component);
        let new_version = true;
        match &registration.order {
            Order::Personal { .. } => {
                let request = FastRegisterPersonalWeappQuery { taskid, new_version };
                caller.component(component, &request).await
            }
            Order::TrialConversion { appid, .. } => {
                let request = FastNormalizeBetaWeappQuery { taskid, new_version };
                caller.merchant(component, appid, &request).await
            }
            _ => {
                let request = FastRegisterEnterpriseWeappQuery { taskid, new_version };
                caller.component(component, &request).await
            }
        }
    }

    async fn expire(&self, mut row: Row) -> Result<Row, RegistrationError> {
        let now = self.clock.now();
        row.registration.trouble = None;
        row.registration.end(RegistrationState::Expired, now);
        self.save(row, Some(kind::REGISTRATION_EXPIRED)).await
    }
}
