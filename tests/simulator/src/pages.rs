//! Pages for people: WeChat's authorization pages, and the simulator's own overview.

mod authorize;
mod fast_register;
mod overview;

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(crate) use self::overview::overview;
use crate::{call::Call, server::Inner};

const STYLE: &str = "
:root { color-scheme: light; }
body { margin: 0; background: #f5f6f7; color: #1f2329;
  font: 16px/1.6 -apple-system, 'PingFang SC', 'Microsoft YaHei', sans-serif; }
main { max-width: 46rem; margin: 2.5rem auto; padding: 0 1.25rem; }
section { background: #fff; border: 1px solid #e5e6eb; border-radius: 12px;
  padding: 1.25rem 1.5rem; margin-bottom: 1.25rem; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; } h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
p.note, small { color: #6b7280; } p { margin: .25rem 0 .75rem; }
label { display: block; padding: .4rem 0; } fieldset { border: 0; padding: 0; margin: 0 0 1rem; }
button { background: #07c160; color: #fff; border: 0; border-radius: 8px; cursor: pointer;
  padding: .5rem 1.25rem; font: inherit; }
button.quiet { background: #eef0f2; color: #1f2329; padding: .3rem .8rem; }
button:focus-visible, input:focus-visible, select:focus-visible { outline: 3px solid #576b95; }
select { font: inherit; padding: .3rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .45rem .5rem;
  border-top: 1px solid #e5e6eb; vertical-align: top; } code { font-size: .875em; }
";

/// Whether one of WeChat's pages stands at this path.
pub(crate) fn is_page(path: &str) -> bool {
    authorize::is_page(path) || fast_register::is_page(path)
}

/// Answers a page or its form.
pub(crate) async fn answer(inner: &Arc<Inner>, call: &Call) -> Response<Bytes> {
    match fast_register::is_page(&call.path) {
        true => fast_register::answer(inner, call),
        false => authorize::answer(inner, call).await,
    }
}

fn layout(title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    };
    page.into_string()
}
