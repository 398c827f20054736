//! What the platform's errors are to an operator.

use axum::http::StatusCode;
use platform::{
    call::CallError,
    counters::Counted,
    explain::{Class, explain},
    idempotency::IdempotencyError,
    secrets::ComponentError,
    storage::StorageError,
    text::Text,
    ticket::TicketError,
    tokens::TokenError,
};
use wechat::{ApiError, transport::TransportError};

use super::{Kind, Problem};

/// The day's calls of one kind are used up.
const CALLS_USED_UP: i64 = 45_009;

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        let kind = if error.is_busy() { Kind::UnderWay } else { Kind::Unavailable };
        Problem::new(kind).retry_after(2).internal(error)
    }
}

impl From<IdempotencyError> for Problem {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::Storage(error) => error.into(),
            error => Problem::new(Kind::Internal).internal(error),
        }
    }
}

impl From<ComponentError> for Problem {
    fn from(error: ComponentError) -> Self {
        match error {
            ComponentError::Unknown(component) => Problem::new(Kind::NotFound)
                .field("component")
                .detail(Text::new(
                    format!("第三方平台 {component} 没有配置"),
                    format!("the component {component} is not configured"),
                ))
                .what_to_do(Text::fixed(
                    "请核对 appid，或把该平台加入平台密钥",
                    "check the appid, or add the component to the platform secret",
                )),
            ComponentError::Disabled(component, why) => Problem::new(Kind::ComponentDisabled)
                .detail(Text::new(
                    format!("第三方平台 {component} 的配置有误：{why}"),
                    format!("the entry of the component {component} is malformed: {why}"),
                )),
        }
    }
}

impl From<TicketError> for Problem {
    fn from(error: TicketError) -> Self {
        match error {
            TicketError::Storage(error) => error.into(),
            TicketError::Never(component) => {
                let detail = Text::new(
                    format!("微信还没有向 {component} 推送 verify ticket"),
                    format!("WeChat has not pushed a verify ticket to {component} yet"),
                );
                let what_to_do = Text::fixed(
                    "微信每十分钟推送一次。请确认开放平台上的授权事件接收 URL、Token 和 \
                     EncodingAESKey 与本系统一致",
                    "WeChat pushes one every ten minutes. See that the events address, Token and \
                     EncodingAESKey at WeChat's open platform are those of this system",
                );
                Problem::new(Kind::ComponentDisabled)
                    .detail(detail)
                    .what_to_do(what_to_do)
                    .retry_after(60)
            }
            TicketError::Unseal(..) => unsealable(error),
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let needed = |zh: String, en: String| {
            Problem::new(Kind::AuthorizationNeeded).detail(Text::new(zh, en))
        };
        match error {
            TokenError::Storage(error) => error.into(),
            TokenError::Component(error) => error.into(),
            TokenError::Ticket(error) => error.into(),
            TokenError::WeChat(wechat::Error::WeChat(refusal)) => refused(refusal, true),
            TokenError::WeChat(error) => error.into(),
            TokenError::NotAuthorized(appid) => needed(
                format!("{appid} 没有授权本平台。"),
                format!("{appid} has not authorized this platform."),
            ),
            TokenError::Revoked(appid) => needed(
                format!("{appid} 已取消授权。"),
                format!("{appid} has withdrawn its authorization."),
            ),
            TokenError::NeedsAuthorization(appid) => needed(
                format!("{appid} 的授权已失效，需要重新授权。"),
                format!("{appid} must authorize again: WeChat accepts its grant no longer."),
            ),
            TokenError::Shadow(component) => Problem::new(Kind::ShadowMode).detail(Text::new(
                format!("{component} 的令牌由其他系统掌管"),
                format!("another system has the tokens of {component}"),
            )),
            TokenError::Unseal(..) => unsealable(error),
            TokenError::Halted(open) => {
                let seconds = open.cause.interval().unsigned_abs().as_secs();
                Problem::new(Kind::ComponentDisabled)
                    .detail(open.words())
                    .what_to_do(open.what_to_do())
                    .retry_after(seconds)
                    .with(|inside| {
                        inside.errcode = Some(open.errcode);
                        inside.wechat_message = Some(open.errmsg);
                    })
            }
            TokenError::Healing(appid) => {
                Problem::new(Kind::Unavailable).retry_after(60).detail(Text::new(
                    format!("正在向微信核对 {appid} 的授权，通常一两分钟内恢复"),
                    format!("the authorization of {appid} is being looked up at WeChat, which takes a minute or two"),
                ))
            }
            TokenError::Busy(_) => Problem::new(Kind::Unavailable)
                .retry_after(3)
                .detail(Text::fixed("令牌正在刷新", "the token is being renewed")),
        }
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Token(error) => error.into(),
            CallError::WeChat(error) => error.into(),
        }
    }
}

