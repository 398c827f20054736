//! The description, and that the API is as described.

use serde_json::{Value, json};

use crate::{gateway::Call, world::*};

/// Every operation of this function's own: method, path, and its description.
pub(crate) async fn operations(world: &World) -> Vec<(&'static str, String, Value)> {
    let document = world.get("/v1/openapi.json").await.json();
    let mut operations = Vec::new();
    let paths = document["paths"].as_object().unwrap().iter();
    for (path, item) in paths.filter(|(path, _)| !path.starts_with("/relay/")) {
        for method in ["get", "put", "post", "delete", "patch"] {
            if let Some(operation) = item.get(method) {
                let method = match method {
                    "get" => "GET",
                    "put" => "PUT",
                    "post" => "POST",
                    "delete" => "DELETE",
                    _ => "PATCH",
                };
                operations.push((method, path.clone(), operation.clone()));
            }
        }
    }
    operations
}

/// What people's roles allow; anything else is a scope of machines' keys.
const ROLES: [&str; 3] = ["read", "release", "administer"];

/// Whether nobody need sign in for an operation.
fn is_open(operation: &Value) -> bool {
    operation["security"][0].get("operator_key").is_none()
}

/// A key with which an operation may be called.
async fn key_for(world: &World, operation: &Value) -> String {
    match operation["security"][0]["operator_key"][0].as_str() {
        Some(scope) if !ROLES.contains(&scope) => world.machine(&[scope]).await,
        _ => world.admin(),
    }
}

/// A request that says nothing that an operation knows, of a content type that it takes.
fn unheard_of(method: &'static str, path: &str, operation: &Value) -> Call {
    let call = Call::new(method, &filled(path));
    let taken = operation["requestBody"]["content"].as_object();
    match taken.and_then(|taken| taken.keys().next()).map(String::as_str) {
        Some(file) if file != "application/json" => {
            call.header("content-type", file).body(b"unheard of")
        }
        _ => call.json(json!({ "unheard_of": 1 })),
    }
}

fn filled(path: &str) -> String {
    path.replace("{component}", COMPONENT)
        .replace("{appid}", MINI_PROGRAM)
        .replace("{id}", "1")
        .replace("{template_id}", "1")
        .replace("{user_str}", "someone")
        .replace("{list}", "districts")
        .replace("{version}", "development")
        .replace("{errcode}", "85009")
        .replace("{first}", "8")
        .replace("{second}", "39")
        .replace("{plugin_appid}", MINI_PROGRAM)
        .replace("{applicant}", MINI_PROGRAM)
        .replace("{rid}", "6740c6b1-0c4a5b6d-7e8f9a0b")
        .replace("{media_id}", "someones")
}

#[tokio::test]
async fn every_operation_has_a_name_a_role_and_describes_its_errors() {
    let world = World::new().await;
    let mut names = std::collections::BTreeSet::new();
    for (method, _, operation) in operations(&world).await {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(names.insert(id.clone()), "{id} twice");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{id}");
        if is_open(&operation) {
            continue;
        }
        let scopes = operation["security"][0]["operator_key"].as_array().unwrap();
        assert_eq!(scopes.len(), 1, "{id}");
        let scope = scopes[0].as_str().unwrap();
        let scoped = ["token:read", "session:write", "payment:read", "relay"];
        assert!(ROLES.contains(&scope) || scoped.contains(&scope), "{id}");
        assert!(method == "GET" || scope != "read", "{id} changes something");
        for status in ["401", "403", "503"] {
            assert!(operation["responses"][status].is_object(), "{id} {status}");
        }
    }
}

#[tokio::test]
async fn every_operation_exists_and_none_is_open_to_strangers() {
    let world = World::new().await;
    let mut strangers = 0;
    for (method, path, operation) in operations(&world).await {
        let call = || unheard_of(method, &path, &operation);
        if is_open(&operation) {
            let reply = world.send(call().key("")).await;
            assert!(!matches!(reply.status, 401 | 403 | 405 | 500), "{method} {path} {reply:?}");
            continue;
        }
        // No stranger from one place would be answered so often.
        strangers += 1;
        let stranger = call().key("wf_stranger_1").from(&format!("2001:db8:0:{strangers:x}::1"));
        world.send(stranger).await.problem(401);
        let call = call().key(&key_for(&world, &operation).await);
        let reply = world.send_for_secret(call).await;
        assert_ne!(reply.status, 405, "{method} {path}");
        assert_ne!(reply.status, 500, "{method} {path}");
        if reply.status == 404 {
            let advice = reply.problem(404)["what_to_do"].to_string();
            assert!(!advice.contains("openapi.json"), "{method} {path} is no route");
        }
    }
}

