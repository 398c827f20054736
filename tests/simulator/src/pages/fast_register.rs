//! The page on which the administrator of an official account agrees to a mini program of the same
//! owner: reached by a link from the component's own domain, and left with a ticket.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use maud::html;
use url::Url;

use super::layout;
use crate::{
    call::{Call, Pairs},
    reply::respond,
    server::Inner,
    state::World,
    verbs::agree,
};

const PAGE: &str = "/cgi-bin/fastregisterauth";

pub(super) fn is_page(path: &str) -> bool {
    path == PAGE
}

pub(super) fn answer(inner: &Arc<Inner>, call: &Call) -> Response<Bytes> {
    let now = inner.now();
    let done = match call.method == Method::POST {
        true => back(inner, &call.form()),
        false => inner.change(|world, _| form(world, call)).map(Step::Form),
    };
    match done {
        Ok(Step::Form(page)) => respond(StatusCode::OK, "text/html; charset=utf-8", page, now),
        Ok(Step::Back(location)) => {
            let mut response = respond(StatusCode::FOUND, "text/html", "", now);
            if let Ok(location) = HeaderValue::from_str(location.as_str()) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
        Err(reason) => {
            let content = html! { section { h1 { "无法注册" } p { (reason) } } };
            let page = layout("无法注册", &content);
            respond(StatusCode::OK, "text/html; charset=utf-8", page, now)
        }
    }
}

/// What comes next.
enum Step {
    Form(String),
    Back(Url),
}

/// Checks what the link says; where it leads back to.
fn link(world: &World, query: &Pairs) -> Result<Url, String> {
    let component = query.get("component_appid").unwrap_or_default();
    let Some(component) = world.components.get(component) else {
        return Err("component_appid 无效".to_owned());
    };
    let appid = query.get("appid").unwrap_or_default();
    if !world.merchants.get(appid).is_some_and(|merchant| merchant.account.official_account) {
        return Err(format!("{appid} 不是公众号"));
    }
    if !matches!(query.get("copy_wx_verify"), Some("0" | "1")) {
        return Err("copy_wx_verify 应为 0 或 1".to_owned());
    }
    let back = query.get("redirect_uri").and_then(|uri| Url::parse(uri).ok());
    let back = back.ok_or("redirect_uri 无效")?;
    match back.host_str().is_some_and(|host| component.may_start_from(host)) {
        true => Ok(back),
        false => Err("redirect_uri 的域名与授权发起页域名不一致".to_owned()),
    }
}

fn form(world: &World, call: &Call) -> Result<String, String> {
    link(world, &call.query)?;
    let referer = call.header(header::REFERER).and_then(|it| Url::parse(it).ok());
    let host = referer.as_ref().and_then(Url::host_str);
    let component = call.query.get("component_appid").unwrap_or_default();
    let own = |host| world.components.get(component).is_some_and(|it| it.may_start_from(host));
    if !host.is_some_and(own) {
        return Err("请从授权发起页的链接打开此页面".to_owned());
    }
    let content = html! {
        form method="post" action=(PAGE) {
            @for kept in ["appid", "component_appid", "copy_wx_verify", "redirect_uri"] {
                input type="hidden" name=(kept) value=(call.query.get(kept).unwrap_or_default());
            }
            section {
                h1 { "快速注册小程序" }
                p.note { "这是模拟的微信页面。真实环境中由公众号管理员用微信扫码确认。" }
                button type="submit" { "同意" }
            }
        }
    };
    Ok(layout("快速注册小程序", &content))
}

/// The administrator has agreed.
fn back(inner: &Inner, form: &Pairs) -> Result<Step, String> {
    let mut back = inner.change(|world, _| link(world, form))?;
    let appid = form.get("appid").unwrap_or_default();
    let ticket = agree(inner, appid).map_err(|error| error.to_string())?;
    back.query_pairs_mut().append_pair("ticket", &ticket);
    Ok(Step::Back(back))
}