impl From<wechat::Error> for Problem {
    fn from(error: wechat::Error) -> Self {
        let words = error.to_string();
        match error {
            wechat::Error::WeChat(refusal) => refused(refusal, false),
            wechat::Error::Transport { source, .. } => {
                let words = format!("{words}: {source}");
                match source {
                    TransportError::NotSent(_) => {
                        Problem::new(Kind::WeChatUnavailable).retry_after(5).internal(words)
                    }
                    TransportError::TimedOut(_) | TransportError::Interrupted(_) => {
                        Problem::new(Kind::OutcomeUnknown).internal(words)
                    }
                    TransportError::TooLong => Problem::new(Kind::WeChatUnreadable).internal(words),
                }
            }
            wechat::Error::Unreadable { .. } => {
                Problem::new(Kind::WeChatUnreadable).internal(words)
            }
        }
    }
}

impl From<ApiError> for Problem {
    fn from(refusal: ApiError) -> Self {
        refused(refusal, false)
    }
}

/// A refusal, in words where the code is known, in WeChat's own where it is not. `for_token`: it
/// was refused while a token was fetched, which is not the operator's doing.
fn refused(refusal: ApiError, for_token: bool) -> Problem {
    let ApiError { path, errcode, errmsg, rid } = refusal;
    let known = explain(path, errcode);
    let mut problem = Problem::new(kind(errcode, known.map(|known| known.class), for_token))
        .detail(match &*errmsg {
            "" => Text::new(
                format!("微信返回 {errcode}，没有说明"),
                format!("WeChat answered {errcode} without a word"),
            ),
            words => Text::new(
                format!("微信返回 {errcode}：{words}"),
                format!("WeChat answered {errcode}: {words}"),
            ),
        });
    problem = match known {
        Some(known) => problem.cause(known.cause.clone()).what_to_do(known.what_to_do.clone()),
        None => problem.what_to_do(Text::fixed(
            "这是字典中没有的错误码。请按微信的原文处理；仍不清楚时，请凭 rid 咨询微信",
            "this code is not in the dictionary: go by WeChat's own words, or give the rid to \
             WeChat's support",
        )),
    };
    if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
        problem = problem.retry_after(if errcode == 61039 { 60 } else { 5 });
    }
    problem.internal(path).with(|inside| {
        inside.errcode = Some(errcode);
        inside.rid = rid;
        inside.wechat_message = Some(errmsg);
    })
}

fn kind(errcode: i64, class: Option<Class>, for_token: bool) -> Kind {
    match class {
        // It may have been done.
        Some(Class::Busy) if errcode == -1 => Kind::OutcomeUnknown,
        Some(Class::Busy) => Kind::WeChatUnavailable,
        Some(Class::Credentials) => Kind::WeChatRefusedUs,
        Some(Class::Authorization) => Kind::AuthorizationNeeded,
        Some(Class::Quota) if !for_token && is_used_up(errcode) => Kind::UsedUp,
        _ if for_token => Kind::WeChatRefusedUs,
        _ => Kind::WeChatRefused,
    }
}

/// Whether the code says that a period's number is used up, and not that something is full.
fn is_used_up(errcode: i64) -> bool {
    let mut counted = Counted::OF_MINI_PROGRAM.iter().chain(&Counted::OF_COMPONENT);
    errcode == CALLS_USED_UP || counted.any(|counted| counted.refusals().contains(&errcode))
}

pub(super) fn unsealable(error: impl ToString) -> Problem {
    Problem::new(Kind::ComponentDisabled)
        .internal(error)
        .detail(Text::fixed(
            "已保存的密文无法解开：加密密钥被更换",
            "what is stored does not open: the sealing key was changed",
        ))
        .what_to_do(Text::fixed(
            "请把原来的密钥放回平台密钥的 previous_sealing_keys",
            "put the former key back into the platform secret, under previous_sealing_keys",
        ))
}
