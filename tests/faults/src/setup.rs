//! How things stand when a schedule begins. The functions' own code brings it about, once a process;
//! every schedule goes on from a copy.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use platform::{AppId, grants::Source};
use secrecy::SecretString;
use serde_json::json;
use simulator::{Authorize, MerchantOptions, Options, TokenBehaviour, Via};
use wechat::endpoint::{AddToTemplate, GetTemplateDraftList};

use crate::{
    plan::Setup,
    world::{BEGINNING, Limit, Origin, World, component},
};

/// Merchants are spread over so many minutes of the cycle.
const CYCLE: u64 = 85;
/// And these over so many minutes after the beginning.
const SPREAD: u64 = 3;
/// Longer than any merchant's place.
const MOST: u16 = 256;

/// The appid of the merchant in this place.
pub(crate) fn merchant(place: u16) -> String {
    thread_local! {
        static APPIDS: Vec<String> = appids();
    }
    APPIDS.with(|appids| appids[usize::from(place % MOST)].clone())
}

/// Appids whose minutes come soon after the beginning.
fn appids() -> Vec<String> {
    let first = u64::try_from(BEGINNING / 60_000).unwrap_or(0);
    let mut candidates = (0_u64..).map(|number| format!("wx{number:016x}"));
    let found = (0..u64::from(MOST)).filter_map(|place| {
        let wanted = (first + 1 + place % SPREAD) % CYCLE;
        candidates.find(|appid| minute(appid) == wanted)
    });
    found.collect()
}

/// A merchant's minute of the cycle, as the platform has it: FNV-1a.
pub(crate) fn minute(appid: &str) -> u64 {
    let hash = appid.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash % CYCLE
}

/// What a schedule with this setup grows out of.
pub(crate) fn origin(setup: Setup, behaviour: TokenBehaviour) -> Arc<Origin> {
    type Key = (Setup, bool, u8);
    static KNOWN: Mutex<BTreeMap<Key, Arc<Origin>>> = Mutex::new(BTreeMap::new());
    let key = (
        setup,
        behaviour.replaced_tokens == simulator::ReplacedTokens::DieAtOnce,
        behaviour.refresh_tokens as u8,
    );
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(origin) = known().get(&key) {
        return Arc::clone(origin);
    }
    fastrand::seed(0);
    let runtime = crate::run::runtime();
    // Two threads that make the same make it alike.
    let made = Arc::new(runtime.block_on(make(setup, behaviour)));
    known().insert(key, Arc::clone(&made));
    made
}

async fn make(setup: Setup, behaviour: TokenBehaviour) -> Origin {
    let minutes = |minutes: u16| u64::from(minutes) * 60_000;
    let before = minutes(setup.ticket_age.max(setup.token_age));
    let options = Options {
        components: vec![component().clone()],
        merchants: (0..setup.merchants + setup.strangers).map(account).collect(),
        token_behaviour: behaviour,
        ..Options::default()
    };
    let world = World::empty(options, Duration::from_millis(before));
    let ticket = async {
        world.until(before - minutes(setup.ticket_age)).await;
        world.push_ticket(0).await;
    };
    let merchants = async {
        world.until(before - minutes(setup.token_age)).await;
        if setup.ticket_age < setup.token_age {
            // There was one before the newest.
            world.push_ticket(0).await;
        }
        for place in 0..setup.merchants {
            authorize(&world, place).await;
        }
        if setup.template {
            make_template(&world).await;
        }
    };
    if setup.ticket_age > setup.token_age {
        ticket.await;
        merchants.await;
    } else {
        merchants.await;
        ticket.await;
    }
    world.until(before).await;
    let cursor = json!({
        "pk": { "S": format!("cursor#{}", component().appid) },
        "sk": { "S": "cursor" },
        "minute": { "N": (BEGINNING / 60_000).to_string() },
    });
    world.state().tables.put("tokens", &cursor);
    let origin = world.origin();
    world.close();
    origin
}

async fn authorize(world: &Arc<World>, place: u16) {
    let appid = merchant(place);
    let order = Authorize { via: Via::Nothing, ..Authorize::new(&appid) };
    let authorized = world.simulator().authorize(order).await.expect("the merchant exists");
    let code = SecretString::from(authorized.auth_code);
    let create_time = world.simulator().now();
    world.state().truth.changed(&appid, true, create_time, None);
    let named: AppId = appid.parse().expect("an appid");
    let source = Source::Authorized { create_time, appid: named };
    let granted = world.on(0, Limit::OPERATIONS, async move |process| {
        let component = appid_of_component();
        process.platform.grants.exchange(&component, &code, &source).await.is_ok()
    });
    assert_eq!(granted.await, Some(true), "{appid} is taken in");
    let change = world.state().truth.change(&appid);
    world.state().truth.heard(&appid, change);
}

async fn make_template(world: &Arc<World>) {
    let made = world.on(0, Limit::OPERATIONS, async |process| {
        let (caller, component) = (&process.platform.caller, appid_of_component());
        let drafts = caller.component(&component, &GetTemplateDraftList {}).await.ok()?;
        let draft_id = drafts.draft_list.first()?.draft_id;
        let added = AddToTemplate { draft_id, template_type: Some(0) };
        caller.component(&component, &added).await.ok()
    });
    assert!(made.await.flatten().is_some(), "the template is made");
}

/// The component's appid.
pub(crate) fn appid_of_component() -> AppId {
    component().appid.parse().expect("an appid")
}

fn account(place: u16) -> MerchantOptions {
    let known = Options::default().merchants.into_iter().next().unwrap_or_default();
    MerchantOptions { appid: merchant(place), user_name: format!("gh_{place:012x}"), ..known }
}
