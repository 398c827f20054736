//! The audit log's chain, against tables and a bucket that keeps everything.

use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, civil::Date};
use local::aws::{Fault, Service};
use platform::{
    audit::{
        AuditOutcome, Broken, ConcludeError, Flaw, Intent, Minute, Recorded, Sealing, Verification,
        exported,
    },
    clock::Clock,
    operators::{Operator, Permit, Role},
    storage::Table,
};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::world::World;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const OUTCOME: AuditOutcome = AuditOutcome::of(200);

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

impl World {
    fn intent(&self, summary: &str) -> Intent {
        let operator = Operator {
            key: "01JZ".to_owned(),
            name: "小李".to_owned(),
            role: Role::Admin,
            permit: Permit::default(),
            person: "01JZ".to_owned(),
            introduced_by: None,
        };
        let summary = summary.to_owned();
        Intent { operation: "release".to_owned(), summary, ..Intent::by(&operator) }
    }

    async fn begin(&self, summary: &str) -> Recorded {
        self.platform.audit.intend(&self.intent(summary)).await.unwrap()
    }

    /// Something is done, with its outcome.
    async fn act(&self, summary: &str) {
        let recorded = self.begin(summary).await;
        self.platform.audit.conclude(&recorded, &OUTCOME).await.unwrap();
    }

    /// Something is done in each of so many minutes, and then nothing for long enough.
    async fn act_for(&self, minutes: usize) {
        for minute in 0..minutes {
            self.act(&format!("{minute}.0")).await;
            self.act(&format!("{minute}.1")).await;
            self.clock.forward(MINUTE);
        }
        self.clock.forward(MINUTE * 10);
    }

    async fn seal(&self) -> Sealing {
        self.platform.audit_chain.seal(soon()).await.unwrap()
    }

    /// Goes along the whole chain, part by part.
    async fn verify(&self) -> Verification {
        self.verify_from(None).await
    }

    async fn verify_from(&self, from: Option<Date>) -> Verification {
        let chain = &self.platform.audit_chain;
        let mut whole = chain.verify(from, None, Instant::now()).await.unwrap().unwrap();
        while let Some(next) = whole.next.take() {
            let cursor = next.to_string().parse().unwrap();
            let part = chain.verify(None, Some(cursor), Instant::now()).await.unwrap().unwrap();
            assert_eq!(part.after, whole.until);
            whole = Verification {
                after: whole.after,
                links: whole.links + part.links,
                lines: whole.lines + part.lines,
                anchors: whole.anchors + part.anchors,
                ..part
            };
        }
        whole
    }

    fn fleet(&self) -> &Table {
        &self.platform.tables.fleet
    }

    /// All items of a partition.
    async fn items(&self, pk: &str) -> Vec<Map<String, Value>> {
        self.fleet().page(pk, "", None, 1000).await.unwrap().0
    }

    async fn put(&self, item: &Map<String, Value>) {
        let item = self.fleet().item(item).unwrap();
        self.fleet().put(item).await.unwrap();
    }

    async fn delete(&self, item: &Map<String, Value>) {
        let part = |name: &str| item[name].as_str().unwrap().to_owned();
        self.fleet().delete(&part("pk"), &part("sk")).await.unwrap();
    }
}

/// The chain begins with the first tick.
async fn world() -> World {
    let world = World::new().await;
    world.seal().await;
    world
}

