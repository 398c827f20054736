//! The API's description, made from the code, and what the pipeline reads in it: which operation a
//! request is, and what an operator must be allowed to do for it. What is enforced and what is
//! written in the description cannot differ.

mod example;
mod relay;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use axum::http::Method;
use bytes::Bytes;
use platform::{
    approvals::Decision,
    operators::{Action, Scope},
};
use serde_json::{Value, json};
use utoipa::openapi::{
    Components, Info, OpenApi, Ref, RefOr, Required,
    content::ContentBuilder,
    header::HeaderBuilder,
    path::{Operation as Described, Parameter, ParameterBuilder, ParameterIn, PathItem},
    response::{Response, ResponseBuilder},
    schema::{ObjectBuilder, OneOfBuilder, Schema as AnySchema, Type},
    security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::{problem::ProblemDetails, reference::Contents, schema::Schema};

/// The name of the way to sign in.
const OPERATOR_KEY: &str = "operator_key";

/// The longest place in a list, in characters: four bytes each, it still fits into a sort key.
const LONGEST_CURSOR: usize = 256;

/// An operation of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its name, such as `submit_review`.
    pub id: String,
    /// What an operator must be allowed to do.
    pub action: Action,
    /// The media types of the files that it takes as its body; none where it takes JSON.
    pub files: Vec<String>,
    /// What kind of decision it is, where the policy may ask for a second person.
    pub decision: Option<Decision>,
    /// Whether it takes `If-Match`.
    pub(crate) takes_condition: bool,
    /// What its body and its query have to look like.
    pub(crate) schema: Arc<Schema>,
}

/// Every operation that wants somebody signed in, by method and path. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Operations(Arc<HashMap<(Method, String), Operation>>);

/// The description as it is served: made when somebody first asks for it, for no start should wait for that.
pub(crate) struct Served {
    description: OpenApi,
    document: OnceLock<Bytes>,
    contents: OnceLock<Contents>,
}

impl Operations {
    /// Reads the operations in a description.
    pub fn of(description: &OpenApi) -> Self {
        let mut operations = HashMap::new();
        // Only what is named in schemas.
        let named = Arc::new(json!({ "components": description.components }));
        for (path, item) in &description.paths.paths {
            for (method, described) in methods(item) {
                // Public ones name no way to sign in, and never reach the pipeline.
                let Some(scopes) = scopes(described) else { continue };
                let action = scopes.iter().find_map(|scope| scope.parse().ok());
                // Without the answers, which are most of it.
                let asked = json!({
                    "parameters": described.parameters,
                    "requestBody": described.request_body,
                });
                let operation = Operation {
                    id: described.operation_id.clone().unwrap_or_default(),
                    // An operation that does not say what it does is for administrators.
                    action: action.unwrap_or(Action::Administer),
                    files: files(described),
                    decision: decision(described),
                    takes_condition: takes_condition(described),
                    schema: Arc::new(Schema::of(&named, &asked)),
                };
                operations.insert((method, path.clone()), operation);
            }
        }
        Operations(Arc::new(operations))
    }

    /// The operation of a method and a path with its parameters unfilled.
    pub fn find(&self, method: &Method, path: &str) -> Option<&Operation> {
        let method = if *method == Method::HEAD { Method::GET } else { method.clone() };
        self.0.get(&(method, path.to_owned()))
    }
}

impl Operation {
    /// Whether it is for machines alone: their keys name it, its answer is a secret.
    pub fn is_scoped(&self) -> bool {
        matches!(self.action, Action::Scoped(_))
    }

    /// Whether its body is a file.
    pub fn takes_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// Whether it takes a file of this media type.
    pub fn takes(&self, media_type: &str) -> bool {
        self.files.iter().any(|taken| taken == media_type)
    }
}

impl Served {
    pub(crate) fn new(description: OpenApi) -> Self {
        Served { description, document: OnceLock::new(), contents: OnceLock::new() }
    }

    /// For programs.
    pub(crate) fn document(&self) -> Bytes {
        self.document.get_or_init(|| document(&self.description).to_string().into()).clone()
    }

    /// For people.
    pub(crate) fn contents(&self) -> &Contents {
        self.contents.get_or_init(|| Contents::of(&document(&self.description)))
    }
}

/// The description as JSON, with the relay's operations and with examples.
pub(crate) fn document(description: &OpenApi) -> Value {
    let mut document = json!(description);
    relay::add(&mut document);
    example::add(&mut document);
    document
}

/// Adds what all operations share: who we are, how to sign in, and how errors look.
pub(crate) fn complete(mut description: OpenApi, more: OpenApi) -> OpenApi {
    description.merge(more);
    let mut info = Info::new("wechat-fleet", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Manages WeChat mini programs that have authorized a third-party platform. Sign in with \
         an operator's key: `Authorization: Bearer wf_<id>_<secret>`. Errors are problem details \
         (RFC 9457) in Chinese, or in English where `Accept-Language` prefers it.\n\n\
         Any other call of WeChat's goes through the relay beside this API: \
         `ANY /relay/{component}/{appid or component}/{WeChat's path}`, with a machine's key that \
         has the scope `relay`."
            .to_owned(),
    );
    description.info = info;
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("wf_<id>_<secret>")
        .description(Some(
            "An operator's key. Roles may read, release or administer; a scope such as token:read \
             is for machines' keys that name it.",
        ))
        .build();
    let components = description.components.get_or_insert_with(Components::new);
    components.add_security_scheme(OPERATOR_KEY, SecurityScheme::Http(key));
    ProblemDetails::describe(components);
    for item in description.paths.paths.values_mut() {
        for (method, operation) in methods_mut(item) {
            let scopes = scopes(operation);
            let is_kept = !scopes.iter().flatten().any(|scope| scope.parse::<Scope>().is_ok());
            bound_cursor(operation);
            add_errors(operation, scopes.is_some(), method != Method::GET, is_kept);
            add_conditional_error(operation);
            add_waiting(operation);
        }
        let is_tagged = methods(item).any(|(_, operation)| takes_condition(operation));
        if let Some(shown) = item.get.as_mut().filter(|_| is_tagged) {
            add_tag(shown);
        }
    }
    description
}

