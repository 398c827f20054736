//! Who may do what: every operation of the description, asked for by every kind of key. What came of
//! it is the table in `docs/permissions.md`; a new operation is asked for by itself.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use jiff::SignedDuration;
use platform::{clock::Clock, operators::Scope};
use serde_json::{Value, json};

use crate::{gateway::Call, openapi::operations, world::World};

/// Whoever asks, and the head of their column.
const WHO: [(&str, &str); 8] = [
    ("nobody", "no key"),
    ("revoked", "revoked admin"),
    ("expired", "expired admin"),
    ("viewer", "viewer"),
    ("releaser", "releaser"),
    ("admin", "admin"),
    ("unscoped", "machine without the scope"),
    ("scoped", "machine with the scope"),
];

const INTRODUCTION: &str = "\
# Who may do what

Every operation of the operators' API, and what each kind of key is answered: 401, 403, or ✓ where the
key is good for it. Written by the test `permissions` of `functions/operations`, which sends each of these
requests; the operations are those of the description that is served, so that none can be left out.
`PERMISSIONS=write cargo test -p operations --test it permissions` writes it anew.

A machine's key is for what its scopes name, for the accounts that it names, and for nothing that people
do. What asks for a second person beside the role is in the column *second person*, by the name that it has
in the approval policy. What the relay lets through is decided by scope, account and path: its table stands
below.
";

/// What comes after this in the file, the test of the same name in `functions/relay` writes.
const RELAY: &str = "\n## The relay\n";

/// The keys of everybody in [`WHO`].
struct Keys {
    by_who: BTreeMap<&'static str, String>,
    /// A machine's key for each scope, which has no other.
    by_scope: BTreeMap<String, String>,
    /// And one that has all the others.
    by_missing_scope: BTreeMap<String, String>,
}

impl Keys {
    async fn of(world: &World, scopes: impl Iterator<Item = String>) -> Keys {
        let mut by_who = BTreeMap::from([("nobody", String::new())]);
        for role in ["viewer", "releaser", "admin"] {
            by_who.insert(role, world.key(role).await);
        }
        let revoked = world.key("admin").await;
        let id = revoked.split('_').nth(1).unwrap();
        assert_eq!(world.send(Call::delete(&format!("/v1/keys/{id}"))).await.status, 200);
        by_who.insert("revoked", revoked);
        let until = (world.clock.now() + SignedDuration::from_mins(1)).to_string();
        let body = json!({ "name": "a guest", "role": "admin", "expires_at": until });
        let expired = world.send(Call::post("/v1/keys").json(body)).await.json();
        by_who.insert("expired", expired["secret"].as_str().unwrap().to_owned());
        world.clock.forward(SignedDuration::from_mins(2));
        let all = Scope::ALL.map(Scope::as_str);
        by_who.insert("unscoped", world.machine(&all).await);
        let (mut by_scope, mut by_missing_scope) = (BTreeMap::new(), BTreeMap::new());
        for scope in scopes {
            let others: Vec<&str> = all.into_iter().filter(|other| *other != scope).collect();
            assert_eq!(others.len(), all.len() - 1, "{scope} is no scope");
            by_missing_scope.insert(scope.clone(), world.machine(&others).await);
            by_scope.insert(scope.clone(), world.machine(&[&scope]).await);
        }
        Keys { by_who, by_scope, by_missing_scope }
    }

    /// The key that somebody asks with; none where there is nobody of the kind.
    fn get(&self, who: &str, scope: Option<&str>) -> Option<&String> {
        match (who, scope) {
            ("scoped", scope) => self.by_scope.get(scope?),
            // For what people do, a machine has all scopes and still not enough.
            ("unscoped", Some(scope)) => {
                self.by_missing_scope.get(scope).or(self.by_who.get("unscoped"))
            }
            (who, _) => self.by_who.get(who),
        }
    }
}

/// What a role in the description, or the lack of one, means for somebody.
fn expected(asked: Option<&str>, who: &str) -> &'static str {
    let Some(asked) = asked else { return "✓" };
    let is_scope = !["read", "release", "administer"].contains(&asked);
    let least = ["read", "release", "administer"].iter().position(|action| *action == asked);
    match who {
        "nobody" | "revoked" | "expired" => "401",
        "scoped" => "✓",
        "unscoped" => "403",
        _ if is_scope => "403",
        who => {
            let role = ["viewer", "releaser", "admin"].iter().position(|role| *role == who);
            if role >= least { "✓" } else { "403" }
        }
    }
}