/// The same half an hour before a day ends, so that little has to be gone through.
async fn world_at_night() -> World {
    let world = World::new().await;
    world.clock.forward(MINUTE * (20 * 60 + 50));
    world.seal().await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_is_chained_once_nothing_can_come_any_more() {
    let world = world().await;
    world.clock.forward(MINUTE * 10);
    let late = world.begin("late").await;
    world.clock.forward(MINUTE * 2);
    world.platform.audit.conclude(&late, &OUTCOME).await.unwrap();
    let too_late = world.begin("too late").await;
    world.clock.forward(MINUTE * 4);
    let refused = world.platform.audit.conclude(&too_late, &OUTCOME).await;
    assert!(matches!(refused, Err(ConcludeError::TooLate)), "{refused:?}");

    assert_eq!(world.seal().await.minutes, 0, "six minutes are not eight");
    world.clock.forward(MINUTE * 3);
    let first = world.seal().await;
    world.clock.forward(MINUTE * 4);
    let second = world.seal().await;

    assert_eq!((first.minutes, first.lines), (1, 2));
    assert_eq!((second.minutes, second.lines), (1, 1), "an entry whose end nobody saw");
    let verified = world.verify().await;
    assert_eq!((verified.links, verified.lines, verified.broken), (2, 3, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_that_did_not_come_are_made_up_for_and_days_are_anchored() {
    let world = world_at_night().await;
    world.act_for(3).await;
    world.clock.forward(MINUTE * (24 * 60 + 30));
    world.act_for(1).await;

    let sealed = world.seal().await;
    let again = world.seal().await;

    assert_eq!((sealed.minutes, sealed.lines, sealed.anchors), (4, 16, 2));
    assert_eq!(again, Sealing::default());
    let head = world.platform.audit_chain.head().await.unwrap().unwrap();
    assert_eq!((head.place.number, head.place.total), (4, 16));
    assert!(head.until.end() + MINUTE * 8 <= world.clock.now());
    let names: Vec<String> = world.aws.objects().locked().into_keys().collect();
    assert_eq!(names, ["anchors/2026-02-02.json", "anchors/2026-02-03.json"]);
    let verified = world.verify().await;
    assert_eq!((verified.links, verified.lines, verified.anchors), (4, 16, 2));
    assert_eq!((verified.broken, verified.until), (None, head.until));
    // From a day on, the same comes out.
    let part = world.verify_from(Some("2026-02-04".parse().unwrap())).await;
    assert_eq!((part.links, part.anchors, part.broken), (1, 0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sealers_at_once_make_one_chain() {
    let world = world().await;
    world.act_for(12).await;

    let sealers: Vec<_> = (0..4)
        .map(|_| {
            let chain = world.platform.audit_chain.clone();
            tokio::spawn(async move { chain.seal(soon()).await })
        })
        .collect();
    let mut minutes = 0;
    for sealer in sealers {
        // Whoever was slower finds the head elsewhere, or both meet in the same write.
        match sealer.await.unwrap() {
            Ok(sealed) => minutes += sealed.minutes,
            Err(error) => assert!(error.to_string().contains("TransactionConflict"), "{error}"),
        }
    }
    minutes += world.seal().await.minutes;

    assert_eq!(minutes, 12, "each minute is chained once");
    let verified = world.verify().await;
    assert_eq!((verified.links, verified.lines, verified.broken), (12, 48, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_changed_in_the_tables_is_found_in_its_minute() {
    let world = world().await;
    world.act_for(3).await;
    world.seal().await;
    let minutes: Vec<Minute> = {
        let links = world.items("audit-chain#2026-02-02").await;
        links.iter().map(|link| link["minute"].as_str().unwrap().parse().unwrap()).collect()
    };
    let second = world.items(&format!("audit#{}", minutes[1])).await;
    assert_eq!(second.len(), 4);
    let broken = async || world.verify().await.broken;
    let entry = |item: &Map<String, Value>| Some(item["sk"].as_str().unwrap().to_owned());
    let at = |place: usize, flaw, entry| Some(Broken { minute: minutes[place], flaw, entry });
    assert_eq!(broken().await, None);

    // An entry is changed, removed, added; two are exchanged.
    let mut changed = second[2].clone();
    changed["summary"] = "something else".into();
    world.put(&changed).await;
    assert_eq!(broken().await, at(1, Flaw::Changed, entry(&second[2])));
    world.delete(&second[2]).await;
    assert_eq!(broken().await, at(1, Flaw::Removed, entry(&second[3])));
    world.put(&second[2]).await;
    let mut added = second[3].clone();
    added["sk"] = format!("{}x", entry(&second[3]).unwrap()).into();
    world.put(&added).await;
    assert_eq!(broken().await, at(1, Flaw::Added, entry(&added)));
    world.delete(&added).await;
    let exchange = |one: &Map<String, Value>, other: &Map<String, Value>| {
        let mut item = other.clone();
        item["sk"] = one["sk"].clone();
        item
    };
    world.put(&exchange(&second[0], &second[2])).await;
    world.put(&exchange(&second[2], &second[0])).await;
    assert_eq!(broken().await, at(1, Flaw::Swapped, entry(&second[0])));
    world.put(&second[0]).await;
    world.put(&second[2]).await;

    // An entry appears in a minute that had none.
    let empty = minutes[2].next();
    let mut elsewhere = second[0].clone();
    elsewhere["pk"] = format!("audit#{empty}").into();
    world.put(&elsewhere).await;
    let minute = empty;
    let found = Some(Broken { minute, flaw: Flaw::Added, entry: entry(&elsewhere) });
    assert_eq!(broken().await, found);
    world.delete(&elsewhere).await;

    // A link is changed, is gone; the last one is gone with its entries.
    let links = world.items("audit-chain#2026-02-02").await;
    let mut changed = links[1].clone();
    changed["total"] = json!(7);
    world.put(&changed).await;
    assert_eq!(broken().await, at(1, Flaw::Forged, None));
    world.delete(&links[1]).await;
    assert_eq!(broken().await, at(1, Flaw::LinkMissing, entry(&second[0])));
    world.put(&links[1]).await;
    let last = world.items(&format!("audit#{}", minutes[2])).await;
    for item in last.iter().chain([&links[2]]) {
        world.delete(item).await;
    }
    let head = world.platform.audit_chain.head().await.unwrap().unwrap();
    let until = Some(Broken { minute: head.until, flaw: Flaw::HeadDiffers, entry: None });
    assert_eq!(broken().await, until);
    // So is the head moved back by whoever cannot make its seal.
    let heads = world.items("audit-chain").await;
    let mut back = heads[0].clone();
    back["link"] = json!(2);
    back["minute"] = minutes[1].to_string().into();
    back["total"] = json!(8);
    world.put(&back).await;
    assert!(broken().await.is_some());
    world.put(&heads[0]).await;
    for item in last.iter().chain([&links[2]]) {
        world.put(item).await;
    }
    assert_eq!(broken().await, None, "everything is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_does_not_fit_its_anchors_is_broken() {
    let world = world_at_night().await;
    world.act_for(2).await;
    world.clock.forward(MINUTE * 30);
    world.seal().await;
    let name = "anchors/2026-02-02.json";
    let kept = world.aws.objects().locked()[name][0].clone();
    let mut anchor: Value = serde_json::from_slice(&kept).unwrap();
    let end: Minute = "2026-02-02T23:59".parse().unwrap();
    let broken = async || world.verify().await.broken.map(|broken| (broken.minute, broken.flaw));
    assert_eq!(broken().await, None);

    // Whoever may write to the bucket can put another version, and cannot take back the first.
    anchor["hash"] = "0".repeat(64).into();
    world.aws.objects().put_locked(name, Bytes::from(anchor.to_string())).unwrap();
    assert_eq!(broken().await, Some((end, Flaw::AnchorDiffers)));
    world.aws.objects().put_locked(name, Bytes::from("none")).unwrap();
    assert_eq!(broken().await, Some((end, Flaw::AnchorDiffers)));
    let mut forged: Value = serde_json::from_slice(&kept).unwrap();
    let seal = forged["seal"].as_str().unwrap().to_owned();
    forged["seal"] = format!("{}{}", &seal[..9], "0".repeat(64)).into();
    world.aws.objects().put_locked(name, Bytes::from(forged.to_string())).unwrap();
    assert_eq!(broken().await, Some((end, Flaw::Forged)));
    world.aws.objects().put_locked(name, kept).unwrap();
    assert_eq!(broken().await, None);
}

/// The watch goes on until there is nothing left to do this night; answers for how many ticks it did.
async fn night(world: &World) -> usize {
    for ticks in 0.. {
        // A tick that has no time left does an hour of the log all the same.
        if world.platform.audit_chain.watch(Instant::now()).await.unwrap() == 0 {
            return ticks;
        }
    }
    unreachable!("a night ends")
}

async fn kinds(world: &World) -> Vec<&'static str> {
    let troubles = world.platform.audit_chain.troubles().await.unwrap();
    troubles.iter().map(|trouble| trouble.kind()).collect()
}

/// Ten minutes after two at night in Beijing, some days after the world began.
fn at_night(world: &World, days: i64) {
    let now = world.clock.now();
    let midnight = now.as_second().div_euclid(86_400) * 86_400;
    let night = midnight + days * 86_400 + (18 * 60 + 10) * 60;
    world.clock.forward(SignedDuration::from_secs(night - now.as_second()));
}

/// The chain begins half an hour before it is night in Beijing, so that little has to be gone through.
async fn world_before_night() -> World {
    let world = World::new().await;
    world.clock.forward(MINUTE * (14 * 60 + 50));
    world.seal().await;
    world.act_for(2).await;
    at_night(&world, 0);
    world.seal().await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_is_found_by_the_next_night() {
    let world = world_before_night().await;
    let chain = &world.platform.audit_chain;
    let links = world.items("audit-chain#2026-02-02").await;
    let minute: Minute = links[0]["minute"].as_str().unwrap().parse().unwrap();
    assert!(night(&world).await > 1, "in pieces");
    assert_eq!(chain.watch(soon()).await.unwrap(), 0, "once a night");
    let watched = chain.watched().await.unwrap();
    assert_eq!(watched.found, None);
    assert_eq!(watched.looked_at, Some(world.clock.now().as_second()));
    assert!(kinds(&world).await.is_empty());

    // What was looked at is changed afterwards, and more is done.
    let lines = world.items(&format!("audit#{minute}")).await;
    let mut changed = lines[1].clone();
    changed["status"] = json!(500);
    world.put(&changed).await;
    world.act_for(1).await;
    world.clock.forward(SignedDuration::from_hours(5));
    assert_eq!(chain.watch(soon()).await.unwrap(), 0, "it is day");
    at_night(&world, 1);
    world.seal().await;
    night(&world).await;

    let watched = chain.watched().await.unwrap();
    let found = watched.found.unwrap();
    assert_eq!((found.minute, found.flaw), (minute, Flaw::Changed));
    assert_eq!(found.entry.as_deref(), changed["sk"].as_str());
    assert_eq!(watched.looked_at, Some(world.clock.now().as_second()), "the rest was looked at");
    assert_eq!(kinds(&world).await, ["audit-broken"]);

    // It is over when a whole round has met nothing.
    world.put(&lines[1]).await;
    at_night(&world, 1);
    world.seal().await;
    night(&world).await;
    assert!(kinds(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_can_write_to_the_table_does_not_have_a_part_passed_over() {
    let world = world_before_night().await;
    night(&world).await;
    let kept = world.items("audit-chain").await;
    let mut watch = kept.into_iter().find(|item| item["sk"] == "watch").unwrap();
    let links = world.items("audit-chain#2026-02-02").await;
    let lines = world.items(&format!("audit#{}", links[0]["minute"].as_str().unwrap())).await;
    world.delete(&lines[0]).await;

    // It says that this night's work is done already.
    at_night(&world, 1);
    world.seal().await;
    let said = watch["watch"].as_str().unwrap();
    let says = said.replace("\"night\":\"2026-02-03\"", "\"night\":\"2026-02-04\"");
    assert_ne!(says, said);
    watch["watch"] = says.into();
    world.put(&watch).await;
    night(&world).await;

    assert_eq!(kinds(&world).await, ["audit-broken"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anchor_that_does_not_come_and_a_watch_that_stands_still_are_troubles() {
    let world = world_before_night().await;
    let chain = &world.platform.audit_chain;
    world.aws.inject(Service::S3, Fault::Throttled);
    at_night(&world, 1);
    chain.seal(soon()).await.unwrap_err();
    let mut failed = None;
    while failed.is_none() {
        failed = chain.watch(Instant::now()).await.err();
    }
    let failed = failed.unwrap().to_string();
    assert!(failed.starts_with("anchor of 2026-02-02"), "{failed}");
    assert_eq!(chain.watched().await.unwrap().found, None, "that says nothing about the chain");
    assert!(kinds(&world).await.is_empty(), "not yet");
    at_night(&world, 2);
    assert_eq!(kinds(&world).await, ["audit-not-anchored", "audit-not-verified"]);

    world.aws.restore(Service::S3);
    world.seal().await;
    night(&world).await;
    assert!(kinds(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ticks_at_once_do_the_same_night() {
    let world = world_before_night().await;
    let chain = &world.platform.audit_chain;
    let (one, other) = tokio::join!(chain.watch(Instant::now()), chain.watch(Instant::now()));
    assert_eq!((one.unwrap(), other.unwrap()), (1, 1));
    night(&world).await;
    assert!(chain.watched().await.unwrap().looked_at.is_some());
    assert!(kinds(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_bucket_entries_are_chained_and_anchors_come_later() {
    let world = world_at_night().await;
    world.act_for(2).await;
    world.clock.forward(MINUTE * 30);
    world.aws.inject(Service::S3, Fault::Throttled);

    let failed = world.platform.audit_chain.seal(soon()).await.unwrap_err().to_string();

    assert!(failed.starts_with("anchor of 2026-02-02"), "{failed}");
    let head = world.platform.audit_chain.head().await.unwrap().unwrap();
    assert_eq!(head.place.number, 2, "the chain goes on");
    assert!(!head.is_anchor_late(world.clock.now()));
    world.clock.forward(SignedDuration::from_hours(24));
    assert!(head.is_anchor_late(world.clock.now()), "a day later somebody has to look");
    world.aws.restore(Service::S3);
    assert_eq!(world.seal().await.anchors, 2);
    let head = world.platform.audit_chain.head().await.unwrap().unwrap();
    assert!(!head.is_anchor_late(world.clock.now()));
    let part = world.verify_from(Some("2026-02-04".parse().unwrap())).await;
    assert_eq!(part.broken, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_verified_without_tables_and_keys() {
    let world = world().await;
    world.act_for(3).await;
    world.seal().await;
    world.act("not chained yet").await;
    let chain = &world.platform.audit_chain;
    let day = "2026-02-02".parse().unwrap();

    // In small parts, which are put together.
    let (mut text, mut cursor, mut parts) = (String::new(), None, 0);
    loop {
        let mut part = String::new();
        cursor = chain.export(day, cursor, &mut part, 800).await.unwrap();
        text.push_str(&part);
        parts += 1;
        match &cursor {
            Some(next) => cursor = Some(next.to_string().parse().unwrap()),
            None => break,
        }
    }
    let mut whole = String::new();
    assert_eq!(chain.export(day, None, &mut whole, usize::MAX).await.unwrap(), None);

    assert!(parts > 3, "{parts}");
    assert_eq!(text, whole);
    let verified = exported::verify(text.lines(), &[]).unwrap();
    assert_eq!((verified.links, verified.lines, verified.not_chained), (3, 12, 2));
    assert_eq!(verified.broken, None);
    let changed = text.replace("1.1", "1.2");
    let broken = exported::verify(changed.lines(), &[]).unwrap().broken.unwrap();
    assert_eq!(broken.flaw, Flaw::Changed);
    let error = exported::verify(["{}"], &[]).unwrap_err();
    assert_eq!(error.line, 1);
}
