//! What the errors of an adoption are to an operator.

use platform::{
    adoption::{AdoptionError, Reason},
    text::Text,
};

use super::{Kind, Problem};

impl From<AdoptionError> for Problem {
    fn from(error: AdoptionError) -> Self {
        match error {
            AdoptionError::Storage(error) => error.into(),
            AdoptionError::Call(error) => error.into(),
            AdoptionError::Ticket(error) => error.into(),
            AdoptionError::Grant(error) => {
                Problem::new(Kind::Unavailable).retry_after(5).internal(error)
            }
            AdoptionError::Refused(reasons) => refused(&reasons),
            AdoptionError::LentTokenRefused(refusal) => Problem::new(Kind::InvalidField)
                .field("component_access_token")
                .detail(Text::new(
                    format!("微信不接受借用的令牌（{}）", refusal.errcode),
                    format!("WeChat does not take the lent token ({})", refusal.errcode),
                ))
                .what_to_do(Text::fixed(
                    "请从原系统取一个正在使用的 component_access_token（同一个第三方平台，有效期两小时），\
                     重新发送以继续导入",
                    "take a component_access_token from the other system that it is using (of the \
                     same platform; it lives for two hours) and send it to go on",
                )),
            AdoptionError::LendToken => Problem::new(Kind::InvalidField)
                .field("component_access_token")
                .detail(Text::fixed(
                    "平台处于影子模式，本系统不换取令牌；导入需要原系统借出 component_access_token",
                    "the component is in shadow mode and mints no token; an import wants a \
                     component_access_token that the other system lends",
                )),
            AdoptionError::NothingToLend => Problem::new(Kind::InvalidField)
                .field("component_access_token")
                .detail(Text::fixed(
                    "平台由本系统运行，使用自己的令牌；请不要附带 component_access_token",
                    "the component is active and has a token of its own; leave \
                     component_access_token out",
                )),
            AdoptionError::Busy => Problem::new(Kind::Unavailable).retry_after(2),
        }
    }
}

fn refused(reasons: &[Reason]) -> Problem {
    let words: Vec<Text> = reasons.iter().map(words).collect();
    let joined =
        |read: fn(&Text) -> &str, between| words.iter().map(read).collect::<Vec<_>>().join(between);
    Problem::new(Kind::WrongState)
        .detail(Text::new(joined(|it| &it.zh, "；"), joined(|it| &it.en, "; ")))
        .what_to_do(Text::fixed(
            "请逐项处理后重试。没有可用的 ticket 时无法切换；其余两项可以用 \
             \"force\": [\"import\", \"refresh-tokens\"] 明确接受",
            "mend each and try again. Without a good ticket there is no cut-over; the others can be \
             accepted by name, with \"force\": [\"import\", \"refresh-tokens\"]",
        ))
}

fn words(reason: &Reason) -> Text {
    match reason {
        Reason::NoTicket => Text::fixed(
            "本系统还没有收到过 component_verify_ticket，请让原系统转发微信的推送",
            "no component_verify_ticket has come here yet: let the other system forward WeChat's \
             pushes",
        ),
        Reason::OldTicket(seconds) => Text::new(
            format!("最新的 ticket 已有 {} 小时，微信只接受 12 小时内的", seconds / 3600),
            format!("the newest ticket is {} hours old, and WeChat takes 12", seconds / 3600),
        ),
        Reason::NoImport => {
            Text::fixed("还没有导入过商家 (import)", "no merchants were imported yet (import)")
        }
        Reason::UnfinishedImport => Text::fixed(
            "导入还没有完成，请重复 POST imports 直到返回 200 (import)",
            "the import is not finished: repeat POST imports until it answers 200 (import)",
        ),
        Reason::OldImport(at) => Text::new(
            format!("上次导入完成于 {at}，已超过 24 小时，请重新导入 (import)"),
            format!("the last import is of {at}, more than 24 hours ago: repeat it (import)"),
        ),
        Reason::WithoutRefreshToken(count) => Text::new(
            format!("{count} 个商家没有 refresh_token，切换后需要重新授权 (refresh-tokens)"),
            format!(
                "{count} merchants have no refresh token and must authorize again \
                 (refresh-tokens)"
            ),
        ),
    }
}
