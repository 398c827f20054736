//! Whether the audit log is anchored.

use platform::{audit::Minute, text::Text};

use super::{Finding, Severity};
use crate::{App, problem::Problem};

/// A day whose anchor should have been put long ago.
pub(super) async fn anchor(app: &App) -> Result<Option<Finding>, Problem> {
    let platform = &app.platform;
    let head = platform.audit_chain.head().await?;
    let Some(head) = head.filter(|head| head.is_anchor_late(platform.clock.now())) else {
        return Ok(None);
    };
    let day = head.next_anchor();
    let finding = Finding::new("audit-not-anchored", Severity::Warning)
        .text(Text::new(
            format!("操作记录自 {day} 起没有写入锚点，此后的改动可能无法发现"),
            format!(
                "the audit log is not anchored since {day}: what is changed since may not show"
            ),
        ))
        .what_to_do(Text::fixed(
            "请检查存放锚点的存储桶及 refresh 函数的权限和日志，恢复后会自动补写",
            "look at the bucket of anchors, and at the rights and the log of the function refresh; \
             what is missing is put by itself then",
        ))
        .requests(&["GET /v1/audit/chain"]);
    Ok(Some(Finding { since: Some(Minute::last_of(day).end()), ..finding }))
}
