//! What the functions ask: a merchant's way from the ticket to a release and back, recorded.

use std::{collections::BTreeMap, sync::Arc};

use fastrand::Rng;
use faults::dynamodb::Dynamo;
use journeys::{EMPTY_MERCHANT, MERCHANT, World};
use local::aws::Exchange;
use platform::clock::SystemClock;
use serde_json::{Value, json};
use simulator::{Revoke, Verdict};

use super::{both::comparable, request_of};

/// What was there before, and what was asked and answered then.
pub(super) struct Traffic {
    before: Vec<(&'static str, Value)>,
    pub(super) exchanges: Vec<Exchange>,
}

/// Plays the system on the engine.
pub(super) async fn record() -> Traffic {
    let world = World::start().await;
    let items = |table: &tables::Table| {
        let items = world.aws().database().items(table.name).unwrap();
        items.into_iter().map(|item| (table.name, item)).collect::<Vec<_>>()
    };
    let before = tables::TABLES.iter().flat_map(items).collect();
    world.aws().record().await;

    world.begin().await;
    for merchant in [MERCHANT, EMPTY_MERCHANT] {
        world.authorize(merchant).await.expect_status(200);
    }
    release(&world).await;
    // An hour and a half of the clock: tokens are renewed, reviews looked after.
    for _ in 0..9 {
        world.push_ticket().await;
        world.later(600).await;
    }
    let revoked = Revoke { appid: EMPTY_MERCHANT.to_owned(), ..Revoke::default() };
    world.simulator().revoke(revoked).await.unwrap();
    world.settle().await;
    world.authorize(EMPTY_MERCHANT).await.expect_status(200);
    let operator = world.operator();
    for path in ["/v1/audit", "/v1/components", "/v1/keys"] {
        operator.get(path).await.expect_status(200);
    }

    Traffic { before, exchanges: world.aws().recorded().await }
}

/// Template, domains, testers, trial, review, release, twice, and back.
async fn release(world: &World) {
    let operator = world.operator();
    let component = format!("/v1/components/{}", world.component());
    let shop = world.mini_program(MERCHANT);
    let drafts = operator.get(&format!("{component}/drafts")).await.expect_status(200).json();
    let draft = json!({ "draft_id": drafts["drafts"][0]["draft_id"] });
    operator.post(&format!("{component}/templates"), draft).await;
    let templates = operator.get(&format!("{component}/templates")).await.expect_status(200).json();
    let template = &templates["templates"][0]["template_id"];
    let tester = json!({ "wechat_id": "testerid" });
    operator.post(&format!("{shop}/testers"), tester).await;
    operator.post(&format!("{shop}/business-domains/confirm-file"), json!({})).await;
    for version in ["1.0.0", "1.1.0"] {
        let trial = json!({
            "template_id": template,
            "user_version": version,
            "user_desc": "夏季菜单",
            "ext": { "ext": { "shop": "8812" } },
        });
        let path = format!("{shop}/trial");
        operator.put(&path, trial).await.expect_status(200);
        world.later(60).await;
        let key = format!("review-{version}");
        for _ in 0..2 {
            let headers = [("idempotency-key", key.as_str())];
            operator.send("POST", &format!("{shop}/review"), &headers, Some(json!({}))).await;
        }
        world.later(60).await;
        world.simulator().approve(Verdict::on(MERCHANT)).await.unwrap();
        world.settle().await;
        operator.post(&format!("{shop}/release"), json!({})).await.expect_status(200);
    }
}

impl Traffic {
    /// Asks the model the same in the same order; where it answers otherwise.
    pub(super) fn replay(&self) -> Vec<String> {
        let mut model = Dynamo::new(Arc::new(SystemClock));
        for (operation, request) in self.preparation() {
            let made = model.answer(&operation, request.to_string().as_bytes());
            assert_eq!(made.status, 200, "{request}");
        }
        let mut differences = Vec::new();
        for (number, exchange) in self.exchanges.iter().enumerate() {
            let answer = model.answer(&exchange.operation, &exchange.request);
            let model = comparable(answer.status, &answer.body);
            let engine = comparable(exchange.status, &exchange.answer);
            if model != engine {
                differences.push(format!(
                    "exchange {number}: {} {:#}\nmodel: {model}\nengine: {engine}",
                    exchange.operation,
                    request_of(exchange),
                ));
            }
        }
        differences
    }

    /// The same with some requests left out, some sent twice, and some with other values.
    pub(super) fn varied(&self, rng: &mut Rng) -> Vec<(String, Value)> {
        let mut pool = BTreeMap::new();
        for exchange in &self.exchanges {
            collect(&request_of(exchange), &mut pool);
        }
        let mut varied: Vec<_> = self.preparation().collect();
        for exchange in &self.exchanges {
            let request = request_of(exchange);
            let mut other = request.clone();
            let times = rng.usize(1..3);
            for _ in 0..times {
                vary(&mut other, &pool, rng);
            }
            // A token belongs to one transaction.
            if rng.bool()
                && let Some(members) = other.as_object_mut()
            {
                members.remove("ClientRequestToken");
            }
            let requests = match rng.u32(0..8) {
                0 => vec![],
                1 => vec![request.clone(), request],
                2 => vec![other],
                3 => vec![request, other],
                4 => vec![other, request],
                _ => vec![request],
            };
            let operation = &exchange.operation;
            varied.extend(requests.into_iter().map(|request| (operation.clone(), request)));
        }
        for (_, request) in &mut varied {
            if rng.bool() {
                request["ReturnConsumedCapacity"] = json!("TOTAL");
            }
        }
        varied
    }

    fn preparation(&self) -> impl Iterator<Item = (String, Value)> {
        self.before.iter().map(|(table, item)| {
            ("PutItem".to_owned(), json!({ "TableName": table, "Item": item }))
        })
    }
}

/// Gathers values by the names they have.
fn collect(value: &Value, pool: &mut BTreeMap<String, Vec<Value>>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        if is_scalar(member) {
            pool.entry(name.clone()).or_default().push(member.clone());
        }
        collect(member, pool);
    }
    value.as_array().into_iter().flatten().for_each(|member| collect(member, pool));
}

/// Gives some of the values of a request another one of the same name, or one next to it.
fn vary(value: &mut Value, pool: &BTreeMap<String, Vec<Value>>, rng: &mut Rng) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if !is_scalar(member) || rng.u32(0..4) > 0 {
                    vary(member, pool, rng);
                } else if rng.bool() {
                    *member = rng.choice(&pool[name]).unwrap().clone();
                } else if let Some(number) = member["N"].as_str() {
                    let number: i64 = number.parse().unwrap();
                    *member = json!({ "N": (number + rng.i64(-1..2)).to_string() });
                }
            }
        }
        Value::Array(members) => {
            members.iter_mut().for_each(|member| vary(member, pool, rng));
        }
        _ => {}
    }
}

fn is_scalar(value: &Value) -> bool {
    value.as_object().is_some_and(|members| members.len() == 1)
        && ["S", "N", "BOOL"].iter().any(|kind| !value[kind].is_null())
}
