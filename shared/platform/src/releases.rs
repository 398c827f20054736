//! The releases of one mini program: commit, review, release, roll back.
//!
//! What WeChat makes dangerous, and what is done about it:
//!
//! * `submit_audit` names no version: it submits whatever was committed last, perhaps by somebody
//!   else. So every commit carries a marker in its description, one lease spans the order, and
//!   what is on trial is compared with the commit just before it is submitted.
//! * An event of an approval names neither review nor version. So events only make us ask, and an
//!   approval counts when WeChat's latest review has our number and our version.
//! * `submit_audit`, `undocodeaudit`, `release` and `revertcoderelease` must not happen twice. So
//!   the intent is written before the call and removed with the outcome. After an unknown outcome
//!   WeChat is asked, by the same process or, if that one died, by whoever comes next.
//! * A commit between approval and release makes the approval void. So it is refused, unless the
//!   order says that the approved version is to be given up.
//! * Somebody else may do all of this too. What WeChat shows wins: it is recorded, told, and
//!   nothing is submitted until the next commit through this platform.
//!
//! Every change is one conditional write with its outgoing events in the same transaction. All
//! orders are safe to repeat.

mod advance;
mod attempt;
mod catch_up;
mod commit;
mod error;
mod gray;
mod hurry;
mod lease;
mod media;
mod nightly;
mod outside;
mod preflight;
mod record;
mod release;
mod review;
mod rollback;
mod settle;
mod submission;
mod submit;
mod verdict;
mod withdraw;

pub use commit::NewTrial;
pub(crate) use commit::ext_faults;
pub use error::ReleaseError;
pub use gray::{Gray, Part};
pub use media::ReviewMedia;
pub use preflight::Preflight;
pub use record::{
    Action, ChangedOutside, Online, Outside, Pending, Review, ReviewState, Standing, Trial, Trouble,
};
pub(crate) use record::{item_key, standing_of};
pub use rollback::Versions;
pub use submission::{Item, Preview, Submission, UserContent};

use std::{sync::Arc, time::Duration};

use wechat::{
    AppId,
    answer::Picture,
    endpoint::{GetPage, GetQrcode},
};

use crate::{
    call::Caller, clock::Clock, configuration::Addresses, counters::Counters, outbox::Outbox,
    random::Random, storage::Table, wechat_time::WeChatTime,
};

/// Releases of every mini program. Cheap to clone.
#[derive(Clone)]
pub struct Releases {
    /// The table `fleet`.
    pub table: Table,
    /// The web addresses.
    pub addresses: Arc<Addresses>,
    /// Calls to WeChat.
    pub caller: Caller,
    /// What WeChat counts.
    pub counters: Counters,
    /// Events on their way out.
    pub outbox: Outbox,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The time that all functions share.
    pub time: WeChatTime,
    /// Identifiers.
    pub random: Arc<dyn Random>,
    /// How often the tables were restored from a backup. A record of an earlier epoch may have
    /// forgotten what was done since the backup, so that WeChat is asked before anything else.
    pub epoch: u64,
    /// How long the function in which this runs may take.
    pub life: Duration,
}

/// No function that orders something of one mini program lives longer: `events` has a minute.
pub(crate) const LIFE: Duration = Duration::from_secs(60);

impl Releases {
    /// How things stand, as last known; nothing at all for a mini program that was never
    /// committed to. WeChat is not asked.
    pub async fn show(&self, component: &AppId, appid: &AppId) -> Result<Standing, ReleaseError> {
        let record = self.read(component, appid).await?;
        Ok(record.map_or_else(Standing::default, |record| Standing {
            version: record.version,
            ..record.standing
        }))
    }

    /// The QR code of the trial version. `path` is the page to open, with its query; none for the
    /// home page.
    pub async fn trial_qr_code(
        &self,
        component: &AppId,
        appid: &AppId,
        path: Option<&str>,
    ) -> Result<Picture, ReleaseError> {
        Ok(self.caller.merchant(component, appid, &GetQrcode { path }).await?)
    }

    /// The pages of what was committed last.
    pub async fn pages(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Vec<String>, ReleaseError> {
        Ok(self.caller.merchant(component, appid, &GetPage {}).await?.page_list)
    }
}
