//! Decisions that take two.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{gateway::Call, world::*};

const API_KEY: &str = "0123456789abcdef0123456789ABCDEF";

/// A deployment where some decisions take two, and its people.
struct Office {
    world: World,
    alice: String,
    bob: String,
    releaser: String,
}

impl Office {
    async fn with(required: &[&str]) -> Office {
        let world = World::new().await;
        world.merchant().await;
        let alice = world.person("Alice", "admin").await;
        let bob = world.person("Bob", "admin").await;
        let releaser = world.person("Rita", "releaser").await;
        let policy = Call::put("/v1/approval-policy").json(json!({ "required": required }));
        let set = world.send(policy.key(&alice)).await;
        assert_eq!(set.status, 200, "{set:?}");
        Office { world, alice, bob, releaser }
    }

    /// Sends something that takes two; the id of what waits.
    async fn ask(&self, call: Call) -> String {
        let reply = self.world.send(call).await;
        assert_eq!(reply.status, 202, "{reply:?}");
        let waiting = reply.json();
        assert_eq!(waiting["state"], "waiting", "{waiting}");
        let id = waiting["id"].as_str().unwrap().to_owned();
        assert_eq!(reply.header("location"), Some(&*format!("/v1/approvals/{id}")));
        id
    }

    async fn decide(&self, id: &str, what: &str, key: &str) -> crate::gateway::Reply {
        let call = Call::post(&format!("/v1/approvals/{id}/{what}"));
        self.world.send(call.json(json!({})).key(key).english()).await
    }

    async fn show(&self, id: &str) -> Value {
        let call = Call::get(&format!("/v1/approvals/{id}")).key(&self.releaser);
        self.world.send(call).await.json()
    }

    fn payment(&self) -> Call {
        let body = json!({ "mchid": "1900000109", "api_v3_key": API_KEY });
        Call::put(&mini_program("/payment")).json(body).key(&self.alice)
    }

    async fn mchid(&self) -> Value {
        self.world.get(&mini_program("/payment")).await.json()["mchid"].clone()
    }

    fn new_key(&self, name: &str) -> Call {
        let body = json!({ "name": name, "role": "viewer" });
        Call::post("/v1/keys").json(body).key(&self.alice)
    }

    async fn keys_named(&self, name: &str) -> usize {
        let keys = self.world.get("/v1/keys").await.json();
        keys["keys"].as_array().unwrap().iter().filter(|key| key["name"] == name).count()
    }
}

#[tokio::test]
async fn what_takes_two_is_done_when_somebody_else_approves() {
    let office = Office::with(&["payment-keys"]).await;
    let id = office.ask(office.payment()).await;
    assert_eq!(office.mchid().await, Value::Null, "nothing was done yet");

    let own = office.decide(&id, "approve", &office.alice).await.problem(403);
    assert!(own["detail"].as_str().unwrap().contains("yourself"), "{own}");
    let low = office.decide(&id, "approve", &office.releaser).await.problem(403);
    assert!(low["detail"].as_str().unwrap().contains("admin"), "{low}");
    let inviter = office.decide(&id, "approve", &office.world.admin()).await.problem(403);
    assert!(inviter["detail"].as_str().unwrap().contains("invited"), "{inviter}");
    assert_eq!(office.mchid().await, Value::Null);

    let approved = office.decide(&id, "approve", &office.bob).await;

    assert_eq!(approved.status, 200, "{approved:?}");
    let approved = approved.json();
    assert_eq!((&approved["state"], &approved["status"]), (&json!("performed"), &json!(200)));
    assert_eq!(approved["decided_by"]["name"], "Bob");
    assert_eq!(office.mchid().await, "1900000109");
    let audit = office.world.audit().await;
    let entries: Vec<&Value> =
        audit.iter().filter(|entry| entry["operation"] == "set_payment").collect();
    assert_eq!(entries.len(), 2, "that it was asked for, and that it was done");
    assert_eq!(entries[0]["outcome"]["status"], 202);
    assert_eq!(entries[1]["outcome"]["status"], 200);
    assert_eq!(
        (&entries[1]["key_name"], &entries[1]["approved_by_name"]),
        (&json!("Alice"), &json!("Bob"))
    );
    assert_eq!(entries[1]["approval"], id.as_str());
    assert_eq!(entries[0]["request_digest"], entries[1]["request_digest"], "the same request");
}

