//! Mini programs registered on behalf of merchants.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    clock::day,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, Refusal, bare, done, fields, refuse},
    scene::{Scene, text},
    state::{Registration, RegistrationKind},
};

/// 2026-04-30 12:00 in Beijing: the forms without `new_version` are answered with -1 since then.
const RETIRED_SINCE: i64 = 1_777_521_600;

/// Registrations for one WeChat id and day.
const REGISTRATIONS_A_DAY: u32 = 5;

const ENTERPRISE: &[Field] = &[
    Field::optional("name", Kind::Text),
    Field::optional("code", Kind::Text),
    Field::optional("code_type", Kind::Integer),
    Field::optional("legal_persona_wechat", Kind::Text),
    Field::optional("legal_persona_openid", Kind::Text),
    Field::optional("legal_persona_name", Kind::Text),
    Field::optional("component_phone", Kind::Text),
    Field::optional("new_version", Kind::Flag),
    Field::optional("taskid", Kind::Text),
];

const PERSON: &[Field] = &[
    Field::optional("idname", Kind::Text),
    Field::optional("wxuser", Kind::Text),
    Field::optional("component_phone", Kind::Text),
    Field::optional("new_version", Kind::Flag),
    Field::optional("taskid", Kind::Text),
];

const VERIFY_INFO: &[Field] = &[
    Field::required("enterprise_name", Kind::Text).missing(89253, "lack of some params"),
    Field::required("code", Kind::Text).missing(89253, "lack of some params"),
    Field::optional("code_type", Kind::Integer),
    Field::optional("legal_persona_wechat", Kind::Text),
    Field::optional("legal_persona_name", Kind::Text),
    Field::optional("legal_persona_idcard", Kind::Text),
    Field::required("component_phone", Kind::Text).missing(89253, "lack of some params"),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/cgi-bin/component/fastregisterweapp",
        TokenKind::Component,
        ENTERPRISE,
        retired_enterprise,
    )
    .query(&["action"]),
    Endpoint::post(
        "/wxa/component/fastregisterenterpriseweapp",
        TokenKind::Component,
        ENTERPRISE,
        enterprise,
    )
    .query(&["action"]),
    Endpoint::post(
        "/wxa/component/fastregisterpersonalweapp",
        TokenKind::Component,
        PERSON,
        person,
    )
    .query(&["action"]),
    Endpoint::post(
        "/wxa/component/fastregistertransactionweapp",
        TokenKind::Component,
        &[
            Field::required("openid", Kind::Text).missing(40003, "invalid openid"),
            Field::required("component_phone", Kind::Text).missing(86030, "lack of some params"),
            Field::optional("new_version", Kind::Flag),
        ],
        transaction,
    ),
    Endpoint::post(
        "/wxa/component/fastregisterbetaweapp",
        TokenKind::Component,
        &[
            Field::required("name", Kind::Text).missing(86020, "mini program name not legal"),
            Field::required("openid", Kind::Text).missing(40003, "invalid openid"),
        ],
        trial,
    ),
    Endpoint::post(
        "/wxa/verifybetaweapp",
        TokenKind::Merchant,
        &[
            Field::required("verify_info", Kind::Object(VERIFY_INFO)),
            Field::optional("new_version", Kind::Flag),
        ],
        verify,
    )
    .sets(&[81]),
    Endpoint::post(
        "/wxa/component/fastnormalizebetaweapp",
        TokenKind::Merchant,
        &[
            Field::optional("component_phone", Kind::Text),
            Field::optional("new_version", Kind::Flag),
            Field::optional("taskid", Kind::Text),
        ],
        normalize,
    )
    .query(&["action"])
    .sets(&[81]),
    Endpoint::post(
        "/wxa/setbetaweappnickname",
        TokenKind::Merchant,
        &[Field::required("name", Kind::Text).missing(86020, "mini program name not legal")],
        rename_trial,
    ),
    Endpoint::post(
        "/cgi-bin/account/fastregister",
        TokenKind::Merchant,
        &[Field::required("ticket", Kind::Text).missing(61058, "invalid ticket")],
        by_official_account,
    )
    .sets(&[27]),
];

