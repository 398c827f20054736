//! What went wrong, as problem details (RFC 9457), and the one place where it becomes an answer.
//!
//! Handlers return a [`Problem`]; `render` writes it in the caller's language, logs the inside of
//! it, and dresses every answer in the headers that all have.

mod from;
mod kind;
mod releases;
mod rollouts;
mod segments;
mod settings;
mod webhooks;

pub use kind::Kind;

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use platform::text::{Language, Text};
use serde::Serialize;
use utoipa::{PartialSchema, ToSchema, openapi::Components};

use crate::extract::{Wrong, WrongField};

/// Something that went wrong, in both languages.
#[derive(Debug, Clone)]
pub struct Problem(Arc<Inside>);

#[derive(Debug, Clone)]
struct Inside {
    kind: Kind,
    status: StatusCode,
    detail: Option<Text>,
    cause: Option<Text>,
    what_to_do: Option<Text>,
    errcode: Option<i64>,
    rid: Option<String>,
    wechat_message: Option<String>,
    field: Option<String>,
    faults: Vec<(String, Text)>,
    authorization_link: Option<String>,
    retry_after: Option<u64>,
    internal: Option<String>,
}

/// Problem details as they are sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDetails {
    /// What kind of problem it is; stable.
    #[schema(example = "urn:wechat-fleet:problem:wechat-refused")]
    r#type: String,
    /// The kind in words.
    title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What happened this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Why it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    what_to_do: Option<String>,
    /// WeChat's code, if WeChat refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    errcode: Option<i64>,
    /// WeChat's id of the refused request, to be told to WeChat's support.
    #[serde(skip_serializing_if = "Option::is_none")]
    rid: Option<String>,
    /// WeChat's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    wechat_message: Option<String>,
    /// The field of the request that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Everything that is wrong with the request, where it is known at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Fault>,
    /// The link to send to the merchant, where the merchant must authorize.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_link: Option<String>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fault {
    /// Where it stands in the body, as a JSON pointer (RFC 6901).
    #[schema(example = "/filter/kinds/0")]
    pointer: String,
    /// What is wrong.
    detail: String,
}

impl ProblemDetails {
    /// Adds the schema to a description.
    pub(crate) fn describe(components: &mut Components) {
        components.schemas.insert(ProblemDetails::name().into_owned(), ProblemDetails::schema());
        components.schemas.insert(Fault::name().into_owned(), Fault::schema());
    }
}

impl Problem {
    /// A list was to be gone on with at a place that no answer has named.
    pub(crate) fn malformed_cursor() -> Self {
        Self::new(Kind::MalformedRequest).field("cursor").detail(Text::fixed(
            "cursor 应为上一页返回的 next_cursor",
            "a cursor is the next_cursor of the part before",
        ))
    }

    /// A problem of a kind.
    pub fn new(kind: Kind) -> Self {
        Problem(Arc::new(Inside {
            status: kind.status(),
            kind,
            detail: None,
            cause: None,
            what_to_do: None,
            errcode: None,
            rid: None,
            wechat_message: None,
            field: None,
            faults: Vec::new(),
            authorization_link: None,
            retry_after: None,
            internal: None,
        }))
    }

    fn with(mut self, change: impl FnOnce(&mut Inside)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// What happened this time.
    pub fn detail(self, detail: Text) -> Self {
        self.with(|inside| inside.detail = Some(detail))
    }

    /// Why it happened.
    pub fn cause(self, cause: Text) -> Self {
        self.with(|inside| inside.cause = Some(cause))
    }

    /// What to do about it.
    pub fn what_to_do(self, what_to_do: Text) -> Self {
        self.with(|inside| inside.what_to_do = Some(what_to_do))
    }

    /// The field of the request that is wrong.
    pub fn field(self, field: impl Into<String>) -> Self {
        let field = field.into();
        self.with(|inside| inside.field = Some(field).filter(|field| !field.is_empty()))
    }

    /// Everything that is wrong with the request: JSON pointers and words. The first one is also
    /// the problem's field and, if it is alone, its detail.
    pub(crate) fn faults(self, faults: impl IntoIterator<Item = (String, Text)>) -> Self {
        let faults: Vec<(String, Text)> = faults.into_iter().collect();
        self.with(|inside| {
            let first = faults.first();
            inside.field =
                first.map(|(pointer, _)| pointer.trim_start_matches('/').replace('/', "."));
            inside.detail = match faults.len() {
                1 => first.map(|(_, why)| why.clone()),
                many => Some(Text::new(
                    format!("有 {many} 处错误，见 faults"),
                    format!("{many} things are wrong, see faults"),
                )),
            };
            inside.faults = faults;
        })
    }

    /// After how many seconds it is worth trying again.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with(|inside| inside.retry_after = Some(seconds))
    }

