//! Uploads, against a bucket that calculates signatures itself.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use jiff::SignedDuration;
use local::aws::{BUCKET, Fault, Service};
use platform::{
    bucket::BucketError,
    configuration::Variables,
    random::SystemRandom,
    uploads::{Offer, Owner, Uploads},
};
use secrecy::ExposeSecret;
use wechat::transport::{HttpTransport, Transport};

use crate::world::{World, component_appid, configuration, merchant};

/// What somebody sends to an address.
struct Sending<'a> {
    method: &'a str,
    url: String,
    content_type: &'a str,
    body: Vec<u8>,
}

impl<'a> Sending<'a> {
    /// As the offer says.
    fn to(offer: &Offer, body: &[u8]) -> Sending<'a> {
        let url = offer.url.expose_secret().to_owned();
        Sending { method: "PUT", url, content_type: "video/mp4", body: body.to_vec() }
    }

    async fn send(self) -> Response<Bytes> {
        let request = Request::builder().method(self.method).uri(self.url);
        let request = request.header("content-type", self.content_type);
        let request = request.body(Bytes::from(self.body)).unwrap();
        HttpTransport::new().send(request, Duration::from_secs(10)).await.unwrap()
    }

    /// Sends it; S3's code of the refusal.
    async fn refusal(self) -> String {
        let answer = self.send().await;
        assert!(answer.status().is_client_error(), "{answer:?}");
        let body = String::from_utf8(answer.into_body().to_vec()).unwrap();
        let (_, rest) = body.split_once("<Code>").unwrap();
        rest.split_once("</Code>").unwrap().0.to_owned()
    }
}

async fn uploads(world: &World) -> Uploads {
    let variables = Variables::from_pairs([("UPLOADS_BUCKET", BUCKET)]);
    let aws = configuration(&world.aws).await;
    Uploads::new(&variables, &aws, Arc::new(world.clock.clone()), Arc::new(SystemRandom)).unwrap()
}

async fn offer(uploads: &Uploads, owner: Owner<'_>, length: usize) -> Offer {
    uploads.offer(owner, "video/mp4".parse().unwrap(), length as u64).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_up_comes_back_and_is_forgotten() {
    let world = World::new().await;
    let uploads = uploads(&world).await;
    let (component, merchant) = (component_appid(), merchant());
    let owner = Owner { component: &component, account: Some(&merchant), key: "K1" };
    // Longer than any answer of WeChat's may be.
    let body: Vec<u8> = (0..=255).cycle().take(9 * 1024 * 1024).collect();

    let offer = offer(&uploads, owner, body.len()).await;
    assert!(matches!(uploads.take(owner, &offer.id).await, Err(BucketError::NotThere)));
    assert_eq!(Sending::to(&offer, &body).send().await.status(), 200);
    let taken = uploads.take(owner, &offer.id).await.unwrap();
    let names = world.aws.objects().names();
    uploads.forget(owner, &offer.id).await.unwrap();

    assert_eq!((taken.content_type.to_str().unwrap(), taken.body.to_vec()), ("video/mp4", body));
    assert_eq!(names, [format!("{component}/{merchant}/K1/{}", offer.id)]);
    assert!(matches!(uploads.take(owner, &offer.id).await, Err(BucketError::NotThere)));
    uploads.forget(owner, &offer.id).await.unwrap();
    assert!(!format!("{offer:?}").contains("Signature"), "an address is not printed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_good_for_one_body_in_its_time() {
    let world = World::new().await;
    let uploads = uploads(&world).await;
    let component = component_appid();
    let owner = Owner { component: &component, account: None, key: "K1" };
    let offer = offer(&uploads, owner, 3).await;
    let sending = || Sending::to(&offer, b"abc");

    for wrong in [
        Sending { body: b"abcd".to_vec(), ..sending() },
        Sending { content_type: "text/html", ..sending() },
        Sending { url: sending().url.replace("/K1/", "/K2/"), ..sending() },
        Sending { url: sending().url.replace("Expires=900", "Expires=9000"), ..sending() },
        Sending { method: "GET", body: Vec::new(), ..sending() },
        Sending { method: "DELETE", body: Vec::new(), ..sending() },
    ] {
        assert_eq!(wrong.refusal().await, "SignatureDoesNotMatch");
    }
    let (bare, _) = offer.url.expose_secret().split_once('?').unwrap();
    let unsigned = Sending { url: bare.to_owned(), ..sending() };
    assert_eq!(unsigned.refusal().await, "AccessDenied");
    world.clock.forward(SignedDuration::from_secs(901));
    assert_eq!(sending().refusal().await, "AccessDenied");
    assert_eq!(world.aws.objects().names().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_what_is_anothers() {
    let world = World::new().await;
    let uploads = uploads(&world).await;
    let (component, merchant) = (component_appid(), merchant());
    let owner = Owner { component: &component, account: Some(&merchant), key: "K1" };
    let offer = offer(&uploads, owner, 3).await;
    Sending::to(&offer, b"abc").send().await;

    for other in [
        Owner { key: "K2", ..owner },
        Owner { account: None, ..owner },
        Owner { component: &merchant, ..owner },
    ] {
        assert!(matches!(uploads.take(other, &offer.id).await, Err(BucketError::NotThere)));
        uploads.forget(other, &offer.id).await.unwrap();
    }
    assert_eq!(&uploads.take(owner, &offer.id).await.unwrap().body[..], b"abc");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_busy_is_asked_once_more() {
    let world = World::new().await;
    let uploads = uploads(&world).await;
    let component = component_appid();
    let owner = Owner { component: &component, account: None, key: "K1" };
    let offer = offer(&uploads, owner, 3).await;
    Sending::to(&offer, b"abc").send().await;

    for fault in [Fault::Throttled, Fault::Failing, Fault::Away] {
        world.aws.inject_next(Service::S3, 1, fault);
        assert_eq!(&uploads.take(owner, &offer.id).await.unwrap().body[..], b"abc", "{fault:?}");
    }
    world.aws.inject(Service::S3, Fault::Throttled);
    let error = uploads.take(owner, &offer.id).await.unwrap_err();
    assert!(error.to_string().ends_with("503 Service Unavailable SlowDown"), "{error}");
    world.aws.inject(Service::S3, Fault::Away);
    let error = uploads.take(owner, &offer.id).await.unwrap_err();
    assert!(matches!(error, BucketError::Silent(_)), "{error:?}");
}
