//! The six kinds of registration, and what is done with one that was begun.

use http::Method;
use platform::text::Text;

use crate::{
    action::{Action, Field, Kind, Then},
    session::Role,
};

const NEW: &str = "components/{component}/registrations";
const OPEN: Then = Then::Open("/console/{component}/registrations/{id}");
const BUTTON: Text = Text::fixed("生成链接", "Make the link");
const DONE: Text = Text::fixed("链接已生成，请发给对方", "The link is made; send it on");

const PHONE: Field = Field::new(
    "component_phone",
    Text::fixed("第三方平台客服电话", "The platform's telephone"),
    Kind::Line,
)
.required()
.hint(Text::fixed("7 至 15 位数字", "7 to 15 digits"));
const COMPANY: Field =
    Field::new("name", Text::fixed("企业名称", "The company's name"), Kind::Line).required().hint(
        Text::fixed(
            "与营业执照一致；无字号的个体户填“个体户”加姓名",
            "as on its licence; for a sole trader without a name, 个体户 and the person's name",
        ),
    );
const CODE: Field =
    Field::new("code", Text::fixed("统一社会信用代码", "Unified social credit code"), Kind::Line)
        .required()
        .hint(Text::fixed("18 位", "18 characters"));
const TRIAL: Field = Field::new(
    "appid",
    Text::fixed("试用小程序 AppID", "The trial mini program's appid"),
    Kind::Line,
)
.required();

const ACCOUNT: Field =
    Field::new("appid", Text::fixed("公众号 AppID", "The official account's appid"), Kind::Line)
        .required()
        .hint(Text::fixed("须已授权给本平台", "it has authorized this platform"));

const fn begin(name: &'static str, title: Text, rule: Text, fields: &'static [Field]) -> Action {
    Action {
        name,
        title,
        rule,
        button: BUTTON,
        done: DONE,
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: NEW,
        fields,
        then: OPEN,
    }
}

static COMPANY_FIELDS: [Field; 4] = [Field::always("kind", "\"enterprise\""), COMPANY, CODE, PHONE];
static PERSON_FIELDS: [Field; 3] = [
    Field::always("kind", "\"personal\""),
    Field::new("wechat_id", Text::fixed("微信号", "WeChat id"), Kind::Line)
        .required()
        .hint(Text::fixed("不是昵称，最多 64 个字符", "not the nickname; 64 characters at most")),
    PHONE,
];
static TRIAL_FIELDS: [Field; 3] = [
    Field::always("kind", "\"trial\""),
    Field::new("name", Text::fixed("小程序名称", "Its name"), Kind::Line)
        .required()
        .hint(Text::fixed("4 至 30 个字符", "4 to 30 characters")),
    Field::new("openid", Text::fixed("管理员的 openid", "The administrator's openid"), Kind::Line)
        .required()
        .hint(Text::fixed(
            "同一主体、已授权给本平台的任一账号下的 openid，o 开头，28 位",
            "of any account of the same owner that authorized this platform; 28 characters that begin with o",
        )),
];
static TRIAL_VERIFICATION_FIELDS: [Field; 5] =
    [Field::always("kind", "\"trial-verification\""), TRIAL, COMPANY, CODE, PHONE];
static TRIAL_CONVERSION_FIELDS: [Field; 3] =
    [Field::always("kind", "\"trial-conversion\""), TRIAL, PHONE];
static OFFICIAL_ACCOUNT_FIELDS: [Field; 3] = [
    Field::always("kind", "\"official-account\""),
    ACCOUNT,
    Field::new("ticket", Text::fixed("ticket", "Ticket"), Kind::Secret).required().hint(Text::fixed(
        "管理员同意后，微信在 mp.weixin.qq.com/cgi-bin/fastregisterauth 的回跳地址里带回",
        "what mp.weixin.qq.com/cgi-bin/fastregisterauth sends back when the administrator agreed",
    )),
];

