//! Operators: their keys and what each may do.

mod lock_outs;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::Method;
use maud::html;
use platform::text::Text;
use serde::Deserialize;

use self::lock_outs::LockOut;
use super::{
    Place,
    invitations::{self, Invitations},
};
use crate::{
    App,
    action::{Action, Field, Kind, Then},
    pieces::{self, Tone, badge},
    session::Role,
    shell,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Key>,
    #[serde(default)]
    lock_outs: Vec<LockOut>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Key {
    id: String,
    name: String,
    role: String,
    created_at: String,
    expires_at: Option<String>,
    revoked_at: Option<String>,
    permit: Option<Permit>,
}

#[derive(Deserialize)]
struct Permit {
    scopes: Vec<String>,
}

static ROLES: [(&str, Text); 4] = [
    ("viewer", Text::fixed("只读：查看一切，不能改动", "Viewer: sees everything, changes nothing")),
    (
        "releaser",
        Text::fixed(
            "发布者：设置、上传、提审、发布、回退",
            "Releaser: sets up, uploads, submits, releases, rolls back",
        ),
    ),
    (
        "admin",
        Text::fixed(
            "管理员：另可管理密钥和查看操作记录",
            "Administrator: also keys and the audit log",
        ),
    ),
    (
        "machine",
        Text::fixed(
            "机器：只能做 scopes 写明的事，不能登录控制台",
            "Machine: what its scopes name, and no console",
        ),
    ),
];

pub(super) static ACTIONS: [Action; 2] = [
    Action {
        name: "create-key",
        title: Text::fixed("新建密钥", "New key"),
        rule: Text::fixed(
            "给人请用“邀请成员”：直接新建的密钥你自己也看到了，双人审批时算作你的。后四项只用于机器密钥",
            "people are better invited: a key that you make here you have seen yourself, and where two are needed it counts as yours. The last four fields are for machines",
        ),
        button: Text::fixed("新建", "Create"),
        done: Text::fixed("密钥已创建", "The key is made"),
        least: Role::Admin,
        danger: false,
        method: Method::POST,
        path: "keys",
        fields: &[
            Field::new("name", Text::fixed("姓名或系统名", "Whose it is"), Kind::Line).required(),
            Field::new("role", Text::fixed("角色", "Role"), Kind::Choice(&ROLES)).required(),
            Field::new("expires_at", Text::fixed("到期时间", "Expires"), Kind::Line).hint(
                Text::fixed(
                    "如 2027-06-30T00:00:00+08:00，留空为长期",
                    "such as 2027-06-30T00:00:00+08:00; empty for none",
                ),
            ),
            Field::new("scopes", Text::fixed("scopes", "Scopes"), Kind::FewLines).hint(
                Text::fixed(
                    "每行一个，如 relay、token:read",
                    "one a line, such as relay, token:read",
                ),
            ),
            Field::new("components", Text::fixed("第三方平台", "Components"), Kind::FewLines),
            Field::new("accounts", Text::fixed("小程序", "Accounts"), Kind::FewLines)
                .hint(Text::fixed("appid，或 * 表示全部", "appids, or * for all")),
            Field::new("paths", Text::fixed("微信接口路径", "Paths of WeChat"), Kind::FewLines)
                .hint(Text::fixed("如 /wxa/*", "such as /wxa/*")),
        ],
        then: Then::TellOnce("secret"),
    },
    Action {
        name: "revoke-key",
        title: Text::fixed("吊销密钥", "Revoke the key"),
        rule: Text::fixed(
            "立即生效，不能恢复；用它登录的人会被退出",
            "at once and for good; whoever signed in with it is out",
        ),
        button: Text::fixed("吊销", "Revoke"),
        done: Text::fixed("密钥已吊销", "Revoked"),
        least: Role::Admin,
        danger: true,
        method: Method::DELETE,
        path: "keys/{id}",
        fields: &[],
        then: Then::Back,
    },
];

/// `GET /console/keys`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let asked: Vec<(&str, &str)> =
        query.get("cursor").map(|cursor| ("cursor", cursor)).into_iter().collect();
    let (list, invitations) = tokio::join!(
        app.api.get::<Keys>(&signed.caller, &["keys"], &asked),
        app.api.get::<Invitations>(&signed.caller, &["invitations"], &[]),
    );
    let (list, invitations) = (list?, invitations?);
    let [create, revoke] = &ACTIONS;
    let title = Place::Keys.title();
    let content = html! {
        h1 { (title.read(language)) }
        (lock_outs::section(&list.lock_outs, language))
        @if list.keys.is_empty() {
            (pieces::empty(language, &Text::fixed(
                "目前只有部署时生成的管理员密钥。请逐一邀请每个人。",
                "There is only the key made with the deployment. Invite each person.",
            ), html! {}))
        } @else {
            div.table { table {
                thead { tr {
                    th scope="col" { (create.fields[0].label.read(language)) }
                    th scope="col" { (create.fields[1].label.read(language)) }
                    th scope="col" { (Text::fixed("创建", "Made").read(language)) }
                    th scope="col" { (words::STATE.read(language)) }
                    td {}
                } }
                tbody { @for key in &list.keys { tr {
                    th scope="row" { (key.name) br; code.small { (key.id) } }
                    td { (words::role(&key.role).read(language))
                        @if let Some(permit) = &key.permit { br; span.small { (permit.scopes.join(", ")) } } }
                    td { (pieces::time(&key.created_at)) }
                    td {
                        @if let Some(at) = &key.revoked_at {
                            (badge(Tone::Bad, Text::fixed("已吊销", "revoked").read(language))) " " (pieces::time(at))
                        } @else if let Some(at) = &key.expires_at {
                            (Text::fixed("有效至", "until").read(language)) " " (pieces::time(at))
                        } @else {
                            (badge(Tone::Good, Text::fixed("有效", "good").read(language)))
                        }
                    }
                    td { @if key.revoked_at.is_none() { (revoke.link(&signed, &[("id", &key.id)])) } }
                } } }
            } }
            (pieces::more(language, &signed.here, list.next_cursor.as_deref()))
        }
        (invitations::section(&app, &signed, &invitations))
        (create.form(&app, &signed, &[]))
    };
    Ok(shell::page(&app, &signed, Some(Place::Keys), &title, content).await)
}