#[tokio::test]
async fn a_key_that_the_requester_made_does_not_approve() {
    let office = Office::with(&["payment-keys"]).await;
    let body = json!({ "name": "somebody else", "role": "admin" });
    let made = office.world.send(Call::post("/v1/keys").json(body).key(&office.alice)).await;
    let made = made.json()["secret"].as_str().unwrap().to_owned();
    let (one, other) = (office.world.key("admin").await, office.world.key("admin").await);

    let id = office.ask(office.payment()).await;
    let refused = office.decide(&id, "approve", &made).await.problem(403);
    assert!(refused["detail"].as_str().unwrap().contains("one person"), "{refused}");
    let id = office.ask(office.payment().key(&one)).await;
    let refused = office.decide(&id, "approve", &other).await.problem(403);
    assert!(refused["detail"].as_str().unwrap().contains("one person"), "{refused}");
    let by_its_maker = office.decide(&id, "approve", &office.world.admin()).await;
    by_its_maker.problem(403);
    assert_eq!(office.mchid().await, Value::Null);
}

#[tokio::test]
async fn of_two_who_approve_at_once_one_does_and_it_is_done_once() {
    let office = Office::with(&["operators"]).await;
    let carol = {
        // With the policy on, a third person takes two as well.
        let body = json!({ "name": "Carol", "role": "admin" });
        let id = office.ask(Call::post("/v1/invitations").json(body).key(&office.alice)).await;
        assert_eq!(office.decide(&id, "approve", &office.bob).await.json()["status"], 201);
        let call = Call::get(&format!("/v1/approvals/{id}/answer")).key(&office.alice);
        let link = office.world.send(call).await.json()["link"].as_str().unwrap().to_owned();
        let token = json!({ "token": link.split_once('#').unwrap().1 });
        let call = Call::post("/v1/invitations/acceptance").json(token).key("");
        office.world.send(call).await.json()["secret"].as_str().unwrap().to_owned()
    };
    let id = office.ask(office.new_key("dashboard")).await;

    let (one, other) = tokio::join!(
        office.decide(&id, "approve", &office.bob),
        office.decide(&id, "approve", &carol),
    );

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{one:?} {other:?}");
    assert_eq!(office.keys_named("dashboard").await, 1);
    office.decide(&id, "approve", &office.bob).await.problem(409);
    assert_eq!(office.keys_named("dashboard").await, 1);
    // Carol was invited by Alice; but Bob had approved of that.
    let id = office.ask(office.new_key("another")).await;
    assert_eq!(office.decide(&id, "approve", &carol).await.json()["status"], 201);
}

#[tokio::test]
async fn only_whoever_asked_is_told_the_answer() {
    let office = Office::with(&["operators"]).await;
    let id = office.ask(office.new_key("dashboard")).await;
    let path = format!("/v1/approvals/{id}/answer");
    office.world.send(Call::get(&path).key(&office.alice)).await.problem(404);

    let approved = office.decide(&id, "approve", &office.bob).await;

    assert!(!approved.contains("wf_"), "whoever approves is not told the key");
    office.world.send(Call::get(&path).key(&office.bob)).await.problem(403);
    let answer = office.world.send(Call::get(&path).key(&office.alice)).await;
    assert_eq!(answer.status, 201);
    let key = answer.json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(office.world.send(Call::get("/v1/operator").key(&key)).await.status, 200);
    let table = &office.world.app.platform.tables.fleet;
    for pk in [format!("approval#{id}"), "approvals".to_owned()] {
        let (items, _): (Vec<Value>, _) = table.page(&pk, "", None, 50).await.unwrap();
        let secret = key.rsplit('_').next().unwrap();
        assert!(!items.is_empty() && !json!(items).to_string().contains(secret), "{pk}");
    }
    office.world.clock.forward(SignedDuration::from_hours(25));
    office.world.send(Call::get(&path).key(&office.alice)).await.problem(404);
}

