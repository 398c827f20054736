//! Certificates of WeChat Pay that end soon. Without one no money can be paid back.

use jiff::SignedDuration;
use platform::{AppId, payment::Expiring, text::Text};

use super::{Finding, NAMED, Severity};
use crate::{App, problem::Problem};

/// Time enough to have a merchant apply for another.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);
/// From here on somebody has to be called.
const VERY_SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

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
        .what_to_do(Text::fixed(
            "请商家在微信支付商户平台“账户中心—API 安全”更换证书，再上传新的 apiclient_cert.p12",
            "have the merchant get a new one at the merchant platform, under API security, and \
             upload the new apiclient_cert.p12",
        ));
    Finding {
        appids: part.iter().map(|one| one.appid.clone()).collect(),
        count: Some(count),
        more,
        since: Some(first),
        ..finding
    }
}