#[tokio::test]
async fn a_viewer_changes_nothing() {
    let world = World::new().await;
    let viewer = world.key("viewer").await;
    let before = world.audit().await.len();
    for (method, path, operation) in operations(&world).await {
        if method != "GET" && !is_open(&operation) {
            let call = Call::new(method, &filled(&path)).json(json!({}));
            world.send(call.key(&viewer)).await.problem(403);
        }
    }
    assert_eq!(world.audit().await.len(), before, "nothing was begun");
}

#[tokio::test]
async fn every_write_is_on_record_before_and_after() {
    let world = World::new().await;
    for (method, path, operation) in operations(&world).await {
        let scope = operation["security"][0]["operator_key"][0].as_str();
        let is_scoped = scope.is_some_and(|scope| !ROLES.contains(&scope));
        if (method == "GET" && !is_scoped) || is_open(&operation) {
            continue;
        }
        let key = key_for(&world, &operation).await;
        let call = unheard_of(method, &path, &operation);
        world.send_for_secret(call.key(&key)).await;
        let entries = world.audit().await;
        let last = entries.last().unwrap();
        assert_eq!(last["operation"], operation["operationId"], "{method} {path}");
        assert!(last["outcome"]["status"].is_number(), "{last}");
        if path.contains("{appid}") {
            assert_eq!(last["appid"], MINI_PROGRAM);
            assert_eq!(last["component"], COMPONENT);
        }
    }
}

#[tokio::test]
async fn unknown_members_are_refused_by_every_operation_that_takes_a_body() {
    let world = World::new().await;
    for (method, path, operation) in operations(&world).await {
        if operation["requestBody"]["content"].get("application/json").is_none() {
            continue;
        }
        let call = Call::new(method, &filled(&path)).json(json!({ "unheard_of": 1 }));
        let key = key_for(&world, &operation).await;
        let problem = world.send(call.key(&key)).await.problem(422);
        assert_eq!(problem["field"], "unheard_of", "{method} {path} {problem}");
    }
}

#[tokio::test]
async fn every_operation_that_takes_json_shows_an_example_with_all_that_is_required() {
    let world = World::new().await;
    let document = world.get("/v1/openapi.json").await.json();
    for (method, path, operation) in operations(&world).await {
        let body = &operation["requestBody"]["content"]["application/json"];
        let Some(schema) = body["schema"]["$ref"].as_str() else { continue };
        let schema = &document["components"]["schemas"][schema.rsplit('/').next().unwrap()];
        for name in schema["required"].as_array().into_iter().flatten() {
            let member = &body["example"][name.as_str().unwrap()];
            assert!(!member.is_null(), "{method} {path} {name}: {}", body["example"]);
        }
    }
}

/// Members that are moments, with their values.
fn moments(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|member| moments(member, found)),
        Value::Array(entries) => entries.iter().for_each(|entry| moments(entry, found)),
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => found.push(text.clone()),
        _ => {}
    }
}

