//! What the platform's errors are to whoever calls through the relay.

use platform::{
    operators::SignInError, releases::ReleaseError, secrets::ComponentError, storage::StorageError,
    text::Text, tokens::TokenError, uploads::LONGEST as LONGEST_UPLOAD,
};
use wechat::transport::TransportError;

use super::{Kind, Problem};
use crate::address::Address;

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        Problem::unavailable(2).internal(error)
    }
}

impl From<ComponentError> for Problem {
    fn from(error: ComponentError) -> Self {
        match error {
            ComponentError::Unknown(component) => Problem::new(Kind::NotFound)
                .detail(Text::new(
                    format!("第三方平台 {component} 没有配置"),
                    format!("the component {component} is not configured"),
                ))
                .what_to_do(Text::fixed("请核对地址中的 appid", "check the appid in the address")),
            error @ ComponentError::Disabled(..) => {
                Problem::new(Kind::ComponentDisabled).internal(error)
            }
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let refused = |zh, en| {
            Problem::new(Kind::NotSignedIn).detail(Text::fixed(zh, en)).what_to_do(Text::fixed(
                "请使用有效的机器密钥：Authorization: Bearer wf_<id>_<secret>",
                "use a machine's key that is good: Authorization: Bearer wf_<id>_<secret>",
            ))
        };
        match error {
            SignInError::Unknown => refused(
                "没有这个密钥，或密钥不完整；转发只接受 machine 密钥，首个管理员密钥不能用在这里",
                "there is no such key, or a part of it is missing; the relay takes keys of the role \
                 machine, and never the first admin key",
            ),
            SignInError::Expired(_) => refused("密钥已过期", "the key has expired"),
            SignInError::Revoked(_) => refused("密钥已被吊销", "the key was revoked"),
            SignInError::LockedOut { seconds } => Problem::new(Kind::TooManyRequests)
                .retry_after(seconds)
                .detail(Text::fixed(
                    "同一网络多次使用错误的密钥，已暂时锁定",
                    "wrong keys came from this network too often: it is locked out for a while",
                ))
                .what_to_do(Text::new(
                    format!("{seconds} 秒后自动解除；请先改正密钥"),
                    format!("it ends by itself in {seconds} seconds; correct the key meanwhile"),
                )),
            SignInError::TooOften { seconds } => Problem::new(Kind::TooManyRequests)
                .retry_after(seconds)
                .what_to_do(Text::fixed("请降低请求频率", "ask less often")),
            SignInError::Storage(error) => error.into(),
            SignInError::Secrets(error) => Problem::unavailable(5).internal(error),
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let words = error.to_string();
        match error {
            TokenError::Storage(error) => error.into(),
            TokenError::Component(error) => error.into(),
            TokenError::NotAuthorized(appid)
            | TokenError::Revoked(appid)
            | TokenError::NeedsAuthorization(appid) => Problem::new(Kind::AuthorizationNeeded)
                .detail(Text::new(
                    format!("{appid} 没有授权本平台，或授权已失效"),
                    format!("{appid} has not authorized this platform, or not any more"),
                ))
                .what_to_do(Text::fixed(
                    "请把授权链接发给商家，由小程序管理员确认",
                    "send the merchant the authorization link, which its administrator confirms",
                )),
            TokenError::Shadow(component) => Problem::new(Kind::ComponentDisabled)
                .detail(Text::new(
                    format!("{component} 的令牌由其他系统掌管，本平台处于影子模式"),
                    format!(
                        "another system has the tokens of {component}: it is in shadow mode here"
                    ),
                ))
                .what_to_do(Text::fixed(
                    "请通过原系统调用，或等待管理员切换到本平台",
                    "call through the other system, or wait until an administrator moves the \
                     platform here",
                )),
            TokenError::WeChat(wechat::Error::WeChat(refusal)) => {
                Problem::new(Kind::WeChatRefusedUs)
                    .detail(Text::new(
                        format!("微信不给令牌：{} {}", refusal.errcode, refusal.errmsg),
                        format!("WeChat gives no token: {} {}", refusal.errcode, refusal.errmsg),
                    ))
                    .what_to_do(Text::fixed(
                        "请把这条信息告诉管理员",
                        "tell this to an administrator",
                    ))
                    .errcode(refusal.errcode)
                    .internal(words)
            }
            TokenError::Ticket(_) | TokenError::Unseal(..) => {
                Problem::new(Kind::ComponentDisabled).retry_after(60).internal(words)
            }
            _ => Problem::unavailable(3).internal(words),
        }
    }
}

impl From<ReleaseError> for Problem {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::Storage(error) => error.into(),
            ReleaseError::InProgress(detail) => Problem::new(Kind::UnderWay)
                .detail(detail)
                .what_to_do(Text::fixed("请稍后重试", "try again in a little while"))
                .retry_after(5),
            error => Problem::unavailable(5).internal(error),
        }
    }
}