fn retired_enterprise(scene: &mut Scene<'_>) -> Answer {
    in_its_time(scene, false)?;
    match scene.query.get("action") {
        Some("create") => {
            for name in ["legal_persona_wechat", "legal_persona_name"] {
                lacks(scene, name, 89253)?;
            }
            let wechat = scene.text("legal_persona_wechat").to_owned();
            if scene.world.unsearchable_users.contains(&wechat) {
                return refuse(86004, "invalid wechat");
            }
            check_enterprise(scene)?;
            count_person(scene, &wechat)?;
            begin(scene, RegistrationKind::Enterprise);
            done()
        }
        Some("search") => {
            let (name, now) = (scene.text("name").to_owned(), scene.now);
            let all = scene.world.registrations.values();
            let all = all.filter(|it| !it.new_version && it.detail("name") == name);
            let found = all.max_by_key(|it| it.begun);
            match found {
                Some(it) if it.is_open(now) => refuse(89251, "waiting for the legal person"),
                Some(it) if it.end == Some(0) => done(),
                _ => refuse(89250, "task not found"),
            }
        }
        _ => refuse(40097, "invalid args: action"),
    }
}

fn enterprise(scene: &mut Scene<'_>) -> Answer {
    in_its_time(scene, scene.flag("new_version") == Some(true))?;
    match scene.query.get("action") {
        Some("create") => {
            lacks(scene, "component_phone", 86030)?;
            check_enterprise(scene)?;
            let task = begin(scene, RegistrationKind::Enterprise);
            task_of(scene, &task)
        }
        Some("query") => query(scene),
        _ => refuse(40097, "invalid args: action"),
    }
}

fn person(scene: &mut Scene<'_>) -> Answer {
    in_its_time(scene, scene.flag("new_version") == Some(true))?;
    match scene.query.get("action") {
        Some("create") => {
            lacks(scene, "wxuser", 86030)?;
            lacks(scene, "component_phone", 86030)?;
            if scene.component().settings.unpublished {
                return refuse(86031, "component is invalid or not published");
            }
            let wxuser = scene.text("wxuser").to_owned();
            if scene.world.unsearchable_users.contains(&wxuser) {
                return refuse(86032, "invalid wechat id");
            }
            count_person(scene, &wxuser)?;
            let task = begin(scene, RegistrationKind::Person);
            task_of(scene, &task)
        }
        Some("query") => query(scene),
        _ => refuse(40097, "invalid args: action"),
    }
}

fn transaction(scene: &mut Scene<'_>) -> Answer {
    in_its_time(scene, scene.flag("new_version") == Some(true))?;
    check_openid(scene)?;
    let task = begin(scene, RegistrationKind::Transaction);
    task_of(scene, &task)
}

fn trial(scene: &mut Scene<'_>) -> Answer {
    check_name(scene.text("name"))?;
    check_openid(scene)?;
    let task = begin(scene, RegistrationKind::Trial);
    let page = "https://mp.weixin.qq.com/wxawap/fastregistertpbeta";
    let address = format!("{page}?action=show&create_token={task}#wechat_redirect");
    fields(json!({ "unique_id": task, "authorize_url": address }))
}

