//! What is asked for a verification: WeChat's own fields (wxaauth).

use http::Method;
use platform::text::Text;

use crate::{
    action::{Action, Field, Kind, Then, Upload},
    session::Role,
};

const MATERIAL: Upload = Upload {
    to: "components/{component}/mini-programs/{appid}/verification/materials",
    member: "media_id",
    accept: "image/png,image/jpeg,image/gif",
};
const PICTURE: Text = Text::fixed("PNG、JPEG 或 GIF，最大 2 MB", "PNG, JPEG or GIF, 2 MB at most");

static OWNERS: [(&str, Text); 3] = [
    ("1", Text::fixed("企业", "an enterprise")),
    ("12", Text::fixed("个体工商户", "a sole trader")),
    ("15", Text::fixed("个人", "a person")),
];
static NAMES: [(&str, Text); 2] = [
    ("1", Text::fixed("商标名", "a registered trade mark")),
    ("2", Text::fixed("自选词汇", "own words")),
];
static PAYERS: [(&str, Text); 2] = [
    ("2", Text::fixed("商家付款", "the merchant")),
    ("1", Text::fixed("平台套餐", "the platform's package")),
];

static FIELDS: [Field; 17] = [
    Field::heading(Text::fixed("主体", "The owner")),
    Field::new(
        "auth.customer_type",
        Text::fixed("主体类型", "Kind of owner"),
        Kind::NumberedChoice(&OWNERS),
    )
    .required(),
    Field::new(
        "auth.qualification",
        Text::fixed("营业执照（个人不填）", "Licence (not for a person)"),
        Kind::Document(MATERIAL),
    )
    .hint(PICTURE),
    Field::new(
        "auth.qualification_other",
        Text::fixed("其他证明", "More documents"),
        Kind::Documents(MATERIAL),
    )
    .hint(PICTURE),
    Field::new(
        "auth.auth_identification",
        Text::fixed("职业（个人）", "Profession, of a person"),
        Kind::Line,
    ),
    Field::new(
        "auth.auth_ident_material",
        Text::fixed("职业证明（个人）", "Proofs of the profession"),
        Kind::Documents(MATERIAL),
    )
    .hint(PICTURE),
    Field::heading(Text::fixed("名称", "The name")),
    Field::new(
        "auth.account_name",
        Text::fixed("小程序名称", "The mini program's name"),
        Kind::Line,
    )
    .required()
    .hint(Text::fixed("4 至 30 个字符", "4 to 30 characters")),
    Field::new(
        "auth.account_name_type",
        Text::fixed("名称来源", "Where it comes from"),
        Kind::NumberedChoice(&NAMES),
    )
    .required(),
    Field::new(
        "auth.account_supplemental",
        Text::fixed("名称证明", "Proofs of the name"),
        Kind::Documents(MATERIAL),
    )
    .hint(PICTURE),
    Field::heading(Text::fixed("联系与付款", "Contact and payment")),
    Field::new("auth.contact_info.name", Text::fixed("联系人", "Contact"), Kind::Line).required(),
    Field::new("auth.contact_info.email", Text::fixed("邮箱", "E-mail"), Kind::Line).required(),
    Field::new("auth.pay_type", Text::fixed("谁付款", "Who pays"), Kind::NumberedChoice(&PAYERS))
        .required(),
    Field::new(
        "auth.third_party_phone",
        Text::fixed("第三方平台电话", "The platform's telephone"),
        Kind::Line,
    ),
    Field::new("auth.invoice_info", Text::fixed("发票（JSON）", "Invoice (JSON)"), Kind::Json)
        .hint(Text::fixed(
            "如 {\"invoice_type\": 1} 为不开票，可留空",
            "such as {\"invoice_type\": 1} for none; may be left empty",
        )),
    Field::new(
        "filing",
        Text::fixed("同时备案（JSON）", "Filing along with it (JSON)"),
        Kind::Json,
    )
    .hint(Text::fixed(
        "认证与备案合办时填写，内容同 POST …/filing；单独认证留空",
        "what POST …/filing takes, for both in one; empty for the verification alone",
    )),
];

pub(in crate::screens::mini_program) static ACTIONS: [Action; 2] = [
    Action {
        name: "begin-verification",
        title: Text::fixed("发起认证", "Begin a verification"),
        rule: Text::fixed(
            "资料直接交给微信，本系统不保存。之后管理员在 24 小时内打开链接确认；被退回时改正后再提交",
            "what is entered goes to WeChat and is kept nowhere here. The administrator confirms by a link within 24 hours; where it is sent back, correct it and send it again",
        ),
        button: Text::fixed("提交认证", "Begin"),
        done: Text::fixed("认证已发起", "The verification is under way"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/verification",
        fields: &FIELDS,
        then: Then::Back,
    },
    Action {
        name: "refresh-verification",
        title: Text::fixed("向微信查询", "Ask WeChat"),
        rule: Text::fixed("读取认证的状态", "reads how everything stands that was begun here"),
        button: Text::fixed("查询", "Ask"),
        done: Text::fixed("已查询", "WeChat was asked"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/verification/refresh",
        fields: &[],
        then: Then::Back,
    },
];
