//! Where an event comes from: what every family needs to know beside the event.

use platform::{AppId, Platform, inbox::Received};

use crate::failure::Failure;

/// An event's platform, its item of the inbox, and when it happened.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) item: &'a Received,
    /// WeChat's `CreateTime`, in seconds. WeChat's time orders events; one that has none came when
    /// it came.
    pub(crate) create_time: i64,
}

impl<'a> Origin<'a> {
    pub(crate) fn new(
        platform: &'a Platform,
        item: &'a Received,
        create_time: Option<i64>,
    ) -> Self {
        let create_time = create_time.unwrap_or_else(|| item.received_at.as_second());
        Origin { platform, item, create_time }
    }

    /// The component that it was sent to.
    pub(crate) fn component(&self) -> &'a AppId {
        &self.item.component
    }

    /// What the event tells may be what the onboarding of `appid` waits for.
    pub(crate) async fn onboarding_goes_on(&self, appid: &AppId) -> Result<(), Failure> {
        let looked = self.platform.onboardings.look_soon(self.component(), appid).await;
        looked.map_err(Failure::passing)
    }
}

/// The account that an event names.
pub(crate) fn account(appid: &str) -> Result<AppId, Failure> {
    appid.parse().map_err(|error| Failure::unreadable(format!("the event's account: {error}")))
}
