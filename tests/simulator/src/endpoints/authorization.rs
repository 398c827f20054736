//! What merchants granted: codes exchanged, tokens refreshed, accounts described and listed.

use serde_json::{Value, json};

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    grants::PERMISSION_SETS,
    options::RefreshTokens,
    reply::{Answer, Refusal, bare, refuse},
    scene::Scene,
    state::{ACCESS_TOKEN_LIFE, Grant},
};

/// The longest page of the list.
const LONGEST_PAGE: i64 = 500;

/// Seconds a replaced refresh token lives where [`RefreshTokens::RotateWithGrace`] is chosen.
const GRACE: i64 = 300;

const APPID: Field = Field::required("component_appid", Kind::Text).missing(40013, "invalid appid");
const AUTHORIZER: Field =
    Field::required("authorizer_appid", Kind::Text).missing(40013, "invalid appid");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/cgi-bin/component/api_query_auth",
        TokenKind::Component,
        &[
            APPID,
            Field::required("authorization_code", Kind::Text).missing(61009, "code is invalid"),
        ],
        query_auth,
    ),
    Endpoint::post(
        "/cgi-bin/component/api_authorizer_token",
        TokenKind::Component,
        &[
            APPID,
            AUTHORIZER,
            Field::required("authorizer_refresh_token", Kind::TextOrNull)
                .missing(61023, "refresh_token is invalid"),
        ],
        authorizer_token,
    ),
    Endpoint::post(
        "/cgi-bin/component/api_get_authorizer_info",
        TokenKind::Component,
        &[APPID, AUTHORIZER],
        authorizer_info,
    ),
    Endpoint::post(
        "/cgi-bin/component/api_get_authorizer_list",
        TokenKind::Component,
        &[APPID, Field::required("offset", Kind::Integer), Field::required("count", Kind::Integer)],
        authorizer_list,
    ),
];

fn query_auth(scene: &mut Scene<'_>) -> Answer {
    scene.same_component()?;
    let presented = scene.text("authorization_code").to_owned();
    let now = scene.now;
    let appid = match scene.world.authorization_codes.get_mut(&presented) {
        None => return refuse(61009, "code is invalid"),
        Some(code) if code.component != scene.component_appid => {
            return refuse(61009, "code is invalid");
        }
        Some(code) if code.used || now >= code.expires => {
            return refuse(61010, "code is expired");
        }
        Some(code) => {
            code.used = true;
            code.merchant.clone()
        }
    };
    let token = scene.world.issue_token(&scene.component_appid, Some(&appid), now);
    let grant = grant(scene, &appid)?;
    let mut info = json!({
        "authorizer_appid": appid,
        "func_info": func_info(&grant.permission_sets),
    });
    // Without a permission to call anything there is nothing to call it with.
    if !grant.permission_sets.is_empty() {
        info["authorizer_access_token"] = json!(token);
        info["expires_in"] = json!(ACCESS_TOKEN_LIFE);
        info["authorizer_refresh_token"] = json!(grant.refresh_token);
    }
    bare(json!({ "authorization_info": info }))
}

fn authorizer_token(scene: &mut Scene<'_>) -> Answer {
    scene.same_component()?;
    let appid = scene.text("authorizer_appid").to_owned();
    let presented = scene.optional_text("authorizer_refresh_token").map(str::to_owned);
    let now = scene.now;
    let grant = grant(scene, &appid)?;
    if grant.password_changed {
        return refuse(42007, "access_token and refresh_token exception");
    }
    let former = grant.former_refresh_token.as_ref();
    let is_current = presented.as_ref() == Some(&grant.refresh_token);
    let is_former =
        former.is_some_and(|(token, until)| Some(token) == presented.as_ref() && now < *until);
    if !is_current && !is_former {
        return refuse(61023, "refresh_token is invalid");
    }
    let behaviour = scene.world.token_behaviour.refresh_tokens;
    if is_current && behaviour != RefreshTokens::Constant {
        let next = format!("refreshtoken@@@{}", scene.world.random.secret(43));
        let component = scene.component_appid.clone();
        let grant = scene.world.merchant(&appid).grants.entry(component).or_default();
        let replaced = std::mem::replace(&mut grant.refresh_token, next);
        grant.former_refresh_token = match behaviour {
            RefreshTokens::RotateWithGrace => Some((replaced, now + GRACE)),
            RefreshTokens::Constant | RefreshTokens::Rotate => None,
        };
    }
    let token = scene.world.issue_token(&scene.component_appid, Some(&appid), now);
    let refresh_token = self::grant(scene, &appid)?.refresh_token.clone();
    bare(json!({
        "authorizer_access_token": token,
        "expires_in": ACCESS_TOKEN_LIFE,
        "authorizer_refresh_token": refresh_token,
    }))
}

