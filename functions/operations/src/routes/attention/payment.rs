//! Certificates of WeChat Pay that end soon. Without one no money can be paid back.

use platform::{
    AppId,
    payment::{Expiring, RENEWAL, SOON, VERY_SOON},
    text::Text,
};

use super::{Finding, NAMED, Severity};
use crate::{App, problem::Problem};

/// What is to be said about certificates: those that end within a week or have ended, and those that
/// end within thirty days.
pub(super) async fn certificates(app: &App, component: &AppId) -> Result<Vec<Finding>, Problem> {
    let (soon, more) = app.platform.payments.expiring(component, SOON, NAMED as i32).await?;
    let line = app.platform.clock.now() + VERY_SOON;
    // They come in the order of their ends.
    let (urgent, others) = soon.split_at(soon.partition_point(|one| one.not_after <= line));
    let parts = [(urgent, Severity::Critical), (others, Severity::Warning)];
    let last = parts.iter().rposition(|(part, _)| !part.is_empty());
    let findings = parts.into_iter().enumerate().filter(|(_, (part, _))| !part.is_empty());
    Ok(findings
        .map(|(at, (part, severity))| finding(part, severity, more && last == Some(at)))
        .collect())
}

fn finding(part: &[Expiring], severity: Severity, more: bool) -> Finding {
    let (count, first) = (part.len(), part[0].not_after);
    let finding = Finding::new("payment-certificate-expires", severity)
        .text(Text::new(
            format!("{count} 个小程序的微信支付证书即将到期或已过期，最早的到期时间为 {first}"),
            format!("the WeChat Pay certificates of {count} mini programs end soon, the first at {first}"),
        ))
        .what_to_do(RENEWAL)
        .requests(&["PUT …/payment/certificate"]);
    Finding {
        appids: part.iter().map(|one| one.appid.clone()).collect(),
        count: Some(count),
        more,
        since: Some(first),
        ..finding
    }
}