impl From<TransportError> for Problem {
    fn from(error: TransportError) -> Self {
        let kind = match &error {
            TransportError::NotSent(_) => Kind::WeChatUnavailable,
            TransportError::TimedOut(_) | TransportError::Interrupted(_) => Kind::OutcomeUnknown,
            TransportError::TooLong => return Problem::answer_too_long(),
        };
        let problem = Problem::new(kind).internal(&error);
        match kind {
            Kind::WeChatUnavailable => problem
                .detail(Text::fixed("请求没有送达微信", "the call did not reach WeChat"))
                .what_to_do(Text::fixed("请稍后重试", "try again in a little while"))
                .retry_after(5),
            _ => problem
                .detail(Text::fixed(
                    "没有等到微信的应答，微信可能已经执行",
                    "there was no answer from WeChat, which may have acted",
                ))
                .what_to_do(Text::fixed(
                    "请先查询结果，确认未生效后再重试",
                    "find out what became of it before calling again",
                )),
        }
    }
}

impl Problem {
    /// WeChat's answer does not go through.
    pub(crate) fn answer_too_long() -> Self {
        Problem::new(Kind::WeChatUnreadable)
            .detail(Text::fixed(
                "微信已执行，但应答超过 4 MB，无法经中转返回",
                "WeChat has acted, but its answer is longer than 4 MB, which the relay cannot pass",
            ))
            .what_to_do(hold_a_token())
    }

    /// The request does not go through.
    pub(crate) fn too_large(address: &Address) -> Self {
        let uploads = uploads_path(address);
        let longest = LONGEST_UPLOAD / 1024 / 1024;
        Problem::new(Kind::TooLarge)
            .detail(Text::fixed(
                "请求体超过 4 MB，不能随请求发送",
                "the body is longer than 4 MB, and cannot come with the request",
            ))
            .what_to_do(Text::new(
                format!(
                    "请先 POST {uploads} 取得上传地址（最大 {longest} MB），把请求体原样 PUT 上去，\
                     再以空请求体和请求头 X-Relay-Body: <id> 调用"
                ),
                format!(
                    "ask for an address by POST {uploads} ({longest} MB at most), PUT the body \
                     there, and call again with an empty body and the header X-Relay-Body: <id>"
                ),
            ))
    }

    /// What was to be the body is not there.
    pub(crate) fn no_such_upload(address: &Address) -> Self {
        let uploads = uploads_path(address);
        Problem::new(Kind::NotFound)
            // As WeChat says of a file that it does not have.
            .errcode(40007)
            .detail(Text::fixed(
                "X-Relay-Body 所指的上传不存在：尚未上传、已使用、已过期，或属于其他密钥或账号",
                "there is no upload of the name in X-Relay-Body: it was not sent yet, was used, has \
                 expired, or is another key's or another account's",
            ))
            .what_to_do(Text::new(
                format!("请用 POST {uploads} 重新取得上传地址并上传"),
                format!("ask for another address by POST {uploads}, and send the body there"),
            ))
    }
}

/// Where a long body is announced.
fn uploads_path(address: &Address) -> String {
    let component = &address.component;
    match &address.account {
        Some(appid) => format!("/v1/components/{component}/mini-programs/{appid}/uploads"),
        None => format!("/v1/components/{component}/uploads"),
    }
}

/// The way past the relay.
fn hold_a_token() -> Text {
    Text::fixed(
        "确需更大时，用 GET /v1/components/{component}/mini-programs/{appid}/access-token \
         取得令牌，从 IP 白名单内的机器直接调用微信",
        "for more, take a token from \
         GET /v1/components/{component}/mini-programs/{appid}/access-token and call WeChat itself \
         from an address on its IP list",
    )
}
