//! A merchant who comes back while it is being forgotten wins, whenever that is.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use platform::{
    clock::Clock,
    erasure::{ErasureError, Erasures},
    grants::{Source, Withdrawal},
    storage::Table,
};
use serde_json::{Map, Value, json};
use simulator::Revoke;
use tokio::{runtime::Handle, task::block_in_place, time::Instant};

use crate::simulated::{MERCHANT, TestClock, World};

/// A clock that does something when it is looked at for the `at`th time.
struct Looked {
    clock: TestClock,
    at: usize,
    looks: AtomicUsize,
    then: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Clock for Looked {
    fn now(&self) -> Timestamp {
        if self.looks.fetch_add(1, Ordering::SeqCst) == self.at
            && let Some(then) = self.then.lock().unwrap().take()
        {
            then();
        }
        self.clock.now()
    }
}

async fn put(table: &Table, item: Value) {
    table.put(table.item(&item).unwrap()).await.unwrap();
}

async fn named(table: &Table, pk: &str) -> Vec<String> {
    let (items, _): (Vec<Map<String, Value>>, _) = table.page(pk, "", None, 1000).await.unwrap();
    items.iter().map(|item| item["sk"].as_str().unwrap().to_owned()).collect()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_while_it_is_being_forgotten_keeps_what_is_new() {
    let mut overtaken = 0;
    for at in 0.. {
        let world = Arc::new(World::new().await);
        let (component, appid) = (world.component.clone(), world.merchant(MERCHANT));
        world.authorized(MERCHANT).await;
        let of_merchant = format!("app#{component}#{appid}");
        let fleet = world.platform.tables.fleet.clone();
        put(&fleet, json!({ "pk": of_merchant, "sk": "old" })).await;
        world.clock.advance(Duration::from_secs(3600));
        world
            .wechat
            .revoke(Revoke { appid: appid.to_string(), ..Revoke::default() })
            .await
            .unwrap();
        let withdrawn = world.platform.grants.unauthorized(&component, &appid, world.now()).await;
        assert_eq!(withdrawn.unwrap(), Withdrawal::Recorded);
        world.platform.outbox.sweep(100).await.unwrap();
        world.clock.advance(Duration::from_secs(60));
        world.ticket().await;
        world.platform.outbox.sweep(100).await.unwrap();

        let (back, place) = (world.clone(), of_merchant.clone());
        let comes_back = async move {
            let appid = back.merchant(MERCHANT);
            back.clock.advance(Duration::from_secs(60));
            let code = back.authorization_code(&appid).await;
            let grants = &back.platform.grants;
            grants.exchange(&back.component, &code, &Source::Redirect).await.unwrap();
            let tags = ["new".to_owned()];
            let accounts = &back.platform.mini_programs;
            accounts.tag(&back.component, &appid, &tags, &[]).await.unwrap();
            put(&back.platform.tables.fleet, json!({ "pk": place, "sk": "new" })).await;
        };
        let then = move || block_in_place(|| Handle::current().block_on(comes_back));
        let clock = Arc::new(Looked {
            clock: world.clock.clone(),
            at,
            looks: AtomicUsize::new(0),
            then: Mutex::new(Some(Box::new(then))),
        });
        let erasures = Erasures { clock: clock.clone(), ..world.platform.erasures.clone() };

        let erased = erasures.advance("k1", &component, &appid, soon()).await;

        let kept = erasures.find(&component, &appid).await.unwrap();
        let left = named(&fleet, &of_merchant).await;
        if clock.then.lock().unwrap().is_some() {
            // It was over before the merchant came back.
            assert!(erased.unwrap().finished_at.is_some());
            assert!(kept.unwrap().finished_at.is_some());
            assert!(!left.contains(&"old".to_owned()), "{left:?}");
            break;
        }
        overtaken += 1;
        assert!(matches!(erased, Err(ErasureError::Authorized(_))), "look {at}: {erased:?}");
        assert!(kept.is_none_or(|kept| kept.finished_at.is_none()), "look {at}");
        assert!(left.contains(&"new".to_owned()), "look {at}: {left:?}");
        let account = world.platform.mini_programs.find(&component, &appid).await.unwrap().unwrap();
        assert!(account.is_authorized() && account.tags.contains(&"new".to_owned()), "look {at}");
        let told = world.platform.timeline.list(&component, &appid, None, 10).await.unwrap();
        assert!(
            told.events.iter().any(|it| it.kind == "mini-program.tagged"),
            "look {at}: {told:?}"
        );
    }
    assert!(overtaken > 3, "{overtaken}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_of_an_erasure_is_not_gone_on_with_after_another_withdrawal() {
    let world = World::new().await;
    let (component, appid) = (world.component.clone(), world.merchant(MERCHANT));
    let erasures = &world.platform.erasures;
    let mut began = Vec::new();
    for _ in 0..2 {
        world.authorized(MERCHANT).await;
        world.clock.advance(Duration::from_secs(3600));
        world
            .wechat
            .revoke(Revoke { appid: appid.to_string(), ..Revoke::default() })
            .await
            .unwrap();
        let withdrawn = world.platform.grants.unauthorized(&component, &appid, world.now()).await;
        assert_eq!(withdrawn.unwrap(), Withdrawal::Recorded);
        world.platform.outbox.sweep(100).await.unwrap();
        world.ticket().await;
        world.clock.advance(Duration::from_secs(60));
        // No time at all: it is left unfinished.
        let part = erasures.advance("k1", &component, &appid, Instant::now()).await.unwrap();
        assert_eq!(part.finished_at, None);
        began.push(part.began_at);
        let again = erasures.advance("k1", &component, &appid, Instant::now()).await.unwrap();
        assert_eq!(again.began_at, part.began_at, "it goes on");
        world.clock.advance(Duration::from_secs(60));
    }
    assert!(began[0] < began[1], "{began:?}");
    let whole = erasures.advance("k1", &component, &appid, soon()).await.unwrap();
    assert!(whole.finished_at.is_some());
}
