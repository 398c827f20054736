//! What a move from another system, or back, leaves to people.

use jiff::SignedDuration;
use platform::{
    AppId,
    adoption::{Mode, ModeRecord, Phase},
    text::Text,
};

use super::{Finding, Severity};
use crate::{App, problem::Problem};

/// A change of mode that takes longer is held up by something.
const CHANGE: SignedDuration = SignedDuration::from_mins(10);

pub(super) async fn findings(app: &App, component: &AppId) -> Result<Vec<Finding>, Problem> {
    let adoption = &app.platform.adoption;
    let record = adoption.show(component).await?;
    let mut findings = Vec::new();
    findings.extend(held_up(app, component, &record));
    if record.mode == Mode::Active {
        return Ok(findings);
    }
    let import = adoption.latest_import(component).await?;
    if let Some(import) = import.filter(|import| import.finished_at.is_none()) {
        let mut finding = Finding::new("import-unfinished", Severity::Warning)
            .text(Text::new(
                format!("商家导入尚未完成：{} / {}", import.done, import.total),
                format!(
                    "the import of merchants is not finished: {} of {}",
                    import.done, import.total
                ),
            ))
            .what_to_do(Text::fixed(
                "请继续导入，直到全部完成",
                "go on with the import until it is finished",
            ))
            .requests(&["POST …/imports"]);
        finding.since = Some(import.started_at);
        finding.link = Some(format!("/v1/components/{component}/imports/latest"));
        findings.push(finding);
    }
    let mut finding = Finding::new("shadow-mode", Severity::Warning)
        .text(Text::fixed(
            "第三方平台处于影子模式：本系统不刷新任何令牌，商家的请求一律拒绝",
            "the component is in shadow mode: nothing is renewed here, and orders are refused",
        ))
        .what_to_do(Text::fixed(
            "请确认原系统正在运行。要迁到本系统：导入商家，停止原系统，再把模式切换为 active",
            "see that the other system runs. To move here: import the merchants, stop the other \
             system, and make the component active",
        ))
        .requests(&["POST …/imports", "PUT …/mode"]);
    finding.since = record.since;
    finding.link = Some(link(component));
    findings.push(finding);
    Ok(findings)
}

fn held_up(app: &App, component: &AppId, record: &ModeRecord) -> Option<Finding> {
    let since = record.since?;
    let is_late = app.platform.clock.now().duration_since(since) > CHANGE;
    let (severity, text) = match record.phase {
        Phase::Reconciling => (
            Severity::Critical,
            Text::fixed(
                "切换到本系统尚未完成：与微信授权列表的核对还没有结束",
                "the cut-over is held up: the comparison with WeChat's list is not done yet",
            ),
        ),
        Phase::PuttingAway => (
            Severity::Warning,
            Text::fixed(
                "切换到影子模式尚未完成：部分商家的 access_token 还没有收起",
                "the change to shadow mode is held up: some merchants' tokens are not put away yet",
            ),
        ),
        Phase::Settled | Phase::ReadingReleases => return None,
    };
    let mut finding = Finding::new("mode-change-held-up", severity).text(text).what_to_do(Text::fixed(
        "系统每分钟自动继续。请先处理本页列出的其他问题；若没有，请查看 refresh 函数的日志",
        "it goes on by itself every minute. Mend what else is listed here; if there is nothing, look \
         at the log of the function refresh",
    ));
    finding.since = Some(since);
    finding.link = Some(link(component));
    is_late.then_some(finding)
}

fn link(component: &AppId) -> String {
    format!("/v1/components/{component}/mode")
}
