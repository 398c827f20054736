//! Operators' keys.

mod lock_outs;

use axum::{
    Extension, Json as Answer,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use jiff::Timestamp;
use platform::{
    AppId,
    fault::Faults,
    mini_programs::check_tag,
    operators::{KeyRecord, Operator, Pattern, Patterns, Permit, RevokeError, Role, Scope},
    text::Text,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::lock_outs::LockOutView;
use super::timestamp;
use crate::{
    App,
    extract::{Checked, Meaning, Path, Query},
    problem::{Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list_keys, create_key)).routes(routes!(revoke_key))
}

pub(super) const LONGEST_NAME: usize = 80;

/// What a key may do.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleName {
    /// A system: it may do what its scopes name, and nothing of what people may.
    Machine,
    /// Looks.
    Viewer,
    /// Changes mini programs.
    Releaser,
    /// Also makes and revokes keys and reads the audit log.
    Admin,
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateKey {
    /// Whose it is: a person, or a system. 1 to 80 characters.
    #[schema(min_length = 1, max_length = 80, example = "release bot")]
    name: String,
    /// What it may do.
    role: RoleName,
    /// Until when it is good; for ever where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// What a machine may do: `relay`, `relay:state-machine`, `token:read`, `session:write`, `payment:read`.
    #[serde(default)]
    #[schema(example = json!(["relay"]))]
    scopes: Vec<String>,
    /// For which components; a `*` at the end stands for any further characters. All where it is
    /// left out.
    #[serde(default)]
    #[schema(example = json!(["wx570bc396a51b8ff8"]))]
    components: Option<Vec<String>>,
    /// For which accounts; every merchant's where it is left out. The component's own token only
    /// where `component` is among them.
    #[serde(default)]
    #[schema(example = json!(["wx*", "component"]))]
    accounts: Option<Vec<String>>,
    /// Only accounts with one of these tags, as they are when the key is used: a group of mini
    /// programs, as in segments. Whatever their tags where it is left out. The component itself has
    /// none, and is asked for none.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 50, example = json!(["north"]))]
    tags: Option<Vec<String>>,
    /// Which of WeChat's paths, through the relay; all that are open where it is left out.
    #[serde(default)]
    #[schema(example = json!(["/wxa/business/*"]))]
    paths: Option<Vec<String>>,
}

/// A key. Its secret is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Key {
    /// Its id, the part between the underscores.
    id: String,
    /// Whose it is.
    name: String,
    /// What it may do.
    role: RoleName,
    /// What a machine may do, and for whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    permit: Option<KeyPermit>,
    /// When it was made.
    created_at: String,
    /// The id of the key that made it, or the invitation to it.
    created_by: String,
    /// Whose it is: the person's who made it, or who took it by an invitation. Keys of one person do
    /// not approve each other's requests.
    person: String,
    /// Until when it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
    /// The id of the key that revoked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_by: Option<String>,
}

/// What the key of a machine may do, and for whom.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyPermit {
    /// What it may do.
    scopes: Vec<String>,
    /// For which components.
    components: Vec<String>,
    /// For which accounts.
    accounts: Vec<String>,
    /// Only accounts with one of these tags; whatever their tags where there are none.
    tags: Vec<String>,
    /// Which of WeChat's paths, through the relay.
    paths: Vec<String>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewKey {
    /// The key itself, told once.
    #[schema(example = "wf_01JZ8G5T0000000000000000AB_…")]
    secret: String,
    /// What is kept of it.
    key: Key,
}

impl From<platform::operators::NewKey> for NewKey {
    fn from(made: platform::operators::NewKey) -> NewKey {
        NewKey { secret: made.key.reveal().expose_secret().to_owned(), key: made.record.into() }
    }
}

/// A part of the list of keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyList {
    /// The keys, the oldest first.
    keys: Vec<Key>,
    /// Lock-outs after wrong secrets in the last day, for the first key too; with the first part.
    lock_outs: Vec<LockOutView>,
    /// Where the next part begins; none after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Where in a list to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeysQuery {
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// A key in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct KeyPath {
    /// The key's id.
    id: String,
}

