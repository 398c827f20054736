//! Payment secrets under data keys of KMS, one for each merchant.

use jiff::SignedDuration;
use local::aws::{Fault, Service};
use platform::{
    AppId,
    kms::KmsError,
    payment::{Envelope, PaymentError, PaymentWish, RecipientKey},
    random::SystemRandom,
    sealed::{Kind, Owner, Sealed},
};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use crate::world::{COMPONENT, World, component_appid, merchant};

const MCHID: &str = "1900009191";
const V2: &str = "8f14e45fceea167a5a36dedd4bea2543";
const V3: &str = "c9f0f895fb98ab9159f51fd0297e236d";
const P12: &[u8] = include_bytes!("../data/payment/legacy.p12");
/// A public key of X25519, of RFC 9180.
const RECIPIENT: &str = "OUjP4K0d22ldeA5ZB3GV2mxWUGsCcyl5SrAryoCBXE0";

/// What the key of API v3 was sealed as before there were data keys.
struct ApiV3Key;

impl Kind for ApiV3Key {
    const NAME: &'static str = "payment-api-v3-key";
}

impl World {
    /// A merchant who is authorized.
    pub(crate) async fn authorized(&self, appid: &AppId) {
        let row = json!({
            "pk": format!("apps#{COMPONENT}"), "sk": appid, "component": COMPONENT, "version": 1,
            "authorization": { "state": "authorized", "order": 1 },
        });
        self.put_row(&row).await;
    }

    async fn put_row(&self, row: &Value) {
        let item = self.platform.tables.fleet.item(row).unwrap();
        self.platform.tables.fleet.put(item).await.unwrap();
    }

    pub(crate) async fn payment_row(&self, appid: &AppId) -> Map<String, Value> {
        let pk = format!("app#{COMPONENT}#{appid}");
        self.platform.tables.fleet.read(&pk, "payment").await.unwrap().unwrap()
    }

    pub(crate) async fn enter(
        &self,
        appid: &AppId,
        v2: Option<&str>,
        v3: Option<&str>,
    ) -> Result<(), PaymentError> {
        let wish = PaymentWish {
            mchid: MCHID.to_owned(),
            api_v2_key: v2.map(SecretString::from),
            api_v3_key: v3.map(SecretString::from),
        };
        let payments = &self.platform.payments;
        payments.set("K1", &component_appid(), appid, wish).await.map(drop)
    }

