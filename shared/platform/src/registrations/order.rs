//! What is to be registered, and for whom.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wechat::AppId;

use crate::{
    fault::Faults,
    sealed::{self, Sealed},
    text::width,
};

/// The flows that WeChat has in force since 2026-04-30.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegistrationKind {
    /// A company's mini program, by its legal person's face (`fastregisterenterpriseweapp`).
    Enterprise,
    /// A person's mini program (`fastregisterpersonalweapp`).
    Personal,
    /// A trial mini program, to be looked at before there is a company (`fastregisterbetaweapp`).
    Trial,
    /// A trial mini program becomes a company's (`verifybetaweapp`).
    TrialVerification,
    /// A trial mini program becomes an ordinary one, its owner says whose
    /// (`fastnormalizebetaweapp`).
    TrialConversion,
    /// A mini program of the owner of an official account (`account/fastregister`).
    OfficialAccount,
}

/// A registration that somebody wishes for, as it was written.
#[derive(Debug, Clone, Default)]
pub struct RegistrationWish {
    /// The company's name, exactly as registered; of a trial mini program, its own name.
    pub name: Option<String>,
    /// The company's unified social credit code.
    pub code: Option<String>,
    /// The person's WeChat id.
    pub wechat_id: Option<String>,
    /// The future administrator's openid.
    pub openid: Option<String>,
    /// The trial mini program, or the official account.
    pub appid: Option<String>,
    /// What WeChat's page sent back when the owner of the official account had agreed.
    pub ticket: Option<SecretString>,
    /// The platform's telephone number.
    pub component_phone: Option<String>,
}

/// What is to be registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// See [`RegistrationKind::Enterprise`].
    Enterprise {
        /// The company's name.
        name: String,
        /// Its unified social credit code.
        code: String,
        /// The platform's telephone number.
        component_phone: String,
    },
    /// See [`RegistrationKind::Personal`].
    Personal {
        /// The person's WeChat id.
        wechat_id: String,
        /// The platform's telephone number.
        component_phone: String,
    },
    /// See [`RegistrationKind::Trial`].
    Trial {
        /// The mini program's name; WeChat adds `的体验小程序`.
        name: String,
        /// The future administrator's openid.
        openid: String,
    },
    /// See [`RegistrationKind::TrialVerification`].
    TrialVerification {
        /// The trial mini program.
        appid: AppId,
        /// The company's name.
        name: String,
        /// Its unified social credit code.
        code: String,
        /// The platform's telephone number.
        component_phone: String,
    },
    /// See [`RegistrationKind::TrialConversion`].
    TrialConversion {
        /// The trial mini program.
        appid: AppId,
        /// The platform's telephone number.
        component_phone: String,
    },
    /// See [`RegistrationKind::OfficialAccount`].
    OfficialAccount {
        /// The official account.
        appid: AppId,
        /// What WeChat's page sent back; none when it has served.
        ticket: Option<Sealed<Ticket>>,
    },
}

/// What WeChat's page sends back when an owner has agreed, as a kind of sealed value.
#[derive(Debug)]
pub struct Ticket;

impl sealed::Kind for Ticket {
    const NAME: &'static str = "fast-register-ticket";
}

impl RegistrationKind {
    /// All of them.
    pub const ALL: [RegistrationKind; 6] = [
        RegistrationKind::Enterprise,
        RegistrationKind::Personal,
        RegistrationKind::Trial,
        RegistrationKind::TrialVerification,
        RegistrationKind::TrialConversion,
        RegistrationKind::OfficialAccount,
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            RegistrationKind::Enterprise => "enterprise",
            RegistrationKind::Personal => "personal",
            RegistrationKind::Trial => "trial",
            RegistrationKind::TrialVerification => "trial-verification",
            RegistrationKind::TrialConversion => "trial-conversion",
            RegistrationKind::OfficialAccount => "official-account",
        }
    }

    /// The fields that it takes, all of them and no others.
    fn fields(self) -> &'static [&'static str] {
        match self {
            RegistrationKind::Enterprise => &["name", "code", "component_phone"],
            RegistrationKind::Personal => &["wechat_id", "component_phone"],
            RegistrationKind::Trial => &["name", "openid"],
            RegistrationKind::TrialVerification => &["appid", "name", "code", "component_phone"],
            RegistrationKind::TrialConversion => &["appid", "component_phone"],
            RegistrationKind::OfficialAccount => &["appid", "ticket"],
        }
    }
}

