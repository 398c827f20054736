//! The kinds of problems, each with its status and its words.

use axum::http::StatusCode;
use platform::text::Text;

/// What kind of problem it is: what a caller would treat differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request cannot be read.
    MalformedRequest,
    /// Nobody is signed in.
    NotSignedIn,
    /// The operator's role does not allow it.
    NotAllowed,
    /// There is no such thing.
    NotFound,
    /// The path has no such method.
    MethodNotAllowed,
    /// The same request is under way.
    UnderWay,
    /// It is not any more what the request wants it to be.
    Changed,
    /// Things are not in a state in which this can be done.
    WrongState,
    /// The merchant must authorize the platform first.
    AuthorizationNeeded,
    /// Another system has the token that this needs.
    ShadowMode,
    /// The body is too long.
    TooLarge,
    /// The body is not JSON by its content type.
    WrongContentType,
    /// A field of the request is wrong.
    InvalidField,
    /// The idempotency key was used for another request.
    KeyReused,
    /// WeChat counts it, and nothing is left of it; nothing was done.
    UsedUp,
    /// Whoever asks has asked too often, or has guessed.
    TooManyRequests,
    /// WeChat refused, and will refuse again until something is changed.
    WeChatRefused,
    /// WeChat does not accept our credentials or our address.
    WeChatRefusedUs,
    /// WeChat's answer is not an answer.
    WeChatUnreadable,
    /// WeChat cannot be reached or is busy; nothing was done.
    WeChatUnavailable,
    /// There was no answer from WeChat, which may have acted.
    OutcomeUnknown,
    /// Something of ours does not answer.
    Unavailable,
    /// The component is not in working order.
    ComponentDisabled,
    /// A mistake of ours.
    Internal,
}