/// A path with its parameters as the description has them.
fn filled(path: &str, operation: &Value) -> String {
    let mut filled = path.to_owned();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] != "path" {
            continue;
        }
        let schema = &parameter["schema"];
        let values = [&parameter["example"], &schema["example"], &schema["enum"][0]];
        let value = match values.into_iter().find(|value| !value.is_null()) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "1".to_owned(),
        };
        let name = parameter["name"].as_str().unwrap();
        filled = filled.replace(&format!("{{{name}}}"), &value);
    }
    assert!(!filled.contains('{'), "a parameter of {path} is not described");
    filled
}

/// A request of a content type that the operation takes, which says nothing that it knows.
fn call(method: &'static str, path: &str, operation: &Value) -> Call {
    let call = Call::new(method, &filled(path, operation));
    let taken = operation["requestBody"]["content"].as_object();
    match taken.and_then(|taken| taken.keys().next()).map(String::as_str) {
        Some(file) if file != "application/json" => {
            call.header("content-type", file).body(b"unheard of")
        }
        _ if method == "GET" => call,
        _ => call.json(json!({ "unheard_of": 1 })),
    }
}

#[tokio::test]
async fn each_role_may_do_what_the_table_says() {
    let world = World::new().await;
    let operations = operations(&world).await;
    assert!(operations.len() > 150, "the description is read wrongly");
    let asked =
        |operation: &Value| operation["security"][0]["operator_key"][0].as_str().map(str::to_owned);
    let scopes: std::collections::BTreeSet<String> = operations
        .iter()
        .filter_map(|(_, _, operation)| asked(operation))
        .filter(|asked| !["read", "release", "administer"].contains(&asked.as_str()))
        .collect();
    let keys = Keys::of(&world, scopes.into_iter()).await;
    let mut table = String::from(INTRODUCTION);
    let heads: Vec<&str> = WHO.iter().map(|(_, head)| *head).collect();
    writeln!(table, "\n| operation | request | asks for | {} | second person |", heads.join(" | "))
        .unwrap();
    writeln!(table, "|---|---|---|{}---|", ":-:|".repeat(WHO.len())).unwrap();
    let mut wrong = Vec::new();
    for (method, path, operation) in &operations {
        let (id, asked) = (operation["operationId"].as_str().unwrap(), asked(operation));
        write!(table, "| `{id}` | {method} `{path}` | {} |", asked.as_deref().unwrap_or("nothing"))
            .unwrap();
        for (who, _) in WHO {
            let Some(key) = keys.get(who, asked.as_deref()) else {
                table.push_str(" |");
                continue;
            };
            let reply = world.send_for_secret(call(method, path, operation).key(key)).await;
            let came_of_it = match reply.status {
                401 => "401",
                403 => "403",
                _ => "✓",
            };
            if reply.status == 405 || came_of_it != expected(asked.as_deref(), who) {
                wrong.push(format!("{id} by {who}: {} {:?}", reply.status, reply.body));
            }
            write!(table, " {came_of_it} |").unwrap();
        }
        let second = operation["x-second-person"].as_str().unwrap_or_default();
        writeln!(table, " {second} |").unwrap();
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    hold(&table);
}

/// Holds the table against the one that is written down, or writes it.
#[track_caller]
fn hold(table: &str) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.md");
    let mut written = std::fs::read_to_string(&place).unwrap_or_default();
    let (own, relays) = written.split_once(RELAY).unwrap_or((&written, ""));
    if std::env::var("PERMISSIONS").is_ok_and(|word| word == "write") {
        written = format!("{table}{RELAY}{relays}");
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, &written).unwrap();
        return;
    }
    let missing = table.lines().find(|line| !own.lines().any(|it| it == *line));
    assert!(
        own == table,
        "docs/permissions.md is out of date at {missing:?}: \
         PERMISSIONS=write cargo test -p operations --test it permissions"
    );
}

/// Whatever answers below `/v1` and wants a key stands in the description: routes are only made from
/// what is described.
#[test]
fn no_route_is_made_without_its_description() {
    let mut places = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes")];
    let mut read = 0;
    while let Some(place) = places.pop() {
        if place.is_dir() {
            places.extend(std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let source = std::fs::read_to_string(&place).unwrap();
        for way in [".route(", ".nest(", ".route_service(", ".fallback(", "Router::new()"] {
            assert!(!source.contains(way), "{} uses {way}", place.display());
        }
        read += 1;
    }
    assert!(read > 40, "the sources are read wrongly");
}