impl RegistrationWish {
    /// Everything that is wrong with it, for a registration of this kind.
    pub fn faults(&self, kind: RegistrationKind) -> Faults {
        let mut faults = Faults::default();
        let is_trial = kind == RegistrationKind::Trial;
        let checks = [
            ("name", &self.name, if is_trial { trial_name } else { company_name } as Check),
            ("code", &self.code, company_code),
            ("wechat_id", &self.wechat_id, person),
            ("openid", &self.openid, administrator),
            ("appid", &self.appid, account),
            ("component_phone", &self.component_phone, phone),
        ];
        for (field, value, check) in checks {
            match (kind.fields().contains(&field), value) {
                (true, Some(value)) => check(value.trim(), field, &mut faults),
                (true, None) => missing(field, &mut faults),
                (false, Some(_)) => foreign(field, kind, &mut faults),
                (false, None) => {}
            }
        }
        match (kind.fields().contains(&"ticket"), &self.ticket) {
            (true, Some(ticket)) => is_ticket(ticket, &mut faults),
            (true, None) => faults.add(
                "/ticket",
                "缺少 ticket：请改用 POST …/registration-links 生成链接，公众号管理员打开并同意后自动\
                 注册；ticket 只有在自建回跳页面时才由微信带回",
                "ticket is missing: make a link with POST …/registration-links, by which it is \
                 registered when the account's administrator has agreed; a ticket comes only to \
                 whoever has a page of their own for the way back",
            ),
            (false, Some(_)) => foreign("ticket", kind, &mut faults),
            (false, None) => {}
        }
        faults
    }

    /// The order, or everything that is wrong with it. `seal` puts the ticket away.
    pub(super) fn read(
        self,
        kind: RegistrationKind,
        seal: impl FnOnce(&SecretString) -> Sealed<Ticket>,
    ) -> Result<Order, Faults> {
        self.faults(kind).or(())?;

        // What is needed is there and is sound.
        let RegistrationWish { name, code, wechat_id, openid, appid, ticket, component_phone } =
            self;
        let text = |text: Option<String>| text.map_or_else(String::new, |it| it.trim().to_owned());
        let (name, component_phone) = (text(name), text(component_phone));
        let code = text(code).to_ascii_uppercase();
        let appid = appid.and_then(|appid| appid.trim().parse::<AppId>().ok());
        let order = match (kind, appid) {
            (RegistrationKind::Enterprise, _) => Order::Enterprise { name, code, component_phone },
            (RegistrationKind::Personal, _) => {
                Order::Personal { wechat_id: text(wechat_id), component_phone }
            }
            (RegistrationKind::Trial, _) => Order::Trial { name, openid: text(openid) },
            (RegistrationKind::TrialVerification, Some(appid)) => {
                Order::TrialVerification { appid, name, code, component_phone }
            }
            (RegistrationKind::TrialConversion, Some(appid)) => {
                Order::TrialConversion { appid, component_phone }
            }
            (RegistrationKind::OfficialAccount, Some(appid)) => {
                Order::OfficialAccount { appid, ticket: ticket.as_ref().map(seal) }
            }
            (_, None) => {
                let mut faults = Faults::default();
                missing("appid", &mut faults);
                return Err(faults);
            }
        };
        Ok(order)
    }
}