fn add_errors(operation: &mut Described, signed_in: bool, writes: bool, is_kept: bool) {
    let mut errors = vec![("503", "Something that is needed does not answer; try again.")];
    if signed_in {
        errors.extend([
            ("400", "The request is malformed."),
            ("401", "Nobody is signed in."),
            ("403", "The operator may not do this."),
            ("404", "There is no such thing."),
            ("409", "Not in this state, or the merchant must authorize first."),
            ("422", "A field is wrong, or WeChat refused."),
            ("429", "Nothing is left of something that WeChat counts; or too many requests, or wrong keys.",),
            ("502", "WeChat answered with something else than an answer."),
            ("504", "WeChat did not answer in time; it may have acted."),
        ]);
    }
    if writes {
        errors.extend([
            ("413", "The body is longer than 1 MiB; a file, than 4 MiB."),
            ("415", "The body is not of the content type that is wanted."),
        ]);
    }
    if signed_in && writes && is_kept {
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "1 to 255 visible characters. The same request with the same key is done once, \
                 and answered alike for 24 hours, with the header `Idempotent-Replayed: true`.",
            ))
            .schema(Some(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some(255))
                    .pattern(Some("^[!-~]+$")),
            ))
            .build();
        let parameters: &mut Vec<RefOr<Parameter>> = operation.parameters.get_or_insert_default();
        parameters.push(RefOr::T(key));
    }
    for (status, words) in errors {
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert(problem(words));
    }
}

/// A place in a list is no empty text and none that no key of a table is as long as.
fn bound_cursor(operation: &mut Described) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.name == "cursor"
            && let Some(RefOr::T(AnySchema::Object(text))) = &mut parameter.schema
        {
            text.min_length = Some(1);
            text.max_length = Some(LONGEST_CURSOR);
        }
    }
}

/// What is shown can be changed on the strength of it.
fn add_tag(operation: &mut Described) {
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let tag = HeaderBuilder::new()
            .schema(Some(text))
            .description(Some("Names what is shown; `If-Match` of a change on the strength of it."))
            .build();
        response.headers.insert("ETag".to_owned(), tag.into());
    }
}

/// An operation that takes `If-Match` may find something else.
fn add_conditional_error(operation: &mut Described) {
    if takes_condition(operation) {
        let words = "It was changed meanwhile; read it again.";
        operation.responses.responses.entry("412".to_owned()).or_insert(problem(words));
    }
}

/// What may take two is answered with what is waited for, then.
fn add_waiting(operation: &mut Described) {
    if decision(operation).is_none() {
        return;
    }
    let words = "Somebody else has to approve it first: see `/v1/approvals`. The answer to the \
                 request itself is at `…/answer`.";
    let waiting = Ref::from_schema_name("ApprovalRequest");
    let responses = &mut operation.responses.responses;
    match responses.get_mut("202") {
        Some(RefOr::T(response)) => {
            response.description = format!("{} Or: {words}", response.description);
            if let Some(RefOr::T(content)) = response.content.get_mut("application/json") {
                let either = OneOfBuilder::new().item(waiting);
                let either = match content.schema.take() {
                    Some(schema) => either.item(schema),
                    None => either,
                };
                content.schema = Some(either.into());
            }
        }
        _ => {
            let content = ContentBuilder::new().schema(Some(waiting)).build();
            let response =
                ResponseBuilder::new().description(words).content("application/json", content);
            responses.insert("202".to_owned(), RefOr::T(response.build()));
        }
    }
}

/// The extension `x-second-person` of an operation.
fn decision(operation: &Described) -> Option<Decision> {
    let named = operation.extensions.as_ref()?.get("x-second-person")?.as_str()?;
    // A misspelt one would let a single person do it.
    Some(named.parse().expect("x-second-person names a decision"))
}

fn takes_condition(operation: &Described) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|it| matches!(it, RefOr::T(parameter) if parameter.name == "If-Match"))
}

/// An answer that is problem details.
fn problem(words: &str) -> RefOr<Response> {
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemDetails"))).build();
    let response = ResponseBuilder::new()
        .description(words)
        .content("application/problem+json", content)
        .build();
    RefOr::T(response)
}

/// The scopes that an operation asks an operator's key for; none where nobody need sign in.
fn scopes(operation: &Described) -> Option<Vec<String>> {
    // A requirement's map is reached only through its JSON.
    let requirements: Value = json!(operation.security.as_ref()?);
    let scopes = requirements.as_array()?.iter().find_map(|one| one.get(OPERATOR_KEY))?;
    serde_json::from_value(scopes.clone()).ok()
}

/// What an operation takes as its body besides JSON.
fn files(operation: &Described) -> Vec<String> {
    let Some(RefOr::T(body)) = &operation.request_body else { return Vec::new() };
    body.content.keys().filter(|media_type| *media_type != "application/json").cloned().collect()
}

fn methods(item: &PathItem) -> impl Iterator<Item = (Method, &Described)> {
    let all = [
        (Method::GET, &item.get),
        (Method::PUT, &item.put),
        (Method::POST, &item.post),
        (Method::DELETE, &item.delete),
        (Method::PATCH, &item.patch),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn methods_mut(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Described)> {
    let all = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::DELETE, &mut item.delete),
        (Method::PATCH, &mut item.patch),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
