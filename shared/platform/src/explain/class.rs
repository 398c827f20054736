//! Codes by who can do something about them.

use std::str::FromStr;

use crate::text::Text;

/// Codes by who can do something about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Whoever wrote the request: a value is wrong.
    Parameter,
    /// Whoever runs the mini program: it is not in a state in which this is possible.
    State,
    /// The merchant: a permission is missing, or WeChat has restricted an account or a person.
    Permission,
    /// Nobody but time: a limit is used up.
    Quota,
    /// Nobody: the same call may work in a moment.
    Busy,
    /// Whoever runs this platform: its credentials or its address are not accepted.
    Credentials,
    /// Whoever runs this platform: its rights at WeChat's open platform do not suffice.
    Platform,
    /// The merchant, who has to authorize again.
    Authorization,
}

impl Class {
    /// All of them.
    pub const ALL: [Class; 8] = [
        Class::Parameter,
        Class::State,
        Class::Permission,
        Class::Quota,
        Class::Busy,
        Class::Credentials,
        Class::Platform,
        Class::Authorization,
    ];

    /// Its name; stable.
    pub fn name(self) -> &'static str {
        match self {
            Class::Parameter => "parameter",
            Class::State => "state",
            Class::Permission => "permission",
            Class::Quota => "quota",
            Class::Busy => "busy",
            Class::Credentials => "credentials",
            Class::Platform => "platform",
            Class::Authorization => "authorization",
        }
    }

    /// Who can do something about it, and what kind of thing.
    pub fn who_acts(self) -> Text {
        let (zh, en) = match self {
            Class::Parameter => ("操作人员：修改所填内容", "the operator corrects the request"),
            Class::State => {
                ("操作人员：先完成前置步骤", "the operator does first what has to come first")
            }
            Class::Permission => (
                "商家：补充权限、材料或处理处罚",
                "the merchant obtains the right or lifts the penalty",
            ),
            Class::Quota => ("无需处理：等待额度恢复", "nobody: the limit comes back with time"),
            Class::Busy => ("无需处理：稍后重试", "nobody: the same call may work in a moment"),
            Class::Credentials => (
                "平台管理员：检查密钥和 IP 白名单",
                "the platform's administrator checks keys and IP list",
            ),
            Class::Platform => (
                "平台管理员：在微信开放平台处理",
                "the platform's administrator acts at WeChat's open platform",
            ),
            Class::Authorization => ("商家：重新授权", "the merchant authorizes again"),
        };
        Text::fixed(zh, en)
    }
}

/// A class that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such class")]
pub struct NoSuchClass;

impl FromStr for Class {
    type Err = NoSuchClass;

    fn from_str(name: &str) -> Result<Self, NoSuchClass> {
        Class::ALL.into_iter().find(|class| class.name() == name).ok_or(NoSuchClass)
    }
}
