//! Reviews that run, passed or were rejected, across a component's mini programs.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use maud::html;
use platform::text::Text;
use serde::Deserialize;

use super::{
    Place,
    mini_program::{Side, Whose, delivery},
    mini_programs::Account,
};
use crate::{App, pieces, shell, submitted::Fields, trouble::Trouble, visitor::Signed, words};

#[derive(Deserialize)]
struct List {
    mini_programs: Vec<Account>,
    next_cursor: Option<String>,
}

/// `GET /console/{component}/reviews`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut asked = vec![("limit", "25")];
    asked.extend(query.get("cursor").map(|cursor| ("cursor", cursor)));
    let path = ["components", &component, "mini-programs"];
    let list: List = app.api.get(&signed.caller, &path, &asked).await?;
    let mut rows = Vec::new();
    for account in &list.mini_programs {
        let whose = Whose { component: component.clone(), appid: account.appid.clone() };
        let review = delivery::release(&app, &signed, &whose).await?.and_then(|it| it.review);
        rows.extend(review.map(|review| (whose, account, review)));
    }
    let title = Place::Reviews.title();
    let nothing =
        Text::fixed("这一页的小程序都没有审核。", "No reviews among these mini programs.");
    let content = html! {
        h1 { (title.read(language)) }
        @if rows.is_empty() {
            (pieces::empty(language, &nothing, html! {}))
        } @else {
            div.table { table {
                thead { tr {
                    th scope="col" { (words::NAME.read(language)) }
                    th scope="col" { (words::VERSION.read(language)) }
                    th scope="col" { (words::STATE.read(language)) }
                    th scope="col" { (Text::fixed("审核意见", "Reason").read(language)) }
                } }
                tbody { @for (whose, account, review) in &rows {
                    tr {
                        th scope="row" {
                            a.account href=(whose.address(Side::Delivery)) {
                                (pieces::initial(account.shown()))
                                span { (account.shown()) br; code { (account.appid) } }
                            }
                        }
                        td { (review.user_version) }
                        td { (delivery::review_badge(language, &review.state)) }
                        td.reason { (review.reason.as_deref().unwrap_or_default()) }
                    }
                } }
            } }
        }
        (pieces::more(language, &signed.here, list.next_cursor.as_deref()))
    };
    Ok(shell::page(&app, &signed, Some(Place::Reviews), &title, content).await)
}
