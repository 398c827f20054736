//! What many pages say, in Chinese and in English, side by side.

use platform::text::Text;

pub(crate) const MENU: Text = Text::fixed("菜单", "Menu");
pub(crate) const SKIP: Text = Text::fixed("跳到正文", "Skip to content");
pub(crate) const SIGN_OUT: Text = Text::fixed("退出登录", "Sign out");
pub(crate) const SIGNED_OUT: Text = Text::fixed("登录已失效", "You are signed out");
pub(crate) const SIGN_IN_AGAIN: Text = Text::fixed("请重新登录", "Please sign in again");
pub(crate) const TROUBLE: Text = Text::fixed("出了点问题", "Something went wrong");
pub(crate) const CANCEL: Text = Text::fixed("取消", "Cancel");
pub(crate) const BACK: Text = Text::fixed("返回", "Back");
pub(crate) const MORE: Text = Text::fixed("下一页", "Next page");
pub(crate) const LIGHT: Text = Text::fixed("浅色", "Light");
pub(crate) const DARK: Text = Text::fixed("深色", "Dark");
pub(crate) const AS_SYSTEM: Text = Text::fixed("跟随系统", "Auto");
pub(crate) const NOT_YOURS: Text = Text::fixed(
    "你的角色不能执行此操作，请联系管理员。",
    "Your role may not do this; ask an administrator.",
);
pub(crate) const ASK_AN_ADMIN: Text =
    Text::fixed("需要更高的角色时，请联系管理员", "Ask an administrator for a role that may");
pub(crate) const TOLD_ONCE: Text = Text::fixed(
    "只显示这一次。请现在复制并妥善保存，离开此页后无法再次查看。",
    "Shown this once. Copy it now and keep it safe; it cannot be shown again.",
);
pub(crate) const KEPT: Text =
    Text::fixed("已上传，不必重新选择", "Handed over; there is no need to choose it again");
pub(crate) const ACCEPTED: Text = Text::fixed(
    "已受理，正在进行，结果稍后显示在这里",
    "Accepted; it goes on by itself and shows here in a while",
);
pub(crate) const ASKED: Text = Text::fixed("上次向微信查询", "WeChat was asked");
pub(crate) const NAME: Text = Text::fixed("名称", "Name");
pub(crate) const STATE: Text = Text::fixed("状态", "State");
pub(crate) const TIME: Text = Text::fixed("时间", "Time");
pub(crate) const VERSION: Text = Text::fixed("版本", "Version");
pub(crate) const NONE: Text = Text::fixed("无", "none");
pub(crate) const SEARCH: Text = Text::fixed("搜索", "Search");
pub(crate) const ALL: Text = Text::fixed("全部", "All");

/// A role by its name.
pub(crate) fn role(role: &str) -> Text {
    match role {
        "admin" => Text::fixed("管理员", "Administrator"),
        "releaser" => Text::fixed("发布者", "Releaser"),
        "viewer" => Text::fixed("只读", "Viewer"),
        "machine" => Text::fixed("机器", "Machine"),
        other => Text::new(other, other),
    }
}
