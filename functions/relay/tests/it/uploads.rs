//! Bodies that are too long to come along.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use local::aws::{Fault as Accident, Service};
use platform::uploads::{Owner, UploadId};
use secrecy::ExposeSecret;
use simulator::{Fault, How};
use wechat::transport::{HttpTransport, Transport};

use crate::{gateway::Call, wire::Answer, world::World};

const PATH: &str = "/wxa/any";
const KIND: &str = "multipart/form-data; boundary=b";

/// Asks for an upload in the name of a key, as `operations` does.
async fn offer(world: &World, key: &str, length: usize) -> (UploadId, String) {
    let key = key.split('_').nth(1).unwrap();
    let owner = Owner { component: &world.component, account: Some(&world.merchant), key };
    let offer = world.others.uploads.offer(owner, KIND.parse().unwrap(), length as u64).await;
    let offer = offer.unwrap();
    (offer.id, offer.url.expose_secret().to_owned())
}

/// Uploads a body; its name.
async fn upload(world: &World, key: &str, body: &[u8]) -> String {
    let (id, url) = offer(world, key, body.len()).await;
    let request = Request::put(url).header("content-type", KIND);
    let request = request.body(Bytes::copy_from_slice(body)).unwrap();
    let answer = HttpTransport::new().send(request, Duration::from_secs(10)).await.unwrap();
    assert_eq!(answer.status(), 200, "{answer:?}");
    id.to_string()
}

fn call(world: &World, key: &str, id: &str) -> Call {
    Call::post(&world.at(PATH)).header("x-relay-body", id).key(key)
}

#[tokio::test]
async fn an_upload_goes_to_wechat_byte_for_byte_and_is_gone() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    world.wire.answers(PATH, Answer::Bytes("application/json", "{\"errcode\":0}".into()));
    let body: Vec<u8> = (0..=255).cycle().take(6 * 1024 * 1024 + 7).collect();
    let id = upload(&world, &key, &body).await;

    let asked = call(&world, &key, &id).header("content-type", "text/plain");
    let reply = world.send(asked.header("accept", "application/json")).await;

    assert_eq!((reply.status, &reply.body[..]), (200, &b"{\"errcode\":0}"[..]));
    let sent = &world.wire.sent(PATH)[0];
    assert_eq!(sent.body, body);
    assert_eq!(sent.headers["content-type"], KIND, "the type is the upload's");
    assert_eq!(sent.headers["accept"], "application/json");
    assert!(!sent.headers.contains_key("x-relay-body"));
    assert!(world.aws.objects().names().is_empty());
    let problem = world.send(call(&world, &key, &id)).await.problem(404);
    assert_eq!(problem["errcode"], 40007);
    assert_eq!(world.wire.sent(PATH).len(), 1, "it is not sent twice");
}

#[tokio::test]
async fn an_upload_that_is_not_there_or_anothers_is_refused() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let id = upload(&world, &key, b"body").await;
    let other = world.key(&["relay"]).await;
    let (unsent, _) = offer(&world, &key, 4).await;
    let before = world.wire.count();

    for (key, id) in [
        (&other, id.as_str()),
        (&key, &unsent.to_string()),
        (&key, "01JZ8G5T3M8Q4R7V2X6Y9Z0ABC"),
        (&key, "../../x"),
        (&key, ""),
    ] {
        let problem = world.send(call(&world, key, id)).await.problem(404);
        let words = problem["what_to_do"].as_str().unwrap();
        assert!(words.contains(&format!("/mini-programs/{}/uploads", world.merchant)), "{words}");
    }
    let at_component = Call::post(&world.component_at(PATH)).header("x-relay-body", &id).key(&key);
    world.send(at_component).await.problem(404);
    let with_body = call(&world, &key, &id).body(b"body");
    world.send(with_body).await.problem(400);
    assert_eq!(world.wire.count(), before, "nothing was sent");
    assert_eq!(world.aws.objects().names().len(), 1, "the upload is still there");
}

#[tokio::test]
async fn what_wechat_did_not_take_can_be_sent_again() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let id = upload(&world, &key, b"body").await;

    world.wire.answers(PATH, Answer::TimedOut);
    world.send(call(&world, &key, &id)).await.problem(504);
    world.wire.answers(PATH, Answer::NotSent);
    world.send(call(&world, &key, &id)).await.problem(503);
    world.wire.answers(PATH, Answer::Bytes("application/json", "{\"errcode\":45009}".into()));
    world.send(call(&world, &key, &id)).await;
    let versions = Call::post(&world.at("/wxa/getversioninfo")).header("x-relay-body", &id);
    world.simulator.fail(Fault::new("/wxa/getversioninfo", How::Status(502)));
    assert_eq!(world.send(versions.key(&key)).await.status, 502);
    world.wire.answers(PATH, Answer::Bytes("application/json", "{\"errcode\":0}".into()));
    let reply = world.send(call(&world, &key, &id)).await;

    assert_eq!(reply.status, 200);
    assert_eq!(world.wire.sent(PATH).last().unwrap().body, "body");
    assert!(world.aws.objects().names().is_empty());
}

#[tokio::test]
async fn without_the_bucket_nothing_is_sent() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    world.wire.answers(PATH, Answer::Bytes("application/json", "{\"errcode\":0}".into()));
    let id = upload(&world, &key, b"body").await;

    world.aws.inject(Service::S3, Accident::Failing);
    let problem = world.send(call(&world, &key, &id)).await.problem(503);
    assert!(!problem.to_string().contains("InternalError"), "{problem}");
    assert_eq!(world.wire.sent(PATH).len(), 0);
    world.aws.restore(Service::S3);
    assert_eq!(world.send(call(&world, &key, &id)).await.status, 200);
}