#[tokio::test]
async fn every_example_is_a_request_that_the_api_takes() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (method, path, operation) in operations(&world).await {
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        if example.is_null() {
            continue;
        }
        let mut said = Vec::new();
        moments(example, &mut said);
        if let Some(early) = said.iter().find(|at| at.as_str() < "2030") {
            wrong.push(format!("{method} {path}: {early} will be over before long"));
        }
        let call = Call::new(method, &filled(&path)).json(example.clone());
        let key = key_for(&world, &operation).await;
        let reply = world.send_for_secret(call.key(&key)).await;
        // What there is, what WeChat says and how things stand is another matter.
        let says: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let of_what_there_is = [("/order-paths", "/appids/0"), ("/rollback", "/app_version")];
        let faults = says["faults"].as_array();
        let names_what_is_not_there = of_what_there_is.iter().any(|(end, pointer)| {
            path.ends_with(end)
                && faults.is_some_and(|all| all.iter().all(|fault| fault["pointer"] == *pointer))
        });
        if names_what_is_not_there {
            continue;
        }
        let is_wrong = says["type"] == "urn:wechat-fleet:problem:invalid-field"
            || matches!(reply.status, 400 | 413 | 415 | 500);
        if is_wrong {
            wrong.push(format!("{method} {path}: {} {}", says["faults"], says["detail"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn the_reference_page_shows_every_operation_and_loads_nothing_from_elsewhere() {
    let world = World::new().await;
    let reply = world.send(Call::get("/v1/reference?lang=en").key("")).await;

    assert_eq!(reply.status, 200, "{reply:?}");
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    let page = String::from_utf8(reply.body.to_vec()).unwrap();
    for (_, _, operation) in operations(&world).await {
        let id = operation["operationId"].as_str().unwrap();
        assert!(page.contains(&format!("<article id=\"{id}\">")), "{id}");
    }
    assert!(page.contains("urn:wechat-fleet:problem:wechat-refused"));
    for (place, _) in page.match_indices("src=\"").chain(page.match_indices("href=\"")) {
        let target = page[place..].split('"').nth(1).unwrap();
        assert!(target.starts_with(['/', '#']), "{target}");
    }
    assert!(!page.contains("<script") && !page.contains("style=\""));
    let style = world.send(Call::get("/v1/reference/style.css").key("")).await;
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
}

#[tokio::test]
async fn the_reference_page_is_searched_without_a_script() {
    let world = World::new().await;
    let page = async |path: &str| {
        let reply = world.send(Call::get(path).key("")).await;
        String::from_utf8(reply.body.to_vec()).unwrap()
    };
    let english = page("/v1/reference?lang=en&q=server-domains%20put").await;
    assert!(english.contains("id=\"set_server_domains\"") || english.contains("server-domains"));
    assert!(!english.contains("id=\"list_keys\""), "only what was sought");
    let chinese = page("/v1/reference?lang=zh&q=%E5%9F%9F%E5%90%8D").await;
    assert!(chinese.contains("<html lang=\"zh"), "{}", &chinese[..80]);
    assert!(chinese.contains("server-domains") && !chinese.contains("id=\"list_keys\""));
    let hostile = page("/v1/reference?q=%3Cscript%3E%22&lang=xx").await;
    assert!(!hostile.contains("<script"));
}

#[tokio::test]
async fn the_kinds_of_problems_are_listed_in_both_languages() {
    let world = World::new().await;
    let call = || Call::get("/v1/problems").key("");
    let (chinese, english) = (world.send(call()).await, world.send(call().english()).await);

    let find = |reply: &crate::gateway::Reply| {
        let problems = reply.json()["problems"].as_array().unwrap().clone();
        let wanted = "urn:wechat-fleet:problem:invalid-field";
        problems.into_iter().find(|problem| problem["type"] == wanted).unwrap()
    };
    assert_eq!(find(&chinese)["title"], "字段有误。");
    assert_eq!(find(&english)["title"], "A field is wrong.");
    assert_eq!(find(&english)["status"], 422);
}

/// Two types of one name would be one schema, and one of their operations described wrongly.
#[test]
fn no_two_schemas_have_the_same_name() {
    let mut places = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut names = std::collections::BTreeMap::new();
    while let Some(place) = places.pop() {
        if place.is_dir() {
            places.extend(std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let source = std::fs::read_to_string(&place).unwrap();
        for derived in source.split("#[derive(").skip(1).filter(|it| {
            it.split_once(")]").is_some_and(|(derives, _)| derives.contains("ToSchema"))
        }) {
            let declared = derived.lines().find_map(|line| {
                let words = line.trim_start().strip_prefix("pub")?;
                let (_, name) =
                    words.split_once("struct ").or_else(|| words.split_once("enum "))?;
                name.split(|it: char| !it.is_alphanumeric()).next()
            });
            let name = declared.unwrap().to_owned();
            if let Some(other) = names.insert(name.clone(), place.clone()) {
                panic!("{name} stands in {} and in {}", other.display(), place.display());
            }
        }
    }
    assert!(names.len() > 100, "the sources are read wrongly: {names:?}");
}

#[tokio::test]
async fn the_relays_operations_stand_in_the_description_too() {
    let world = World::new().await;
    let document = world.get("/v1/openapi.json").await.json();
    let relay = &document["paths"]["/relay/{component}/{account}/{path}"];
    for method in ["get", "post"] {
        let operation = &relay[method];
        assert_eq!(operation["security"][0]["operator_key"], json!(["relay"]), "{operation:#}");
        let reference = &operation["responses"]["413"]["content"]["application/problem+json"];
        assert_eq!(reference["schema"]["$ref"], "#/components/schemas/ProblemDetails");
        assert!(
            operation["parameters"].as_array().unwrap().iter().all(|one| one["in"].is_string())
        );
    }
    for token in ["token", "stable_token"] {
        let path = &document["paths"][format!("/relay/{{component}}/{{account}}/cgi-bin/{token}")];
        assert!(path.is_object(), "{token}");
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(values) => values.iter().for_each(|one| references(one, found)),
            _ => {}
        }
    }
    let world = World::new().await;
    let document = world.get("/v1/openapi.json").await.json();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn what_can_be_changed_on_the_strength_of_it_has_a_tag() {
    let world = World::new().await;
    let document = world.get("/v1/openapi.json").await.json();
    let segment = &document["paths"]["/v1/components/{component}/segments/{id}"]["get"];
    assert!(segment["responses"]["200"]["headers"]["ETag"].is_object(), "{segment:#}");
}
