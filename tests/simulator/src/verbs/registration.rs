//! Legal persons and others confirm what was registered for them, or do not.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{VerbError, component, known};
use crate::{
    Simulator,
    grants::{self, Granted},
    options::MerchantOptions,
    push::{Delivery, Outgoing, Tweaks, compose, xml_with},
    server::Inner,
    state::{FastRegisterTicket, Registration, RegistrationKind, World},
    verbs::Target,
};

/// How a registration ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConfirmRegistration {
    /// The task, or the `unique_id` of a trial mini program; the only one that is open if none is
    /// named.
    pub task: Option<String>,
    /// 0 it worked; otherwise why not, as the event says it: 100001 nobody confirmed in time, -1
    /// the legal person is another, 1001 too many mini programs, …
    pub status: i64,
    /// WeChat's words; its usual ones if none are given.
    pub msg: Option<String>,
    /// The shape of `info` in the event.
    pub shape: EventShape,
    /// The ordinary `authorized` event.
    pub authorized: AuthorizedEvent,
    /// `CreateTime` of the pushes; now if none is given.
    pub create_time: Option<i64>,
    /// Push nothing.
    pub silent: bool,
}

/// The shape of `info` in the event of a registration. What the flow in force since 2026-04-30
/// sends is known from one capture only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventShape {
    /// That of the call's flow.
    #[default]
    OfTheFlow,
    /// What the call said, as documented.
    Documented,
    /// The task in `taskid` and `code`, everything else empty, as captured.
    Captured,
}

/// When the ordinary `authorized` event of a new mini program comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorizedEvent {
    /// After the event of the registration.
    #[default]
    After,
    /// Before it.
    Before,
    /// It is lost.
    Lost,
}

/// What came of a registration.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Registered {
    /// The mini program, if there is one.
    pub appid: Option<String>,
    /// What came of the pushes, in their order.
    pub pushes: Vec<Delivery>,
}

/// A step of a registration, for those who ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegistrationStep {
    /// The task; the only one that is open if none is named.
    pub task: Option<String>,
    /// The number that a query tells, in the numbering of its call.
    pub status: i64,
}

impl Simulator {
    /// A registration, or the conversion of a trial mini program, ends well or badly; an error if
    /// it is not open.
    pub async fn confirm_registration(
        &self,
        order: ConfirmRegistration,
    ) -> Result<Registered, VerbError> {
        confirm(&self.inner, order).await
    }

    /// A registration goes on a step, of which nothing is pushed.
    pub fn step_registration(&self, step: &RegistrationStep) -> Result<(), VerbError> {
        self::step(&self.inner, step)
    }

    /// The owner of an official account agrees to a mini program; the ticket that WeChat's page
    /// sends back.
    pub fn agree_to_fast_register(&self, account: &str) -> Result<String, VerbError> {
        agree(&self.inner, account)
    }
}

pub(super) async fn confirm(
    inner: &Arc<Inner>,
    order: ConfirmRegistration,
) -> Result<Registered, VerbError> {
    let (appid, outgoing) = inner.change(|world, now| prepare(world, now, &order))?;
    let mut pushes = Vec::new();
    for outgoing in outgoing.into_iter().filter(|_| !order.silent) {
        pushes.push(inner.deliver(outgoing).await);
    }
    Ok(Registered { appid, pushes })
}

pub(super) fn step(inner: &Inner, step: &RegistrationStep) -> Result<(), VerbError> {
    inner.change(|world, _| {
        let (task, _) = find(world, step.task.as_deref())?;
        if let Some(registration) = world.registrations.get_mut(&task) {
            registration.status = step.status;
        }
        Ok(())
    })
}

pub(crate) fn agree(inner: &Inner, account: &str) -> Result<String, VerbError> {
    inner.change(|world, _| {
        known(world, account)?;
        if !world.merchant(account).account.official_account {
            return Err(VerbError::new(format!("{account} is no official account")));
        }
        let ticket = world.random.hex(32);
        let agreed =
            FastRegisterTicket { account: account.to_owned(), presented: None, registered: None };
        world.fast_register_tickets.insert(ticket.clone(), agreed);
        Ok(ticket)
    })
}

/// The named registration, or the only one that is open.
fn find(world: &World, task: Option<&str>) -> Result<(String, Registration), VerbError> {
    let mut open = world.registrations.iter().filter(|(_, it)| it.end.is_none());
    let found = match task {
        Some(task) => open.find(|(name, _)| *name == task),
        None => match (open.next(), open.next()) {
            (Some(only), None) => Some(only),
            (Some(_), Some(_)) => return Err(VerbError::new("several are open: name the task")),
            _ => None,
        },
    };
    let Some((task, registration)) = found else {
        return Err(VerbError::new("there is no such registration that is open"));
    };
    Ok((task.clone(), registration.clone()))
}

fn prepare(
    world: &mut World,
    now: i64,
    order: &ConfirmRegistration,
) -> Result<(Option<String>, Vec<Outgoing>), VerbError> {
    let (task, registration) = find(world, order.task.as_deref())?;
    let too_late = matches!(order.status, 100_001..=100_003);
    if registration.is_too_late(now) && !too_late {
        return Err(VerbError::new("the link is older than 24 hours: only 100001 to 100003 fit"));
    }
    let component = component(world, Some(&registration.component))?;
    let made = (order.status == 0).then(|| take_over(world, &registration, now));
    if let Some(registration) = world.registrations.get_mut(&task) {
        registration.end = Some(order.status);
        registration.status = match order.status {
            0 => 12,
            1001..=1008 => order.status,
            _ if too_late => registration.number(1),
            _ => 11,
        };
    }
    let create_time = order.create_time.unwrap_or(now);
    let message = message(order, &task, &registration, made.as_ref(), create_time);
    let to = Target::Events;
    let mut compose_one = |message: &str| {
        compose(world, now, &component, &to, message, &Tweaks::default()).map_err(VerbError::from)
    };
    let mut outgoing = vec![compose_one(&message)?];
    if let Some(Made { appid, granted: Some(granted) }) = &made {
        let authorized =
            grants::granted_message(&component, appid, "authorized", granted, "", create_time);
        match order.authorized {
            AuthorizedEvent::After => outgoing.push(compose_one(&authorized)?),
            AuthorizedEvent::Before => outgoing.insert(0, compose_one(&authorized)?),
            AuthorizedEvent::Lost => {}
        }
    }
    Ok((made.map(|made| made.appid), outgoing))
}

