//! What the errors of settings and of accounts are to an operator.

use platform::{
    mini_programs::MiniProgramError,
    settings::{Refused, SettingsError},
    text::Text,
};

use super::{Kind, Problem};

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Invalid(faults) => Problem::wrong_fields(faults),
            SettingsError::UsedUp(used_up) => used_up.into(),
            SettingsError::PartlyRefused(refused) => partly_refused(&refused),
            SettingsError::WrongState { state, what_to_do } => {
                Problem::new(Kind::WrongState).detail(state).what_to_do(what_to_do)
            }
            SettingsError::NotFound(what) => Problem::new(Kind::NotFound).detail(what),
            SettingsError::Call(error) => error.into(),
            SettingsError::Storage(error) => error.into(),
            SettingsError::ConfirmFile(error) => Problem::new(Kind::WeChatUnreadable)
                .detail(Text::fixed(
                    "微信给出的校验文件不合规范，无法提供访问",
                    "the confirm file that WeChat gave is not one that can be served",
                ))
                .internal(error),
        }
    }
}

fn partly_refused(refused: &[Refused]) -> Problem {
    let list: Vec<String> =
        refused.iter().map(|one| format!("{} ({})", one.domain, one.list)).collect();
    let list = list.join(", ");
    let field = refused.first().map_or("domains", |one| one.list);
    Problem::new(Kind::WeChatRefused)
        .field(field)
        .detail(Text::new(
            format!("微信没有接受这些域名：{list}。其余的已生效"),
            format!("WeChat did not accept {list}; the others are in force"),
        ))
        .what_to_do(Text::fixed(
            "请确认域名已完成 ICP 备案、可以用 HTTPS 访问，然后整份重新提交",
            "see that the domains have an ICP filing and answer over HTTPS, then send the whole \
             list again",
        ))
}

impl From<MiniProgramError> for Problem {
    fn from(error: MiniProgramError) -> Self {
        match error {
            MiniProgramError::Storage(error) => error.into(),
            MiniProgramError::Call(error) => error.into(),
            MiniProgramError::Cursor => {
                Problem::new(Kind::InvalidField).field("cursor").detail(Text::fixed(
                    "cursor 不正确，请从头开始取列表",
                    "the cursor is malformed; begin the list again without one",
                ))
            }
            MiniProgramError::NotAuthorized(appid) => Problem::new(Kind::AuthorizationNeeded)
                .detail(Text::new(
                    format!("{appid} 没有授权本平台。"),
                    format!("{appid} has not authorized this platform."),
                )),
            MiniProgramError::Busy(_) => Problem::new(Kind::Unavailable).retry_after(2),
        }
    }
}