    pub(crate) async fn hand_over(&self, appid: &AppId) -> Result<Envelope, PaymentError> {
        let recipient: RecipientKey = RECIPIENT.parse().unwrap();
        self.platform.payments.credentials("K2", &component_appid(), appid, &recipient).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_merchant_has_a_key_of_its_own_which_is_asked_for_once_in_a_while() {
    let world = World::new().await;
    let (one, other) = (merchant(), "wx00000000000000a2".parse().unwrap());
    world.authorized(&one).await;
    world.authorized(&other).await;
    let calls = || world.aws.calls(Service::Kms);

    world.enter(&one, Some(V2), None).await.unwrap();
    world.enter(&one, None, Some(V3)).await.unwrap();
    world.enter(&other, Some(V2), Some(V3)).await.unwrap();
    assert_eq!(calls(), 2, "a key was made for each");
    world.hand_over(&one).await.unwrap();
    assert_eq!(calls(), 2, "the process knows it");
    world.clock.forward(SignedDuration::from_mins(6));
    world.hand_over(&one).await.unwrap();
    world.hand_over(&one).await.unwrap();
    assert_eq!(calls(), 3, "it was opened once more, and no more");

    let (first, second) = (world.payment_row(&one).await, world.payment_row(&other).await);
    assert_ne!(first["data_key"], second["data_key"]);
    let stored = format!("{first:?}{second:?}");
    assert!(!stored.contains(V2) && !stored.contains(V3));
    // Keys and secrets of one merchant are nothing at another's place, even together.
    let mut moved = second;
    moved["pk"] = first["pk"].clone();
    world.put_row(&moved.clone().into()).await;
    let refused = world.hand_over(&one).await.unwrap_err();
    assert!(matches!(refused, PaymentError::Unseal(..)), "{refused:?}");
    moved["appid"] = first["appid"].clone();
    world.put_row(&moved.into()).await;
    let refused = world.hand_over(&one).await.unwrap_err();
    let PaymentError::DataKey(_, KmsError::Refused { code, .. }) = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(code, "InvalidCiphertextException");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sealed_before_there_were_data_keys_opens_and_gets_one_with_the_next_change() {
    let world = World::new().await;
    let appid = merchant();
    world.authorized(&appid).await;
    let sealing = world.platform.secrets.sealing();
    let owner = Owner::within(&component_appid(), format!("payment#{appid}#1"));
    let sealed = Sealed::<ApiV3Key>::seal(&sealing, &SystemRandom, &owner, V3);
    world
        .put_row(&json!({
            "pk": format!("app#{COMPONENT}#{appid}"), "sk": "payment", "appid": appid,
            "version": 1, "mchid": MCHID, "updated_at": 1, "updated_by": "K1",
            "api_v3_key": { "sealed": sealed.as_text(), "ending": "236d", "version": 1, "at": 1 },
        }))
        .await;

    world.hand_over(&appid).await.unwrap();
    assert_eq!(world.aws.calls(Service::Kms), 0, "it is under the component's key");
    world.enter(&appid, Some(V2), None).await.unwrap();

    let row = world.payment_row(&appid).await;
    assert!(row["data_key"].is_string());
    assert_ne!(row["api_v3_key"]["sealed"], sealed.as_text());
    assert_eq!(row["api_v3_key"]["version"], 1, "the secret is the one that there was");
    world.hand_over(&appid).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_key_is_exchanged_and_the_secrets_stay() {
    let world = World::new().await;
    let (component, appid) = (component_appid(), merchant());
    world.authorized(&appid).await;
    world.enter(&appid, Some(V2), Some(V3)).await.unwrap();
    let payments = &world.platform.payments;
    payments.set_certificate("K1", &component, &appid, P12).await.unwrap();
    let before = world.payment_row(&appid).await;

    let shown = payments.rotate_key("K1", &component, &appid).await.unwrap();

    let after = world.payment_row(&appid).await;
    assert_ne!(after["data_key"], before["data_key"]);
    for secret in ["api_v2_key", "api_v3_key", "certificate"] {
        assert_ne!(after[secret]["sealed"], before[secret]["sealed"], "{secret}");
        assert_eq!(after[secret]["version"], before[secret]["version"], "{secret}");
    }
    assert_eq!(shown.version, 3);
    world.hand_over(&appid).await.unwrap();
    // Who still has the item as it was cannot mix it with the new one.
    let mut mixed = after.clone();
    mixed["api_v2_key"] = before["api_v2_key"].clone();
    world.put_row(&mixed.into()).await;
    let refused = world.hand_over(&appid).await.unwrap_err();
    assert!(matches!(refused, PaymentError::Unseal(..)), "{refused:?}");
    payments.remove("K1", &component, &appid).await.unwrap();
    let removed = world.payment_row(&appid).await;
    assert!(
        !removed.contains_key("data_key") && !removed.contains_key("api_v2_key"),
        "{removed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_kms_nothing_is_entered_and_a_moment_of_it_does_not_matter() {
    let world = World::new().await;
    let appid = merchant();
    world.authorized(&appid).await;

    world.aws.inject(Service::Kms, Fault::Failing);
    let refused = world.enter(&appid, Some(V2), None).await.unwrap_err();
    assert!(matches!(refused, PaymentError::DataKey(_, KmsError::Refused { .. })), "{refused:?}");
    let shown = world.platform.payments.find(&component_appid(), &appid).await;
    assert!(matches!(shown, Err(PaymentError::NotSet(_))), "{shown:?}");

    world.aws.restore(Service::Kms);
    for fault in [Fault::Throttled, Fault::Failing, Fault::Away] {
        world.aws.inject_next(Service::Kms, 1, fault);
        let appid = format!("wx00000000000000b{}", fault as u8).parse().unwrap();
        world.authorized(&appid).await;
        world.enter(&appid, Some(V2), None).await.unwrap();
    }
}
