//! Whose keys open the relay, and how far.

use platform::operators::{Permit, Role, Scope};

use crate::{
    gateway::Call,
    world::{World, patterns},
};

const INFO: &str = "/cgi-bin/account/getaccountbasicinfo";

#[tokio::test]
async fn nobody_gets_through_without_a_good_key() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let before = world.wire.count();
    let target = world.at(INFO);
    world.send(Call::get(&target)).await.problem(401);
    for wrong in ["", "wf_", "wf_admin_x", &key[..key.len() - 1], &key.to_uppercase()] {
        let problem = world.send(Call::get(&target).key(wrong)).await.problem(401);
        assert_eq!(problem["errcode"], 40001);
    }
    world.send(Call::get(&target).header("authorization", "Basic YTpi")).await.problem(401);
    world.revoke(&key).await;
    world.send(Call::get(&target).key(&key)).await.problem(401);
    assert_eq!(world.wire.count(), before, "nothing was sent");
}

#[tokio::test]
async fn people_do_not_use_the_relay() {
    let world = World::new().await;
    for role in [Role::Viewer, Role::Releaser, Role::Admin] {
        let key = world.any_key(role, Permit::default()).await;
        world.send(Call::get(&world.at(INFO)).key(&key)).await.problem(403);
    }
}

#[tokio::test]
async fn a_key_reaches_what_it_names_and_no_more() {
    let world = World::new().await;
    let relay = || Permit { scopes: [Scope::Relay].into(), ..Permit::default() };
    let merchant = world.merchant.to_string();
    let drafts = world.component_at("/wxa/gettemplatedraftlist");
    for (permit, of_merchant, of_component) in [
        (relay(), 200, 403),
        (Permit { accounts: patterns(&["component"]), ..relay() }, 403, 200),
        (Permit { accounts: patterns(&[&merchant]), ..relay() }, 200, 403),
        (Permit { accounts: patterns(&["wx00*"]), ..relay() }, 403, 403),
        (Permit { components: patterns(&["wx00*"]), ..relay() }, 403, 403),
        (Permit { paths: patterns(&["/cgi-bin/account/*"]), ..relay() }, 200, 403),
        (Permit { paths: patterns(&["/wxa/*"]), ..relay() }, 403, 403),
        (Permit { scopes: [Scope::TokenRead].into(), ..relay() }, 403, 403),
        (Permit { scopes: [Scope::RelayStateMachine].into(), ..relay() }, 403, 403),
    ] {
        let key = world.key_with(permit.clone()).await;
        let reply = world.send(Call::get(&world.at(INFO)).key(&key)).await;
        assert_eq!(reply.status, of_merchant, "{permit:?} {reply:?}");
        let reply = world.send(Call::get(&drafts).key(&key)).await;
        assert_eq!(reply.status, of_component, "{permit:?} {reply:?}");
    }
}

#[tokio::test]
async fn a_session_key_takes_a_scope_of_its_own() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let target = world.component_at("/sns/component/jscode2session?js_code=x");
    world.send(Call::get(&target).key(&key)).await.problem(403);
}