impl Order {
    /// Which flow it is.
    pub fn kind(&self) -> RegistrationKind {
        match self {
            Order::Enterprise { .. } => RegistrationKind::Enterprise,
            Order::Personal { .. } => RegistrationKind::Personal,
            Order::Trial { .. } => RegistrationKind::Trial,
            Order::TrialVerification { .. } => RegistrationKind::TrialVerification,
            Order::TrialConversion { .. } => RegistrationKind::TrialConversion,
            Order::OfficialAccount { .. } => RegistrationKind::OfficialAccount,
        }
    }

    /// For whom: one registration at a time for each. Hashed, for some of it names persons.
    pub(super) fn subject(&self) -> String {
        match self {
            Order::Enterprise { code, .. } => subject(&["code", code]),
            Order::Personal { wechat_id, .. } => subject(&["person", wechat_id]),
            Order::Trial { name, openid } => subject(&["trial", name, openid]),
            Order::TrialVerification { appid, .. } | Order::TrialConversion { appid, .. } => {
                subject(&["appid", appid.as_str()])
            }
            Order::OfficialAccount { appid, .. } => subject(&["account", appid.as_str()]),
        }
    }
}

/// For whom a registration is, as a part of a key.
pub(super) fn subject(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\n"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

type Check = fn(&str, &str, &mut Faults);

fn missing(field: &str, faults: &mut Faults) {
    faults.add(format!("/{field}"), format!("缺少 {field}"), format!("{field} is missing"));
}

fn foreign(field: &str, kind: RegistrationKind, faults: &mut Faults) {
    let kind = kind.as_str();
    let (zh, en) = (format!("{kind} 不用 {field}"), format!("{kind} takes no {field}"));
    faults.add(format!("/{field}"), zh, en);
}

fn company_name(name: &str, field: &str, faults: &mut Faults) {
    if !(2..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        faults.add(
            format!("/{field}"),
            "应为营业执照上的企业全称，2 至 100 个字；没有名称的个体工商户填“个体户”加法人姓名",
            "it is the company's name as registered, 2 to 100 characters; for a sole trader \
             without a name, 个体户 and the person's name",
        );
    }
}

fn trial_name(name: &str, field: &str, faults: &mut Faults) {
    if let Some((zh, en)) = trial_name_fault(name) {
        faults.add(format!("/{field}"), zh, en);
    }
}

/// What is wrong with the name of a trial mini program. WeChat says 4 to 30 characters and not
/// whether a Chinese one counts twice: what may be right passes.
pub(super) fn trial_name_fault(name: &str) -> Option<(&'static str, &'static str)> {
    if width(name) < 4 || name.chars().count() > 30 {
        return Some(("应为 4 至 30 个字符", "it has 4 to 30 characters"));
    }
    name.contains("小程序").then_some((
        "不能包含“小程序”，微信会自动加上“的体验小程序”",
        "it does not contain 小程序: WeChat adds 的体验小程序 itself",
    ))
}

fn company_code(code: &str, field: &str, faults: &mut Faults) {
    let allowed = |byte: u8| {
        let byte = byte.to_ascii_uppercase();
        byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !b"IOSVZ".contains(&byte))
    };
    if code.len() != 18 || !code.bytes().all(allowed) {
        faults.add(
            format!("/{field}"),
            "应为 18 位统一社会信用代码，由数字和大写字母组成，不含 I、O、S、V、Z",
            "it is the unified social credit code: 18 digits and capital letters without I, O, S, \
             V and Z",
        );
    }
}

fn person(wechat_id: &str, field: &str, faults: &mut Faults) {
    let sound = wechat_id.bytes().all(|byte| byte.is_ascii_graphic());
    if !(1..=64).contains(&wechat_id.len()) || !sound {
        faults.add(
            format!("/{field}"),
            "应为微信号（不是昵称），由字母、数字、下划线或减号组成",
            "a WeChat id is wanted (not a nickname): letters, digits, '_' or '-'",
        );
    }
}

