//! What the errors of an adoption are to an operator.

use platform::{
    adoption::{AdoptionError, Reason},
    call::CallError,
    text::Text,
};

use super::{Kind, Problem};

impl From<AdoptionError> for Problem {
    fn from(error: AdoptionError) -> Self {
        match error {
            AdoptionError::Storage(error) => error.into(),
            AdoptionError::WeChat(error) => CallError::WeChat(error).into(),
            AdoptionError::Ticket(error) => error.into(),
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
            AdoptionError::Active(component) => Problem::new(Kind::WrongState)
                .detail(Text::new(
                    format!("{component} 由本系统运行，无需导入"),
                    format!("{component} is active here, and there is nothing to import"),
                ))
                .what_to_do(Text::fixed(
                    "要与微信的授权列表核对，请使用 POST …/reconciliations；若由原系统运行，请先 PUT …/mode 切换为 \
                     shadow",
                    "to compare it with WeChat's list, use POST …/reconciliations; if another system \
                     runs it, put it into shadow mode first with PUT …/mode",
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
            "请逐项处理后重试；在此之前请让原系统继续运行",
            "mend each and try again; until then, let the other system run on",
        ))
}

fn words(reason: &Reason) -> Text {
    match reason {
        Reason::NoTicket => Text::fixed(
            "本系统还没有收到过 component_verify_ticket，请让原系统转发微信的推送，或把开放平台的 URL 改为本系统的地址",
            "no component_verify_ticket has come here yet: let the other system forward WeChat's \
             pushes, or enter this system's addresses at the open platform",
        ),
        Reason::OldTicket(seconds) => Text::new(
            format!("最新的 ticket 已有 {} 小时，微信只接受 12 小时内的", seconds / 3600),
            format!("the newest ticket is {} hours old, and WeChat takes 12", seconds / 3600),
        ),
        Reason::NoImport => Text::fixed(
            "进入影子模式后还没有导入过商家，请使用 POST …/imports",
            "no merchants were imported in this shadow mode: use POST …/imports",
        ),
        Reason::UnfinishedImport => Text::fixed(
            "导入还没有完成，请重复 POST …/imports 直到返回 200",
            "the import is not finished: repeat POST …/imports until it answers 200",
        ),
        Reason::OldImport(at) => Text::new(
            format!("上次导入完成于 {at}，已超过 24 小时，请重新导入"),
            format!("the last import is of {at}, more than 24 hours ago: repeat it"),
        ),
        Reason::WithoutRefreshToken(count) => Text::new(
            format!(
                "{count} 个商家没有 refresh_token（见 GET …/imports/latest）：请在导入时用 refresh_tokens \
                 提供原系统保存的令牌；若原系统也没有，可用 \"some_must_authorize\": true 接受切换后由商家重新授权"
            ),
            format!(
                "{count} merchants have no refresh token (see GET …/imports/latest): lend those that \
                 the other system holds as refresh_tokens with the import; if it holds none, accept \
                 with \"some_must_authorize\": true that these merchants authorize again"
            ),
        ),
    }
}
