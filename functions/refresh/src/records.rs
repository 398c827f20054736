//! Records about which WeChat is to be asked, because it is time.

use platform::{
    AppId, Platform, filing::Filing, onboarding::Onboarding, order_path::OrderPath,
    orders::OrderError, privacy::PrivacyInterfaces, records::Kept, verification::Verification,
};
use tokio::time::Instant;

/// Asks about a portion of what is due; answers how many, and adds what failed.
pub(crate) async fn ask(
    platform: &Platform,
    portion: i32,
    until: Instant,
    failed: &mut Vec<String>,
) -> usize {
    let mut due = match platform.records.due(portion).await {
        Ok(due) => due,
        Err(error) => {
            failed.push(format!("records: {error}"));
            return 0;
        }
    };
    // An onboarding takes many questions, and nobody waits for its next minute.
    due.sort_by_key(|(_, _, name)| name == Onboarding::NAME);
    let mut asked = 0;
    for (component, appid, name) in due {
        if Instant::now() >= until {
            break;
        }
        match poll(platform, &component, &appid, &name, until).await {
            Ok(()) => asked += 1,
            // It is asked again later, and says so itself when it is shown.
            Err(OrderError::Call(error)) => {
                tracing::warn!(%component, %appid, record = name, %error, "WeChat was not asked");
            }
            Err(error) => failed.push(format!("{name} of {appid} of {component}: {error}")),
        }
    }
    asked
}

async fn poll(
    platform: &Platform,
    component: &AppId,
    appid: &AppId,
    name: &str,
    until: Instant,
) -> Result<(), OrderError> {
    match name {
        Filing::NAME => platform.filings.poll(component, appid).await,
        Verification::NAME => platform.verifications.poll(component, appid).await,
        PrivacyInterfaces::NAME => platform.privacy.poll(component, appid).await,
        OrderPath::NAME => platform.order_paths.poll(component, appid).await,
        Onboarding::NAME => Ok(platform.onboardings.advance(component, appid, until).await?),
        // A later version's; it stays due for that one.
        other => {
            tracing::warn!(record = other, "no such record is known");
            Ok(())
        }
    }
}
