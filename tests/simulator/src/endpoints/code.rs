//! A mini program's code: committed, looked at, tried.

use serde_json::{Map, Value, json};

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    images,
    reply::{Answer, Refusal, Reply, done, fields, refuse},
    scene::Scene,
    state::Trial,
};

/// Characters a version text may have.
const LONGEST_VERSION: usize = 64;

/// Bytes an ext_json may have.
const LONGEST_EXT_JSON: usize = 512 * 1024;

/// What an ext_json may hold at its top.
const EXT_JSON_KEYS: [&str; 19] = [
    "extAppid",
    "extEnable",
    "ext",
    "extPages",
    "pages",
    "subPackages",
    "subpackages",
    "window",
    "networkTimeout",
    "tabBar",
    "plugin",
    "plugins",
    "sitemap",
    "sitemapLocation",
    "requiredPrivateInfos",
    "directCommit",
    "customOpen",
    "functionPages",
    "navigateToMiniProgramAppIdList",
];

/// The interfaces that a version has to declare.
const PRIVATE_INTERFACES: [&str; 8] = [
    "getFuzzyLocation",
    "getLocation",
    "onLocationChange",
    "startLocationUpdate",
    "startLocationUpdateBackground",
    "chooseLocation",
    "choosePoi",
    "chooseAddress",
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/wxa/commit",
        TokenKind::Merchant,
        &[
            Field::required("template_id", Kind::IntegerOrText),
            Field::required("ext_json", Kind::Text).missing(85048, "parse ext_json fail"),
            Field::required("user_version", Kind::Text),
            Field::required("user_desc", Kind::Text),
        ],
        commit,
    )
    .sets(&[18])
    .exclusive(),
    Endpoint::get("/wxa/get_page", TokenKind::Merchant, pages).sets(&[18]),
    Endpoint::get("/wxa/get_qrcode", TokenKind::Merchant, qr_code).sets(&[18, 86]).query(&["path"]),
    Endpoint::get("/wxa/security/get_code_privacy_info", TokenKind::Merchant, privacy_info)
        .sets(&[18]),
    Endpoint::get("/wxa/get_category", TokenKind::Merchant, categories).sets(&[18]),
];

fn commit(scene: &mut Scene<'_>) -> Answer {
    let wanted = scene.integer("template_id");
    let user_version = scene.text("user_version").to_owned();
    let ext_json = scene.text("ext_json").to_owned();
    if user_version.chars().count() > LONGEST_VERSION {
        return refuse(85015, "version input error");
    }
    if ext_json.len() > LONGEST_EXT_JSON {
        return refuse(85051, "data too large");
    }
    let component = scene.component();
    let Some(template) = component.templates.iter().find(|it| Some(it.id) == wanted) else {
        return refuse(85014, "template not exist");
    };
    let template = template.clone();
    let Ok(Value::Object(ext)) = serde_json::from_str::<Value>(&ext_json) else {
        return refuse(85048, "parse ext_json fail");
    };
    let pages = check_ext_json(&ext, &scene.appid, template.kind, &template.code.pages)?;
    let serial = scene.world.number();
    let now = scene.now;
    let detection = i64::try_from(scene.options.privacy_detection.as_secs()).unwrap_or(i64::MAX);
    let user_desc = scene.text("user_desc").to_owned();
    let merchant = scene.merchant();
    merchant.trial = Some(Trial {
        template: template.id,
        user_version,
        user_desc,
        ext_json,
        pages,
        committed: now,
        detection_until: now + detection,
        without_auth: merchant.interfaces_without_auth.clone(),
        without_conf: merchant.interfaces_without_conf.clone(),
        serial,
    });
    merchant.direct_domains_in_force = merchant.direct_domains.clone();
    done()
}

