//! Registrations that came to nothing, or of which nobody knows.

use platform::{AppId, text::Text};

use super::{Finding, NAMED, Severity};
use crate::{App, problem::Problem};

/// What is to be said about registrations, if anything is.
pub(super) async fn stuck(app: &App, component: &AppId) -> Result<Option<Finding>, Problem> {
    let registrations = &app.platform.registrations;
    let (found, more) = registrations.needing_a_person(component, NAMED as i32).await?;
    let Some((first, _)) = found.first() else { return Ok(None) };
    let count = found.len();
    let list = format!("/v1/components/{component}/registrations");
    let finding = Finding::new("registration-unfinished", Severity::Warning)
        .text(Text::new(
            format!("{count} 个小程序注册没有完成：失败、过期，或微信没有返回结果"),
            format!(
                "{count} registrations of mini programs came to nothing: they failed, were not \
                 confirmed in time, or WeChat did not answer"
            ),
        ))
        .what_to_do(Text::fixed(
            "请查看原因，和对方确认后重新发起；不再需要的请确认",
            "look at why, and renew them when the person is ready; those that nobody wants any more \
             are acknowledged",
        ))
        .requests(&["POST …/renewal", "POST …/acknowledgement"]);
    Ok(Some(Finding {
        count: Some(count),
        more,
        since: found.iter().map(|(_, since)| *since).min(),
        link: Some(if count == 1 { format!("{list}/{first}") } else { list }),
        registrations: found.into_iter().map(|(id, _)| id).collect(),
        ..finding
    }))
}
