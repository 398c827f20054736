//! Processes die and stand still while WeChat pushes, the clock ticks and operators release.
//! `TORMENT_MINUTES` makes it longer, `TORMENT_SEED` another one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use serde_json::{Value, json};
use simulator::{Authorize, Expire, Expiring, Message, Push, Target, Verdict};

use crate::world::{Answer, World};

/// How long everything may take after the last blow: a lease has to be seen unchanged for its
/// whole time, and a stopped process comes back.
const RECOVERY: Duration = Duration::from_secs(180);
/// Longer than a lease.
const STOPPED: std::ops::Range<u64> = 27..36;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the functions' binaries: FUNCTIONS=target/debug cargo test -p processes -- --ignored"]
async fn nothing_is_lost_and_nothing_is_done_twice_whatever_dies() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<f64>().unwrap());
    let time = Duration::from_secs_f64(60.0 * number("TORMENT_MINUTES").unwrap_or(0.75));
    let seed = number("TORMENT_SEED").map_or_else(|| Rng::new().u64(..1 << 32), |seed| seed as u64);
    println!("TORMENT_SEED={seed}");
    let world = Arc::new(World::start().await);
    let newest_ticket = Arc::new(AtomicI64::new(0));
    while push_ticket(&world, &newest_ticket).await.is_none() {}
    eventually(&world, "GET", "", None, None, |answer| answer.1["token"]["state"] == "active")
        .await;
    let template = template(&world).await;

    let until = Instant::now() + time;
    let torment = tokio::spawn(torment(world.clone(), Rng::with_seed(seed), until));
    let tickets = tokio::spawn({
        let (world, newest) = (world.clone(), newest_ticket.clone());
        async move {
            while Instant::now() < until {
                push_ticket(&world, &newest).await;
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    });
    let shops: Vec<_> = world
        .merchants
        .iter()
        .map(|appid| tokio::spawn(keep_shop(world.clone(), appid.clone(), template.clone(), until)))
        .collect();
    let (killed, stopped) = torment.await.unwrap();
    tickets.await.unwrap();
    let mut released = Vec::new();
    for shop in shops {
        released.push(shop.await.unwrap());
    }
    let settled = Instant::now();
    while !world.aws.queues().are_empty() {
        assert!(settled.elapsed() < RECOVERY, "the queues are not worked off");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    println!("{killed} killed, {stopped} stopped; releases: {released:?}");
    for function in &world.functions {
        println!("{}: {} processes", function.name(), function.started());
    }
    assert!(killed >= 5 && stopped >= 1, "{killed} killed, {stopped} stopped");
    for queue in ["events", "spill"] {
        assert!(world.aws.queues().named(queue).unwrap().dead_letters().is_empty(), "{queue}");
    }
    let log = world.wechat.log();
    for (appid, count) in world.merchants.iter().zip(released) {
        for path in ["/wxa/submit_audit", "/wxa/release"] {
            let acted = log.of(path).into_iter().filter(|call| call.acted && call.appid == *appid);
            assert_eq!(acted.count(), count, "{path} of {appid}");
        }
        // The token in the table is one that WeChat takes.
        let path = format!("/mini-programs/{appid}/server-domains");
        let answer = eventually(&world, "GET", &path, None, None, |answer| answer.0 != 0).await;
        assert_eq!(answer.0, 200, "{}", answer.1);
    }
    let component = eventually(&world, "GET", "", None, None, |answer| answer.0 == 200).await.1;
    let age = component["ticket"]["age_seconds"].as_i64().unwrap();
    let newest = world.wechat.now() - newest_ticket.load(Ordering::Relaxed);
    assert!(age <= newest + 2, "a ticket of {newest} s was acknowledged, one of {age} s is kept");
}

/// A blow every now and then; answers how many were killed and how many stopped.
async fn torment(world: Arc<World>, mut rng: Rng, until: Instant) -> (usize, usize) {
    let (mut killed, mut stopped) = (0, 0);
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(rng.u64(100..1500))).await;
        let function = &world.functions[rng.usize(0..world.functions.len())];
        if rng.u32(0..5) > 0 {
            killed += usize::from(function.kill_one(&mut rng));
        } else {
            let time = Duration::from_secs(rng.u64(STOPPED));
            stopped += usize::from(function.stop_one(&mut rng, time));
        }
        let expiring = match rng.u32(0..6) {
            0 => Expiring::AuthorizerTokens,
            1 => Expiring::ComponentTokens,
            _ => continue,
        };
        world.wechat.expire(Expire::new(expiring)).unwrap();
    }
    (killed, stopped)
}

