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

/// What an operation is called where its id alone is known.
pub(crate) fn name(id: &str) -> Text {
    let spelled = id.replace('_', " ");
    Text::new(title(id, &spelled, Language::Chinese), spelled.clone())
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
    ("onboarding", "上线流程"),
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
    ("relay", "中转"),
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
pub(super) static RELAY: Text = Text::fixed(
    "微信的其他接口走中转：ANY /relay/{第三方平台 appid}/{小程序 appid 或 component}/{微信路径}，用 scopes 含 \
     relay 的机器密钥，令牌由本系统填入，微信的应答原样返回。需要自己取令牌的 SDK 把地址换成 \
     /relay/{第三方平台 appid}/{小程序 appid}，secret 填机器密钥，/cgi-bin/token 和 /cgi-bin/stable_token \
     会发给它中转用的令牌",
    "Any other call of WeChat's goes through the relay: ANY /relay/{the component's appid}/{an appid, \
     or component}/{WeChat's path}, with a machine's key that has the scope relay; the token is put \
     in here, and WeChat's answer comes back as it is. An SDK that fetches tokens itself is pointed \
     at /relay/{the component's appid}/{an appid} with such a key as its secret, and is given a \
     token of the relay's by /cgi-bin/token and /cgi-bin/stable_token",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_every_group_has_a_chinese_title() {
        let (_, signed_in) = crate::routes::signed_in().split_for_parts();
        let (_, open) = crate::routes::open().split_for_parts();
        let description = crate::openapi::document(&crate::openapi::complete(signed_in, open));
        let paths = description["paths"].as_object().unwrap().values();
        for operation in paths.flat_map(|item| item.as_object().unwrap().values()) {
            let id = operation["operationId"].as_str().unwrap();
            assert_ne!(title(id, "", Language::Chinese), "", "{id} is not in titles.txt");
            let group = operation["tags"][0].as_str().unwrap();
            assert!(TAGS.iter().any(|(known, _)| *known == group), "{id} is in {group}");
        }
    }
}
