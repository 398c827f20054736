//! The open-platform account, by which one person is known across an owner's accounts.

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
};

#[derive(Deserialize)]
struct OpenAccount {
    open_appid: Option<String>,
}

const PATH: &str = "components/{component}/mini-programs/{appid}/open-account";

pub(super) static ACTIONS: [Action; 3] = [
    Action {
        name: "create-open-account",
        title: Text::fixed("创建并绑定", "Make one and bind"),
        rule: Text::fixed(
            "新建一个开放平台账号并绑定；绑定后同一用户有统一的 unionid",
            "makes an open-platform account and binds to it; users have a unionid from then on",
        ),
        button: Text::fixed("创建", "Make"),
        done: Text::fixed("已创建并绑定", "Made and bound"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: PATH,
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "bind-open-account",
        title: Text::fixed("绑定已有账号", "Bind to one that exists"),
        rule: Text::fixed(
            "须属于同一主体；已绑定其他账号时会被拒绝",
            "it has the same owner; refused while it is bound to another",
        ),
        button: Text::fixed("绑定", "Bind"),
        done: Text::fixed("已绑定", "Bound"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: PATH,
        fields: &[Field::new(
            "open_appid",
            Text::fixed("开放平台账号 AppID", "The account's appid"),
            Kind::Line,
        )
        .required()],
        then: Then::Back,
    },
    Action {
        name: "unbind-open-account",
        title: Text::fixed("解除绑定", "Unbind"),
        rule: Text::fixed(
            "此后用户不再有 unionid，依赖它的业务会认不出用户",
            "users have no unionid from then on, and whatever relies on it no longer knows them",
        ),
        button: Text::fixed("解除绑定", "Unbind"),
        done: Text::fixed("已解除绑定", "Unbound"),
        least: Role::Releaser,
        danger: true,
        method: Method::DELETE,
        path: PATH,
        fields: &[],
        then: Then::Back,
    },
];

/// `GET …/open-account`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (account, bound) = whose.with::<OpenAccount>(&app, &signed, &["open-account"]).await?;
    let [create, bind, unbind] = &ACTIONS;
    let known = whose.known();
    let title = Side::OpenAccount.title();
    let none = Text::fixed(
        "没有绑定开放平台账号，用户没有 unionid。",
        "It is bound to none, and its users have no unionid.",
    );
    let content = html! {
        @match bound {
            Ok(OpenAccount { open_appid: Some(open_appid) }) => {
                section.card { h2 { (title.read(language)) }
                    (pieces::facts(language, &[(Text::fixed("已绑定", "Bound to"), html! { code { (open_appid) } })]))
                    p.actions { (unbind.link(&signed, &known)) }
                }
            }
            Ok(_) => {
                (pieces::empty(language, &none, html! {}))
                div.columns {
                    (create.form(&app, &signed, &known))
                    (bind.form(&app, &signed, &known))
                }
            }
            Err(trouble) => { (super::card(language, &title, trouble.markup(language))) }
        }
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::OpenAccount, content).await)
}
