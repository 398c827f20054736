//! Everything that the pages say, in Chinese and in English, side by side. `{…}` is filled in.

use platform::text::{Language, Text};

pub(crate) static LANGUAGE_OTHER: Text = Text::fixed("English", "中文");

pub(crate) static START_TITLE: Text = Text::fixed("授权给“{platform}”", "Authorize “{platform}”");
pub(crate) static START_WHAT: Text = Text::fixed(
    "授权后，“{platform}”可以代你设置小程序、上传代码、提交审核和发布。账号仍然是你的，你随时可以在微信公众平台取消授权。",
    "Once authorized, “{platform}” can set up your mini program, upload its code, submit it for \
     review and release it for you. The account stays yours, and you can withdraw at any time in \
     the WeChat console.",
);
pub(crate) static START_WHO: Text = Text::fixed(
    "需要由小程序的管理员本人操作。请保留所有已勾选的权限。",
    "The mini program's administrator has to do this. Please leave all permissions ticked.",
);
pub(crate) static START_ACCOUNT: Text =
    Text::fixed("此链接只用于小程序 {appid}。", "This link is for the mini program {appid} alone.");
pub(crate) static START_BUTTON: Text = Text::fixed("开始授权", "Start");
pub(crate) static START_PHONE: Text = Text::fixed(
    "你正在手机浏览器中打开此页。请复制下面的地址，发给自己并在微信中打开。",
    "You are in a phone's browser. Please copy the address below and open it in WeChat.",
);
pub(crate) static START_SCAN: Text = Text::fixed(
    "也可以用微信扫描此二维码，在手机上完成：",
    "Or scan this code with WeChat and do it on your phone:",
);

pub(crate) static DONE_TITLE: Text = Text::fixed("授权成功", "Authorized");
pub(crate) static DONE_WHAT: Text = Text::fixed(
    "“{platform}”已经可以为这个小程序工作。你可以关闭此页。",
    "“{platform}” can now work for this mini program. You can close this page.",
);
pub(crate) static DONE_TEST: Text = Text::fixed(
    "这是微信全网发布检测用的账号：授权有效，但不会列入小程序。你可以关闭此页。",
    "This is one of WeChat's accounts for its check before a platform goes live: the authorization \
     counts, but it is no mini program here. You can close this page.",
);
pub(crate) static DONE_SUPERSEDED: Text = Text::fixed(
    "这个小程序之后又变更过授权，以最近一次为准。",
    "This mini program's authorization was changed since; the latest one counts.",
);
pub(crate) static DONE_MISSING: Text = Text::fixed(
    "还缺少以下权限，部分工作无法进行：",
    "These permissions are missing, and some work cannot be done without them:",
);
pub(crate) static DONE_AGAIN: Text =
    Text::fixed("重新授权并保留全部权限", "Authorize again with all permissions");

pub(crate) static REGISTER_TITLE: Text =
    Text::fixed("用公众号注册小程序", "A mini program for your official account");
pub(crate) static REGISTER_WHAT: Text = Text::fixed(
    "“{platform}”将为公众号的主体注册一个小程序，并代你管理它。小程序归你所有，你随时可以取消授权。",
    "“{platform}” registers a mini program for the owner of the official account, and manages it \
     for you. It is yours, and you can withdraw at any time.",
);
pub(crate) static REGISTER_WHO: Text = Text::fixed(
    "请由公众号 {appid} 的管理员本人用微信扫码确认。",
    "The administrator of the official account {appid} has to confirm it with WeChat.",
);
pub(crate) static REGISTER_COPY: Text = Text::fixed(
    "公众号的微信认证会一并用于小程序，不再收费。",
    "The account's verification by WeChat is taken over for the mini program, at no charge.",
);
pub(crate) static REGISTER_BUTTON: Text = Text::fixed("开始注册", "Start");
pub(crate) static REGISTERED_TITLE: Text =
    Text::fixed("小程序已注册", "The mini program is registered");
pub(crate) static REGISTERED_WHAT: Text = Text::fixed(
    "“{platform}”已经可以为这个小程序工作。你可以关闭此页。",
    "“{platform}” can now work for this mini program. You can close this page.",
);
pub(crate) static REGISTERING_TITLE: Text =
    Text::fixed("正在注册小程序", "The mini program is being registered");
pub(crate) static REGISTERING_WHAT: Text = Text::fixed(
    "系统会继续处理，你不需要再做什么；结果请询问服务商。",
    "It goes on by itself, and there is nothing more for you to do; your service provider knows \
     how it ends.",
);

pub(crate) static RESTART: Text = Text::fixed("重新开始授权", "Start again");
pub(crate) static REFERENCE: Text = Text::fixed("编号", "Reference");

static PERMISSION_SETS: [(i64, Text); 3] = [
    (17, Text::fixed("账号管理（17）", "account management (17)")),
    (18, Text::fixed("开发管理与数据分析（18）", "development and data (18)")),
    (30, Text::fixed("基本信息设置（30）", "basic information (30)")),
];

/// A permission set by its name.
pub(crate) fn permission_set(id: i64, language: Language) -> String {
    match PERMISSION_SETS.iter().find(|(known, _)| *known == id) {
        Some((_, name)) => name.read(language).to_owned(),
        None => id.to_string(),
    }
}

/// `text` in the visitor's language, with `{name}` filled in.
pub(crate) fn fill(text: &Text, language: Language, name: &str, value: &str) -> String {
    text.read(language).replace(&format!("{{{name}}}"), value)
}