/// Checks an ext_json against the template and returns the version's pages.
fn check_ext_json(
    ext: &Map<String, Value>,
    appid: &str,
    template_kind: i64,
    template_pages: &[String],
) -> Result<Vec<String>, Refusal> {
    let invalid = "invalid ext_json, parse fail or containing invalid path";
    if let Some(key) = ext.keys().find(|key| !EXT_JSON_KEYS.contains(&key.as_str())) {
        return refuse(85013, format!("{invalid}: key {key} is unknown"));
    }
    if template_kind == 1
        && ext.keys().any(|key| !["extAppid", "ext", "window"].contains(&key.as_str()))
    {
        return refuse(9402203, "standard template: invalid ext_json");
    }
    match ext.get("extAppid") {
        None => {}
        Some(Value::String(named)) if named.is_empty() || named == appid => {}
        Some(_) => return refuse(85013, format!("{invalid}: extAppid is not this account")),
    }
    for key in ["ext", "extPages", "window", "networkTimeout", "tabBar", "plugins"] {
        if ext.get(key).is_some_and(|value| !value.is_object()) {
            return refuse(85013, format!("{invalid}: {key} is not an object"));
        }
    }
    let known = |page: &str| template_pages.iter().any(|it| it == page);
    if let Some(pages) = ext.get("extPages").and_then(Value::as_object)
        && let Some(page) = pages.keys().find(|page| !known(page))
    {
        return refuse(85045, format!("some path in ext_json not exist: {page}"));
    }
    let pages = match ext.get("pages") {
        None => template_pages.to_vec(),
        Some(pages) => {
            let Ok(pages) = serde_json::from_value::<Vec<String>>(pages.clone()) else {
                return refuse(85013, format!("{invalid}: pages is not a list of paths"));
            };
            if pages.is_empty() {
                return refuse(85047, "pages are empty");
            }
            if let Some(page) = pages.iter().find(|page| !known(page)) {
                return refuse(85045, format!("some path in ext_json not exist: {page}"));
            }
            pages
        }
    };
    let tabs = ext.get("tabBar").and_then(|bar| bar.get("list")).and_then(Value::as_array);
    for tab in tabs.into_iter().flatten() {
        let path = tab.get("pagePath").and_then(Value::as_str);
        if !path.is_some_and(|path| pages.iter().any(|page| page == path)) {
            return refuse(85046, "pagepath missing in tabbar list");
        }
    }
    if let Some(declared) = ext.get("requiredPrivateInfos") {
        let Ok(names) = serde_json::from_value::<Vec<String>>(declared.clone()) else {
            return refuse(85310, "requiredPrivateInfos is wrong API name");
        };
        if names.iter().any(|name| !PRIVATE_INTERFACES.contains(&name.as_str())) {
            return refuse(85310, "requiredPrivateInfos is wrong API name");
        }
        let has = |name: &str| names.iter().any(|it| it == name);
        if has("getFuzzyLocation") && (has("getLocation") || has("onLocationChange")) {
            return refuse(85311, "requiredPrivateInfos is mutually exclusive");
        }
    }
    Ok(pages)
}

fn pages(scene: &mut Scene<'_>) -> Answer {
    match &scene.merchant().trial {
        Some(trial) => fields(json!({ "page_list": trial.pages })),
        None => refuse(86001, "component experience version not exists"),
    }
}

fn qr_code(scene: &mut Scene<'_>) -> Answer {
    let path = scene.query.get("path").unwrap_or_default().to_owned();
    let appid = scene.appid.clone();
    let Some(trial) = &scene.merchant().trial else {
        return refuse(86001, "component experience version not exists");
    };
    let page = path.split('?').next().unwrap_or_default();
    // A path that was encoded twice arrives with its slashes still encoded.
    if !page.is_empty() && !trial.pages.iter().any(|it| it == page) {
        return refuse(85007, format!("page {page} is not in the trial version"));
    }
    let content = format!("https://mp.weixin.qq.com/a/~{}~~?appid={appid}", trial.serial);
    Ok(Reply::Picture {
        bytes: images::jpeg(&content),
        content_type: "image/jpeg",
        file_name: "QRCode.jpg",
    })
}

fn privacy_info(scene: &mut Scene<'_>) -> Answer {
    let now = scene.now;
    match &scene.merchant().trial {
        None => refuse(86001, "component experience version not exists"),
        Some(trial) if now < trial.detection_until => {
            refuse(61039, "the code detection task has not finished, please try later")
        }
        Some(trial) => fields(json!({
            "without_auth_list": trial.without_auth,
            "without_conf_list": trial.without_conf,
        })),
    }
}

fn categories(scene: &mut Scene<'_>) -> Answer {
    let approved: Vec<Value> = scene
        .merchant()
        .account
        .categories
        .iter()
        .filter(|category| category.is_approved())
        .map(|category| {
            json!({
                "first_class": category.first_class,
                "second_class": category.second_class,
                "first_id": category.first_id,
                "second_id": category.second_id,
            })
        })
        .collect();
    fields(json!({ "category_list": approved }))
}
