//! What each thing that the system does asks of AWS and of WeChat, counted on the functions' own code: the
//! operation itself, and whatever follows from it until nothing is left to do.

use std::sync::Arc;

use faults::dynamodb::SharedTables;
use journeys::{Answer, MERCHANT, Receiver, TestClock, World};
use local::aws::Service;
use secrecy::SecretString;
use serde_json::json;
use simulator::{Authorize, Verdict, Via};

use crate::{
    Failure,
    alone::{Callback, request},
    counts::{Counts, Guard},
    sender::Sender,
    table::{self, figure},
    units,
    verdict::sample::Push,
};

/// Longer than WeChat's privacy detection runs after a commit, in seconds.
const DETECTION: i64 = 60;
/// WeChat pushes a ticket every ten minutes.
const TICKETS: usize = 10;
/// Ticks without anything to do that are counted.
const IDLE: usize = 20;
/// More minutes than a token lives.
const MOST_MINUTES: usize = 120;
const RENEWAL: &str = "/cgi-bin/component/api_authorizer_token";
const COMPONENT_TOKEN: &str = "/cgi-bin/component/api_component_token";

/// What is counted, and how a table calls it.
const COLUMNS: [(&str, &str); 8] = [
    ("requests", "DynamoDB requests"),
    ("read", "read units"),
    ("write", "write units"),
    ("events", "bus events"),
    ("messages", "queue messages"),
    ("secrets", "secret calls"),
    ("keys", "KMS calls"),
    ("wechat", "WeChat calls"),
];

/// What [`measure`] counts is the same each time.
pub(crate) const GUARD: Guard =
    Guard { name: "units", file: concat!(env!("CARGO_MANIFEST_DIR"), "/units.json"), slack: &[] };

/// What something cost, in the order of the columns.
#[derive(Debug, Clone, Copy, Default)]
struct Cost([f64; 8]);

impl Cost {
    fn less(self, other: Cost) -> Cost {
        let mut rest = self;
        rest.0.iter_mut().zip(other.0).for_each(|(value, other)| *value -= other);
        rest
    }

    fn plus(self, other: Cost) -> Cost {
        let mut sum = self;
        sum.0.iter_mut().zip(other.0).for_each(|(value, other)| *value += other);
        sum
    }

    fn divided(self, by: f64) -> Cost {
        Cost(self.0.map(|value| value / by))
    }
}

/// A running system and its meters.
struct Scene {
    world: World,
    tables: SharedTables,
}

impl Scene {
    async fn start() -> Scene {
        let clock = TestClock::standing_still();
        let tables = SharedTables::new(Arc::new(clock.clone()));
        let world = World::start_by(clock, |settings, _| {
            settings.tables = Some(Arc::new(tables.clone()));
        })
        .await;
        Scene { world, tables }
    }

    /// What it costs until everything is done that follows from it.
    async fn cost<T>(&self, work: impl Future<Output = T>) -> (T, Cost) {
        self.world.settle().await;
        let before = self.counted();
        let done = work.await;
        self.world.settle().await;
        (done, self.counted().less(before))
    }

    /// Everything so far.
    fn counted(&self) -> Cost {
        let units = units::total(&self.tables);
        let aws = self.world.aws();
        let count = |service| aws.calls(service) as f64;
        Cost([
            units.requests as f64,
            units.read,
            units.write,
            aws.bus().counts().values().sum::<u64>() as f64,
            aws.queues().sent() as f64,
            count(Service::SecretsManager),
            count(Service::Kms),
            self.world.simulator().log().counts.values().sum::<u64>() as f64,
        ])
    }

    fn shop(&self, rest: &str) -> String {
        format!("{}{rest}", self.world.mini_program(MERCHANT))
    }

    /// A minute passes, and `refresh` is called.
    async fn minute(&self) -> Cost {
        self.world.clock().advance(60);
        self.cost(self.world.tick()).await.1
    }
}

/// By operation.
pub(crate) async fn measure() -> Result<Counts, Failure> {
    let mut rows = alone().await?;
    let scene = Scene::start().await;
    scene.world.begin().await;
    pushes(&scene, &mut rows).await?;
    authorization(&scene, &mut rows).await?;
    requests(&scene, &mut rows).await?;
    release(&scene, &mut rows).await?;
    clock(&scene, &mut rows).await?;
    let counts = |Cost(values): Cost| {
        COLUMNS.iter().zip(values).map(|((name, _), value)| ((*name).to_owned(), value)).collect()
    };
    Ok(rows.into_iter().map(|(name, cost)| (name.to_owned(), counts(cost))).collect())
}

