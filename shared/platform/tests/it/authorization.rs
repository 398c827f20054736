//! The state of a redirect: once, for one code, for a while.

use jiff::SignedDuration;
use platform::authorization::StateError;

use crate::world::{World, component_appid, secret};

impl World {
    async fn consume(&self, state: &str, code: &str) -> Result<(), StateError> {
        let authorizations = &self.platform.authorizations;
        authorizations.consume(&component_appid(), state, &secret(code)).await
    }

    async fn issue(&self) -> String {
        self.platform.authorizations.issue(&component_appid()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_good_for_one_code_however_often_the_page_is_reloaded() {
    let world = World::new().await;
    let state = world.issue().await;

    for _ in 0..2 {
        world.consume(&state, "code-1").await.unwrap();
    }
    let other = world.consume(&state, "code-2").await;

    assert!(matches!(other, Err(StateError::Used)), "{other:?}");
    assert!(world.consume(&world.issue().await, "code-2").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_codes_at_once_one_state_takes_one() {
    let world = World::new().await;
    let state = world.issue().await;

    let (one, other) =
        tokio::join!(world.consume(&state, "code-1"), world.consume(&state, "code-2"));

    assert!(one.is_ok() != other.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_state_and_one_of_another_component_are_refused() {
    let world = World::new().await;
    let state = world.issue().await;
    let mut forged = state.clone().into_bytes();
    forged[3] = if forged[3] == b'A' { b'B' } else { b'A' };
    let other = "wx00000000000000c1".parse().unwrap();

    let changed = world.consume(std::str::from_utf8(&forged).unwrap(), "code").await;
    let elsewhere = world.platform.authorizations.consume(&other, &state, &secret("code")).await;

    assert!(matches!(changed, Err(StateError::Forged)), "{changed:?}");
    assert!(matches!(elsewhere, Err(StateError::Forged)), "{elsewhere:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_expires_although_its_item_is_still_there() {
    let world = World::new().await;
    let state = world.issue().await;

    world.clock.forward(SignedDuration::from_mins(121));

    let late = world.consume(&state, "code").await;
    assert!(matches!(late, Err(StateError::Expired)), "{late:?}");
}
