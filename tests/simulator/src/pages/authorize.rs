//! The two pages on which a merchant authorizes: one for a computer, reached by a link from the
//! component's own domain, and one inside WeChat.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use maud::{Markup, html};

use super::layout;
use crate::{
    call::{Call, Pairs},
    grants::PERMISSION_SETS,
    reply::respond,
    server::Inner,
    state::World,
    verbs::{Authorize, Via, authorize, find_pre_authorization_code},
};

const PC: &str = "/cgi-bin/componentloginpage";
const H5: [&str; 2] = ["/wxaopen/safe/bindcomponent", "/safe/bindcomponent"];

pub(super) fn is_page(path: &str) -> bool {
    path == PC || H5.contains(&path)
}

pub(super) async fn answer(inner: &Arc<Inner>, call: &Call) -> Response<Bytes> {
    let now = inner.now();
    if call.method == Method::POST {
        return agree(inner, &call.form()).await;
    }
    let page = inner.change(|world, now| {
        link(world, &call.query, now)?;
        if call.path == PC {
            from_own_domain(world, call)?;
        } else {
            inside_wechat(&call.query)?;
        }
        Ok(form(world, &call.query, &call.path))
    });
    match page {
        Ok(page) => respond(StatusCode::OK, "text/html; charset=utf-8", page, now),
        Err(reason) => refused(reason, now),
    }
}

/// Checks what both pages need.
fn link(world: &World, query: &Pairs, now: i64) -> Result<(), String> {
    let component = query.get("component_appid").unwrap_or_default();
    let Some(found) = world.components.get(component) else {
        return Err("component_appid 无效".to_owned());
    };
    let code = query.get("pre_auth_code").unwrap_or_default();
    find_pre_authorization_code(world, component, code, now)
        .map_err(|error| format!("pre_auth_code 无效：{error}"))?;
    let redirect = query.get("redirect_uri").and_then(|uri| url::Url::parse(uri).ok());
    let Some(host) = redirect.as_ref().and_then(url::Url::host_str) else {
        return Err("redirect_uri 无效".to_owned());
    };
    if !found.may_start_from(host) {
        return Err(format!("redirect_uri 的域名 {host} 与授权发起页域名不一致"));
    }
    if let Some(kind) = query.get("auth_type")
        && !matches!(kind, "1" | "2" | "3" | "4" | "5" | "6" | "8")
    {
        return Err(format!("auth_type {kind} 无效"));
    }
    if let Some(appid) = query.get("biz_appid")
        && !world.merchants.contains_key(appid)
    {
        return Err(format!("你不是小程序 {appid} 的管理员"));
    }
    Ok(())
}

/// The page for computers opens only from a page of the component's own domain.
fn from_own_domain(world: &World, call: &Call) -> Result<(), String> {
    let referer = call.header(header::REFERER).and_then(|it| url::Url::parse(it).ok());
    let host = referer.as_ref().and_then(url::Url::host_str);
    let component = call.query.get("component_appid").unwrap_or_default();
    let own = |host| world.components.get(component).is_some_and(|it| it.may_start_from(host));
    match host {
        Some(host) if own(host) => Ok(()),
        Some(host) => Err(format!("请确认授权入口页所在域名 {host} 与授权后回调页所在域名相同")),
        None => Err("请从授权发起页的链接打开此页面（请求中没有来源页）".to_owned()),
    }
}

fn inside_wechat(query: &Pairs) -> Result<(), String> {
    if query.get("action") != Some("bindcomponent") || query.get("no_scan") != Some("1") {
        return Err("链接缺少 action=bindcomponent 或 no_scan=1".to_owned());
    }
    Ok(())
}

