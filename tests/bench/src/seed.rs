//! Ten thousand mini programs without ten thousand journeys: twelve go theirs, and all others are
//! copies of their records, with names, principals and tags of their own.

use faults::dynamodb::{Dynamo, SharedTables};
use journeys::{Fleet, World};
use serde_json::{Value, json};
use simulator::Verdict;

use crate::Failure;

/// How many go their own journey, each a step further than the one before.
pub(crate) const MODELS: usize = 12;
/// Longer than WeChat's detection takes.
const MINUTE: i64 = 61;

const PLACES: [&str; 12] = [
    "城南",
    "城北",
    "滨江",
    "西湖",
    "老街",
    "解放路",
    "人民广场",
    "大学城",
    "高新区",
    "火车站",
    "海港",
    "古镇",
];
const TRADES: [&str; 10] =
    ["面馆", "火锅", "咖啡", "烘焙工坊", "小笼包", "烤鱼", "麻辣烫", "便利店", "花店", "书屋"];
const TAGS: [&str; 16] = [
    "restaurant",
    "retail",
    "north",
    "south",
    "east",
    "west",
    "vip",
    "trial",
    "franchise",
    "self-run",
    "24h",
    "delivery",
    "pilot",
    "2026",
    "paused",
    "seasonal",
];

/// Lets the fleet's mini programs go as far as each goes: nothing uploaded, uploaded, in review,
/// rejected, approved, released, and on to the next version.
pub(crate) async fn go_on(fleet: &Fleet) {
    let world = fleet.world();
    let rounds = [("3.2.0", 1..MODELS, 2, 3, 5..MODELS), ("3.3.0", 7..MODELS, 9, 8, 11..MODELS)];
    for (version, uploaded, in_review, rejected, released) in rounds {
        each(world, uploaded.clone(), "PUT", "trial", &trial(fleet, version)).await;
        each(world, uploaded.skip(1), "POST", "review", &json!({})).await;
        fleet
            .review(|_, appid| {
                // An approval that nobody hears of is a review that goes on, as far as we know.
                let silent = appid == Fleet::appid(in_review);
                let approved = appid != Fleet::appid(rejected);
                (approved, Verdict { silent, ..Verdict::on(appid) })
            })
            .await;
        each(world, released, "POST", "release", &json!({})).await;
    }
}

fn trial(fleet: &Fleet, version: &str) -> Value {
    json!({
        "template_id": fleet.template(), "user_version": version, "user_desc": "夏季菜单",
        "ext": { "ext": { "shop": "8812" } },
    })
}

/// The same request for several, and the minute that WeChat takes.
async fn each(
    world: &World,
    places: impl Iterator<Item = usize>,
    method: &str,
    rest: &str,
    body: &Value,
) {
    for place in places {
        let path = format!("{}/{rest}", world.mini_program(&Fleet::appid(place)));
        let answer = world.operator().send(method, &path, &[], Some(body.clone())).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
    }
    world.later(MINUTE).await;
}

/// The name of the mini program at a place.
pub(crate) fn name(place: usize) -> String {
    let (town, trade) = (PLACES[place % PLACES.len()], TRADES[place / 7 % TRADES.len()]);
    format!("{town}{trade} {}", place / 3)
}

/// Who owns it; some own several.
pub(crate) fn principal(place: usize) -> String {
    let town = PLACES[place / 4 % PLACES.len()];
    format!("上海{town}餐饮管理有限公司第{}分公司", place / 4)
}

fn tags(place: usize) -> Vec<&'static str> {
    let count = 1 + place % 3;
    (0..count).map(|number| TAGS[(place * 5 + number * 7) % TAGS.len()]).collect()
}

/// Copies the records of the fleet's mini programs until there are `rows`, marks included, as an import
/// leaves them.
pub(crate) fn copy(tables: &SharedTables, component: &str, rows: usize) -> Result<(), Failure> {
    let mut dynamo = tables.dynamo();
    let stored = dynamo.items("fleet");
    let model = |place: usize| -> Vec<Value> {
        let appid = Fleet::appid(place);
        let (accounts, marks) = (format!("apps#{component}"), format!("roster-marks#{component}"));
        let own = format!("app#{component}#{appid}");
        let is_its = |item: &&Value| {
            let [pk, sk] = ["pk", "sk"].map(|key| item[key]["S"].as_str().unwrap_or_default());
            let is_mark = pk == marks && sk.split_once('#').is_some_and(|(of, _)| of == appid);
            pk == own || is_mark || pk == accounts && sk == appid
        };
        stored.iter().filter(is_its).cloned().collect()
    };
    let models: Vec<Vec<Value>> = (0..MODELS).map(model).collect();
    for place in 0..rows {
        let (model, appid) = (place % MODELS, Fleet::appid(place));
        for item in &models[model] {
            let text = item.to_string().replace(&Fleet::appid(model), &appid);
            let mut item: Value = serde_json::from_str(&text)?;
            if item.get("profile").is_some() {
                item["profile"]["M"]["nick_name"]["S"] = name(place).into();
                item["profile"]["M"]["principal_name"]["S"] = principal(place).into();
                let tags: Vec<Value> = tags(place).iter().map(|tag| json!({ "S": tag })).collect();
                item["tags"] = json!({ "L": tags });
            }
            put(&mut dynamo, &item)?;
        }
    }
    Ok(())
}

fn put(dynamo: &mut Dynamo, item: &Value) -> Result<(), Failure> {
    let request = json!({ "TableName": "fleet", "Item": item }).to_string();
    let answer = dynamo.answer("PutItem", request.as_bytes());
    match answer.status {
        200 => Ok(()),
        _ => Err(String::from_utf8_lossy(&answer.body).into()),
    }
}
