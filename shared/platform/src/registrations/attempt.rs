//! One call to WeChat that begins a registration.

use secrecy::{ExposeSecret, SecretString};
use wechat::{
    AppId,
    endpoint::{
        AccountFastRegister, BetaVerifyInfo, FastNormalizeBetaWeapp, FastRegisterBetaWeapp,
        FastRegisterEnterpriseWeapp, FastRegisterPersonalWeapp, RegistrationTask, VerifyBetaWeapp,
    },
};

use super::{Order, Registration, RegistrationError, Registrations};
use crate::{call::CallError, grants::Source, sealed::Owner};

/// What WeChat answered.
pub(super) enum Answered {
    /// There is a task, and a link for the person.
    Task {
        /// What WeChat calls it.
        task: Option<String>,
        /// The link.
        authorize_url: Option<String>,
        /// How far it is.
        stage: Option<i64>,
    },
    /// There is a mini program, and its authorization is taken in.
    Made(AppId),
}

impl Registrations {
    /// Asks WeChat to begin. What came of it is still to be written down.
    pub(super) async fn call(
        &self,
        registration: &Registration,
    ) -> Result<Answered, RegistrationError> {
        let (caller, component) = (&self.caller, &registration.component);
        let task: RegistrationTask = match &registration.order {
            Order::Enterprise { name, code, component_phone } => {
                let new_version = true;
                let request =
                    FastRegisterEnterpriseWeapp { name, code, component_phone, new_version };
                caller.component(component, &request).await?
            }
            Order::Personal { wechat_id, component_phone } => {
                let request = FastRegisterPersonalWeapp {
                    idname: None,
                    wxuser: wechat_id,
                    component_phone,
                    new_version: true,
                };
                caller.component(component, &request).await?
            }
            Order::Trial { name, openid } => {
                let request = FastRegisterBetaWeapp { name, openid };
                let answer = caller.component(component, &request).await?;
                return Ok(Answered::Task {
                    task: Some(answer.unique_id),
                    authorize_url: Some(answer.authorize_url).filter(|url| !url.is_empty()),
                    stage: None,
                });
            }
            Order::TrialVerification { appid, name, code, component_phone } => {
                let verify_info = BetaVerifyInfo {
                    enterprise_name: name,
                    code,
                    component_phone,
                    ..BetaVerifyInfo::default()
                };
                let request = VerifyBetaWeapp { verify_info, new_version: true };
                caller.merchant(component, appid, &request).await?
            }
            Order::TrialConversion { appid, component_phone } => {
                let request = FastNormalizeBetaWeapp { component_phone, new_version: true };
                caller.merchant(component, appid, &request).await?
            }
            Order::OfficialAccount { appid, .. } => {
                let ticket = self.ticket(registration)?;
                let request = AccountFastRegister { ticket: ticket.expose_secret() };
                let made = caller.merchant(component, appid, &request).await?;
                let appid = account(&made.appid)?;
                let create_time = self.clock.now().as_second();
                let source = Source::Registration { create_time, appid: appid.clone() };
                // The answer is not written down before this: should it fail, the same ticket
                // gives the same mini program once more.
                self.grants.exchange(component, &made.authorization_code, &source).await?;
                return Ok(Answered::Made(appid));
            }
        };
        Ok(Answered::Task {
            task: task.taskid,
            authorize_url: task.authorize_url,
            stage: task.status,
        })
    }

    fn ticket(&self, registration: &Registration) -> Result<SecretString, RegistrationError> {
        let Registration { id, component, order, .. } = registration;
        let Order::OfficialAccount { ticket: Some(ticket), .. } = order else {
            return Err(RegistrationError::NotFound(id.clone()));
        };
        let opened = ticket.open(&self.secrets.sealing(), &Owner::within(component, id));
        opened.map_err(|error| RegistrationError::Unseal(id.clone(), error))
    }
}

fn account(appid: &str) -> Result<AppId, CallError> {
    appid.parse().map_err(|_| {
        CallError::WeChat(wechat::Error::Unreadable {
            path: "/cgi-bin/account/fastregister",
            status: 200,
            why: "appid: not one".to_owned(),
        })
    })
}

impl RegistrationError {
    /// WeChat may have acted although nobody told us.
    pub(super) fn is_outcome_unknown(&self) -> bool {
        match self {
            RegistrationError::Call(error) => error.is_outcome_unknown(),
            // The mini program is there; taking it in is tried again.
            RegistrationError::Grant(_) => true,
            _ => false,
        }
    }
}