/// WeChat pushes a ticket, as often as it does; the ticket's time if it was acknowledged.
async fn push_ticket(world: &World, newest: &AtomicI64) -> Option<i64> {
    let at = world.wechat.now();
    let pushed = world.wechat.push_ticket().await.unwrap();
    pushed.delivery.accepted.then(|| newest.fetch_max(at, Ordering::Relaxed).max(at))
}

async fn template(world: &World) -> Value {
    let drafts = eventually(world, "GET", "/drafts", None, None, |answer| answer.0 == 200).await;
    let draft = json!({ "draft_id": drafts.1["drafts"][0]["draft_id"] });
    let is_done = |answer: &Answer| (200..300).contains(&answer.0);
    eventually(world, "POST", "/templates", Some("template"), Some(draft), is_done).await;
    let list = eventually(world, "GET", "/templates", None, None, |answer| answer.0 == 200).await;
    list.1["templates"][0]["template_id"].clone()
}

/// A merchant authorizes, and releases one version after the other; answers how many.
async fn keep_shop(world: Arc<World>, appid: String, template: Value, until: Instant) -> usize {
    let shop = format!("/mini-programs/{appid}");
    let authorized = |answer: &Answer| answer.0 == 200 && answer.1["authorized"] == true;
    // WeChat gives up a push after three attempts, and the merchant comes again.
    loop {
        world.wechat.authorize(Authorize::new(&appid)).await.unwrap();
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(20) {
            if authorized(&world.operate("GET", &shop, None, None).await) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        if authorized(&world.operate("GET", &shop, None, None).await) {
            break;
        }
    }
    let done = |answer: &Answer| (200..300).contains(&answer.0);
    let mut released = 0;
    while Instant::now() < until {
        let version = format!("1.0.{released}");
        let key = |what: &str| format!("{what}-{appid}-{version}");
        let trial = json!({
            "template_id": template,
            "user_version": version,
            "user_desc": "夏季菜单",
            "ext": { "ext": { "shop": "8812" } },
        });
        let path = format!("{shop}/trial");
        eventually(&world, "PUT", &path, Some(&key("trial")), Some(trial), done).await;
        let path = format!("{shop}/review");
        let order = Some(json!({}));
        eventually(&world, "POST", &path, Some(&key("review")), order, done).await;
        let submitted = |answer: &Answer| answer.1["state"] == "in-review";
        eventually(&world, "GET", &path, None, None, submitted).await;
        // WeChat's events of one kind are told apart by their second, and nobody reviews twice in one.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let told = world.wechat.approve(Verdict::on(&appid)).await.unwrap().push;
        if !told.is_some_and(|push| push.accepted) {
            tell_approval(&world, &appid).await;
        }
        let approved = |answer: &Answer| answer.1["state"] == "approved";
        eventually(&world, "GET", &path, None, None, approved).await;
        let path = format!("{shop}/release");
        let order = Some(json!({}));
        let online = |answer: &Answer| answer.1["online"]["user_version"] == version;
        eventually(&world, "POST", &path, Some(&key("release")), order, online).await;
        released += 1;
    }
    released
}

/// WeChat gives up a push after three attempts. What it tells then is found by a question that is
/// asked every ten minutes, for which nobody waits here: it is told until it is acknowledged.
async fn tell_approval(world: &World, appid: &str) {
    let to = Target::Messages { appid: appid.to_owned() };
    let fields = [("MsgType", "event"), ("Event", "weapp_audit_success"), ("SuccTime", "0")];
    loop {
        let push = Push { to: to.clone(), message: Message::fields(fields), ..Push::default() };
        if world.wechat.push(push).await.unwrap().iter().any(|delivery| delivery.accepted) {
            break;
        }
    }
}

/// An operator who does not give up: the same request, with the same key, until it is well.
async fn eventually(
    world: &World,
    method: &str,
    path: &str,
    key: Option<&str>,
    body: Option<Value>,
    is_well: impl Fn(&Answer) -> bool,
) -> Answer {
    let began = Instant::now();
    loop {
        let answer = world.operate(method, path, key, body.clone()).await;
        if is_well(&answer) {
            return answer;
        }
        if began.elapsed() > RECOVERY {
            panic!("{method} {path}: {} {}\n{}", answer.0, answer.1, world.left_open());
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}
