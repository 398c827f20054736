//! Mini-program codes, drawn by WeChat.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::Method;
use platform::text::Text;

use super::{Side, Whose};
use crate::{
    App,
    action::{Action, Field, Kind, Then},
    session::Role,
    trouble::Trouble,
    visitor::Signed,
};

static KINDS: [(&str, Text); 3] = [
    (
        "getwxacodeunlimit",
        Text::fixed("小程序码（不限量，带 scene）", "code with a scene, unlimited"),
    ),
    ("getwxacode", Text::fixed("小程序码（带路径）", "code with a path")),
    ("createwxaqrcode", Text::fixed("普通二维码（带路径）", "QR code with a path")),
];

pub(in crate::screens) static ACTIONS: [Action; 1] = [Action {
    name: "draw-code",
    title: Text::fixed("生成小程序码", "Draw a mini-program code"),
    rule: Text::fixed(
        "前两种共用 10 万个的终身额度；不限量的一种用 scene 传参数，打开已发布的页面",
        "the first and the last kind share a lifetime limit of 100,000; the unlimited one passes a scene to a released page",
    ),
    button: Text::fixed("生成并下载", "Draw and download"),
    done: Text::fixed("已生成", "Drawn"),
    least: Role::Releaser,
    danger: false,
    method: Method::POST,
    path: "components/{component}/mini-programs/{appid}/code",
    fields: &[
        Field::new("kind", Text::fixed("种类", "Kind"), Kind::Choice(&KINDS)).required(),
        Field::new("scene", Text::fixed("scene", "scene"), Kind::Line).hint(Text::fixed(
            "不限量的一种必填，最多 32 个字符",
            "needed by the unlimited one; 32 characters at most",
        )),
        Field::new("page", Text::fixed("页面 page", "page"), Kind::Line).hint(Text::fixed(
            "如 pages/index/index，用于不限量的一种",
            "such as pages/index/index, for the unlimited one",
        )),
        Field::new("path", Text::fixed("路径 path", "path"), Kind::Line)
            .hint(Text::fixed("可带参数，用于另外两种", "with its query, for the other two")),
        Field::new("width", Text::fixed("宽度（像素）", "Width in pixels"), Kind::Number)
            .hint(Text::fixed("280 至 1280，默认 430", "280 to 1280, 430 by default")),
    ],
    then: Then::Picture,
}];

/// `GET …/code`
pub(in crate::screens) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let account = whose.account(&app, &signed).await?;
    let content = ACTIONS[0].form(&app, &signed, &whose.known());
    Ok(super::draw(&app, &signed, &whose, &account, Side::Code, content).await)
}
