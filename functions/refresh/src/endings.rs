//! What ends on a day that is known: certificates and keys. Counted once an hour, for an alarm to
//! ring before the day.

use jiff::{SignedDuration, Timestamp};
use platform::{
    AppId,
    operators::{Limits, Operators},
    storage::StorageError,
};

use crate::App;

/// A certificate is to be renewed so long before its end: the merchant has to do it.
const CERTIFICATES: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A key is to be replaced so long before its end.
const KEYS: SignedDuration = SignedDuration::from_hours(14 * 24);
/// More of them make no difference to anybody.
const PAGE: i32 = 100;

/// Whether it is the first minute of an hour, in which is counted what an alarm looks at once an hour.
pub(crate) fn is_counted_at(now: Timestamp) -> bool {
    now.as_second() / 60 % 60 == 0
}

/// Counts, in the first minute of each hour, what ends soon; answers what could not be counted.
pub(crate) async fn count(app: &App, components: &[AppId]) -> Vec<String> {
    let now = app.platform.clock.now();
    if !is_counted_at(now) {
        return Vec::new();
    }
    let mut failed = Vec::new();
    for component in components {
        match app.platform.payments.expiring(component, CERTIFICATES, PAGE).await {
            Ok((ending, _)) => {
                let dimension = ("Component", component.as_str());
                app.metrics.count(now, "ExpiringCertificates", dimension, ending.len() as u64);
            }
            Err(error) => failed.push(format!("certificates of {component}: {error}")),
        }
    }
    match ending_keys(app).await {
        Ok(ending) => app.metrics.count(now, "ExpiringKeys", ("Kind", "operators"), ending),
        Err(error) => failed.push(format!("keys: {error}")),
    }
    failed
}

/// How many keys that are good now are not in [`KEYS`] from now.
async fn ending_keys(app: &App) -> Result<u64, StorageError> {
    let platform = &app.platform;
    let (clock, random) = (platform.clock.clone(), platform.random.clone());
    let table = platform.tables.fleet.clone();
    let operators = Operators::without_first_key(Limits::default(), table, clock, random);
    let now = platform.clock.now();
    let (now, line) = (now.as_second(), (now + KEYS).as_second());
    let (mut ending, mut after) = (0, None);
    loop {
        let (keys, next) = operators.list(after.as_deref(), PAGE).await?;
        let good = keys.iter().filter(|key| key.revoked_at.is_none());
        let ends = good.filter_map(|key| key.valid_until).filter(|end| (now..=line).contains(end));
        ending += ends.count() as u64;
        match next {
            Some(next) => after = Some(next),
            None => return Ok(ending),
        }
    }
}