/// Lists the keys. The first admin key is not among them: it stands in a secret of its own.
#[utoipa::path(
    get, path = "/v1/keys", tag = "operators", params(KeysQuery),
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "The keys.", body = KeyList)),
)]
async fn list_keys(
    State(app): State<App>,
    Query(query): Query<KeysQuery>,
) -> Result<Answer<KeyList>, Problem> {
    let (keys, next_cursor) = app.operators.list(query.cursor.as_deref(), 100).await?;
    let lock_outs = match query.cursor {
        None => app.operators.lock_outs().await?,
        Some(_) => Vec::new(),
    };
    Ok(Answer(KeyList {
        keys: keys.into_iter().map(Key::from).collect(),
        lock_outs: lock_outs.into_iter().map(LockOutView::from).collect(),
        next_cursor,
    }))
}

/// Makes a key. The answer is the only place where its secret is ever told.
#[utoipa::path(
    post, path = "/v1/keys", tag = "operators", request_body = CreateKey,
    security(("operator_key" = ["administer"])),
    extensions(("x-second-person" = json!("operators"))),
    responses((status = 201, description = "The key was made.", body = NewKey)),
)]
async fn create_key(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Checked(wanted): Checked<CreateKey>,
) -> Result<impl IntoResponse, Problem> {
    if wanted.expires_at.is_some_and(|until| until <= app.platform.clock.now()) {
        let why = Text::fixed("到期时间已过", "this moment is over");
        return Err(Faults::one("/expires_at", why).into());
    }
    let (role, until) = (Role::from(wanted.role), wanted.expires_at);
    let name = wanted.name.trim().to_owned();
    let permit = wanted.permit()?;
    let made = app.operators.create(&operator, &name, role, permit, until).await?;
    let location = format!("/v1/keys/{}", made.record.id);
    let location = HeaderValue::try_from(location).expect("an id is letters and digits");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Answer(NewKey::from(made))))
}

/// Revokes a key: the next request with it is refused. It stays in the list.
#[utoipa::path(
    delete, path = "/v1/keys/{id}", tag = "operators", params(KeyPath),
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "The key, revoked.", body = Key)),
)]
async fn revoke_key(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<KeyPath>,
) -> Result<Answer<Key>, Problem> {
    match app.operators.revoke(&operator, &path.id).await {
        Ok(record) => Ok(Answer(record.into())),
        Err(RevokeError::NotFound(_)) => Err(Problem::new(Kind::NotFound)
            .field("id")
            .detail(Text::fixed("没有这个密钥", "there is no such key"))),
        Err(RevokeError::FirstKey) => Err(Problem::new(Kind::WrongState)
            .field("id")
            .detail(Text::fixed(
                "首个管理员密钥不在列表中，不能在这里吊销",
                "the first admin key is not kept here and cannot be revoked here",
            ))
            .what_to_do(Text::fixed(
                "请在 Secrets Manager 中更换它的值",
                "change its value in Secrets Manager",
            ))),
        Err(RevokeError::Storage(error)) => Err(error.into()),
    }
}

impl Meaning for CreateKey {
    fn faults(&self) -> Faults {
        self.permit().err().unwrap_or_default()
    }
}

impl CreateKey {
    /// What the key is to be allowed, or all that is wrong. Machines have scopes, people have none.
    fn permit(&self) -> Result<Permit, Faults> {
        let mut faults = Faults::new();
        let name = self.name.trim();
        faults.characters("/name", name, 1..=LONGEST_NAME);
        faults.visible("/name", name, false);
        let lists = [
            ("scopes", (!self.scopes.is_empty()).then_some(&self.scopes)),
            ("components", self.components.as_ref()),
            ("accounts", self.accounts.as_ref()),
            ("tags", self.tags.as_ref()),
            ("paths", self.paths.as_ref()),
        ];
        let is_machine = matches!(self.role, RoleName::Machine);
        for (field, _) in lists.iter().filter(|(_, list)| list.is_some() && !is_machine) {
            faults.add(
                format!("/{field}"),
                "只用于 machine 密钥",
                "is for keys of the role machine alone",
            );
        }
        if is_machine && self.scopes.is_empty() {
            faults.add(
                "/scopes",
                "machine 密钥至少要有一项 scopes",
                "a machine's key has at least one scope",
            );
        }
        let permit = Permit {
            scopes: each("scopes", Some(&self.scopes), scope, &mut faults).into_iter().collect(),
            components: patterns("components", &self.components, is_component, &mut faults),
            accounts: patterns("accounts", &self.accounts, is_account, &mut faults),
            tags: each("tags", self.tags.as_ref(), tag, &mut faults).into_iter().collect(),
            paths: patterns("paths", &self.paths, is_path, &mut faults),
        };
        faults.or(permit)
    }
}