fn form(world: &World, query: &Pairs, path: &str) -> String {
    let component = query.get("component_appid").unwrap_or_default();
    let name = world.components.get(component).map_or("", |it| it.settings.name.as_str());
    let only = query.get("biz_appid");
    let offered: Vec<u32> = query
        .get("category_id_list")
        .map(|list| list.split('|').filter_map(|id| id.parse().ok()).collect())
        .unwrap_or_default();
    let merchants: Vec<_> = world
        .merchants
        .values()
        .filter(|merchant| only.is_none_or(|appid| appid == merchant.account.appid))
        .collect();
    let content = html! {
        form method="post" action=(path) {
            @for kept in ["component_appid", "pre_auth_code", "redirect_uri"] {
                input type="hidden" name=(kept) value=(query.get(kept).unwrap_or_default());
            }
            section {
                h1 { "授权给“" (name) "”" }
                p.note { "这是模拟的微信授权页。真实环境中由小程序管理员用微信扫码确认。" }
                h2 { "选择小程序" }
                fieldset {
                    @for (at, merchant) in merchants.iter().enumerate() {
                        @let account = &merchant.account;
                        @let grant = merchant.grants.get(component);
                        label {
                            input type="radio" name="appid" value=(account.appid)
                                checked[at == 0] required;
                            " " strong { (account.nick_name) } " " code { (account.appid) }
                            @if grant.is_some_and(|grant| grant.authorized) { small { "（已授权）" } }
                            br; small { (account.principal_name) }
                        }
                    }
                }
            }
            section {
                h2 { "权限集" }
                fieldset {
                    @for (id, name) in PERMISSION_SETS {
                        @if offered.is_empty() || offered.contains(&id) {
                            label {
                                input type="checkbox" name="permission_set" value=(id) checked;
                                " " (name) " " small { (id) }
                            }
                        }
                    }
                }
                (order())
                button type="submit" { "授权" }
            }
        }
    };
    layout("微信授权", &content)
}

/// In which order the component gets to know: in earnest nobody can choose.
fn order() -> Markup {
    html! {
        label {
            "推送与跳转 "
            select name="via" {
                option value="push-first" { "先推送，后跳转" }
                option value="redirect-first" { "先跳转，后推送" }
                option value="push-only" { "只推送，不跳转" }
                option value="redirect-only" { "只跳转，推送丢失" }
            }
        }
    }
}

/// The merchant has pressed the button.
async fn agree(inner: &Arc<Inner>, form: &Pairs) -> Response<Bytes> {
    let now = inner.now();
    if let Err(reason) = inner.change(|world, now| link(world, form, now)) {
        return refused(reason, now);
    }
    let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let redirect_uri = field("redirect_uri");
    let via = form.get("via").unwrap_or("push-first");
    let agreed = Authorize {
        component: Some(field("component_appid")),
        appid: field("appid"),
        permission_sets: Some(
            form.all("permission_set").filter_map(|id| id.parse().ok()).collect(),
        ),
        // The browser is here: it follows the redirect itself.
        via: if via == "redirect-only" || via == "redirect-first" {
            Via::Nothing
        } else {
            Via::PushOnly
        },
        redirect_uri: Some(redirect_uri),
        pre_auth_code: Some(field("pre_auth_code")),
        ..Authorize::default()
    };
    let done = match via {
        "redirect-first" => authorize_then_push(inner, agreed).await,
        _ => authorize(inner, agreed).await.map(|authorized| authorized.redirect),
    };
    match done {
        Err(error) => refused(error.to_string(), now),
        Ok(_) if via == "push-only" => {
            let content = html! { section { h1 { "已授权" } p { "可以关闭此页面。" } } };
            let page = layout("已授权", &content);
            respond(StatusCode::OK, "text/html; charset=utf-8", page, now)
        }
        Ok(redirect) => {
            let mut response = respond(StatusCode::FOUND, "text/html", "", now);
            let location = redirect.unwrap_or_default();
            if let Ok(location) = HeaderValue::from_str(&location) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
    }
}

/// Lets the browser go and pushes a second later.
async fn authorize_then_push(
    inner: &Arc<Inner>,
    agreed: Authorize,
) -> Result<Option<String>, crate::VerbError> {
    let (authorized, outgoing) = crate::verbs::authorize_without_push(inner, &agreed)?;
    if let Some(outgoing) = outgoing {
        let inner = Arc::clone(inner);
        tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            inner.deliver(outgoing).await;
        });
    }
    Ok(authorized.redirect)
}

fn refused(reason: String, now: i64) -> Response<Bytes> {
    let content = html! {
        section {
            h1 { "无法授权" }
            p { (reason) }
        }
    };
    let page = layout("无法授权", &content);
    respond(StatusCode::OK, "text/html; charset=utf-8", page, now)
}