fn verify(scene: &mut Scene<'_>) -> Answer {
    in_its_time(scene, scene.flag("new_version") == Some(true))?;
    of_a_trial(scene)?;
    let info = scene.body.get("verify_info").and_then(Value::as_object).cloned();
    let info = info.unwrap_or_default();
    check_code(text(&info, "code"))?;
    let now = scene.now;
    let (minute, today) = ((now / 60).to_string(), day(now));
    let merchant = scene.merchant();
    if merchant.conversions_in_minute.used(&minute) >= 5 {
        return refuse(45011, "api minute-quota reach limit");
    }
    if merchant.conversions_today.used(&today) >= 100 {
        return refuse(45009, "reach max api daily quota limit");
    }
    merchant.conversions_in_minute.add(&minute);
    merchant.conversions_today.add(&today);
    nothing_under_way(scene, text(&info, "code"))?;
    let name = text(&info, "enterprise_name").into();
    scene.body.extend(info);
    scene.body.insert("name".to_owned(), name);
    let appid = scene.appid.clone();
    let task = begin(scene, RegistrationKind::Conversion { appid });
    task_of(scene, &task)
}

fn normalize(scene: &mut Scene<'_>) -> Answer {
    in_its_time(scene, scene.flag("new_version") == Some(true))?;
    match scene.query.get("action") {
        Some("createtask") => {
            of_a_trial(scene)?;
            lacks(scene, "component_phone", 89253)?;
            let appid = scene.appid.clone();
            let kind = RegistrationKind::Conversion { appid };
            let now = scene.now;
            if scene.world.registrations.values().any(|it| it.kind == kind && it.is_open(now)) {
                return refuse(89249, "task is running");
            }
            let task = begin(scene, kind);
            task_of(scene, &task)
        }
        Some("query") => query(scene),
        _ => refuse(40097, "invalid args: action"),
    }
}

fn rename_trial(scene: &mut Scene<'_>) -> Answer {
    of_a_trial(scene)?;
    check_name(scene.text("name"))?;
    let name = format!("{}的体验小程序", scene.text("name"));
    scene.merchant().account.nick_name = name;
    done()
}

fn by_official_account(scene: &mut Scene<'_>) -> Answer {
    if scene.component().settings.unpublished {
        return refuse(61028, "component is unpublished");
    }
    let (now, appid) = (scene.now, scene.appid.clone());
    let component = scene.component_appid.clone();
    let name = scene.text("ticket").to_owned();
    let Some(ticket) = scene.world.fast_register_tickets.get_mut(&name) else {
        return refuse(61058, "invalid ticket");
    };
    let too_soon = ticket.presented.is_some_and(|before| now < before + 5);
    ticket.presented = Some(now);
    if too_soon || ticket.account != appid {
        return refuse(61058, "invalid ticket");
    }
    let made = match ticket.registered.clone() {
        Some(made) => made,
        None => {
            let account = scene.merchant().account.clone();
            let made = scene.world.found(crate::options::MerchantOptions {
                principal_name: account.principal_name,
                principal_type: account.principal_type,
                icp_status: 1024,
                ..Default::default()
            });
            if let Some(ticket) = scene.world.fast_register_tickets.get_mut(&name) {
                ticket.registered = Some(made.clone());
            }
            made
        }
    };
    let granted = crate::grants::grant_everything(scene.world, &component, &made, now);
    // Words, as WeChat's sample has them.
    bare(json!({
        "errcode": 0,
        "errmsg": "",
        "appid": made,
        "authorization_code": granted.code,
        "is_wx_verify_succ": "true",
        "is_link_succ": "true",
    }))
}

/// The forms of before are answered with -1 since 2026-04-30.
fn in_its_time(scene: &Scene<'_>, new_version: bool) -> Result<(), Refusal> {
    match new_version || scene.now < RETIRED_SINCE {
        true => Ok(()),
        false => refuse(-1, "system error"),
    }
}

fn lacks(scene: &Scene<'_>, name: &str, errcode: i64) -> Result<(), Refusal> {
    match scene.text(name) {
        "" => refuse(errcode, format!("lack of some params: {name}")),
        _ => Ok(()),
    }
}

