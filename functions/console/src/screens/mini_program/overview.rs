//! What the account is, what it grants, and which version is where.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::Method;
use maud::html;
use platform::text::Text;

use super::{Side, Whose, delivery};
use crate::{
    App,
    action::{Action, Then},
    pieces,
    session::Role,
    trouble::Trouble,
    visitor::Signed,
    words,
};

pub(super) static ACTIONS: [Action; 1] = [Action {
    name: "erase-mini-program",
    title: Text::fixed("抹除资料", "Erase its data"),
    rule: Text::fixed(
        "删除资料、设置、体验者、备案、支付凭据、时间线、注册和推送，不可恢复；操作记录和授权时间留下。资料很多时须再做一次",
        "profile, settings, testers, filings, payment secrets, timeline, registrations and pushes are gone for good; the audit log and the times of authorization stay. Where there is much, it takes more than once",
    ),
    button: Text::fixed("抹除", "Erase"),
    done: Text::fixed("资料已抹除", "Its data is erased"),
    least: Role::Admin,
    danger: true,
    method: Method::POST,
    path: "components/{component}/mini-programs/{appid}/erasure",
    fields: &[],
    then: Then::Back,
}];

/// `GET /console/{component}/mini-programs/{appid}`
pub(in crate::screens) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (account, release) =
        tokio::join!(whose.account(&app, &signed), delivery::release(&app, &signed, &whose),);
    let (account, release) = (account?, release?);
    let none = || html! { span.small { (words::NONE.read(language)) } };
    let moment = |at: &Option<String>| at.as_deref().map_or_else(none, pieces::time);
    let sets = account.missing_permission_sets.iter().map(i64::to_string).collect::<Vec<_>>();
    let link =
        format!("{}authorize/{}?biz_appid={}", app.addresses.public, whose.component, whose.appid);
    let content = html! {
        @if !account.authorized || !sets.is_empty() {
            div.notice.warn {
                p { strong {
                    @if account.authorized {
                        (Text::fixed("缺少权限集：", "Missing permission sets: ").read(language)) (sets.join(", "))
                    } @else {
                        (Text::fixed("商家已取消授权", "The merchant has withdrawn").read(language))
                    }
                } }
                p { (Text::fixed("请把授权链接发给商家管理员：", "Send the authorization link to its administrator: ").read(language))
                    a href=(link) { (link) } }
                @if !account.authorized { p.actions { (ACTIONS[0].link(&signed, &whose.known())) } }
            }
        }
        (delivery::versions(language, &whose, release.as_ref()))
        (super::card(language, &Text::fixed("账号", "Account"), pieces::facts(language, &[
            (Text::fixed("简介", "Introduction"), account.introduction.as_deref().map_or_else(none, |text| html! { (text) })),
            (Text::fixed("类目", "Category"), html! { (account.category()) }),
            (Text::fixed("原始 ID", "Original id"), html! { code { (account.user_name) } }),
            (Text::fixed("授权时间", "Authorized"), moment(&account.authorized_at)),
            (Text::fixed("取消时间", "Withdrawn"), moment(&account.unauthorized_at)),
        ])))
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Overview, content).await)
}