pub(in crate::screens) static ACTIONS: [Action; 10] = [
    begin(
        "register-company",
        Text::fixed("企业小程序", "A company's mini program"),
        Text::fixed(
            "法定代表人 24 小时内在微信中确认；注册后即有企业主体，可申请支付",
            "the legal person confirms in WeChat within 24 hours; it may take payments",
        ),
        &COMPANY_FIELDS,
    ),
    begin(
        "register-person",
        Text::fixed("个人小程序", "A person's mini program"),
        Text::fixed(
            "本人 24 小时内在微信中确认；不能开通支付",
            "the person confirms in WeChat within 24 hours; it cannot take payments",
        ),
        &PERSON_FIELDS,
    ),
    begin(
        "register-trial",
        Text::fixed("试用小程序", "A trial mini program"),
        Text::fixed(
            "无需营业执照，先试用再转正；名称会加上“的体验小程序”",
            "needs no licence and can be converted later; WeChat adds 的体验小程序 to its name",
        ),
        &TRIAL_FIELDS,
    ),
    begin(
        "register-trial-verification",
        Text::fixed("试用小程序转企业", "A trial one becomes a company's"),
        Text::fixed(
            "法定代表人 24 小时内在微信中确认，试用小程序转为企业主体",
            "the legal person confirms in WeChat within 24 hours",
        ),
        &TRIAL_VERIFICATION_FIELDS,
    ),
    begin(
        "register-trial-conversion",
        Text::fixed("试用小程序转正", "A trial one becomes ordinary"),
        Text::fixed(
            "管理员打开链接，自己选择主体并完成转正",
            "the administrator opens the link and says whose it is",
        ),
        &TRIAL_CONVERSION_FIELDS,
    ),
    Action {
        name: "offer-registration",
        title: Text::fixed("复用公众号资质", "From an official account"),
        rule: Text::fixed(
            "用公众号的主体注册。生成一个链接，由公众号管理员在微信的页面上同意，回来后自动注册；链接一天内有效，只能用一次",
            "for the owner of an official account. Its administrator agrees on WeChat's page by a link of ours, and the registration begins when they come back; good for a day, and once",
        ),
        button: BUTTON,
        done: Text::fixed("链接已生成，请发给公众号管理员", "The link for the administrator"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/registration-links",
        fields: &[
            ACCOUNT,
            Field::new(
                "copy_verification",
                Text::fixed("沿用公众号的认证", "Take its verification over"),
                Kind::Check,
            ),
        ],
        then: Then::TellOnce("link"),
    },
    begin(
        "register-from-official-account",
        Text::fixed("复用公众号资质（已有 ticket）", "From an official account, with a ticket"),
        Text::fixed(
            "公众号管理员已在微信的页面上同意，手中有 ticket 时使用",
            "where its administrator has agreed on WeChat's page already, and there is a ticket",
        ),
        &OFFICIAL_ACCOUNT_FIELDS,
    ),
    Action {
        name: "check-registration",
        title: Text::fixed("立即查询", "Ask WeChat now"),
        rule: Text::fixed(
            "系统会自动查询，也会收到微信的通知；等不及时用它",
            "it is asked by itself and told by WeChat; this is for whoever cannot wait",
        ),
        button: Text::fixed("查询", "Ask"),
        done: Text::fixed("已查询", "WeChat was asked"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/registrations/{id}/check",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "renew-registration",
        title: Text::fixed("重新发起", "Renew"),
        rule: Text::fixed(
            "用同样的资料再发起一次，得到新的链接；上一个链接仍有效时会被拒绝",
            "begins it once more with a new link; refused while the last link is good",
        ),
        button: Text::fixed("重新发起", "Renew"),
        done: DONE,
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/registrations/{id}/renewal",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "acknowledge-registration",
        title: Text::fixed("不再跟进", "Leave it at that"),
        rule: Text::fixed(
            "不再发起，也不再出现在“今日”中",
            "it is not begun again, and Today names it no longer",
        ),
        button: Text::fixed("不再跟进", "Leave it at that"),
        done: Text::fixed("已标记", "Marked"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/registrations/{id}/acknowledgement",
        fields: &[],
        then: Then::Back,
    },
];