/// What a registration made.
struct Made {
    appid: String,
    /// Missing where an authorization was there before.
    granted: Option<Granted>,
}

/// Makes the mini program, or makes an ordinary one of a trial one.
fn take_over(world: &mut World, registration: &Registration, now: i64) -> Made {
    let detail = |name: &str| registration.detail(name).to_owned();
    let account = match &registration.kind {
        RegistrationKind::Conversion { appid } => {
            let account = &mut world.merchant(appid).account;
            account.trial = false;
            account.principal_type = 1;
            account.principal_name = detail("name");
            return Made { appid: appid.clone(), granted: None };
        }
        RegistrationKind::Enterprise => MerchantOptions {
            principal_name: detail("name"),
            principal_type: 1,
            ..MerchantOptions::default()
        },
        RegistrationKind::Person | RegistrationKind::Transaction => {
            MerchantOptions { principal_name: detail("idname"), ..MerchantOptions::default() }
        }
        RegistrationKind::Trial => MerchantOptions {
            nick_name: format!("{}的体验小程序", detail("name")),
            trial: true,
            ..MerchantOptions::default()
        },
    };
    let appid = world.found(MerchantOptions { icp_status: 1024, ..account });
    let granted = grants::grant_everything(world, &registration.component, &appid, now);
    Made { appid, granted: Some(granted) }
}

fn message(
    order: &ConfirmRegistration,
    task: &str,
    registration: &Registration,
    made: Option<&Made>,
    create_time: i64,
) -> String {
    let appid = made.map(|made| made.appid.as_str()).unwrap_or_default();
    let code = made.and_then(|made| made.granted.as_ref()).map(|granted| granted.code.as_str());
    let (create_time, status) = (create_time.to_string(), order.status.to_string());
    let msg = order.msg.as_deref().unwrap_or_else(|| words(order.status));
    let info_type = match registration.kind {
        RegistrationKind::Trial => "notify_third_fastregisterbetaapp",
        RegistrationKind::Conversion { .. } => "notify_third_fastverifybetaapp",
        _ => "notify_third_fasteregister",
    };
    let conversion = matches!(registration.kind, RegistrationKind::Conversion { .. });
    let appid = match &registration.kind {
        RegistrationKind::Conversion { appid } => appid,
        _ => appid,
    };
    let mut elements = vec![
        ("AppId", registration.component.as_str()),
        ("CreateTime", &create_time),
        ("InfoType", info_type),
        ("appid", appid),
        ("status", &status),
        ("msg", msg),
    ];
    if registration.kind != RegistrationKind::Trial && !conversion {
        elements.push(("auth_code", code.unwrap_or_default()));
    }
    let captured = match order.shape {
        EventShape::OfTheFlow => registration.new_version,
        EventShape::Documented => false,
        EventShape::Captured => true,
    };
    let detail = |name: &'static str| (name, registration.detail(name));
    let info = match registration.kind {
        RegistrationKind::Trial => vec![("unique_id", task), detail("name")],
        _ if captured => vec![
            ("name", ""),
            ("code", task),
            ("code_type", "0"),
            ("legal_persona_wechat", ""),
            ("legal_persona_name", ""),
            ("component_phone", ""),
            ("taskid", task),
        ],
        RegistrationKind::Person | RegistrationKind::Transaction => {
            vec![detail("wxuser"), detail("idname"), detail("component_phone")]
        }
        _ => vec![
            detail("name"),
            detail("code"),
            ("code_type", registration.details.get("code_type").map_or("1", String::as_str)),
            detail("legal_persona_wechat"),
            detail("legal_persona_name"),
            detail("component_phone"),
        ],
    };
    xml_with(&elements, &[("info", &info)])
}

/// What WeChat says to a status.
fn words(status: i64) -> &'static str {
    match status {
        0 => "OK",
        -1 => "企业与法人姓名不一致",
        100_001 => "已下发的模板消息法人并未确认且已超时（24h），未进行身份证校验",
        100_002 => "已下发的模板消息法人并未确认且已超时（24h），未进行人脸识别校验",
        100_003 => "已下发的模板消息法人并未确认且已超时（24h）",
        101 => "工商数据返回：企业已注销",
        102 => "工商数据返回：企业不存在或企业信息未更新",
        103 => "工商数据返回：企业法定代表人姓名不一致",
        104 => "工商数据返回：企业法定代表人身份证号码不一致",
        105 => "法定代表人身份证号码，工商数据未更新，请 5-15 个工作日之后尝试",
        1000 => "工商数据返回：企业信息或法定代表人信息不一致",
        1001 => "主体创建小程序数量达到上限",
        1002 => "主体违规命中黑名单",
        1003 => "管理员绑定账号数量达到上限",
        1004 => "管理员违规命中黑名单",
        1005 => "管理员手机绑定账号数量达到上限",
        1006 => "管理员手机号违规命中黑名单",
        1007 => "管理员身份证创建账号数量达到上限",
        1008 => "管理员身份证违规命中黑名单",
        _ => "创建失败",
    }
}
