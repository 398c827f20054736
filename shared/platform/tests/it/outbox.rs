use jiff::SignedDuration;
use local::aws::{Fault, Service};
use platform::{
    event::{Event, kind},
    storage::text,
};
use serde_json::Value;

use crate::world::{World, component_appid};

#[tokio::test]
async fn an_event_that_cannot_be_read_holds_up_no_other() {
    let world = World::new().await;
    let (outbox, component) = (&world.platform.outbox, component_appid());
    world.aws.inject(Service::EventBridge, Fault::Failing);
    // Each in a shard of its own; the last shares one with the first, and comes after it.
    for id in ["0", "1", "2", "3", "4"] {
        let event = outbox.event(kind::REGISTRATION_BEGUN, &component, None, 1, Value::Null);
        outbox.tell(Event { id: id.to_owned(), ..event }).await.unwrap();
        world.clock.forward(SignedDuration::from_secs(1));
    }
    for id in ["0", "1", "2", "3"] {
        let entry = outbox.table.update(&format!("outbox#{component}#{id}"), "outbox");
        let entry = entry
            .update_expression("SET event = :event")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":event", text("no event"));
        outbox.table.apply(entry).await.unwrap();
    }
    world.aws.restore(Service::EventBridge);
    world.clock.forward(SignedDuration::from_secs(60));

    let swept = outbox.sweep(10).await;

    assert_eq!(world.told(kind::REGISTRATION_BEGUN), 1);
    assert!(swept.unwrap_err().to_string().contains("read an event"));
}
