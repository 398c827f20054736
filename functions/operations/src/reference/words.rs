//! What the page says in its reader's language. Operations are described in English; in Chinese they
//! have a title as well.

use platform::text::{Language, Text};

/// Titles of operations in Chinese: an id and its title a line.
const TITLES: &str = include_str!("titles.txt");

/// An operation's title in the reader's language.
pub(super) fn title<'a>(id: &str, summary: &'a str, language: Language) -> &'a str {
    let chinese = || {
        let lines = TITLES.lines().filter_map(|line| line.split_once(' '));
        lines.filter(|(of, _)| *of == id).map(|(_, title)| title).next()
    };
    match language {
        Language::Chinese => chinese().unwrap_or(summary),
        Language::English => summary.trim_end_matches('.'),
    }
}

/// A tag in the reader's language.
pub(super) fn tag(name: &str, language: Language) -> String {
    let known = TAGS.iter().find(|(tag, _)| *tag == name);
    match (known, language) {
        (Some((_, chinese)), Language::Chinese) => (*chinese).to_owned(),
        _ => name.replace('-', " "),
    }
}

const TAGS: &[(&str, &str)] = &[
    ("about", "关于接口"),
    ("adoption", "接管运行中的平台"),
    ("attention", "待处理事项"),
    ("codes", "小程序码"),
    ("components", "第三方平台"),
    ("domains", "域名"),
    ("errcodes", "错误码"),
    ("events", "收到的事件"),
    ("filing", "ICP 备案"),
    ("mini-programs", "小程序"),
    ("open-account", "开放平台账号"),
    ("operators", "操作员与记录"),
    ("order-path", "订单中心"),
    ("payment", "支付"),
    ("plugins", "插件"),
    ("privacy", "隐私"),
    ("profile", "基本信息"),
    ("punishments", "违规与申诉"),
    ("quotas", "额度"),
    ("registrations", "注册"),
    ("releases", "审核与发布"),
    ("rollouts", "批量发布"),
    ("segments", "分组"),
    ("serving", "服务状态"),
    ("sessions", "用户登录"),
    ("templates", "模板"),
    ("testers", "体验者"),
    ("tokens", "令牌"),
    ("verification", "微信认证"),
    ("webhooks", "Webhook"),
];

pub(super) static PAGE: Text = Text::fixed("接口参考", "API reference");
pub(super) static INTRODUCTION: Text = Text::fixed(
    "JSON over HTTPS。登录方式：Authorization: Bearer wf_<id>_<secret>。写操作可带 Idempotency-Key，\
     同一个键只执行一次。出错时返回 application/problem+json，含原因和办法",
    "JSON over HTTPS. Sign in with Authorization: Bearer wf_<id>_<secret>. Writes take an \
     Idempotency-Key: one key is done once. Errors are application/problem+json, with the cause and \
     what to do",
);
pub(super) static SEARCH: Text = Text::fixed("搜索", "Search");
pub(super) static NOTHING: Text =
    Text::fixed("没有找到，换个词试试", "nothing was found; try another word");
pub(super) static OTHER_LANGUAGE: Text = Text::fixed("English", "中文");
pub(super) static OPEN: Text = Text::fixed("无需登录", "nobody need sign in");
pub(super) static NEEDS: Text = Text::fixed("权限", "needs");
pub(super) static PARAMETERS: Text = Text::fixed("参数", "parameters");
pub(super) static BODY: Text = Text::fixed("请求体", "body");
pub(super) static RESPONSES: Text = Text::fixed("应答", "responses");
pub(super) static REQUIRED: Text = Text::fixed("必填", "required");
pub(super) static SCHEMAS: Text = Text::fixed("数据结构", "Schemas");
pub(super) static PROBLEMS: Text = Text::fixed("错误类型", "Problem types");
pub(super) static DOCUMENT: Text = Text::fixed("OpenAPI 文档", "the OpenAPI document");
