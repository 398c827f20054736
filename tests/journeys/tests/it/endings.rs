//! What ends on a day that is known is counted ahead of it, hour by hour, for an alarm to ring.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use journeys::{EMPTY_MERCHANT, MERCHANT, TestClock, World};
use platform::clock::Clock;
use serde_json::{Value, json};

/// A certificate that ends with the year 2044.
const CERTIFICATE: &[u8] =
    include_bytes!("../../../../shared/platform/tests/data/payment/legacy.p12");
const CERTIFICATE_ENDS: &str = "2045-01-01T00:00:00Z";
const MCHID: &str = "1900009191";
const API_V2_KEY: &str = "8f14e45fceea167a5a36dedd4bea2543";

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A clock that stands still until it is set: the days in question are met to the second.
#[derive(Clone)]
struct Still(Arc<AtomicI64>);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A system in which nothing is known of anything's end yet.
struct Office {
    world: World,
    clock: Still,
}

impl Office {
    async fn open_at(moment: Timestamp) -> Office {
        let clock = Still(Arc::new(AtomicI64::new(moment.as_second())));
        let (of_platform, of_simulator) = (clock.clone(), clock.clone());
        let world = World::start_by(TestClock::new(), |settings, options| {
            settings.clock = Arc::new(of_platform);
            options.clock = simulator::Clock::from_source(move || of_simulator.now().as_second());
        })
        .await;
        world.begin().await;
        Office { world, clock }
    }

    /// Ticks once at that moment; answers what it added to a counter for one value of its dimension.
    async fn counted_at(&self, moment: Timestamp, metric: &str, of: &str) -> u64 {
        self.clock.0.store(moment.as_second(), Ordering::SeqCst);
        // What months without a ticket would break is no matter of this.
        self.world.push_ticket().await;
        let counters = self.world.system().counters();
        let before = counters.count(metric, of);
        self.world.tick().await;
        counters.count(metric, of) - before
    }

    async fn certificates_at(&self, moment: Timestamp) -> u64 {
        self.counted_at(moment, "ExpiringCertificates", self.world.component()).await
    }

    async fn keys_at(&self, moment: Timestamp) -> u64 {
        self.counted_at(moment, "ExpiringKeys", "operators").await
    }

    /// A merchant's payment settings, with a certificate or without.
    async fn enter_payment(&self, appid: &str, certificate: Option<&[u8]>) {
        self.world.authorize(appid).await;
        let path = format!("{}/payment", self.world.mini_program(appid));
        let body = json!({ "mchid": MCHID, "api_v2_key": API_V2_KEY });
        self.world.operator().put(&path, body).await.expect_status(200);
        if let Some(certificate) = certificate {
            let path = format!("{path}/certificate");
            let head = "--edge\r\nContent-Disposition: form-data; name=\"certificate\"; \
                        filename=\"apiclient_cert.p12\"\r\n\r\n";
            let body = [head.as_bytes(), certificate, b"\r\n--edge--\r\n"].concat();
            let form = "multipart/form-data; boundary=edge";
            let answer = self.world.operator().send_file("PUT", &path, form, body).await;
            answer.expect_status(200);
        }
    }

    /// A key that ends then, or never.
    async fn make_key(&self, ends: Option<Timestamp>) -> Value {
        let key = json!({ "name": "周", "role": "viewer", "expires_at": ends });
        self.world.operator().post("/v1/keys", key).await.expect_status(201).json()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_counts_from_thirty_days_before_its_end_until_it_is_replaced() {
    let ends: Timestamp = CERTIFICATE_ENDS.parse().unwrap();
    let line = ends - SignedDuration::from_hours(30 * 24);
    let office = Office::open_at(line - 3 * HOUR).await;
    office.enter_payment(MERCHANT, Some(CERTIFICATE)).await;

    assert_eq!(office.certificates_at(line - HOUR).await, 0, "more than thirty days are left");
    assert_eq!(office.certificates_at(line).await, 1, "thirty days to the second");
    assert_eq!(office.certificates_at(ends - HOUR).await, 1);
    assert_eq!(office.certificates_at(ends + HOUR).await, 1, "it has ended, and is still needed");

    let path = format!("{}/payment/certificate", office.world.mini_program(MERCHANT));
    office.world.operator().delete(&path).await.expect_status(204);
    assert_eq!(office.certificates_at(ends + 2 * HOUR).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_without_a_certificate_has_nothing_that_ends() {
    let ends: Timestamp = CERTIFICATE_ENDS.parse().unwrap();
    let office = Office::open_at(ends - 3 * HOUR).await;
    office.enter_payment(MERCHANT, None).await;
    office.world.authorize(EMPTY_MERCHANT).await;

    assert_eq!(office.certificates_at(ends - HOUR).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_counts_from_fourteen_days_before_its_end_to_its_last_second() {
    let begin: Timestamp = "2026-03-02T04:00:00Z".parse().unwrap();
    let ends = begin + SignedDuration::from_hours(20 * 24);
    let line = ends - SignedDuration::from_hours(14 * 24);
    let office = Office::open_at(begin).await;
    office.make_key(Some(ends)).await;
    // In the same minute, a second before and after that line.
    office.make_key(Some(ends + SECOND)).await;

    assert_eq!(office.keys_at(line - HOUR).await, 0, "more than fourteen days are left");
    assert_eq!(office.keys_at(line).await, 1, "fourteen days to the second");
    assert_eq!(office.keys_at(line + SECOND).await, 2);
    assert_eq!(office.keys_at(ends).await, 2);
    assert_eq!(office.keys_at(ends + SECOND).await, 1, "the first is over");
    assert_eq!(office.keys_at(ends + HOUR).await, 0, "what is over needs nobody any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_never_end_or_were_revoked_do_not_count() {
    let begin: Timestamp = "2026-03-02T04:00:00Z".parse().unwrap();
    let office = Office::open_at(begin).await;
    office.make_key(None).await;
    let soon = Some(begin + SignedDuration::from_hours(7 * 24));
    let revoked = office.make_key(soon).await;
    assert_eq!(office.keys_at(begin + HOUR).await, 1);

    let path = format!("/v1/keys/{}", revoked["key"]["id"].as_str().unwrap());
    office.world.operator().delete(&path).await.expect_status(200);

    assert_eq!(office.keys_at(begin + 2 * HOUR).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_keys_than_a_page_holds_all_count() {
    let begin: Timestamp = "2026-03-02T04:00:00Z".parse().unwrap();
    let office = Office::open_at(begin).await;
    let soon = Some(begin + SignedDuration::from_hours(7 * 24));
    for _ in 0..103 {
        office.make_key(soon).await;
    }

    assert_eq!(office.keys_at(begin + HOUR).await, 103);
}

#[tokio::test(flavor = "multi_thread")]
async fn endings_are_counted_in_the_first_minute_of_an_hour_alone() {
    let begin: Timestamp = "2026-03-02T04:00:00Z".parse().unwrap();
    let office = Office::open_at(begin).await;
    office.make_key(Some(begin + SignedDuration::from_hours(7 * 24))).await;
    let hour = begin + HOUR;

    assert_eq!(office.keys_at(hour - SECOND).await, 0);
    assert_eq!(office.keys_at(hour).await, 1);
    assert_eq!(office.keys_at(hour + SignedDuration::from_secs(59)).await, 1);
    assert_eq!(office.keys_at(hour + SignedDuration::from_secs(60)).await, 0);
}