fn authorizer_info(scene: &mut Scene<'_>) -> Answer {
    scene.same_component()?;
    let appid = scene.text("authorizer_appid").to_owned();
    let told = scene.options.info_carries_refresh_token;
    let grant = grant(scene, &appid)?;
    let mut authorization =
        json!({ "authorizer_appid": appid, "func_info": func_info(&grant.permission_sets) });
    if told && !grant.refresh_token_hidden {
        authorization["authorizer_refresh_token"] = json!(grant.refresh_token);
    }
    let merchant = scene.world.merchant(&appid);
    let account = &merchant.account;
    let list = |name: &str| {
        let lists = [
            &merchant.console_domains,
            &merchant.platform_domains,
            &merchant.direct_domains_in_force,
        ];
        let mut hosts: Vec<&String> =
            lists.iter().filter_map(|lists| lists.get(name)).flatten().collect();
        hosts.sort_unstable();
        hosts.dedup();
        json!(hosts)
    };
    let categories: Vec<Value> = account
        .categories
        .iter()
        .map(|it| json!({ "first": it.first_class, "second": it.second_class }))
        .collect();
    let is_official = account.official_account;
    let mut shown = json!({
        "authorizer_info": {
            "nick_name": account.nick_name,
            "head_img": account.head_image,
            "service_type_info": { "id": 0 },
            "verify_type_info": { "id": -1 },
            "user_name": account.user_name,
            "alias": "",
            "qrcode_url": format!("http://mmbiz.qpic.cn/mmbiz_jpg/{appid}/0"),
            "business_info": {
                "open_pay": 0, "open_shake": 0, "open_scan": 0, "open_card": 0, "open_store": 0,
            },
            "idc": 1,
            "principal_name": account.principal_name,
            "signature": account.signature,
            "MiniProgramInfo": {
                "network": {
                    "RequestDomain": list("requestdomain"),
                    "WsRequestDomain": list("wsrequestdomain"),
                    "UploadDomain": list("uploaddomain"),
                    "DownloadDomain": list("downloaddomain"),
                    "UDPDomain": list("udpdomain"),
                    "TCPDomain": list("tcpdomain"),
                    "BizDomain": [],
                },
                "categories": categories,
                "visit_status": 0,
            },
            "register_type": 0,
            "account_status": 1,
            "basic_config": { "is_phone_configured": true, "is_email_configured": true },
        },
        "authorization_info": authorization,
    });
    // By this member a mini program is told from an official account.
    if is_official && let Some(info) = shown["authorizer_info"].as_object_mut() {
        info.remove("MiniProgramInfo");
    }
    bare(shown)
}

fn authorizer_list(scene: &mut Scene<'_>) -> Answer {
    scene.same_component()?;
    let offset = scene.integer("offset").unwrap_or(0);
    let count = scene.integer("count").unwrap_or(0);
    if count > LONGEST_PAGE {
        return refuse(40170, "args count exceed count limit");
    }
    if offset < 0 || count < 1 {
        return refuse(40097, "invalid args");
    }
    let component = &scene.component_appid;
    let mut granted: Vec<(&String, &Grant)> = scene
        .world
        .merchants
        .iter()
        .filter_map(|(appid, merchant)| {
            let grant = merchant.grants.get(component).filter(|grant| grant.authorized)?;
            Some((appid, grant))
        })
        .collect();
    granted.sort_by_key(|(appid, grant)| (grant.authorized_at, *appid));
    let page: Vec<Value> = granted
        .iter()
        .skip(usize::try_from(offset).unwrap_or(usize::MAX))
        .take(usize::try_from(count).unwrap_or(0))
        .map(|(appid, grant)| {
            let refresh_token =
                if grant.refresh_token_hidden { "" } else { grant.refresh_token.as_str() };
            json!({
                "authorizer_appid": appid,
                "refresh_token": refresh_token,
                "auth_time": grant.authorized_at,
            })
        })
        .collect();
    bare(json!({ "total_count": granted.len(), "list": page }))
}

/// The grant in force of a mini program to the caller.
fn grant<'a>(scene: &'a Scene<'_>, appid: &str) -> Result<&'a Grant, Refusal> {
    let Some(merchant) = scene.world.merchants.get(appid) else {
        return refuse(40013, "invalid appid");
    };
    match merchant.grants.get(&scene.component_appid) {
        Some(grant) if grant.authorized => Ok(grant),
        _ => refuse(61003, "component is not authorized by this account"),
    }
}

fn func_info(permission_sets: &[u32]) -> Value {
    permission_sets
        .iter()
        .map(|id| {
            let name = PERMISSION_SETS.iter().find(|(set, _)| set == id).map(|(_, name)| *name);
            let name = name.unwrap_or_default();
            json!({ "funcscope_category": { "id": id, "type": 0, "name": name, "desc": name } })
        })
        .collect()
}
