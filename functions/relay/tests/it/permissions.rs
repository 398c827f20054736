//! Who gets through: every operation of the relay's part of the description, and every rule for WeChat's
//! paths, asked for by every kind of key. What came of it is the second table in `docs/permissions.md`; a
//! new operation, rule or scope is asked for by itself.

use std::{collections::BTreeSet, fmt::Write, path::Path};

use jiff::SignedDuration;
use platform::{
    approvals::Decision,
    clock::Clock,
    operators::{Permit, Role, Scope},
};
use relay::{ANSWERED_HERE, rules};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::{
    gateway::{Call, Reply},
    world::{World, patterns},
};

/// The relay's operations, as they come into the description that is served.
const DESCRIPTION: &str = include_str!("../../../operations/src/openapi/relay.json");
/// The path of the operations that pass on whatever comes.
const ANY: &str = "/relay/{component}/{account}/{path}";

/// Where this table begins in `docs/permissions.md`.
const HEADING: &str = "\n## The relay\n";
const INTRODUCTION: &str = "
Written by the test `permissions` of `functions/relay`, by the same description: its operations, and below
them every rule for WeChat's paths, as it is enforced. A key has to have all the scopes that are asked for;
*machine without* is refused with all others. In the place of a status stands WeChat's `errcode` where an SDK
is answered as WeChat would: 41004 is no secret, 40125 one that is not good, 48001 one that may not.
*Second person* names what the approval policy closes altogether: a call cannot wait for anybody.
`PERMISSIONS=write cargo test -p relay --test it permissions` writes it anew.

| operation | request | asks for | no key | revoked machine | expired machine | viewer | releaser | admin | machine without | machine with | second person |
|---|---|---|:-:|:-:|:-:|:-:|:-:|:-:|:-:|:-:|---|
";

/// One line of the table.
struct Row {
    operation: String,
    method: &'static str,
    /// The path as it is shown.
    shown: String,
    /// What follows `/relay/`.
    target: String,
    /// Where the key is shown.
    shows: Shows,
    /// The scopes that it asks for; none where nothing opens it.
    scopes: Option<Vec<Scope>>,
}

/// Where a key is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Header,
    /// As the `secret` of an SDK, in the query.
    Query,
    /// The same, in a JSON body.
    Body,
}

/// Keys that open nothing, and those of people.
struct Keys {
    revoked: String,
    expired: String,
    viewer: String,
    releaser: String,
    admin: String,
}

impl Keys {
    async fn of(world: &World) -> Keys {
        let all = || Permit { scopes: Scope::ALL.into(), ..everywhere() };
        let revoked = world.key_with(all()).await;
        world.revoke(&revoked).await;
        let until = world.clock.now() + SignedDuration::from_mins(1);
        let by = world.an_admin();
        let operators = &world.others.operators;
        let expired = operators.create(&by, "a guest", Role::Machine, all(), Some(until)).await;
        let expired = expired.unwrap().key.reveal().expose_secret().to_owned();
        world.clock.forward(120);
        Keys {
            revoked,
            expired,
            viewer: world.any_key(Role::Viewer, Permit::default()).await,
            releaser: world.any_key(Role::Releaser, Permit::default()).await,
            admin: world.any_key(Role::Admin, Permit::default()).await,
        }
    }
}

fn everywhere() -> Permit {
    Permit { accounts: patterns(&["*", "component"]), ..Permit::default() }
}

impl Row {
    fn call(&self, world: &World, key: &str) -> Call {
        let appid = world.merchant.as_str();
        let call = match self.shows {
            Shows::Query => {
                let query = format!("grant_type=client_credential&appid={appid}&secret={key}");
                return Call::new(self.method, &format!("{}?{query}", self.target));
            }
            Shows::Body => {
                let asked =
                    json!({ "grant_type": "client_credential", "appid": appid, "secret": key });
                return Call::new(self.method, &self.target).json(asked);
            }
            Shows::Header => Call::new(self.method, &self.target),
        };
        let call = if self.method == "GET" { call } else { call.json(json!({})) };
        if key.is_empty() { call } else { call.key(key) }
    }

    async fn ask(&self, world: &World, key: &str) -> String {
        // Nobody asks so often in one second.
        world.clock.forward(1);
        let reply = world.send(self.call(world, key)).await;
        self.came_of(&reply)
    }

    fn came_of(&self, reply: &Reply) -> String {
        if self.shows == Shows::Header {
            return match reply.status {
                status @ (401 | 403) => status.to_string(),
                // What WeChat says is WeChat's; anything else of the relay's own is no way through.
                _ => {
                    let kind = reply.header("content-type");
                    assert_ne!(kind, Some("application/problem+json"), "{}: {reply:?}", self.shown);
                    "✓".to_owned()
                }
            };
        }
        let answer = reply.json();
        match answer["access_token"].as_str() {
            Some(_) => "✓".to_owned(),
            None => answer["errcode"].to_string(),
        }
    }

    /// What has to come of it for each, in the table's order.
    fn expected(&self) -> [&'static str; 8] {
        let (none, bad, not) = match self.shows {
            Shows::Header => ("401", "401", "403"),
            Shows::Query | Shows::Body => ("41004", "40125", "48001"),
        };
        let with = if self.scopes.is_some() { "✓" } else { not };
        [none, bad, bad, not, not, not, not, with]
    }
}

