//! Inviting people, and the page on which somebody who was invited takes their key.

use axum::{extract::State, response::Response};
use http::{Method, StatusCode};
use maud::{Markup, html};
use platform::text::Text;
use serde::Deserialize;
use serde_json::json;

use crate::{
    App,
    action::{Action, Field, Kind, Then},
    api::{Content, Write},
    pieces::{self, Tone, badge},
    session::Role,
    shell,
    submitted::Open,
    trouble::Trouble,
    visitor::{Signed, Visitor},
    words,
};

#[derive(Deserialize)]
pub(super) struct Invitations {
    invitations: Vec<Invitation>,
}

#[derive(Deserialize)]
struct Invitation {
    id: String,
    name: String,
    role: String,
    state: String,
    created_at: String,
    expires_at: String,
}

static ROLES: [(&str, Text); 3] = [
    ("viewer", Text::fixed("只读", "Viewer")),
    ("releaser", Text::fixed("发布者", "Releaser")),
    ("admin", Text::fixed("管理员", "Administrator")),
];

const TITLE: Text = Text::fixed("领取登录密钥", "Take your key");
const TOKEN: Text = Text::fixed("邀请码", "Invitation");

pub(super) static ACTIONS: [Action; 2] = [
    Action {
        name: "invite",
        title: Text::fixed("邀请成员", "Invite somebody"),
        rule: Text::fixed(
            "生成一个 72 小时内有效、只能用一次的链接，请只发给本人。密钥由本人领取，别人（包括你）都看不到",
            "makes a link that is good once, within 72 hours: send it to that person alone. They take the key themselves; nobody else sees it, nor do you",
        ),
        button: Text::fixed("生成邀请链接", "Make the link"),
        done: Text::fixed("邀请已生成，请把链接发给本人", "Send this link to the person"),
        least: Role::Admin,
        danger: false,
        method: Method::POST,
        path: "invitations",
        fields: &[
            Field::new("name", Text::fixed("姓名", "Name"), Kind::Line).required(),
            Field::new("role", Text::fixed("角色", "Role"), Kind::Choice(&ROLES)).required(),
            Field::new(
                "key_expires_at",
                Text::fixed("密钥到期时间", "The key expires"),
                Kind::Line,
            )
            .hint(Text::fixed(
                "如 2027-06-30T00:00:00+08:00，留空为长期",
                "such as 2027-06-30T00:00:00+08:00; empty for none",
            )),
        ],
        then: Then::TellOnce("link"),
    },
    Action {
        name: "revoke-invitation",
        title: Text::fixed("撤销邀请", "Revoke the invitation"),
        rule: Text::fixed("链接立即失效", "the link is good for nothing from now on"),
        button: Text::fixed("撤销", "Revoke"),
        done: Text::fixed("邀请已撤销", "Revoked"),
        least: Role::Admin,
        danger: true,
        method: Method::DELETE,
        path: "invitations/{id}",
        fields: &[],
        then: Then::Back,
    },
];

/// Those who were invited and have not taken their key, and the form to invite more.
pub(super) fn section(app: &App, signed: &Signed, list: &Invitations) -> Markup {
    let language = signed.language;
    let [invite, revoke] = &ACTIONS;
    let open: Vec<&Invitation> = list.invitations.iter().filter(|it| it.state == "open").collect();
    html! {
        (invite.form(app, signed, &[]))
        @if !open.is_empty() {
            h2 { (Text::fixed("等待领取的邀请", "Invitations that wait").read(language)) }
            div.table { table { tbody { @for invitation in open { tr {
                th scope="row" { (invitation.name) " " span.small { (words::role(&invitation.role).read(language)) } }
                td { (pieces::time(&invitation.created_at)) }
                td { (badge(Tone::Warn, Text::fixed("未领取", "not taken").read(language))) " "
                    (Text::fixed("有效至", "until").read(language)) " " (pieces::time(&invitation.expires_at)) }
                td { (revoke.link(signed, &[("id", &invitation.id)])) }
            } } } } }
        }
    }
}

/// `GET /console/invitation`: what is secret stands behind the address's `#`, which no browser sends;
/// a script puts it into the form, and whoever has no scripts pastes it.
pub(crate) async fn page(visitor: Visitor) -> Response {
    draw(&visitor, None)
}

/// `POST /console/invitation`
pub(crate) async fn take(State(app): State<App>, form: Open) -> Result<Response, Trouble> {
    #[derive(Deserialize)]
    struct Taken {
        secret: String,
    }
    let Open { visitor, fields, .. } = form;
    let language = visitor.language;
    // The whole link, or what stands behind its `#`.
    let token = fields.text("token").trim();
    let token = token.rsplit('#').next().unwrap_or_default();
    let path = ["invitations", "acceptance"];
    let content = Content::Json(json!({ "token": token }));
    let write = Write { method: Method::POST, path: &path, query: &[], content, once: "" };
    let answer = match app.api.write(&visitor.stranger(), write).await {
        Ok(answer) => answer,
        Err(Trouble::Refused(problem)) => {
            let mut page = draw(&visitor, Some(&pieces::problem(&problem, language)));
            *page.status_mut() =
                StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_GATEWAY);
            return Ok(page);
        }
        Err(trouble) => return Err(trouble),
    };
    let Taken { secret } =
        serde_json::from_slice(&answer.body).map_err(|error| Trouble::unexpected(&path, &error))?;
    let content = html! {
        div.welcome { (pieces::mark()) "wechat-fleet" }
        h1 { (Text::fixed("这是你的登录密钥", "This is your key").read(language)) }
        div.notice.warn {
            p { strong { (words::TOLD_ONCE.read(language)) } }
            p { code.secret { (secret) } }
        }
        p { (Text::fixed(
            "除你以外没有人看到过它。请不要转给任何人：操作记录以它认人。",
            "Nobody but you has seen it. Give it to nobody: the audit log knows you by it.",
        ).read(language)) }
        form.form method="post" action="/console/sign-in" {
            input type="hidden" name="key" value=(secret);
            p.buttons { button { (Text::fixed("已保存，现在登录", "I have kept it; sign in").read(language)) } }
        }
    };
    Ok(shell::bare(&visitor, &TITLE, content))
}

fn draw(visitor: &Visitor, why: Option<&Markup>) -> Response {
    let language = visitor.language;
    let content = html! {
        div.welcome { (pieces::mark()) "wechat-fleet" }
        h1 { (TITLE.read(language)) }
        @if let Some(why) = why { div role="alert" { (why) } }
        form.form method="post" action="/console/invitation" {
            div.field {
                label for="token" { (TOKEN.read(language)) }
                input id="token" name="token" type="password" autocomplete="off" required
                    data-from-fragment aria-describedby="token-about";
                div.about id="token-about" { p { (Text::fixed(
                    "链接中 # 之后的部分，一般已自动填入；也可以粘贴整个链接。只能领取一次。",
                    "What stands behind the # of your link, which is filled in by itself as a rule; or paste the whole link. It is good once.",
                ).read(language)) } }
            }
            p.buttons { button { (TITLE.read(language)) } }
        }
    };
    shell::bare(visitor, &TITLE, content)
}