fn administrator(openid: &str, field: &str, faults: &mut Faults) {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if openid.len() != 28 || !openid.starts_with('o') || !openid.bytes().all(sound) {
        faults.add(
            format!("/{field}"),
            "应为管理员的 openid：以 o 开头的 28 个字符，不是微信号",
            "it is the administrator's openid: 28 characters that begin with o, not a WeChat id",
        );
    }
}

pub(super) fn account(appid: &str, field: &str, faults: &mut Faults) {
    if appid.parse::<AppId>().is_err() {
        let (zh, en) = ("appid 形如 wx570bc396a51b8ff8", "an appid looks like wx570bc396a51b8ff8");
        faults.add(format!("/{field}"), zh, en);
    }
}

fn phone(phone: &str, field: &str, faults: &mut Faults) {
    let sound = |byte: u8| byte.is_ascii_digit() || b"+-".contains(&byte);
    let digits = phone.bytes().filter(u8::is_ascii_digit).count();
    if !(7..=15).contains(&digits) || phone.len() > 20 || !phone.bytes().all(sound) {
        faults.add(
            format!("/{field}"),
            "应为第三方平台的联系电话，7 至 15 位数字，可带 + 和 -",
            "it is the platform's telephone number: 7 to 15 digits, with + and - if need be",
        );
    }
}

fn is_ticket(ticket: &SecretString, faults: &mut Faults) {
    use secrecy::ExposeSecret;
    let ticket = ticket.expose_secret();
    if !(1..=512).contains(&ticket.len()) || !ticket.bytes().all(|byte| byte.is_ascii_graphic()) {
        faults.add(
            "/ticket",
            "应为微信页面跳转时带回的 ticket",
            "it is the ticket that WeChat's page sent back",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: RegistrationKind, wish: RegistrationWish) -> Result<Order, Vec<String>> {
        let order = wish.read(kind, |_| Sealed::from_text("sealed"));
        order.map_err(|faults| faults.0.into_iter().map(|fault| fault.pointer).collect())
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn an_order_is_read_with_its_letters_put_right() {
        let wish = RegistrationWish {
            name: text(" 城南面馆（北京）有限公司 "),
            code: text("91110108ma01kpgk0t"),
            component_phone: text("010-8888-0000"),
            ..RegistrationWish::default()
        };
        let order = read(RegistrationKind::Enterprise, wish).unwrap();
        let Order::Enterprise { name, code, .. } = &order else { panic!("{order:?}") };
        assert_eq!((&**name, &**code), ("城南面馆（北京）有限公司", "91110108MA01KPGK0T"));
    }

    #[test]
    fn everything_that_is_wrong_or_missing_or_foreign_is_named_at_once() {
        let wish = RegistrationWish {
            name: text("a"),
            code: text("91110108MA01KPGKO"),
            openid: text("oK8Yg5YaUM"),
            ..RegistrationWish::default()
        };
        let faults = read(RegistrationKind::Enterprise, wish).unwrap_err();
        assert_eq!(faults, ["/name", "/code", "/openid", "/component_phone"]);
        let faults = read(RegistrationKind::OfficialAccount, RegistrationWish::default());
        assert_eq!(faults.unwrap_err(), ["/appid", "/ticket"]);
    }

    #[test]
    fn the_name_of_a_trial_is_as_long_as_either_reading_allows() {
        for right in ["面馆", "abcd", &"面".repeat(30)] {
            assert_eq!(trial_name_fault(right), None, "{right}");
        }
        for wrong in ["面", "abc", &"面".repeat(31), "面馆小程序"] {
            assert!(trial_name_fault(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn whom_it_is_for_names_nobody() {
        let order = Order::Personal { wechat_id: "lily_2026".into(), component_phone: "1".into() };
        assert!(!order.subject().contains("lily"));
        assert_eq!(order.subject(), order.clone().subject());
    }
}