    /// Words for the log only.
    pub fn internal(self, words: impl ToString) -> Self {
        let words = words.to_string();
        self.with(|inside| inside.internal = Some(words))
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// WeChat's code.
    pub fn errcode(&self) -> Option<i64> {
        self.0.errcode
    }

    /// WeChat's request id.
    pub fn rid(&self) -> Option<&str> {
        self.0.rid.as_deref()
    }

    /// The merchant must authorize first: by this link.
    pub(crate) fn with_authorization_link(self, link: &str) -> Self {
        if self.0.kind != Kind::AuthorizationNeeded {
            return self;
        }
        self.with(|inside| inside.authorization_link = Some(link.to_owned()))
    }

    /// A body that is not what it should be as a whole.
    pub(crate) fn malformed_body(why: &str) -> Self {
        Problem::new(Kind::MalformedRequest)
            .detail(Text::new(format!("请求体无法读取：{why}"), format!("the body: {why}")))
            .what_to_do(Text::fixed(
                "请以 UTF-8 编码发送一个 JSON 对象",
                "send one JSON object in UTF-8",
            ))
    }

    /// A member of the body that is wrong.
    pub(crate) fn wrong_field(wrong: WrongField) -> Self {
        let detail = words_for(&wrong);
        Problem::new(Kind::InvalidField).detail(detail).field(wrong.field)
    }

    /// A parameter of the query that is wrong.
    pub(crate) fn wrong_parameter(wrong: WrongField) -> Self {
        let detail = words_for(&wrong);
        Problem::new(Kind::MalformedRequest).detail(detail).field(wrong.field)
    }

    /// A path whose parameter cannot be the name of anything.
    pub(crate) fn no_such_path(parameter: Option<&str>) -> Self {
        let problem = Problem::new(Kind::NotFound).what_to_do(Text::fixed(
            "请检查路径中的标识，appid 形如 wx570bc396a51b8ff8",
            "check the identifiers in the path; an appid looks like wx570bc396a51b8ff8",
        ));
        match parameter {
            Some(parameter) => problem.field(parameter),
            None => problem,
        }
    }

    fn write(&self, language: Language) -> Response {
        let inside = &self.0;
        let status = inside.status;
        let say = |text: &Option<Text>| text.as_ref().map(|text| text.sentence(language));
        let title = inside.kind.title().sentence(language);
        let faults = inside.faults.iter().map(|(pointer, why)| Fault {
            pointer: pointer.clone(),
            detail: why.sentence(language),
        });
        let details = ProblemDetails {
            r#type: format!("urn:wechat-fleet:problem:{}", inside.kind.name()),
            title: title.trim_end_matches(['。', '.']).to_owned(),
            status: status.as_u16(),
            detail: say(&inside.detail),
            cause: say(&inside.cause),
            what_to_do: say(&inside.what_to_do).or_else(|| say(&inside.kind.what_to_do())),
            errcode: inside.errcode,
            rid: inside.rid.clone(),
            wechat_message: inside.wechat_message.clone(),
            field: inside.field.clone(),
            faults: faults.collect(),
            authorization_link: inside.authorization_link.clone(),
        };
        let body = serde_json::to_vec(&details).expect("problem details are strings and numbers");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = inside.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    fn log(&self) {
        let inside = &self.0;
        let (status, kind) = (inside.status.as_u16(), inside.kind.name());
        let internal = inside.internal.as_deref().unwrap_or_default();
        let (errcode, rid) = (inside.errcode, inside.rid.as_deref());
        if inside.status.is_server_error() {
            tracing::error!(status, kind, errcode, rid, internal, "answered with a problem");
        } else {
            tracing::info!(status, kind, errcode, rid, internal, "answered with a problem");
        }
    }
}

/// Carries the problem out to `render`, which knows the language.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The language that a request wants.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    header.map(Language::accepted).unwrap_or_default()
}

/// The problem that an answer carries, if it has not been written yet.
pub(crate) fn of(response: &Response) -> Option<&Problem> {
    response.extensions().get()
}

/// Writes the problem that an answer carries, if it carries one.
pub(crate) fn written(mut response: Response, language: Language) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    problem.log();
    let mut written = problem.write(language);
    // Such as `Allow`.
    for (name, value) in response.headers() {
        if !written.headers().contains_key(name) && name != header::CONTENT_LENGTH {
            written.headers_mut().insert(name.clone(), value.clone());
        }
    }
    written
}

/// Writes problems, and gives every answer the headers that all have.
pub(crate) async fn render(request: Request, next: Next) -> Response {
    let language = language(request.headers());
    let is_head = request.method() == Method::HEAD;
    let mut response = written(next.run(request).await, language);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
        (header::VARY, "Accept-Language, Authorization"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_head {
        *response.body_mut() = axum::body::Body::empty();
    }
    response
}

/// A path that nothing stands at.
pub(crate) async fn unknown_route() -> Problem {
    Problem::new(Kind::NotFound).what_to_do(Text::fixed(
        "接口列表见 GET /v1/openapi.json",
        "GET /v1/openapi.json lists the operations",
    ))
}

/// A path at which the method does nothing.
pub(crate) async fn method_not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed)
}

fn words_for(wrong: &WrongField) -> Text {
    let field = &wrong.field;
    match &wrong.why {
        Wrong::Missing => {
            Text::new(format!("缺少字段 {field}"), format!("the field {field} is missing"))
        }
        Wrong::Unknown => {
            Text::new(format!("没有名为 {field} 的字段"), format!("there is no field {field}"))
        }
        Wrong::Repeated => Text::new(
            format!("字段 {field} 出现了不止一次"),
            format!("the field {field} stands there more than once"),
        ),
        Wrong::Expected(expected) if expected.is_empty() => Text::new(
            format!("字段 {field} 的值无效"),
            format!("the value of the field {field} is not valid"),
        ),
        Wrong::Expected(expected) => Text::new(
            format!("字段 {field} 的类型或取值不对，应为 {expected}"),
            format!("the field {field} has the wrong type or value: {expected} is wanted"),
        ),
    }
}