#[tokio::test]
async fn what_is_kept_is_sealed() {
    let office = Office::with(&["payment-keys"]).await;
    let id = office.ask(office.payment()).await;
    let table = &office.world.app.platform.tables.fleet;
    for pk in [format!("approval#{id}"), "approvals".to_owned()] {
        let (items, _): (Vec<Value>, _) = table.page(&pk, "", None, 50).await.unwrap();
        assert!(!items.is_empty() && !json!(items).to_string().contains(API_KEY), "{pk}");
    }
    assert!(!office.show(&id).await.to_string().contains(API_KEY));
}

#[tokio::test]
async fn a_condition_is_held_against_what_is_there_when_it_is_done() {
    let office = Office::with(&["payment-keys"]).await;
    let before = office.ask(office.payment()).await;
    office.decide(&before, "approve", &office.bob).await;
    let shown = office.world.get(&mini_program("/payment")).await;
    let tag = shown.header("etag").unwrap().to_owned();
    let body = json!({ "mchid": "1900000109", "api_v2_key": API_KEY });
    let other = Call::put(&mini_program("/payment")).json(body).key(&office.alice);
    let first = office.ask(other.header("if-match", &tag)).await;
    let second = office.ask(office.payment().header("if-match", &tag)).await;

    assert_eq!(office.decide(&first, "approve", &office.bob).await.json()["status"], 200);
    let late = office.decide(&second, "approve", &office.bob).await.json();

    assert_eq!((&late["state"], &late["status"]), (&json!("performed"), &json!(412)));
    assert!(late["trouble"].as_str().is_some_and(|words| !words.is_empty()), "{late}");
    let path = format!("/v1/approvals/{second}/answer");
    let answer = office.world.send(Call::get(&path).key(&office.alice)).await;
    answer.problem(412);
}

