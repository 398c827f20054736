//! What people and accidents do: methods of [`Simulator`](crate::Simulator), and the same over
//! HTTP.

mod authorization;
mod expiry;
mod filing;
mod go_live;
mod http;
mod order_path;
mod outside;
mod privacy;
mod profile;
mod pushes;
mod quota;
mod records;
mod registration;
mod review;
mod settings;
mod users;
mod verification;

pub use self::{
    authorization::{Authorization, Authorize, Authorized, Revoke, Revoked, Via},
    expiry::{Expire, Expiring},
    filing::{FilingRemark, FilingShape, FinishFaceCheck, ReviewFiling},
    go_live::{CheckRelease, CheckStep, ReleaseCheck},
    order_path::OrderPathVerdict,
    outside::{ChangeOutside, Outside, PrivacyDetection},
    privacy::{PrivacyReviewed, PrivacyVerdict},
    profile::{DecidePlugin, Decided, ReviewCategory, ReviewName, Word},
    pushes::{Key, Message, Push, PushedTicket, Signing, Target},
    quota::Quota,
    records::{AppealOrder, Punish, Recorded},
    registration::{
        AuthorizedEvent, ConfirmRegistration, EventShape, Registered, RegistrationStep,
    },
    review::{Reviewed, Verdict},
    settings::{Addresses, Host},
    users::{LogIn, RegisteredOpenAccount},
    verification::{ExpiringVerification, StepProcedure, StepVerification},
};
pub(crate) use self::{
    authorization::{authorize, authorize_without_push, find_pre_authorization_code},
    http::over_http,
    registration::agree,
    review::approve_by_itself,
    verification::verification_event,
};
use crate::{server::Inner, state::World};

/// Why a verb could not be played: it names what does not exist or is in the wrong state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct VerbError(String);

impl VerbError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        VerbError(message.into())
    }
}

impl From<String> for VerbError {
    fn from(message: String) -> Self {
        VerbError(message)
    }
}

/// The named component, or the first.
fn component(world: &World, appid: Option<&str>) -> Result<String, VerbError> {
    world
        .component_appid(appid)
        .ok_or_else(|| VerbError(format!("there is no component {}", appid.unwrap_or("at all"))))
}

/// Refuses a mini program that does not exist.
fn known(world: &World, appid: &str) -> Result<(), VerbError> {
    match world.merchants.contains_key(appid) {
        true => Ok(()),
        false => Err(VerbError(format!("there is no mini program {appid}"))),
    }
}

impl Inner {
    /// Plays a verb that changes a mini program and nothing else.
    pub(crate) fn change_merchant<T>(
        &self,
        appid: &str,
        work: impl FnOnce(&mut crate::state::Merchant, i64) -> T,
    ) -> Result<T, VerbError> {
        self.change(|world, now| {
            known(world, appid)?;
            Ok(work(world.merchant(appid), now))
        })
    }
}
