//! ICP filing (小程序备案), without which no mini program goes online for the first time.
//!
//! The administrator shows his face; the documents are uploaded; the application is checked here
//! and then by WeChat, field by field; WeChat reviews it, then the authority. WeChat's events only
//! make us ask, and the clock asks too, should one be lost: what WeChat shows counts. That an
//! application is on its way is written before it is sent, so that it is not sent twice.
//!
//! Nothing of what is filed is kept here: it says who people are.

mod apply;
mod ask;
mod check;
mod face;
mod lists;
mod media;
mod record;

pub use apply::Application;
pub(crate) use apply::PARTS;
pub(crate) use check::{is_mail, today};
pub use lists::{Choice, List};
pub use record::{FaceCheck, FaceState, Filing, FilingState, Remark};

use std::sync::Arc;

use wechat::{AppId, endpoint::GetOnlineIcpOrder, endpoint::GetOnlineIcpOrderResponse};

use crate::{
    call::Caller,
    clock::Clock,
    orders::OrderError,
    random::Random,
    records::{Current, Records},
    storage::StorageError,
};

/// Filings of every mini program. Cheap to clone.
#[derive(Clone)]
pub struct Filings {
    /// Where filings are kept.
    pub records: Records,
    /// How WeChat is called.
    pub caller: Caller,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What stands between the parts of an upload.
    pub random: Arc<dyn Random>,
}

impl Filings {
    /// How a filing stands, as last known. WeChat is not asked.
    pub async fn show(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<Filing>, StorageError> {
        self.records.read(component, appid).await
    }

    /// What is filed and in force, as WeChat shows it.
    pub async fn in_force(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<GetOnlineIcpOrderResponse, OrderError> {
        Ok(self.caller.merchant(component, appid, &GetOnlineIcpOrder {}).await?)
    }
}