type Rows = Vec<(&'static str, Cost)>;

/// A cold start, by the requests that the function sends.
async fn alone() -> Result<Rows, Failure> {
    let callback = Callback::start().await?;
    let cost = |callback: &Callback| {
        let units = units::sum(callback.aws.dynamo().meter().values());
        let calls = callback.aws.calls();
        let sent = |service: &str| {
            let of_service = calls.iter().filter(|(target, _)| target.starts_with(service));
            of_service.map(|(_, times)| *times as f64).sum()
        };
        Cost([
            units.requests as f64,
            units.read,
            units.write,
            sent("AWSEvents."),
            sent("AmazonSQS."),
            sent("secretsmanager."),
            sent("TrentService."),
            // It has nothing to call it with.
            0.0,
        ])
    };
    let cold = cost(&callback);
    callback.take(request(&Push::ticket(1_665_300_301)?)?).await?;
    let first = cost(&callback).less(cold);
    Ok(vec![("callback: cold start", cold), ("callback: ticket push", first)])
}

async fn pushes(scene: &Scene, rows: &mut Rows) -> Result<(), Failure> {
    let sender = Sender::new(&scene.world)?;
    let now = scene.world.clock().now().as_second();
    let taken = |status: Result<u16, Failure>| match status? {
        200 => Ok(()),
        status => Err(Failure::from(format!("a genuine push was answered with {status}"))),
    };
    let (pushed, cost) = scene.cost(scene.world.simulator().push_ticket()).await;
    pushed?;
    rows.push(("a ticket push", cost));
    let ticket = format!(
        "<xml><AppId>{}</AppId><CreateTime>{now}</CreateTime>\
         <InfoType>component_verify_ticket</InfoType>\
         <ComponentVerifyTicket>ticket@@@of-nobody</ComponentVerifyTicket></xml>",
        sender.component
    );
    taken(sender.push(&ticket).await)?;
    let (sent, cost) = scene.cost(sender.push(&ticket)).await;
    taken(sent)?;
    rows.push(("the same ticket again", cost));
    // From now on it is one of WeChat's again.
    scene.world.clock().advance(2);
    scene.world.push_ticket().await;

    let event = format!(
        "<xml><AppId>{}</AppId><CreateTime>{now}</CreateTime><InfoType>something_new</InfoType>\
         <appid>{MERCHANT}</appid></xml>",
        sender.component
    );
    for name in ["an event of WeChat's", "the same event again"] {
        let (sent, cost) = scene.cost(sender.push(&event)).await;
        taken(sent)?;
        rows.push((name, cost));
    }
    Ok(())
}

async fn authorization(scene: &Scene, rows: &mut Rows) -> Result<(), Failure> {
    let world = &scene.world;
    // The merchant's browser does not come back: both at once leave to each other what the other has begun,
    // which differs each time.
    let agreed = Authorize { via: Via::PushOnly, ..Authorize::new(MERCHANT) };
    let (authorized, cost) = scene.cost(world.simulator().authorize(agreed)).await;
    authorized?;
    rows.push(("an authorization, by its event", cost));

    let receiver = Receiver::start().await;
    let hook = json!({ "url": receiver.url(), "filter": { "kinds": ["merchant.authorized"] } });
    let hook = world.operator().post("/v1/webhooks", hook).await.expect_status(201).json();
    let event = world.events("merchant.authorized").pop().ok_or("nobody was told")?;
    // It is told again, and new to the webhook alone.
    let (told, cost) = scene.cost(async { world.aws().bus().repeat(&event) }).await;
    told?;
    if receiver.received().len() != 1 {
        return Err("the webhook was not sent one message".into());
    }
    rows.push(("a webhook's delivery", cost));
    let hook = format!("/v1/webhooks/{}", hook["webhook"]["id"].as_str().unwrap_or_default());
    world.operator().delete(&hook).await.expect_status(204);
    Ok(())
}

async fn requests(scene: &Scene, rows: &mut Rows) -> Result<(), Failure> {
    let (world, operator) = (&scene.world, scene.world.operator());
    let shop = scene.shop("");
    let (answer, cost) = scene.cost(operator.get(&shop)).await;
    answer.expect_status(200);
    rows.push(("GET of a mini program", cost));

    let machine = json!({
        "name": "a system", "role": "machine", "scopes": ["relay"], "accounts": [MERCHANT],
    });
    let made = operator.post("/v1/keys", machine).await.expect_status(201).json();
    let key = SecretString::from(made["secret"].as_str().ok_or("a key has a secret")?);
    let machine = world.operator_with(key);
    let path = format!("/relay/{}/{MERCHANT}/wxa/getversioninfo", world.component());
    // The first call reads what later ones know.
    machine.post(&path, json!({})).await.expect_status(200);
    let (answer, cost) = scene.cost(machine.post(&path, json!({}))).await;
    answer.expect_status(200);
    rows.push(("a relayed call", cost));
    Ok(())
}

async fn release(scene: &Scene, rows: &mut Rows) -> Result<(), Failure> {
    let (world, operator) = (&scene.world, scene.world.operator());
    let component = |rest: &str| format!("/v1/components/{}/{rest}", world.component());
    let drafts = operator.get(&component("drafts")).await.expect_status(200).json();
    let draft = json!({ "draft_id": drafts["drafts"][0]["draft_id"] });
    done(operator.post(&component("templates"), draft).await)?;
    let templates = operator.get(&component("templates")).await.expect_status(200).json();

    let trial = json!({
        "template_id": templates["templates"][0]["template_id"],
        "user_version": "1.0.0",
        "user_desc": "夏季菜单",
        "ext": { "ext": { "shop": "8812" } },
    });
    let path = scene.shop("/trial");
    let (answer, cost) = scene.cost(operator.put(&path, trial)).await;
    done(answer)?;
    rows.push(("a release: commit", cost));
    world.later(DETECTION).await;

    let path = scene.shop("/review");
    let (answer, cost) = scene.cost(operator.post(&path, json!({}))).await;
    answer.expect_status(200);
    rows.push(("a release: submit", cost));

    let (approved, cost) = scene.cost(world.simulator().approve(Verdict::on(MERCHANT))).await;
    approved?;
    rows.push(("a release: approved", cost));

    let path = scene.shop("/release");
    let (answer, cost) = scene.cost(operator.post(&path, json!({}))).await;
    answer.expect_status(200);
    rows.push(("a release: release", cost));
    Ok(())
}

async fn clock(scene: &Scene, rows: &mut Rows) -> Result<(), Failure> {
    let world = &scene.world;
    let (mut idle, mut minutes) = (Cost::default(), 0);
    let counts = || [RENEWAL, COMPONENT_TOKEN].map(|path| world.calls(path));
    let renewal = loop {
        if minutes % TICKETS == 0 {
            world.push_ticket().await;
        }
        let before = counts();
        let cost = scene.minute().await;
        let after = counts();
        let renewed = [after[0] - before[0], after[1] - before[1]];
        minutes += 1;
        match renewed {
            [0, 0] if minutes <= IDLE => idle = idle.plus(cost),
            _ if minutes <= IDLE => return Err("a minute had something to do".into()),
            [1, 0] => break cost,
            _ if minutes > MOST_MINUTES => return Err("no token was renewed by itself".into()),
            _ => {}
        }
    };
    rows.push(("a minute with nothing due", idle.divided(IDLE as f64)));
    rows.push(("a minute with a token's renewal", renewal));
    Ok(())
}

fn done(answer: Answer) -> Result<(), Failure> {
    match answer.status.is_success() {
        true => Ok(()),
        false => Err(format!("{}: {}", answer.status, answer.text()).into()),
    }
}

/// Prints what [`measure`] says.
pub(crate) fn print(counts: &Counts) {
    let head = COLUMNS.iter().map(|(_, name)| (*name).to_owned());
    let mut rows = vec![std::iter::once(String::new()).chain(head).collect::<Vec<_>>()];
    for (name, row) in counts {
        let cell = |column: &str| match row.get(column).copied().unwrap_or(0.0) {
            0.0 => "·".to_owned(),
            whole if whole.fract() == 0.0 => format!("{whole:.0}"),
            value => figure(value),
        };
        let cells = COLUMNS.iter().map(|(column, _)| cell(column));
        rows.push(std::iter::once(name.clone()).chain(cells).collect());
    }
    println!("\nWhat is asked of AWS and of WeChat, with all that follows from it\n");
    table::print(&rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_asks_for_more_than_it_did() {
        let counts = Box::pin(measure()).await.unwrap();

        GUARD.check(&counts).unwrap();

        // What the function promises, whatever the guard says.
        let of = |name: &str, column: &str| counts[name][column];
        assert_eq!(of("callback: cold start", "secrets"), 1.0);
        assert_eq!(of("callback: cold start", "requests"), 0.0);
        for ticket in ["callback: ticket push", "a ticket push", "the same ticket again"] {
            assert_eq!(of(ticket, "requests"), 1.0, "{ticket}");
            assert_eq!(of(ticket, "read"), 0.0, "{ticket}");
            assert_eq!(of(ticket, "write"), 1.0, "{ticket}");
            let others = ["events", "messages", "secrets", "keys", "wechat"];
            assert!(others.iter().all(|other| of(ticket, other) == 0.0), "{ticket}");
        }
    }
}
