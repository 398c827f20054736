//! What the API says when it refuses.

use maud::{Markup, html};
use platform::text::Language;

use crate::{api::ProblemDetails, words};

/// What happened, why, and what to do.
pub(crate) fn problem(problem: &ProblemDetails, language: Language) -> Markup {
    html! {
        div.notice.bad role="alert" {
            p { strong { (problem.title) } }
            @if let Some(detail) = &problem.detail { p { (detail) } }
            @if let Some(cause) = &problem.cause { p { (cause) } }
            @if problem.faults.len() > 1 {
                ul { @for fault in &problem.faults { li { (fault.detail) } } }
            }
            @if let Some(what_to_do) = &problem.what_to_do { p.do { (what_to_do) } }
            @if let Some(link) = &problem.authorization_link { p { a href=(link) { (link) } } }
            @if let Some(errcode) = problem.errcode {
                p.small {
                    a href={ "/console/errcodes?code=" (errcode) } { (errcode) }
                    @if let Some(message) = &problem.wechat_message { " " (message) }
                    @if let Some(rid) = &problem.rid { " · rid " code { (rid) } }
                }
            }
            @if problem.status == 403 { p.small { (words::ASK_AN_ADMIN.read(language)) } }
        }
    }
}
