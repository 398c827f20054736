//! What went wrong, as problem details (RFC 9457), and the one place where it becomes an answer.
//!
//! Handlers return a [`Problem`]; `render` writes it in the caller's language, logs the inside of
//! it, and dresses every answer in the headers that all have.

mod adoption;
mod approvals;
mod counters;
mod from;
mod kind;
mod onboarding;
mod orders;
mod payment;
mod profile;
mod registrations;
mod releases;
mod rollouts;
mod segments;
mod self_test;
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
use jiff::Timestamp;
use platform::{
    fault::Faults,
    text::{Language, Text},
};
use serde::Serialize;
use utoipa::{PartialSchema, ToSchema, openapi::Components};

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
    faults: Faults,
    renews_at: Option<Timestamp>,
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
    /// When it is worth trying again, where something is used up until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    renews_at: Option<String>,
    /// The link to send to the merchant, where the merchant must authorize.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_link: Option<String>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fault {
    /// Where it stands, as a JSON pointer (RFC 6901) into the body or into the parameters of the
    /// query.
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
    /// What kind of problem it is.
    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

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
            faults: Faults::new(),
            renews_at: None,
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

    /// Everything that is wrong with the request. The first one is also the problem's field and,
    /// if it is alone, its detail.
    pub(crate) fn faults(self, faults: Faults) -> Self {
        self.with(|inside| {
            let first = faults.list().first();
            inside.field = first.map(|fault| field(&fault.pointer)).filter(|it| !it.is_empty());
            inside.detail = match (first, faults.list().len()) {
                (Some(fault), 1) => Some(named(fault)),
                (_, many) => Some(Text::new(
                    format!("有 {many} 处错误，见 faults"),
                    format!("{many} things are wrong, see faults"),
                )),
            };
            inside.faults = faults;
        })
    }

    /// Nothing is left of something before then.
    pub(crate) fn renews_at(self, at: Option<Timestamp>) -> Self {
        self.with(|inside| inside.renews_at = at)
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

    /// The same of a request that only asks: what is not known of it does no harm.
    pub(crate) fn of_question(self) -> Self {
        if self.0.kind != Kind::OutcomeUnknown {
            return self;
        }
        self.with(|inside| {
            inside.kind = Kind::WeChatUnavailable;
            inside.status = inside.kind.status();
            // They speak of what may have been done.
            (inside.cause, inside.what_to_do) = (None, None);
            inside.retry_after.get_or_insert(5);
        })
    }

    /// A body that is not what it should be as a whole.
    pub(crate) fn malformed_body(why: Text) -> Self {
        let Text { zh, en } = why;
        Problem::new(Kind::MalformedRequest)
            .detail(Text::new(format!("请求体：{zh}"), format!("the body: {en}")))
            .what_to_do(Text::fixed(
                "请以 UTF-8 编码发送一个 JSON 对象",
                "send one JSON object in UTF-8",
            ))
    }

    /// Members of the body that are wrong.
    pub(crate) fn wrong_fields(faults: Faults) -> Self {
        Problem::new(Kind::InvalidField).faults(faults)
    }

    /// Parameters of the query that are wrong.
    pub(crate) fn wrong_parameters(faults: Faults) -> Self {
        Problem::new(Kind::MalformedRequest).faults(faults)
    }

    /// There is none of it yet.
    pub(crate) fn none_yet(detail: Text, what_to_do: Text) -> Self {
        Problem::new(Kind::NotFound).detail(detail).what_to_do(what_to_do)
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
        let mut faults: Vec<Fault> = inside
            .faults
            .list()
            .iter()
            .map(|fault| Fault {
                pointer: fault.pointer.clone(),
                detail: fault.why.sentence(language),
            })
            .collect();
        let is_request = matches!(inside.kind, Kind::InvalidField | Kind::MalformedRequest);
        if let (true, Some(field), Some(why)) = (is_request, &inside.field, &inside.detail)
            && faults.is_empty()
        {
            faults.push(Fault { pointer: format!("/{field}"), detail: why.sentence(language) });
        }
        let details = ProblemDetails {
            r#type: inside.kind.uri(),
            title: title.trim_end_matches(['。', '.']).to_owned(),
            status: status.as_u16(),
            detail: say(&inside.detail),
            cause: say(&inside.cause),
            what_to_do: say(&inside.what_to_do).or_else(|| say(&inside.kind.what_to_do())),
            errcode: inside.errcode,
            rid: inside.rid.clone(),
            wechat_message: inside.wechat_message.clone(),
            field: inside.field.clone(),
            faults,
            renews_at: inside.renews_at.map(|at| at.to_string()),
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
        } else if let Some(at) = inside.renews_at {
            let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            headers
                .extend(HeaderValue::try_from(date).ok().map(|date| (header::RETRY_AFTER, date)));
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

/// Everything that is wrong with a request's body.
impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        Problem::wrong_fields(faults)
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
    let method = request.method().clone();
    let is_head = method == Method::HEAD;
    let mut response = next.run(request).await;
    if method.is_safe()
        && let Some(problem) = response.extensions_mut().remove::<Problem>()
    {
        response.extensions_mut().insert(problem.of_question());
    }
    let mut response = written(response, language);
    let headers = response.headers_mut();
    // The reference page has a policy of its own.
    let policy = "default-src 'none'; frame-ancestors 'none'";
    let policy = HeaderValue::from_static(policy);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
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

/// A JSON pointer as people write it: `/items/0/title` is `items[0].title`.
fn field(pointer: &str) -> String {
    let mut field = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        match part.bytes().all(|byte| byte.is_ascii_digit()) {
            true => field.push_str(&format!("[{part}]")),
            false if field.is_empty() => field = part,
            false => field.push_str(&format!(".{part}")),
        }
    }
    field
}

/// What is wrong, with the field's name in front.
fn named(fault: &platform::fault::Fault) -> Text {
    match field(&fault.pointer) {
        field if field.is_empty() => fault.why.clone(),
        field => Text::new(
            format!("字段 {field}：{}", fault.why.zh),
            format!("the field {field}: {}", fault.why.en),
        ),
    }
}
