//! What happens when a merchant agrees, changes his mind, or withdraws.

use crate::{
    push::xml,
    state::{AuthorizationCode, PreAuthorizationCode, Ticket, World},
};

/// Seconds a pre-authorization code is good for. The documentation's prose and its examples
/// differ; `expires_in` of the answer is what counts.
pub(crate) const PRE_AUTHORIZATION_LIFE: i64 = 1800;

/// Seconds an authorization code is good for.
pub(crate) const AUTHORIZATION_LIFE: i64 = 600;

/// The permission sets on offer, with the names the page shows.
pub(crate) const PERMISSION_SETS: [(u32, &str); 11] = [
    (17, "账号管理权限"),
    (18, "开发管理与数据分析权限"),
    (24, "开放平台账号管理权限"),
    (25, "开放平台账号绑定权限"),
    (27, "快速注册小程序权限"),
    (30, "小程序基本信息设置权限"),
    (40, "插件管理权限"),
    (49, "客服消息管理权限"),
    (76, "违规记录与申诉权限"),
    (81, "试用小程序认证权限"),
    (171, "消息推送权限"),
];

/// What an authorization produced.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    pub(crate) code: String,
    /// Unix seconds.
    pub(crate) expires: i64,
    /// `authorized` or `updateauthorized`; `None` if nothing changed, for then nothing is pushed.
    pub(crate) info_type: Option<&'static str>,
}

/// Issues a pre-authorization code.
pub(crate) fn issue_pre_authorization_code(world: &mut World, component: &str, now: i64) -> String {
    let code = format!("preauthcode@@@{}", world.random.secret(64));
    world.pre_authorization_codes.retain(|_, code| code.expires + 86_400 > now);
    let entry = PreAuthorizationCode {
        component: component.to_owned(),
        expires: now + PRE_AUTHORIZATION_LIFE,
        used: false,
    };
    world.pre_authorization_codes.insert(code.clone(), entry);
    code
}

/// The merchant agrees to these permission sets. A new refresh token takes the old one's place
/// for good; access tokens stay.
pub(crate) fn grant(
    world: &mut World,
    component: &str,
    appid: &str,
    permission_sets: &[u32],
    now: i64,
) -> Granted {
    let refresh_token = format!("refreshtoken@@@{}", world.random.secret(43));
    let code = format!("queryauthcode@@@{}", world.random.secret(70));
    let mut permission_sets = permission_sets.to_vec();
    permission_sets.sort_unstable();
    permission_sets.dedup();
    let grant = world.merchant(appid).grants.entry(component.to_owned()).or_default();
    let info_type = match grant.authorized {
        false => Some("authorized"),
        true if grant.permission_sets != permission_sets => Some("updateauthorized"),
        true => None,
    };
    grant.authorized = true;
    grant.permission_sets = permission_sets;
    grant.refresh_token = refresh_token;
    grant.former_refresh_token = None;
    grant.authorized_at = now;
    grant.revoked_at = None;
    grant.password_changed = false;
    world.authorization_codes.retain(|_, code| code.expires + 86_400 > now);
    let expires = now + AUTHORIZATION_LIFE;
    let entry = AuthorizationCode {
        component: component.to_owned(),
        merchant: appid.to_owned(),
        expires,
        used: false,
    };
    world.authorization_codes.insert(code.clone(), entry);
    Granted { code, expires, info_type }
}

/// Grants every permission set, as a mini program does that a component has registered.
pub(crate) fn grant_everything(
    world: &mut World,
    component: &str,
    appid: &str,
    now: i64,
) -> Granted {
    let all = PERMISSION_SETS.map(|(id, _)| id);
    grant(world, component, appid, &all, now)
}

/// The merchant withdraws. False if there was nothing to withdraw.
pub(crate) fn revoke(world: &mut World, component: &str, appid: &str, now: i64) -> bool {
    let Some(grant) = world.merchant(appid).grants.get_mut(component) else { return false };
    if !grant.authorized {
        return false;
    }
    grant.authorized = false;
    grant.revoked_at = Some(now);
    for code in world.authorization_codes.values_mut() {
        if code.merchant == appid && code.component == component {
            code.used = true;
        }
    }
    true
}

/// Issues a ticket and writes the message that brings it.
pub(crate) fn issue_ticket(world: &mut World, component: &str, now: i64) -> (String, String) {
    let value = format!("ticket@@@{}", world.random.secret(86));
    world.component(component).add_ticket(Ticket { value: value.clone(), issued: now });
    let message = xml(&[
        ("AppId", component),
        ("CreateTime", &now.to_string()),
        ("InfoType", "component_verify_ticket"),
        ("ComponentVerifyTicket", &value),
    ]);
    (value, message)
}

/// The message that tells of an authorization.
pub(crate) fn granted_message(
    component: &str,
    appid: &str,
    info_type: &str,
    granted: &Granted,
    pre_authorization_code: &str,
    create_time: i64,
) -> String {
    xml(&[
        ("AppId", component),
        ("CreateTime", &create_time.to_string()),
        ("InfoType", info_type),
        ("AuthorizerAppid", appid),
        ("AuthorizationCode", &granted.code),
        ("AuthorizationCodeExpiredTime", &granted.expires.to_string()),
        ("PreAuthCode", pre_authorization_code),
    ])
}

/// The message that tells of a withdrawal.
pub(crate) fn revoked_message(component: &str, appid: &str, create_time: i64) -> String {
    xml(&[
        ("AppId", component),
        ("CreateTime", &create_time.to_string()),
        ("InfoType", "unauthorized"),
        ("AuthorizerAppid", appid),
    ])
}
