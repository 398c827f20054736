//! Pages of the order centre. One event tells of many mini programs.

use wechat::message::{OrderPathApplied, OrderPathAudited};

use crate::{
    failure::Failure,
    origin::{Origin, account},
};

/// Whether an application was taken, mini program by mini program. All are gone through; the first
/// failure is the event's, and going through them again changes nothing.
pub(crate) async fn applied(origin: Origin<'_>, event: &OrderPathApplied) -> Result<(), Failure> {
    let mut outcome = Ok(());
    for result in &event.list {
        let noted = async {
            let appid = account(&result.appid)?;
            let order_paths = &origin.platform.order_paths;
            let noted = order_paths.note_applied(origin.component(), &appid, result).await;
            noted.map_err(Failure::from)
        };
        outcome = outcome.and(noted.await);
    }
    outcome
}

/// How pages were reviewed, mini program by mini program.
pub(crate) async fn audited(origin: Origin<'_>, event: &OrderPathAudited) -> Result<(), Failure> {
    let mut outcome = Ok(());
    for result in &event.list {
        let noted = async {
            let appid = account(&result.appid)?;
            let order_paths = &origin.platform.order_paths;
            let noted = order_paths.note_audited(origin.component(), &appid, result).await;
            noted.map_err(Failure::from)
        };
        outcome = outcome.and(noted.await);
    }
    outcome
}