/// The description's operations, and then the rules.
fn rows(world: &World) -> Vec<Row> {
    let described: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let example = described["parameters"]["path"]["example"].as_str().unwrap();
    let mut rows = Vec::new();
    for (path, item) in described["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = match method.as_str() {
                "get" => "GET",
                "post" => "POST",
                other => panic!("{other} of {path} is not asked for here"),
            };
            let own = path.strip_prefix("/relay/{component}/{account}").unwrap();
            let shows = match (operation["public"] == true, method) {
                (false, _) => Shows::Header,
                (true, "GET") => Shows::Query,
                (true, _) => Shows::Body,
            };
            rows.push(Row {
                operation: operation["operationId"].as_str().unwrap().to_owned(),
                method,
                shown: path.clone(),
                target: world.at(&own.replace("{path}", example)),
                shows,
                scopes: Some(vec![Scope::Relay]),
            });
        }
    }
    for rule in rules().filter(|rule| !ANSWERED_HERE.contains(&rule.pattern)) {
        let path = rule.pattern.trim_end_matches('*');
        rows.push(Row {
            operation: "relay_post".to_owned(),
            method: "POST",
            shown: format!("/relay/{{component}}/{{account}}{}", rule.pattern),
            target: if rule.is_components { world.component_at(path) } else { world.at(path) },
            shows: Shows::Header,
            scopes: rule.scopes.map(Into::into),
        });
    }
    rows
}

#[tokio::test]
async fn each_key_gets_through_where_the_table_says() {
    let world = World::new().await;
    let keys = Keys::of(&world).await;
    let rows = rows(&world);
    assert!(rows.len() > 30, "the description or the rules are read wrongly");
    let mut wrong = Vec::new();
    let mut table = INTRODUCTION.to_owned();
    for row in &rows {
        let Row { operation, method, shown, scopes, .. } = row;
        let names = |scopes: &Vec<Scope>| {
            scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ")
        };
        let asks = scopes.as_ref().map_or("nothing opens it".to_owned(), names);
        write!(table, "| `{operation}` | {method} `{shown}` | {asks} |").unwrap();
        let needed: BTreeSet<Scope> = match scopes {
            Some(scopes) => scopes.iter().copied().collect(),
            None => Scope::ALL.into(),
        };
        let mut answers = Vec::new();
        for key in ["", &keys.revoked, &keys.expired, &keys.viewer, &keys.releaser, &keys.admin] {
            answers.push(row.ask(&world, key).await);
        }
        let mut without = BTreeSet::new();
        for missing in &needed {
            let others = Scope::ALL.into_iter().filter(|scope| scope != missing).collect();
            let key = world.key_with(Permit { scopes: others, ..everywhere() }).await;
            without.insert(row.ask(&world, &key).await);
        }
        answers.push(without.into_iter().collect::<Vec<_>>().join(" or "));
        let with = world.key_with(Permit { scopes: needed, ..everywhere() }).await;
        answers.push(row.ask(&world, &with).await);
        if answers != row.expected() {
            wrong.push(format!("{shown}: {answers:?} in the place of {:?}", row.expected()));
        }

        decide_by_two(&world, true).await;
        let by_two = row.ask(&world, &with).await;
        decide_by_two(&world, false).await;
        let is_closed = scopes.as_ref().is_some_and(|it| it.contains(&Scope::RelayStateMachine));
        let expected = if is_closed { "403" } else { row.expected()[7] };
        if by_two != expected {
            wrong.push(format!("{shown} where it takes two: {by_two}"));
        }
        let second = if is_closed { Decision::RelayStateMachine.as_str() } else { "" };
        writeln!(table, " {} | {second} |", answers.join(" | ")).unwrap();
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    hold(&table);
}

async fn decide_by_two(world: &World, is_required: bool) {
    let required = is_required.then_some(Decision::RelayStateMachine).into_iter().collect();
    world.others.approvals.set_policy(&world.an_admin(), required).await.unwrap();
}

/// Holds the table against the one that is written down, or writes it.
#[track_caller]
fn hold(table: &str) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.md");
    let mut written = std::fs::read_to_string(&place).unwrap();
    let (others, own) = written.split_once(HEADING).unwrap_or((&written, ""));
    if std::env::var("PERMISSIONS").is_ok_and(|word| word == "write") {
        written = format!("{others}{HEADING}{table}");
        std::fs::write(&place, &written).unwrap();
        return;
    }
    let missing = table.lines().find(|line| !own.lines().any(|it| it == *line));
    assert!(
        own == table,
        "docs/permissions.md is out of date at {missing:?}: \
         PERMISSIONS=write cargo test -p relay --test it permissions"
    );
}

/// What the relay answers itself stands in the description, and nothing else does beside what it passes on.
#[test]
fn what_the_relay_answers_itself_is_described() {
    let described: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let mut paths: BTreeSet<String> =
        described["paths"].as_object().unwrap().keys().cloned().collect();
    assert!(paths.remove(ANY));
    let answered = ANSWERED_HERE.map(|path| format!("/relay/{{component}}/{{account}}{path}"));
    assert_eq!(paths, answered.into());
}
