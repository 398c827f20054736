//! Who may use the trial version.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::Method;
use maud::html;
use platform::text::Text;
use serde::Deserialize;

use super::{Side, Whose};
use crate::{
    App,
    action::{Action, Field, Kind, Then},
    pieces,
    session::Role,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Testers {
    testers: Vec<Tester>,
}

#[derive(Deserialize)]
struct Tester {
    wechat_id: Option<String>,
    user_str: Option<String>,
    bound_at: Option<String>,
}

pub(in crate::screens) static ACTIONS: [Action; 2] = [
    Action {
        name: "bind-tester",
        title: Text::fixed("添加体验者", "Add a tester"),
        rule: Text::fixed(
            "对方的微信号须能被搜索到；已经添加过的，视为成功",
            "the person must be found by this WeChat id; whoever is one already counts as added",
        ),
        button: Text::fixed("添加", "Add"),
        done: Text::fixed("体验者已添加", "Added"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/testers",
        fields: &[
            Field::new("wechat_id", Text::fixed("微信号", "WeChat id"), Kind::Line).required()
        ],
        then: Then::Back,
    },
    Action {
        name: "unbind-tester",
        title: Text::fixed("移除体验者", "Remove the tester"),
        rule: Text::fixed(
            "对方将不能再打开体验版",
            "the person can no longer open the trial version",
        ),
        button: Text::fixed("移除", "Remove"),
        done: Text::fixed("体验者已移除", "Removed"),
        least: Role::Releaser,
        danger: true,
        method: Method::DELETE,
        path: "components/{component}/mini-programs/{appid}/testers/{user_str}",
        fields: &[],
        then: Then::Back,
    },
];

/// `GET …/testers`
pub(in crate::screens) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (account, testers) = whose.with::<Testers>(&app, &signed, &["testers"]).await?;
    let Testers { testers } = testers?;
    let [bind, unbind] = &ACTIONS;
    let known = whose.known();
    let content = html! {
        @if testers.is_empty() {
            (pieces::empty(language, &Text::fixed("还没有体验者。", "There are no testers yet."), html! {}))
        } @else {
            div.table { table {
                thead { tr {
                    th scope="col" { (bind.fields[0].label.read(language)) }
                    th scope="col" { (Text::fixed("添加时间", "Added").read(language)) }
                    td {}
                } }
                tbody { @for tester in &testers {
                    tr {
                        th scope="row" { (tester.wechat_id.as_deref().unwrap_or("—")) }
                        td { @if let Some(at) = &tester.bound_at { (pieces::time(at)) } @else { (words::NONE.read(language)) } }
                        td { @if let Some(user_str) = &tester.user_str {
                            (unbind.link(&signed, &[&known[..], &[("user_str", user_str)]].concat()))
                        } }
                    }
                } }
            } }
        }
        (bind.form(&app, &signed, &known))
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Testers, content).await)
}
