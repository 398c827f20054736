//! Forgeries: twelve classes of pushes that somebody made out of genuine ones, each sent through
//! `callback` as it is wired. Genuine ones are by the simulator, which shares no line with our
//! cryptography.
//!
//! None of them may be taken, with one exception that is WeChat's: its signature covers neither where
//! timestamp and nonce part nor what surrounds the ciphertext, so that a genuine push has other forms.
//! Such a form says the same, byte for byte, and is what a repetition is: answered, and without effect.
//!
//! Some thousands run with the tests; a million takes minutes, with
//! `FORGERIES=1000000 cargo test -p journeys --test it -- --nocapture forgeries`.

mod classes;
mod genuine;
mod sha1;

use axum::{Router, body::Body};
use http::{Request, StatusCode};
use journeys::World;
use serde_json::Value;
use tower::ServiceExt;

use self::{
    classes::{CLASSES, Forger},
    genuine::{Genuine, Push},
};

/// Sent with the tests.
const FEW: usize = 2400;
/// The same choices every time. The component's token and key are new with every world, and so is the order
/// in which the parts of a signature are sorted.
const SEED: u64 = 20_261_129;
const REFUSED: &[u8] = b"refused";

async fn send(callback: &Router, push: &Push) -> (StatusCode, Vec<u8>) {
    let request = Request::post(push.target()).body(Body::from(push.body.clone())).unwrap();
    let answer = callback.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    (status, axum::body::to_bytes(answer.into_body(), 4096).await.unwrap().to_vec())
}

/// Everything that is kept, the oldest first.
fn kept(world: &World) -> Vec<Value> {
    ["inbox", "tokens", "fleet"]
        .into_iter()
        .flat_map(|table| world.aws().database().items(table).unwrap())
        .collect()
}

/// A world that has had its genuine pushes.
async fn world() -> (World, Vec<Genuine>) {
    let world = World::start().await;
    let genuine = Genuine::all(&world);
    let callback = world.system().callback();
    for genuine in &genuine {
        let (status, answer) = send(&callback, &genuine.push()).await;
        assert_eq!((status, &*answer), (StatusCode::OK, &b"success"[..]), "{genuine:?}");
    }
    world.settle().await;
    assert_eq!(genuine::events(&world), genuine.len() - 1, "the ticket is no event");
    (world, genuine)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_forgery_of_twelve_classes_is_taken() {
    let (world, genuine) = world().await;
    let callback = world.system().callback();
    let before = kept(&world);
    let all = std::env::var("FORGERIES").map_or(FEW, |all| all.parse().unwrap());

    for (place, class) in CLASSES.iter().enumerate() {
        let mut forger = Forger::new(&world, &genuine, SEED + place as u64);
        let (mut refused, mut the_same) = (0, 0);
        for number in 0..all.div_ceil(CLASSES.len()) {
            let Some(forged) = (class.forge)(&mut forger) else { continue };
            let (status, answer) = send(&callback, &forged.push).await;
            if forged.may_say_the_same && status == StatusCode::OK {
                assert_eq!(answer, b"success");
                the_same += 1;
                continue;
            }
            let told = format!("{} {number}: {:?}", class.name, forged.push);
            assert_eq!((status, &*answer), (StatusCode::FORBIDDEN, REFUSED), "{told}");
            refused += 1;
        }
        assert!(refused > 0, "{} made nothing that could be refused", class.name);
        println!("{:<16} {refused:>8} refused {the_same:>8} the same in another form", class.name);
    }

    world.settle().await;
    assert!(kept(&world) == before, "nothing was written for any of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_has_no_second_effect() {
    let (world, genuine) = world().await;
    let callback = world.system().callback();
    let (before, told) = (kept(&world), world.aws().bus().events().len());
    let asked = world.simulator().log().counts;
    let mut random = fastrand::Rng::with_seed(SEED);

    for _ in 0..50 {
        let again = random.choice(&genuine).unwrap();
        // As it was, or encrypted anew with another timestamp and nonce, as WeChat's repetitions are.
        let push = match random.bool() {
            true => again.push(),
            false => again.anew(&mut random).push(),
        };
        let (status, answer) = send(&callback, &push).await;
        assert_eq!((status, &*answer), (StatusCode::OK, &b"success"[..]));
    }

    world.settle().await;
    assert!(kept(&world) == before, "nothing was written");
    assert_eq!(world.aws().bus().events().len(), told, "nobody was told");
    assert_eq!(world.simulator().log().counts, asked, "WeChat was asked nothing");
}

#[test]
fn sha1_by_hand_is_the_one_that_signs() {
    for length in [0, 1, 55, 56, 63, 64, 65, 200] {
        let text = "x".repeat(length);
        assert_eq!(
            sha1::hex(&sha1::digest(text.as_bytes())),
            simulator::crypto::signature(&[&text])
        );
    }
}
