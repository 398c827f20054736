//! Whose keys open the relay, and how far.

use platform::operators::{
    Permit, Role, Scope,
    guard::{BY_KEY, WINDOW},
};

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
async fn a_key_for_a_group_is_good_for_those_that_carry_its_tag_now() {
    let world = World::new().await;
    let relay = || Permit { scopes: [Scope::Relay].into(), ..Permit::default() };
    let tags = || ["north".to_owned(), "餐饮".to_owned()].into();
    let key = world.key_with(Permit { tags: tags(), ..relay() }).await;
    let both = Permit { tags: tags(), accounts: patterns(&["component"]), ..relay() };
    let component = world.key_with(both).await;
    let call = || world.send(Call::get(&world.at(INFO)).key(&key));
    let tag = async |add: &[String], remove: &[String]| {
        let accounts = &world.others.platform.mini_programs;
        accounts.tag(&world.component, &world.merchant, add, remove).await.unwrap();
    };

    let before = world.wire.count();
    assert_eq!(call().await.status, 403);
    tag(&["south".to_owned()], &[]).await;
    assert_eq!(call().await.status, 403);
    let stranger = format!("{}/{}{INFO}", world.component, world.stranger);
    assert_eq!(world.send(Call::get(&stranger).key(&key)).await.status, 403, "of no record");
    let query = format!("grant_type=client_credential&appid={}&secret={key}", world.merchant);
    let token = world.at(&format!("/cgi-bin/token?{query}"));
    let refused = world.send(Call::get(&token)).await;
    assert_eq!(refused.json()["errcode"], 48001, "{refused:?}");
    assert_eq!(world.wire.count(), before, "nothing was sent");

    tag(&["餐饮".to_owned()], &[]).await;
    assert_eq!(call().await.status, 200);
    tag(&[], &["餐饮".to_owned()]).await;
    assert_eq!(call().await.status, 403);
    let drafts = world.component_at("/wxa/gettemplatedraftlist");
    let reply = world.send(Call::get(&drafts).key(&component)).await;
    assert_eq!(reply.status, 200, "the component itself is named, and has no tags: {reply:?}");
}

#[tokio::test]
async fn a_session_key_takes_a_scope_of_its_own() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let target = world.component_at("/sns/component/jscode2session?js_code=x");
    world.send(Call::get(&target).key(&key)).await.problem(403);
}

#[tokio::test]
async fn whoever_guesses_is_locked_out_by_either_way_in() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let wrong = format!("wf_{}_{}", key.split('_').nth(1).unwrap(), "0".repeat(64));
    let before = world.wire.count();
    for _ in 0..BY_KEY {
        world.send(Call::get(&world.at(INFO)).key(&wrong)).await.problem(401);
    }

    let locked = world.send(Call::get(&world.at(INFO)).key(&key)).await;

    let problem = locked.problem(429);
    assert_eq!(problem["errcode"], 45011, "WeChat's own for too often");
    assert!(locked.header("retry-after").is_some());
    let appid = world.merchant.as_str();
    let query = format!("grant_type=client_credential&appid={appid}&secret={key}");
    let token = Call::get(&format!("{}?{query}", world.at("/cgi-bin/token")));
    world.send(token).await.problem(429);
    assert_eq!(world.wire.count(), before, "nothing was sent");
    world.clock.forward(WINDOW);
    assert_eq!(world.send(Call::get(&world.at(INFO)).key(&key)).await.status, 200);
}
