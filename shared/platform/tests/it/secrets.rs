//! The platform secret of a running system is changed.

use std::time::Duration;

use local::{
    aws::Aws,
    credentials::{Component, Credentials},
};
use platform::{
    AppId,
    secrets::{ComponentError, Secrets},
};
use secrecy::SecretString;

use crate::world::configuration;

/// A deployment with some components, of which it knows the first to begin with.
struct World {
    aws: Aws,
    credentials: Credentials,
    components: Vec<Component>,
    secrets: Secrets,
}

impl World {
    async fn with(components: usize) -> World {
        let aws = Aws::start(None).await.unwrap();
        let mut credentials = Credentials::generate();
        let components = credentials.components(components, None).unwrap();
        aws.secrets().put("platform", credentials.platform_secret(&components[..1]));
        let client = aws_sdk_secretsmanager::Client::new(&configuration(&aws).await);
        let secrets = Secrets::load(client, "platform").await.unwrap();
        World { aws, credentials, components, secrets }
    }

    fn put(&self, components: &[Component]) {
        self.aws.secrets().put("platform", self.credentials.platform_secret(components));
    }

    fn appid(&self, place: usize) -> AppId {
        self.components[place].appid.parse().unwrap()
    }

    async fn find(&self, place: usize) -> Result<(), ComponentError> {
        self.secrets.component(&self.appid(place)).await.map(drop)
    }
}

/// Lets time pass for whoever waits, without waiting.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_component_that_is_added_is_served_within_a_minute() {
    let world = World::with(2).await;
    assert!(matches!(world.find(1).await, Err(ComponentError::Unknown(_))));

    world.put(&world.components);
    assert!(matches!(world.find(1).await, Err(ComponentError::Unknown(_))), "asked just now");
    pass(Duration::from_secs(61)).await;

    world.find(1).await.unwrap();
    world.find(0).await.unwrap();
}

#[tokio::test]
async fn a_component_that_is_removed_is_served_no_longer_after_five_minutes() {
    let world = World::with(2).await;
    world.put(&world.components[1..]);

    world.find(0).await.unwrap();
    pass(Duration::from_secs(301)).await;

    assert!(matches!(world.find(0).await, Err(ComponentError::Unknown(_))));
    world.find(1).await.unwrap();
}

#[tokio::test]
async fn an_entry_that_becomes_malformed_disables_its_component_alone() {
    let world = World::with(3).await;
    let mut components = world.components.clone();
    components[0].encoding_aes_key = SecretString::from("too short");
    world.put(&components);

    pass(Duration::from_secs(301)).await;

    match world.find(0).await {
        Err(ComponentError::Disabled(appid, why)) => {
            assert_eq!(appid, world.appid(0));
            assert!(why.contains("encoding_aes_key") && !why.contains("too short"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    world.find(1).await.unwrap();
    world.find(2).await.unwrap();
    world.put(&world.components);
    pass(Duration::from_secs(61)).await;
    world.find(0).await.unwrap();
}
