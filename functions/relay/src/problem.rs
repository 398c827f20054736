//! What the relay itself has to say: problem details (RFC 9457), with `errcode` and `errmsg` where
//! an SDK looks for them.

mod from;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use platform::text::{Language, Text};
use serde::Serialize;

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    MalformedRequest,
    NotSignedIn,
    NotAllowed,
    /// Nobody may call this path through the relay.
    PathRefused,
    /// The path moves what this platform keeps a record of.
    StateMachine,
    NotFound,
    MethodNotAllowed,
    AuthorizationNeeded,
    UnderWay,
    TooManyRequests,
    TooLarge,
    WeChatRefusedUs,
    WeChatUnreadable,
    WeChatUnavailable,
    OutcomeUnknown,
    Unavailable,
    ComponentDisabled,
}

impl Kind {
    fn status(self) -> StatusCode {
        match self {
            Kind::MalformedRequest => StatusCode::BAD_REQUEST,
            Kind::NotSignedIn => StatusCode::UNAUTHORIZED,
            Kind::NotAllowed | Kind::PathRefused | Kind::StateMachine => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Kind::AuthorizationNeeded | Kind::UnderWay => StatusCode::CONFLICT,
            Kind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::WeChatRefusedUs | Kind::WeChatUnreadable => StatusCode::BAD_GATEWAY,
            Kind::WeChatUnavailable | Kind::Unavailable | Kind::ComponentDisabled => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Kind::OutcomeUnknown => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The last part of the problem's `type`, and the code that an SDK finds. Where WeChat may have
    /// acted it is none of WeChat's: an SDK would call again.
    fn names(self) -> (&'static str, i64) {
        match self {
            Kind::MalformedRequest => ("malformed-request", 47001),
            Kind::NotSignedIn => ("not-signed-in", 40001),
            Kind::NotAllowed => ("not-allowed", 48001),
            Kind::PathRefused => ("path-refused", 48001),
            Kind::StateMachine => ("state-machine", 48001),
            Kind::NotFound => ("not-found", 40013),
            Kind::MethodNotAllowed => ("method-not-allowed", 43002),
            Kind::AuthorizationNeeded => ("authorization-needed", 61003),
            Kind::UnderWay => ("under-way", -1),
            Kind::TooManyRequests => ("too-many-requests", 45011),
            Kind::TooLarge => ("too-large", 40006),
            Kind::WeChatRefusedUs => ("wechat-refused-us", -1),
            Kind::WeChatUnreadable => ("wechat-unreadable", 502),
            Kind::WeChatUnavailable => ("wechat-unavailable", -1),
            Kind::OutcomeUnknown => ("outcome-unknown", 504),
            Kind::Unavailable => ("unavailable", -1),
            Kind::ComponentDisabled => ("component-disabled", 48001),
        }
    }

    fn title(self) -> Text {
        let (zh, en) = match self {
            Kind::MalformedRequest => ("请求格式不对", "the request is malformed"),
            Kind::NotSignedIn => ("未登录", "nobody is signed in"),
            Kind::NotAllowed => ("没有权限", "the key may not do this"),
            Kind::PathRefused => ("此接口不开放", "this path is closed"),
            Kind::StateMachine => ("此接口由本平台控制", "this platform does this itself"),
            Kind::NotFound => ("不存在", "there is no such thing"),
            Kind::MethodNotAllowed => ("不支持此方法", "the method is not passed on"),
            Kind::AuthorizationNeeded => ("需要商家授权", "the merchant must authorize first"),
            Kind::UnderWay => ("另一项操作正在进行", "something else is under way"),
            Kind::TooManyRequests => ("请求过多", "too many requests"),
            Kind::TooLarge => ("内容过大", "the body is too long"),
            Kind::WeChatRefusedUs => {
                ("微信不接受本平台的凭证或地址", "WeChat refused this platform")
            }
            Kind::WeChatUnreadable => ("微信的应答无法转交", "WeChat's answer cannot be passed on"),
            Kind::WeChatUnavailable => ("微信暂时不可用", "WeChat is not available"),
            Kind::OutcomeUnknown => ("结果未知", "the outcome is not known"),
            Kind::Unavailable => ("服务暂时不可用", "not available for the moment"),
            Kind::ComponentDisabled => {
                ("第三方平台未就绪", "the component is not in working order")
            }
        };
        Text::fixed(zh, en)
    }
}

/// Something that the relay itself refuses, or could not do.
#[derive(Debug)]
pub(crate) struct Problem(Box<Inside>);

#[derive(Debug)]
struct Inside {
    kind: Kind,
    detail: Option<Text>,
    what_to_do: Option<Text>,
    errcode: i64,
    retry_after: Option<u64>,
    internal: Option<String>,
    as_wechat: bool,
}

/// Problem details as they are sent.
#[derive(Serialize)]
struct Details {
    r#type: String,
    title: String,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what_to_do: Option<String>,
    errcode: i64,
    errmsg: String,
}

impl Problem {
    pub(crate) fn new(kind: Kind) -> Self {
        let (_, errcode) = kind.names();
        Problem(Box::new(Inside {
            kind,
            detail: None,
            what_to_do: None,
            errcode,
            retry_after: None,
            internal: None,
            as_wechat: false,
        }))
    }

    /// Something behind this platform, its tables for example, did not answer.
    pub(crate) fn unavailable(retry_after: u64) -> Self {
        Self::new(Kind::Unavailable)
            .detail(Text::fixed(
                "平台内部服务没有及时响应",
                "a service behind this platform did not answer in time",
            ))
            .what_to_do(Text::fixed("请稍后重试", "try again in a little while"))
            .retry_after(retry_after)
    }

    /// What happened this time.
    pub(crate) fn detail(mut self, detail: Text) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// What to do about it.
    pub(crate) fn what_to_do(mut self, what_to_do: Text) -> Self {
        self.0.what_to_do = Some(what_to_do);
        self
    }

    /// The code that an SDK finds.
    pub(crate) fn errcode(mut self, errcode: i64) -> Self {
        self.0.errcode = errcode;
        self
    }

    /// After how many seconds it is worth trying again.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Words for the log only.
    pub(crate) fn internal(mut self, words: impl ToString) -> Self {
        self.0.internal = Some(words.to_string());
        self
    }

    /// To be told as WeChat tells its errors: with status 200, which is what an SDK reads.
    pub(crate) fn worded_by_wechat(mut self, errcode: i64) -> Self {
        self.0.as_wechat = true;
        self.errcode(errcode)
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self.0.as_wechat {
            true => StatusCode::OK,
            false => self.0.kind.status(),
        }
    }

    pub(crate) fn code(&self) -> i64 {
        self.0.errcode
    }

    pub(crate) fn log(&self) {
        let (kind, _) = self.0.kind.names();
        let internal = self.0.internal.as_deref().unwrap_or_default();
        if self.0.kind.status().is_server_error() {
            tracing::error!(kind, internal, "answered with a problem");
        } else {
            tracing::info!(kind, internal, "answered with a problem");
        }
    }

    pub(crate) fn write(&self, language: Language) -> Response {
        let inside = &self.0;
        let (name, _) = inside.kind.names();
        let title = inside.kind.title();
        let english = |text: &Text| text.en.trim_end_matches('.').to_owned();
        let words: Vec<String> = match &inside.detail {
            Some(detail) => [Some(detail), inside.what_to_do.as_ref()]
                .into_iter()
                .flatten()
                .map(english)
                .collect(),
            None => vec![english(&title)],
        };
        let errmsg = words.join("; ");
        let status = self.status();
        if inside.as_wechat {
            let body = serde_json::json!({ "errcode": inside.errcode, "errmsg": errmsg });
            return json(status, "application/json; charset=utf-8", body.to_string().into_bytes());
        }
        let say = |text: &Option<Text>| text.as_ref().map(|text| text.sentence(language));
        let details = Details {
            r#type: format!("urn:wechat-fleet:problem:{name}"),
            title: title.sentence(language).trim_end_matches(['。', '.']).to_owned(),
            status: status.as_u16(),
            detail: say(&inside.detail),
            what_to_do: say(&inside.what_to_do),
            errcode: inside.errcode,
            errmsg,
        };
        let body = serde_json::to_vec(&details).expect("problem details are strings and numbers");
        let mut response = json(status, "application/problem+json", body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = inside.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

fn json(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, media_type)], body).into_response()
}
