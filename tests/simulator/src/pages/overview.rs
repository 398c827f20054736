//! The simulator's own page: who is who, and buttons for WeChat's part of the play.

use maud::{PreEscaped, html};
use serde_json::{Value, json};

use super::layout;
use crate::state::{Merchant, ReviewStatus, World};

/// Sends a verb and loads the page again.
const SCRIPT: &str = "
document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-verb]');
  if (!button) return;
  const body = JSON.parse(button.dataset.body);
  if ('reason' in body) {
    body.reason = prompt('原因', '功能页面与服务类目不符') ?? '';
    if (!body.reason) return;
  }
  const answer = await fetch('/simulator/' + button.dataset.verb,
    { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) alert((await answer.json()).error);
  location.reload();
});
";

/// The page at `/`.
pub(crate) fn overview(world: &World, now: i64) -> String {
    let content = html! {
        section {
            h1 { "模拟微信" }
            p.note {
                "在这里扮演微信与商家。状态：" a href="/simulator/state" { "/simulator/state" }
                "，调用记录：" a href="/simulator/log" { "/simulator/log" } "。"
            }
        }
        section {
            h2 { "第三方平台" }
            table {
                @for (appid, component) in &world.components {
                    tr {
                        td {
                            (component.settings.name) br; code { (appid) }
                        }
                        td {
                            @match component.tickets.last() {
                                Some(ticket) => { (now - ticket.issued) " 秒前推送过票据" }
                                None => "尚未推送票据"
                            }
                            br; small {
                                (component.settings.event_url.as_deref().unwrap_or("未设置授权事件接收 URL"))
                            }
                        }
                        td {
                            (button("推送票据", "push-ticket", &json!({ "component": appid })))
                        }
                    }
                }
            }
        }
        section {
            h2 { "小程序" }
            table {
                @for (appid, merchant) in &world.merchants {
                    tr {
                        td { (merchant.account.nick_name) br; code { (appid) } }
                        td { (progress(merchant)) }
                        td {
                            @if is_authorized(merchant) {
                                (button("取消授权", "revoke", &json!({ "appid": appid }))) " "
                            }
                            @if merchant.account.icp_status != 6 {
                                (button("备案通过", "set-icp",
                                    &json!({ "appid": appid, "status": 6 }))) " "
                            }
                            @if merchant.reviews.last().is_some_and(|it| it.status.is_open()) {
                                (button("审核通过", "approve", &json!({ "appid": appid }))) " "
                                (button("审核驳回", "reject",
                                    &json!({ "appid": appid, "reason": "" })))
                            }
                        }
                    }
                }
            }
        }
        script { (PreEscaped(SCRIPT)) }
    };
    layout("模拟微信", &content)
}

fn button(label: &str, verb: &str, body: &Value) -> maud::Markup {
    html! {
        button.quiet type="button" data-verb=(verb) data-body=(body) { (label) }
    }
}

fn is_authorized(merchant: &Merchant) -> bool {
    merchant.grants.values().any(|grant| grant.authorized)
}

fn progress(merchant: &Merchant) -> String {
    let granted = if is_authorized(merchant) { "已授权" } else { "未授权" };
    let trial = merchant.trial.as_ref().map(|trial| format!("体验版 {}", trial.user_version));
    let review = merchant.reviews.last().map(|review| {
        let status = match review.status {
            ReviewStatus::Approved => "审核通过",
            ReviewStatus::Rejected => "审核被驳回",
            ReviewStatus::Reviewing => "审核中",
            ReviewStatus::Withdrawn => "已撤回审核",
            ReviewStatus::Delayed => "审核延后",
        };
        format!("{status} {}", review.version.user_version)
    });
    let online =
        merchant.online.as_ref().map(|online| format!("线上 {}", online.version.user_version));
    let parts = [Some(granted.to_owned()), trial, review, online];
    parts.into_iter().flatten().collect::<Vec<_>>().join("，")
}
