//! The page that a merchant is given the link to.

use axum::{
    extract::{Path, State},
    response::Response,
};
use platform::{AppId, authorization::Page, secrets::Component};

use crate::{
    App, pages,
    trouble::{Problem, Trouble},
    visitor::Visitor,
};

/// `GET /authorize/{component}`
pub(crate) async fn page(
    State(app): State<App>,
    Path(component): Path<String>,
    visitor: Visitor,
) -> Result<Response, Response> {
    let component = find(&app, &component, &visitor).await?;
    let problem = |trouble| Problem::new(&app, &visitor, Some(&component.appid)).page(trouble);
    let account = account(&visitor).map_err(problem)?;
    let mut here = app.platform.addresses.public.clone();
    here.set_path(&format!("/authorize/{}", component.appid));
    if let Some(account) = &account {
        here.query_pairs_mut().append_pair("biz_appid", account.as_str());
    }
    let flow = if visitor.in_wechat { Page::H5 } else { Page::Pc };
    Ok(pages::start(&visitor, &pages::Start { component: &component, account, here, flow }))
}

/// The component of the path, if this deployment serves it.
pub(crate) async fn find(
    app: &App,
    component: &str,
    visitor: &Visitor,
) -> Result<std::sync::Arc<Component>, Response> {
    let problem = |trouble| Problem::new(app, visitor, None).page(trouble);
    let component: AppId = component.parse().map_err(|_| problem(Trouble::NoSuchPlatform))?;
    let found = app.platform.secrets.component(&component).await;
    found.map_err(|error| Problem::new(app, visitor, Some(&component)).of_component(&error))
}

/// The one account that the link is for, if it is for one.
pub(crate) fn account(visitor: &Visitor) -> Result<Option<AppId>, Trouble> {
    visitor.query("biz_appid").map(str::parse).transpose().map_err(|_| Trouble::NoSuchAccount)
}