/// Reads each entry of a list; what is wrong stands at its place.
fn each<T>(
    field: &str,
    list: Option<&Vec<String>>,
    read: impl Fn(&str) -> Result<T, Text>,
    faults: &mut Faults,
) -> Vec<T> {
    let entries = list.into_iter().flatten().enumerate();
    entries
        .filter_map(|(place, entry)| faults.read(format!("/{field}/{place}"), read(entry)))
        .collect()
}

/// Patterns, all that there is where none were named.
fn patterns(
    field: &str,
    list: &Option<Vec<String>>,
    fits: impl Fn(&str) -> Result<(), Text>,
    faults: &mut Faults,
) -> Patterns {
    let Some(list) = list else { return Patterns::default() };
    let malformed = |_| {
        Text::fixed(
            "应为名称，或名称的开头加 *，最多 128 个字符",
            "is a name, or the beginning of one and a *, 128 characters at most",
        )
    };
    let read = |entry: &str| {
        fits(entry)?;
        Pattern::try_from(entry.to_owned()).map_err(malformed)
    };
    Patterns(each(field, Some(list), read, faults))
}

fn scope(name: &str) -> Result<Scope, Text> {
    let known = Scope::ALL.map(Scope::as_str).join(", ");
    name.parse().map_err(|_| Text::new(format!("应为 {known} 之一"), format!("is one of {known}")))
}

fn tag(text: &str) -> Result<String, Text> {
    check_tag(text).map(|()| text.to_owned())
}

/// What could never be an appid would make a key that is good for nothing.
fn is_component(pattern: &str) -> Result<(), Text> {
    let is_whole = pattern.parse::<AppId>().is_ok();
    match is_whole || pattern.ends_with('*') {
        true => Ok(()),
        false => Err(Text::fixed(
            "应为 AppID，或 AppID 的开头加 *",
            "is an appid, or the beginning of appids and a *",
        )),
    }
}

fn is_account(pattern: &str) -> Result<(), Text> {
    if pattern == "component" {
        return Ok(());
    }
    is_component(pattern).map_err(|_| {
        Text::fixed(
            "应为 AppID、AppID 的开头加 *，或 component（平台自身）",
            "is an appid, the beginning of appids and a *, or component, the platform itself",
        )
    })
}

fn is_path(pattern: &str) -> Result<(), Text> {
    match pattern.starts_with('/') || pattern == "*" {
        true => Ok(()),
        false => Err(Text::fixed(
            "应为微信接口路径，以 / 开头，如 /wxa/business/*",
            "is a path of WeChat's, which begins with /, such as /wxa/business/*",
        )),
    }
}

impl From<Permit> for KeyPermit {
    fn from(permit: Permit) -> KeyPermit {
        let list = |patterns: Patterns| patterns.0.into_iter().map(String::from).collect();
        KeyPermit {
            scopes: permit.scopes.into_iter().map(String::from).collect(),
            components: list(permit.components),
            accounts: list(permit.accounts),
            tags: permit.tags.into_iter().collect(),
            paths: list(permit.paths),
        }
    }
}

impl From<RoleName> for Role {
    fn from(role: RoleName) -> Role {
        match role {
            RoleName::Machine => Role::Machine,
            RoleName::Viewer => Role::Viewer,
            RoleName::Releaser => Role::Releaser,
            RoleName::Admin => Role::Admin,
        }
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> RoleName {
        match role {
            Role::Machine => RoleName::Machine,
            Role::Viewer => RoleName::Viewer,
            Role::Releaser => RoleName::Releaser,
            Role::Admin => RoleName::Admin,
        }
    }
}

impl From<KeyRecord> for Key {
    fn from(record: KeyRecord) -> Key {
        Key {
            id: record.id,
            name: record.name,
            role: record.role.into(),
            permit: (record.role == Role::Machine).then(|| record.permit.into()),
            created_at: timestamp(record.created_at),
            created_by: record.created_by,
            person: record.person,
            expires_at: record.valid_until.map(timestamp),
            revoked_at: record.revoked_at.map(timestamp),
            revoked_by: record.revoked_by,
        }
    }
}
