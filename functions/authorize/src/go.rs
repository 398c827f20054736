//! The way out: a pre-authorization code and a state, then WeChat's page. The code is fetched for
//! each link and lives for minutes, which is why the link does not stand on the page itself.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use platform::authorization::{AccountKinds, Link, Page};
use wechat::endpoint::ApiCreatePreauthCode;

use crate::{App, pages::Code, start, trouble::Problem, visitor::Visitor};

/// `GET /authorize/{component}/go`
pub(crate) async fn redirect(
    State(app): State<App>,
    Path(component): Path<String>,
    visitor: Visitor,
) -> Result<Response, Response> {
    let component = start::find(&app, &component, &visitor).await?.appid.clone();
    let problem = || Problem::new(&app, &visitor, Some(&component));
    let account = start::account(&visitor).map_err(|trouble| problem().page(trouble))?;

    let request = ApiCreatePreauthCode { component_appid: component.as_str() };
    let answer = app.platform.caller.component(&component, &request).await;
    let answer = answer.map_err(|error| problem().of_call(&error))?;
    let state = app.platform.authorizations.issue(&component).await;
    let state = state.map_err(|error| problem().of_storage(&error))?;

    let addresses = &app.platform.addresses;
    let mut redirect = Link::way_back(addresses, &component, &state);
    if visitor.chose_language {
        redirect.query_pairs_mut().append_pair("lang", visitor.language.code());
    }
    let link = Link {
        component: &component,
        pre_auth_code: &answer.pre_auth_code,
        redirect,
        kinds: AccountKinds::MiniPrograms,
        account: account.as_ref(),
    };
    let page = match visitor.query("flow") {
        Some("h5") => Page::H5,
        Some("pc") => Page::Pc,
        _ if visitor.in_wechat => Page::H5,
        _ => Page::Pc,
    };
    let address = link.url(addresses, page);
    Ok((StatusCode::FOUND, [(header::LOCATION, String::from(address))]).into_response())
}