fn check_enterprise(scene: &Scene<'_>) -> Result<(), Refusal> {
    let new = scene.flag("new_version") == Some(true);
    let missing = if new { 86030 } else { 89253 };
    lacks(scene, "name", missing)?;
    lacks(scene, "code", missing)?;
    let code = scene.text("code");
    match (new, scene.integer("code_type")) {
        (true, _) | (false, Some(1)) => check_code(code)?,
        (false, Some(2)) if code.len() == 10 => {}
        (false, Some(3)) if code.len() == 15 => {}
        (false, Some(2 | 3)) => return refuse(89255, "code param invalid"),
        (false, _) => return refuse(89248, "invalid code type"),
    }
    nothing_under_way(scene, code)
}

/// A unified social credit code: 18 characters, capital letters without I, O, S, V and Z.
fn check_code(code: &str) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_digit() || b"ABCDEFGHJKLMNPQRTUWXY".contains(&byte);
    match code.len() == 18 && code.bytes().all(allowed) {
        true => Ok(()),
        false => refuse(89255, "code param invalid, please check the enterprise code"),
    }
}

/// One task at a time for an enterprise.
fn nothing_under_way(scene: &Scene<'_>, code: &str) -> Result<(), Refusal> {
    let mut all = scene.world.registrations.values();
    match all.any(|it| it.detail("code") == code && it.is_open(scene.now)) {
        true => refuse(89249, "task is running, please try again 24 hours later"),
        false => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let length = name.chars().count();
    match (4..=30).contains(&length) && !name.contains("小程序") {
        true => Ok(()),
        false => refuse(86020, "mini program name not legal"),
    }
}

fn check_openid(scene: &Scene<'_>) -> Result<(), Refusal> {
    let openid = scene.text("openid");
    match openid.len() == 28 && openid.starts_with('o') {
        true => Ok(()),
        false => refuse(40003, "invalid openid"),
    }
}

fn of_a_trial(scene: &mut Scene<'_>) -> Result<(), Refusal> {
    match scene.merchant().account.trial {
        true => Ok(()),
        // No code is documented; the code of the mini programs that are not of this kind.
        false => refuse(91001, "not fast register"),
    }
}

fn count_person(scene: &mut Scene<'_>, wechat: &str) -> Result<(), Refusal> {
    let today = day(scene.now);
    let counter = scene.world.registrations_of_persons.entry(wechat.to_owned()).or_default();
    if counter.used(&today) >= REGISTRATIONS_A_DAY {
        return refuse(91030, "this wechat id was used too often today");
    }
    counter.add(&today);
    Ok(())
}

/// Begins a registration; its task.
fn begin(scene: &mut Scene<'_>, kind: RegistrationKind) -> String {
    let task = match kind {
        RegistrationKind::Trial => scene.world.random.text(64),
        _ => scene.world.random.hex(32),
    };
    let details: BTreeMap<String, String> = scene
        .body
        .iter()
        .filter_map(|(name, value)| {
            let value =
                value.as_str().map(str::to_owned).or(value.as_i64().map(|it| it.to_string()));
            Some((name.clone(), value?))
        })
        .collect();
    let mut registration = Registration {
        kind,
        component: scene.component_appid.clone(),
        details,
        begun: scene.now,
        new_version: scene.flag("new_version") == Some(true),
        status: 0,
        end: None,
    };
    registration.status = registration.number(0);
    scene.world.registrations.insert(task.clone(), registration);
    task
}

fn query(scene: &mut Scene<'_>) -> Answer {
    let task = scene.text("taskid").to_owned();
    task_of(scene, &task)
}

fn task_of(scene: &mut Scene<'_>, task: &str) -> Answer {
    let found = scene.world.registrations.get(task);
    match found.filter(|it| it.component == scene.component_appid) {
        None => refuse(89250, "task not found"),
        Some(registration) => fields(json!({
            "taskid": task,
            "authorize_url": format!("https://mp.weixin.qq.com/wxawap/fastregister?taskid={task}"),
            "status": registration.status(scene.now),
        })),
    }
}