impl Kind {
    /// All of them, by their status.
    pub const ALL: &'static [Kind] = &[
        Kind::MalformedRequest,
        Kind::NotSignedIn,
        Kind::NotAllowed,
        Kind::NotFound,
        Kind::MethodNotAllowed,
        Kind::UnderWay,
        Kind::WrongState,
        Kind::AuthorizationNeeded,
        Kind::ShadowMode,
        Kind::Changed,
        Kind::TooLarge,
        Kind::WrongContentType,
        Kind::InvalidField,
        Kind::KeyReused,
        Kind::WeChatRefused,
        Kind::UsedUp,
        Kind::TooManyRequests,
        Kind::Internal,
        Kind::WeChatRefusedUs,
        Kind::WeChatUnreadable,
        Kind::WeChatUnavailable,
        Kind::Unavailable,
        Kind::ComponentDisabled,
        Kind::OutcomeUnknown,
    ];

    /// What stands in a problem's `type`.
    pub fn uri(self) -> String {
        format!("urn:wechat-fleet:problem:{}", self.name())
    }

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Kind::MalformedRequest => StatusCode::BAD_REQUEST,
            Kind::NotSignedIn => StatusCode::UNAUTHORIZED,
            Kind::NotAllowed => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Kind::UnderWay | Kind::WrongState | Kind::AuthorizationNeeded | Kind::ShadowMode => {
                StatusCode::CONFLICT
            }
            Kind::Changed => StatusCode::PRECONDITION_FAILED,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::WrongContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::InvalidField | Kind::KeyReused | Kind::WeChatRefused => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Kind::UsedUp | Kind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Kind::WeChatRefusedUs | Kind::WeChatUnreadable => StatusCode::BAD_GATEWAY,
            Kind::WeChatUnavailable | Kind::Unavailable | Kind::ComponentDisabled => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Kind::OutcomeUnknown => StatusCode::GATEWAY_TIMEOUT,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The last part of the problem's `type`; stable.
    pub fn name(self) -> &'static str {
        match self {
            Kind::MalformedRequest => "malformed-request",
            Kind::NotSignedIn => "not-signed-in",
            Kind::NotAllowed => "not-allowed",
            Kind::NotFound => "not-found",
            Kind::MethodNotAllowed => "method-not-allowed",
            Kind::UnderWay => "under-way",
            Kind::Changed => "changed",
            Kind::WrongState => "wrong-state",
            Kind::AuthorizationNeeded => "authorization-needed",
            Kind::ShadowMode => "shadow-mode",
            Kind::TooLarge => "too-large",
            Kind::WrongContentType => "wrong-content-type",
            Kind::InvalidField => "invalid-field",
            Kind::KeyReused => "idempotency-key-reused",
            Kind::UsedUp => "used-up",
            Kind::TooManyRequests => "too-many-requests",
            Kind::WeChatRefused => "wechat-refused",
            Kind::WeChatRefusedUs => "wechat-refused-us",
            Kind::WeChatUnreadable => "wechat-unreadable",
            Kind::WeChatUnavailable => "wechat-unavailable",
            Kind::OutcomeUnknown => "outcome-unknown",
            Kind::Unavailable => "unavailable",
            Kind::ComponentDisabled => "component-disabled",
            Kind::Internal => "internal",
        }
    }

    /// The kind in words.
    pub fn title(self) -> Text {
        let (zh, en) = match self {
            Kind::MalformedRequest => ("请求格式不对", "the request is malformed"),
            Kind::NotSignedIn => ("未登录", "nobody is signed in"),
            Kind::NotAllowed => ("没有权限", "the operator may not do this"),
            Kind::NotFound => ("不存在", "there is no such thing"),
            Kind::MethodNotAllowed => ("该路径不支持此方法", "the path has no such method"),
            Kind::UnderWay => ("相同的请求正在处理", "the same request is under way"),
            Kind::Changed => ("内容已变更", "it was changed meanwhile"),
            Kind::WrongState => ("当前状态不允许此操作", "not possible in this state"),
            Kind::AuthorizationNeeded => ("需要商家授权", "the merchant must authorize first"),
            Kind::ShadowMode => ("第三方平台处于影子模式", "the component is in shadow mode"),
            Kind::TooLarge => ("请求体过大", "the body is too long"),
            Kind::WrongContentType => ("内容类型不对", "the content type is wrong"),
            Kind::InvalidField => ("字段有误", "a field is wrong"),
            Kind::KeyReused => ("幂等键已用于其他请求", "the idempotency key was used before"),
            Kind::UsedUp => ("次数已用完", "nothing is left of it"),
            Kind::TooManyRequests => ("请求过多", "too many requests"),
            Kind::WeChatRefused => ("微信拒绝了此操作", "WeChat refused"),
            Kind::WeChatRefusedUs => {
                ("微信不接受本平台的凭证或地址", "WeChat refused this platform")
            }
            Kind::WeChatUnreadable => ("微信的应答无法识别", "WeChat's answer is not readable"),
            Kind::WeChatUnavailable => ("微信暂时不可用", "WeChat is not available"),
            Kind::OutcomeUnknown => ("结果未知", "the outcome is not known"),
            Kind::Unavailable => ("服务暂时不可用", "not available for the moment"),
            Kind::ComponentDisabled => {
                ("第三方平台未就绪", "the component is not in working order")
            }
            Kind::Internal => ("内部错误", "an internal error"),
        };
        Text::fixed(zh, en)
    }

    /// What to do where nothing more special is known.
    pub fn what_to_do(self) -> Option<Text> {
        let (zh, en) = match self {
            Kind::MalformedRequest | Kind::InvalidField | Kind::MethodNotAllowed => (
                "请对照 GET /v1/openapi.json 修改请求后重试",
                "compare the request with GET /v1/openapi.json, correct it and send it again",
            ),
            Kind::NotSignedIn => (
                "请在 Authorization 头中携带有效的密钥：Bearer wf_<id>_<secret>",
                "send a valid key in the header Authorization: Bearer wf_<id>_<secret>",
            ),
            Kind::NotAllowed => (
                "请使用权限足够的密钥，或请管理员操作",
                "use a key whose role allows it, or ask an administrator",
            ),
            Kind::NotFound => {
                ("请检查路径和其中的标识", "check the path and the identifiers in it")
            }
            Kind::UnderWay => (
                "请稍候，用同一个 Idempotency-Key 重试以取得结果",
                "wait a little and send it again with the same Idempotency-Key to get its answer",
            ),
            Kind::Changed => (
                "请重新读取，确认仍要修改后，以新的 ETag 重试",
                "read it again, and send the change with its new ETag if it is still wanted",
            ),
            Kind::WrongState | Kind::WeChatRefused => (
                "请先查看当前状态，再决定下一步",
                "look at the present state before deciding what to do next",
            ),
            Kind::UsedUp => ("请等到 renews_at 之后再试", "wait until renews_at"),
            Kind::TooManyRequests => (
                "请等到 Retry-After 之后再试",
                "wait as long as Retry-After says, and ask less often",
            ),
            Kind::AuthorizationNeeded => (
                "请把 authorization_link 发给商家，由小程序管理员打开并确认授权",
                "send authorization_link to the merchant, whose administrator opens it and agrees",
            ),
            Kind::ShadowMode => (
                "令牌由原系统掌管。请在原系统中操作，或切换到本系统：PUT /v1/components/{component}/mode",
                "another system has the tokens. Do it there, or make the component active: PUT \
                 /v1/components/{component}/mode",
            ),
            Kind::TooLarge => ("请求体不得超过 1 MiB", "a body has 1 MiB at most"),
            Kind::WrongContentType => (
                "请以 Content-Type: application/json 发送",
                "send it with Content-Type: application/json",
            ),
            Kind::KeyReused => (
                "不同的请求请使用不同的 Idempotency-Key",
                "use another Idempotency-Key for another request",
            ),
            Kind::WeChatRefusedUs | Kind::ComponentDisabled => (
                "请检查平台密钥（AppSecret、Token、EncodingAESKey）和微信开放平台上的 IP 白名单",
                "check the platform secret (AppSecret, Token, EncodingAESKey) and the IP list at \
                 WeChat's open platform",
            ),
            Kind::WeChatUnreadable | Kind::WeChatUnavailable | Kind::Unavailable => {
                ("请稍后重试", "try again in a little while")
            }
            Kind::OutcomeUnknown => (
                "微信可能已经执行。请先查询当前状态，确认未生效后再重试",
                "WeChat may have acted. Look at the present state before trying again",
            ),
            Kind::Internal => (
                "请把时间和请求告诉维护人员，详情在日志中",
                "tell whoever runs this the time and the request; the log says more",
            ),
        };
        Some(Text::fixed(zh, en))
    }
}
