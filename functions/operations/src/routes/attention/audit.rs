//! Whether the audit log is as it was written, anchored, and looked after.

use platform::audit::Trouble;

use super::{Finding, Severity};
use crate::{App, problem::Problem};

/// What is wrong with it.
pub(super) async fn troubles(app: &App) -> Result<Vec<Finding>, Problem> {
    let troubles = app.platform.audit_chain.troubles().await?;
    Ok(troubles.iter().map(finding).collect())
}

fn finding(trouble: &Trouble) -> Finding {
    let (severity, requests): (_, &'static [&'static str]) = match trouble {
        Trouble::Broken(_) => (Severity::Critical, &["GET /v1/audit/verification"]),
        Trouble::NotAnchored(_) => (Severity::Warning, &["GET /v1/audit/chain"]),
        Trouble::NotVerified(_) => (Severity::Warning, &["GET /v1/audit/verification"]),
    };
    let finding = Finding::new(trouble.kind(), severity)
        .text(trouble.words())
        .what_to_do(trouble.what_to_do())
        .requests(requests);
    Finding { since: trouble.since(), ..finding }
}
