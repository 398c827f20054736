//! The page that WeChat's order centre (订单中心) opens.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{Side, Whose};
use crate::{
    App,
    action::{Action, Field, Kind, Then},
    pieces::{self, Tone, badge},
    session::Role,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct OrderPath {
    live: Option<Page>,
    review: Option<Page>,
    asked_at: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    path: String,
    state: String,
    applied_at: Option<String>,
    reason: Option<String>,
}

pub(super) static ACTIONS: [Action; 2] = [
    Action {
        name: "apply-for-order-path",
        title: Text::fixed("申请订单中心页面", "Apply for a page"),
        rule: Text::fixed(
            "有交易的小程序须有订单页面，否则不能提审。由微信审核；测试密码只发给微信，本系统不保存",
            "mini programs that sell need one before a review. WeChat reviews it; the password goes to WeChat and is kept nowhere here",
        ),
        button: Text::fixed("提交申请", "Apply"),
        done: Text::fixed("已提交，等待微信审核", "Applied; WeChat reviews it"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/order-path",
        fields: &[
            Field::new("path", Text::fixed("页面路径", "Page"), Kind::Line).required().hint(
                Text::fixed(
                    "如 pages/orders/index，开头无斜杠，不带参数",
                    "such as pages/orders/index, without a leading slash or a query",
                ),
            ),
            Field::new(
                "pictures",
                Text::fixed("截图地址", "Addresses of pictures"),
                Kind::FewLines,
            )
            .hint(Text::fixed("每行一个，最多 10 个", "one a line, ten at most")),
            Field::new("video", Text::fixed("视频地址", "Address of a video"), Kind::Line),
            Field::new(
                "test_account",
                Text::fixed("测试账号", "An account for the reviewer"),
                Kind::Line,
            ),
            Field::new("test_password", Text::fixed("测试密码", "Its password"), Kind::Secret),
            Field::new("remark", Text::fixed("备注", "A word to the reviewer"), Kind::Line),
        ],
        then: Then::Back,
    },
    Action {
        name: "refresh-order-path",
        title: Text::fixed("向微信查询", "Ask WeChat"),
        rule: Text::fixed("读取审核结果", "reads how the application stands"),
        button: Text::fixed("查询", "Ask"),
        done: Text::fixed("已查询", "WeChat was asked"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/order-path/refresh",
        fields: &[],
        then: Then::Back,
    },
];

/// `GET …/order-path`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (account, known_path) = whose.with::<OrderPath>(&app, &signed, &["order-path"]).await?;
    let order_path = known_path?;
    let [apply, refresh] = &ACTIONS;
    let known = whose.known();
    let current = order_path.review.as_ref().or(order_path.live.as_ref());
    let filled = current.map_or("", |page| page.path.as_str());
    let content = html! {
        section.card {
            h2 { (Side::OrderPath.title().read(language)) }
            (pieces::facts(language, &[
                (Text::fixed("生效的页面", "In force"), show(order_path.live.as_ref(), language)),
                (Text::fixed("申请中的页面", "Applied for"), show(order_path.review.as_ref(), language)),
            ]))
            p.actions {
                (refresh.link(&signed, &known))
                (pieces::asked(language, order_path.asked_at.as_deref()))
            }
        }
        (apply.form(&app, &signed, &[&known[..], &[("path", filled)]].concat()))
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::OrderPath, content).await)
}

fn show(page: Option<&Page>, language: Language) -> Markup {
    let Some(page) = page else {
        return html! { span.small { (words::NONE.read(language)) } };
    };
    let (tone, words) = match page.state.as_str() {
        "in-review" => (Tone::Busy, Text::fixed("审核中", "in review")),
        "refused" => (Tone::Bad, Text::fixed("未通过", "refused")),
        "in-force" => (Tone::Good, Text::fixed("已生效", "in force")),
        "not-taken" => (Tone::Bad, Text::fixed("微信未受理", "not taken")),
        other => (Tone::Plain, Text::new(other, other)),
    };
    html! {
        code { (page.path) } " " (badge(tone, words.read(language)))
        @if let Some(at) = &page.applied_at { " " span.small { (pieces::time(at)) } }
        @if let Some(reason) = &page.reason { p.small { (reason) } }
    }
}
