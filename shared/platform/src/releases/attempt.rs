//! Calls to WeChat as releases make them: questions, and attempts at what must not happen twice.

use std::time::Duration;

use tokio::time::timeout;
use wechat::{
    AppId, Endpoint,
    answer::Answer,
    endpoint::{
        GetLatestAuditStatus, GetLatestAuditStatusResponse, GetVersionInfo, GetVersionInfoResponse,
    },
    token::AuthorizerToken,
};

use super::{ReleaseError, Releases, lease::Held};
use crate::{call::CallError, tokens::Subject};

/// Well inside the lease, so that nobody else acts while a call of ours is on its way.
const LIMIT: Duration = Duration::from_secs(28);
/// `get_latest_auditstatus`: there was never a review.
const NO_REVIEW: i64 = 85_058;

/// What became of a call that must not happen twice.
pub(super) enum Attempt<T> {
    /// WeChat did it.
    Done(T),
    /// WeChat did not do it.
    Refused(CallError),
    /// Nobody knows: ask.
    Unknown,
}

impl Releases {
    /// Makes sure of a token before anything is written. Whoever has not authorized is told so.
    pub(super) async fn authorized(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<(), ReleaseError> {
        self.caller.tokens.access_token(&Subject::merchant(component, appid)).await?;
        Ok(())
    }

    /// Sends `request` for the mini program that is held.
    pub(super) async fn ask<E: Endpoint<Token = AuthorizerToken>>(
        &self,
        held: &Held<'_>,
        request: &E,
    ) -> Result<<E::Answer as Answer>::Value, CallError> {
        self.caller.merchant(held.component(), held.appid(), request).await
    }

    /// Sends `request` once, its intent being written.
    pub(super) async fn attempt<E: Endpoint<Token = AuthorizerToken>>(
        &self,
        held: &Held<'_>,
        request: &E,
    ) -> Attempt<<E::Answer as Answer>::Value> {
        match timeout(LIMIT, self.ask(held, request)).await {
            Ok(Ok(value)) => Attempt::Done(value),
            Ok(Err(error)) if error.is_outcome_unknown() => {
                tracing::warn!(appid = %held.appid(), path = E::PATH, %error, "outcome unknown");
                Attempt::Unknown
            }
            Ok(Err(error)) => Attempt::Refused(error),
            Err(_) => {
                tracing::warn!(appid = %held.appid(), path = E::PATH, "no outcome in time");
                Attempt::Unknown
            }
        }
    }

    /// The latest review at WeChat, whoever submitted it.
    pub(super) async fn latest_review(
        &self,
        held: &Held<'_>,
    ) -> Result<Option<GetLatestAuditStatusResponse>, CallError> {
        match self.ask(held, &GetLatestAuditStatus {}).await {
            Ok(latest) => Ok(Some(latest)),
            Err(error) if error.errcode() == Some(NO_REVIEW) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The versions that WeChat shows on trial and online.
    pub(super) async fn shown_versions(
        &self,
        held: &Held<'_>,
    ) -> Result<GetVersionInfoResponse, CallError> {
        self.ask(held, &GetVersionInfo {}).await
    }
}