#[tokio::test]
async fn sent_twice_with_the_same_key_it_is_asked_once() {
    let office = Office::with(&["operators"]).await;
    let one = office.ask(office.new_key("dashboard").once("k")).await;
    let again = office.world.send(office.new_key("dashboard").once("k")).await;

    assert_eq!(again.status, 202);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.json()["id"], one.as_str());
    let waiting = office.world.get("/v1/approvals?waiting=true").await.json();
    assert_eq!(waiting["approvals"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn it_is_refused_withdrawn_or_over_after_a_day() {
    let office = Office::with(&["operators"]).await;
    let refused = office.ask(office.new_key("one")).await;
    let call = Call::post(&format!("/v1/approvals/{refused}/refuse")).key(&office.bob);
    let shown = office.world.send(call.json(json!({ "note": "not today" }))).await.json();
    assert_eq!((&shown["state"], &shown["note"]), (&json!("refused"), &json!("not today")));

    let withdrawn = office.ask(office.new_key("two")).await;
    office.decide(&withdrawn, "withdraw", &office.bob).await.problem(403);
    let shown = office.decide(&withdrawn, "withdraw", &office.alice).await.json();
    assert_eq!(shown["state"], "withdrawn");

    let late = office.ask(office.new_key("three")).await;
    office.world.clock.forward(SignedDuration::from_hours(24));
    assert_eq!(office.show(&late).await["state"], "expired");

    for id in [&refused, &withdrawn, &late] {
        office.decide(id, "approve", &office.bob).await.problem(409);
        office.decide(id, "refuse", &office.bob).await.problem(409);
        office.decide(id, "withdraw", &office.alice).await.problem(409);
    }
    for name in ["one", "two", "three"] {
        assert_eq!(office.keys_named(name).await, 0, "{name}");
    }
    office.decide("01JZ00000000000000000000AB", "approve", &office.bob).await.problem(404);
}

#[tokio::test]
async fn nothing_is_done_for_a_key_that_was_revoked_meanwhile() {
    let office = Office::with(&["operators"]).await;
    let id = office.ask(office.new_key("dashboard")).await;
    let alice = office.alice.split('_').nth(1).unwrap();
    let revoke = Call::delete(&format!("/v1/keys/{alice}")).key(&office.bob);
    assert_eq!(office.world.send(revoke).await.status, 200);

    let approved = office.decide(&id, "approve", &office.bob).await.json();

    assert_eq!(approved["status"], 409, "{approved}");
    assert_eq!(office.keys_named("dashboard").await, 0);
}

#[tokio::test]
async fn what_is_wrong_by_its_description_is_told_before_anybody_is_asked() {
    let office = Office::with(&["operators"]).await;
    let call = Call::post("/v1/keys").json(json!({ "name": "x", "role": "boss" }));
    let wrong = office.world.send(call.key(&office.alice)).await.problem(422);
    assert_eq!(wrong["field"], "role");
    let waiting = office.world.get("/v1/approvals?waiting=true").await.json();
    assert_eq!(waiting["approvals"], json!([]));
}

#[tokio::test]
async fn the_policy_itself_takes_two_as_soon_as_anything_does() {
    let office = Office::with(&["release"]).await;
    let off = || Call::put("/v1/approval-policy").json(json!({ "required": [] }));
    let id = office.ask(off().key(&office.alice)).await;
    let policy = office.world.get("/v1/approval-policy").await.json();
    assert_eq!(policy["required"], json!(["release"]));

    assert_eq!(office.decide(&id, "approve", &office.bob).await.json()["status"], 200);

    let policy = office.world.get("/v1/approval-policy").await.json();
    assert_eq!(policy["required"], json!([]));
    let call = Call::put("/v1/approval-policy").json(json!({ "required": ["launch", "release"] }));
    let wrong = office.world.send(call.key(&office.alice)).await.problem(422);
    assert_eq!(wrong["faults"][0]["pointer"], "/required/0");
}

#[tokio::test]
async fn it_does_not_begin_where_nobody_could_approve() {
    let world = World::new().await;
    world.key("admin").await;
    let on = || Call::put("/v1/approval-policy").json(json!({ "required": ["release"] }));
    let refused = world.send(on().english()).await.problem(409);
    assert!(refused["what_to_do"].as_str().unwrap().contains("invite"), "{refused}");
    let alice = world.person("Alice", "admin").await;
    world.send(on().key(&alice)).await.problem(409);
    world.person("Rita", "releaser").await;
    world.send(on().key(&alice)).await.problem(409);
    world.person("Bob", "admin").await;
    assert_eq!(world.send(on().key(&alice)).await.status, 200);
}

#[tokio::test]
async fn what_waits_is_among_what_needs_a_person() {
    let office = Office::with(&["operators"]).await;
    let find = async || {
        let list = office.world.send(Call::get("/v1/attention").english()).await.json();
        let items = list["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["kind"] == "approvals-waiting")
    };
    assert_eq!(find().await, None);
    let id = office.ask(office.new_key("dashboard")).await;
    let item = find().await.unwrap();
    assert_eq!((&item["count"], &item["link"]), (&json!(1), &json!("/v1/approvals?waiting=true")));
    assert!(item["text"].as_str().unwrap().contains("Alice"), "{item}");
    office.decide(&id, "approve", &office.bob).await;
    assert_eq!(find().await, None);
}

#[tokio::test]
async fn every_decision_of_the_policy_is_some_operations() {
    let world = World::new().await;
    let policy = world.get("/v1/approval-policy").await.json();
    let named: Vec<String> = crate::openapi::operations(&world)
        .await
        .iter()
        .filter_map(|(_, _, operation)| operation["x-second-person"].as_str().map(str::to_owned))
        .collect();
    for choice in policy["choices"].as_array().unwrap() {
        let decision = choice["decision"].as_str().unwrap();
        let is_relays = decision == "relay-state-machine";
        assert!(is_relays || named.iter().any(|name| name == decision), "{decision}");
        assert!(!choice["title"].as_str().unwrap().is_empty());
    }
}

impl Office {
    /// What was told of an approval: the kinds of events, in order.
    fn told(&self, id: &str) -> Vec<(String, Value)> {
        let events = self.world.aws.bus().events().into_iter();
        let events = events.filter(|event| event.detail_type.starts_with("approval."));
        let events = events.map(|event| (event.detail_type, Value::Object(event.detail)));
        events.filter(|(_, event)| event["approval"] == id).collect()
    }

    fn kinds(&self, id: &str) -> Vec<String> {
        self.told(id).into_iter().map(|(kind, _)| kind).collect()
    }
}

#[tokio::test]
async fn each_step_is_told_without_what_either_said() {
    let office = Office::with(&["payment-keys", "operators"]).await;
    let done = office.ask(office.payment()).await;
    assert_eq!(office.decide(&done, "approve", &office.bob).await.status, 200);
    let refused = office.ask(office.new_key("Carol")).await;
    let no = Call::post(&format!("/v1/approvals/{refused}/refuse"));
    let no = no.json(json!({ "note": "the canary's note" })).key(&office.bob);
    assert_eq!(office.world.send(no).await.status, 200);
    let withdrawn = office.ask(office.new_key("Dan")).await;
    assert_eq!(office.decide(&withdrawn, "withdraw", &office.alice).await.status, 200);
    // Whose appid it is, nobody knows here.
    let unknown = Call::put(&component("/mini-programs/wx00000000000000ff/payment"));
    let body = json!({ "mchid": "1900000109", "api_v3_key": API_KEY });
    let failed = office.ask(unknown.json(body).key(&office.alice)).await;
    assert_eq!(office.decide(&failed, "approve", &office.bob).await.status, 200);

    let kinds = |id: &str| office.kinds(id);
    assert_eq!(kinds(&done), ["approval.requested", "approval.given", "approval.performed"]);
    assert_eq!(kinds(&refused), ["approval.requested", "approval.refused"]);
    assert_eq!(kinds(&withdrawn), ["approval.requested", "approval.withdrawn"]);
    assert_eq!(kinds(&failed), ["approval.requested", "approval.given", "approval.failed"]);
    let told = office.told(&done);
    let (asked, given) = (&told[0].1, &told[1].1);
    assert_eq!((&asked["by"]["name"], &given["by"]["name"]), (&json!("Alice"), &json!("Bob")));
    assert_eq!((&asked["appid"], &asked["component"]), (&json!(MINI_PROGRAM), &json!(COMPONENT)));
    assert_eq!(
        (&asked["decision"], &asked["operation"]),
        (&json!("payment-keys"), &json!("set_payment"))
    );
    assert_eq!(told[2].1["status"], 200);
    let versions: Vec<u64> =
        told.iter().map(|(_, event)| event["version"].as_u64().unwrap()).collect();
    assert!(versions.is_sorted_by(|one, other| one < other), "{versions:?}");
    let of_people = &office.told(&refused)[0].1;
    assert_eq!(of_people["component"], "deployment", "it concerns no component");
    for id in [&done, &refused, &withdrawn, &failed] {
        let said = format!("{:?}", office.told(id));
        assert!(!said.contains(API_KEY) && !said.contains("canary"), "{said}");
    }
    let timeline = office.world.get(&mini_program("/timeline")).await.json().to_string();
    assert!(timeline.contains("提交了双人审批申请：支付密钥与证书"), "{timeline}");
}

#[tokio::test]
async fn what_nobody_decides_and_what_nobody_sees_the_end_of_is_told_by_the_clock() {
    let office = Office::with(&["payment-keys", "operators"]).await;
    let approvals = &office.world.app.platform.approvals;
    let left = office.ask(office.new_key("Carol")).await;
    assert_eq!(approvals.sweep(10).await.unwrap(), 0, "it waits");
    office.world.clock.forward(SignedDuration::from_hours(23));
    let died = office.ask(office.payment()).await;
    // The process dies that was to do it.
    let bob =
        office.world.app.operators.still(office.bob.split('_').nth(1).unwrap()).await.unwrap();
    let (performing, _) = approvals.approve(&bob, &died).await.unwrap();
    office.world.clock.forward(SignedDuration::from_hours(1));

    assert_eq!(approvals.sweep(10).await.unwrap(), 2);
    assert_eq!(approvals.sweep(10).await.unwrap(), 0, "once");

    assert_eq!(office.kinds(&left), ["approval.requested", "approval.expired"]);
    let outcome = ["approval.requested", "approval.given", "approval.outcome-unknown"];
    assert_eq!(office.kinds(&died), outcome);
    assert_eq!(office.told(&left)[1].1["by"]["kind"], "clock");
    assert_eq!(office.show(&left).await["state"], "expired");
    assert_eq!(office.show(&died).await["state"], "unknown");
    office.decide(&left, "approve", &office.bob).await.problem(409);
    // Whoever comes late knows better.
    let answer = platform::approvals::KeptAnswer::new(200, Vec::new(), b"{}");
    approvals.conclude(&performing, &answer, None).await.unwrap();
    assert_eq!(office.kinds(&died).last().unwrap(), "approval.performed");
    assert_eq!(office.show(&died).await["state"], "performed");
}
