//! What a merchant's payments need, kept here for the company's payment service: the merchant number
//! at WeChat Pay (`mchid`), its API keys and its certificate (`apiclient_cert.p12`).
//!
//! Nothing here calls WeChat Pay. What is entered is checked as far as it can be without that, is
//! sealed under a data key of the merchant's own ([`crate::kms`]), and is never shown again: people see endings, serial number and dates; the payment service
//! gets the whole, encrypted to a key of its own.

mod certificate;
mod envelope;
mod record;

pub use certificate::{CertificateError, Facts, LONGEST_CERTIFICATE};
pub use envelope::{Envelope, MalformedPublicKey, RecipientKey};
pub use record::{ApiKeyView, CertificateView, Expiring, PaymentSettings};

use std::sync::Arc;

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use wechat::AppId;
use zeroize::Zeroizing;

use self::record::{Item, Kept, KeptCertificate, Listing, SealedCertificate, partition};
use crate::{
    clock::Clock,
    event::{Event, kind},
    fault::Faults,
    kms::{Context, DataKeys, KmsError},
    mini_programs::MiniPrograms,
    outbox::Outbox,
    random::Random,
    sealed::{DataKey, Kind, Sealed, SealingKeys, UnsealError},
    secrets::Secrets,
    storage::{StorageError, Table, Transaction, number, text},
    text::Text,
};

/// A certificate that ends within this has to be renewed: time enough to have a merchant apply for
/// another.
pub const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);
/// From here on somebody has to be called.
pub const VERY_SOON: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What to do about a certificate that ends.
pub const RENEWAL: Text = Text::fixed(
    "请商家在微信支付商户平台“账户中心—API 安全”更换证书，再上传新的 apiclient_cert.p12",
    "have the merchant get a new one at the merchant platform, under API security, and upload the \
     new apiclient_cert.p12",
);

/// Both API keys have so many letters and digits: WeChat Pay accepts no others.
const API_KEY: usize = 32;

/// Payment settings of every mini program. Cheap to clone.
#[derive(Clone)]
pub struct Payments {
    /// The table `fleet`.
    pub table: Table,
    /// Where the sealing keys are, under which secrets were sealed at first.
    pub secrets: Secrets,
    /// Data keys: one for each merchant.
    pub data_keys: DataKeys,
    /// Whom the settings belong to.
    pub mini_programs: MiniPrograms,
    /// How others are told.
    pub outbox: Outbox,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Nonces.
    pub random: Arc<dyn Random>,
}

/// What an operator enters. A key that is left out stays as it is.
#[derive(Debug)]
pub struct PaymentWish {
    /// The merchant number.
    pub mchid: String,
    /// The key of API v2.
    pub api_v2_key: Option<SecretString>,
    /// The key of API v3.
    pub api_v3_key: Option<SecretString>,
}

/// Why payment settings were not shown, changed or handed over. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// The mini program is not on record, or has withdrawn its authorization.
    #[error("{0} has not authorized this platform")]
    NotAuthorized(AppId),
    /// There are none.
    #[error("{0} has no payment settings")]
    NotSet(AppId),
    /// Fields are wrong: JSON pointers, and why.
    #[error("the payment settings are wrong: {0}")]
    Invalid(Faults),
    /// The certificate is not one that can be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// There are settings of another merchant number, which would be lost.
    #[error("the settings are those of the merchant number {0}")]
    OtherNumber(String),
    /// Somebody else changed them at the same time.
    #[error("somebody else changed the payment settings of {0} at the same time")]
    Changed(AppId),
    /// What is stored does not open.
    #[error("the payment settings of {0}: {1}")]
    Unseal(AppId, UnsealError),
    /// The merchant's data key cannot be had.
    #[error("the data key of {0}")]
    DataKey(AppId, #[source] KmsError),
    /// The key to encrypt to is none.
    #[error(transparent)]
    PublicKey(#[from] MalformedPublicKey),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Payments {
    /// The settings as they may be shown.
    pub async fn find(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<PaymentSettings, PaymentError> {
        let item = self.read(component, appid).await?;
        item.and_then(Item::into_settings).ok_or_else(|| PaymentError::NotSet(appid.clone()))
    }

    /// Enters the merchant number and keys; `by` is the id of the operator's key. Another merchant
    /// number than the one there is refused: what belongs to that one is removed first.
    pub async fn set(
        &self,
        by: &str,
        component: &AppId,
        appid: &AppId,
        wish: PaymentWish,
    ) -> Result<PaymentSettings, PaymentError> {
        wish.faults().or(()).map_err(PaymentError::Invalid)?;
        self.require_authorized(component, appid).await?;
        let before = self.read(component, appid).await?;
        let mut next = self.next(by, component, appid, before.as_ref());
        if let Some(there) = next.mchid.as_ref().filter(|there| **there != wish.mchid) {
            return Err(PaymentError::OtherNumber(there.clone()));
        }
        next.mchid = Some(wish.mchid);
        if wish.api_v2_key.is_some() || wish.api_v3_key.is_some() {
            let key = self.key(component, &mut next).await?;
            if let Some(secret) = wish.api_v2_key {
                next.api_v2_key = Some(self.keep(&key, component, &next, &secret));
            }
            if let Some(secret) = wish.api_v3_key {
                next.api_v3_key = Some(self.keep(&key, component, &next, &secret));
            }
        }
        self.write(component, before, next, "settings").await
    }

    /// Checks a certificate and keeps it in the place of the one before.
    pub async fn set_certificate(
        &self,
        by: &str,
        component: &AppId,
        appid: &AppId,
        p12: &[u8],
    ) -> Result<PaymentSettings, PaymentError> {
        self.require_authorized(component, appid).await?;
        let before = self.read(component, appid).await?;
        let mut next = self.next(by, component, appid, before.as_ref());
        let Some(mchid) = next.mchid.clone() else {
            return Err(PaymentError::NotSet(appid.clone()));
        };
        let facts = Facts::read(p12, &mchid, self.clock.now())?;
        let content = Zeroizing::new(STANDARD.encode(p12));
        let owner = next.owner(component, next.version);
        let key = self.key(component, &mut next).await?;
        let sealed =
            Sealed::<SealedCertificate>::seal_under(&key, self.random.as_ref(), &owner, &content);
        let (version, at) = (next.version, next.updated_at);
        next.certificate = Some(KeptCertificate { sealed, version, at, facts });
        self.write(component, before, next, "certificate").await
    }

    /// Forgets the certificate. Safe to repeat.
    pub async fn remove_certificate(
        &self,
        by: &str,
        component: &AppId,
        appid: &AppId,
    ) -> Result<(), PaymentError> {
        let before = self.read(component, appid).await?;
        if before.as_ref().is_none_or(|item| item.certificate.is_none()) {
            return Ok(());
        }
        let mut next = self.next(by, component, appid, before.as_ref());
        next.certificate = None;
        self.write(component, before, next, "certificate-removed").await.map(drop)
    }

    /// Seals everything anew under a new data key; the secrets stay as they are. Safe to repeat.
    pub async fn rotate_key(
        &self,
        by: &str,
        component: &AppId,
        appid: &AppId,
    ) -> Result<PaymentSettings, PaymentError> {
        let before = self.read(component, appid).await?;
        if before.as_ref().is_none_or(|item| item.mchid.is_none()) {
            return Err(PaymentError::NotSet(appid.clone()));
        }
        let mut next = self.next(by, component, appid, before.as_ref());
        self.renew(component, &mut next).await?;
        self.write(component, before, next, "data-key").await
    }

    /// Forgets everything. Safe to repeat. What stays is the version, so that a receiver of events
    /// never sees it go back.
    pub async fn remove(
        &self,
        by: &str,
        component: &AppId,
        appid: &AppId,
    ) -> Result<(), PaymentError> {
        let before = self.read(component, appid).await?;
        if before.as_ref().is_none_or(|item| item.mchid.is_none()) {
            return Ok(());
        }
        let mut next = self.next(by, component, appid, before.as_ref());
        (next.mchid, next.api_v2_key, next.api_v3_key) = (None, None, None);
        // Without it no copy of what was sealed opens any more.
        (next.certificate, next.data_key) = (None, None);
        match self.write(component, before, next, "removed").await {
            Ok(_) | Err(PaymentError::NotSet(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Everything, encrypted to the key of a payment service. Others are told before it is handed
    /// over; `by` is the id of the machine's key.
    pub async fn credentials(
        &self,
        by: &str,
        component: &AppId,
        appid: &AppId,
        recipient: &RecipientKey,
    ) -> Result<Envelope, PaymentError> {
        let missing = || PaymentError::NotSet(appid.clone());
        let item = self.read(component, appid).await?.ok_or_else(missing)?;
        let mchid = item.mchid.clone().ok_or_else(missing)?;
        let keys = self.keys(component, &item).await?;
        let api_v2_key = item.open(&keys, component, item.api_v2_key.as_ref())?;
        let api_v3_key = item.open(&keys, component, item.api_v3_key.as_ref())?;
        let certificate = match &item.certificate {
            None => Value::Null,
            Some(kept) => {
                let p12 = item.open_sealed(&keys, component, &kept.sealed, kept.version)?;
                json!({
                    "p12": p12.expose_secret(),
                    "password": mchid,
                    "serial_number": kept.facts.serial_number,
                    "not_after": kept.facts.not_after().to_string(),
                })
            }
        };
        let reveal = |key: Option<SecretString>| key.map(|key| key.expose_secret().to_owned());
        let content = json!({
            "mchid": mchid,
            "api_v2_key": reveal(api_v2_key),
            "api_v3_key": reveal(api_v3_key),
            "certificate": certificate,
            "version": item.version,
        });
        let content = Zeroizing::new(content.to_string());
        let envelope =
            recipient.encrypt(self.random.as_ref(), component, appid, content.as_bytes())?;
        let details = json!({ "key": by, "recipient": recipient.fingerprint() });
        let told = self.event(kind::PAYMENT_CREDENTIALS_READ, component, &item, details);
        self.outbox.tell(told).await?;
        Ok(envelope)
    }

    /// Certificates that end within `time` or have ended, the first to end first, at most `limit`;
    /// and whether there may be more.
    pub async fn expiring(
        &self,
        component: &AppId,
        time: SignedDuration,
        limit: i32,
    ) -> Result<(Vec<Expiring>, bool), StorageError> {
        let until = (self.clock.now() + time).as_second();
        let (listed, next) =
            self.table.page::<Listing>(&Listing::partition(component), "", None, limit).await?;
        let read = listed.len();
        let soon: Vec<Expiring> =
            listed.into_iter().filter(|it| it.not_after <= until).map(Expiring::from).collect();
        let more = next.is_some() && soon.len() == read;
        Ok((soon, more))
    }

    async fn require_authorized(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<(), PaymentError> {
        let known = self.mini_programs.find(component, appid).await?;
        match known.is_some_and(|known| known.is_authorized()) {
            true => Ok(()),
            false => Err(PaymentError::NotAuthorized(appid.clone())),
        }
    }

    async fn read(&self, component: &AppId, appid: &AppId) -> Result<Option<Item>, PaymentError> {
        let item: Option<Item> = self.table.read(&partition(component, appid), record::ROW).await?;
        match item {
            // Another merchant's, put here with its keys: it would open, and is none of this one's.
            Some(item) if item.appid != *appid => {
                Err(PaymentError::Unseal(appid.clone(), UnsealError::Forged))
            }
            item => Ok(item),
        }
    }

    /// The item as it will be after this change, before anything in it was changed.
    fn next(&self, by: &str, component: &AppId, appid: &AppId, before: Option<&Item>) -> Item {
        let mut next = before.cloned().unwrap_or_else(|| Item::empty(component, appid));
        next.version += 1;
        next.updated_at = self.clock.now().as_second();
        by.clone_into(&mut next.updated_by);
        next
    }

    /// The key that a change seals under: the merchant's data key. Where there is none yet, it is made,
    /// and what was sealed before is sealed anew, so that all of an item is under one key.
    async fn key(&self, component: &AppId, next: &mut Item) -> Result<DataKey, PaymentError> {
        match self.keys(component, next).await? {
            Keys::Data(key) => Ok(key),
            Keys::Derived(_) => self.renew(component, next).await,
        }
    }

    /// Seals everything of an item under a new data key.
    async fn renew(&self, component: &AppId, next: &mut Item) -> Result<DataKey, PaymentError> {
        let before = self.keys(component, next).await?;
        let made = self.data_keys.generate(context(component, &next.appid)).await;
        let (key, wrapped) =
            made.map_err(|error| PaymentError::DataKey(next.appid.clone(), error))?;
        let random = self.random.as_ref();
        let api_v2_key = next.renewed(&before, &key, random, component, &next.api_v2_key)?;
        let api_v3_key = next.renewed(&before, &key, random, component, &next.api_v3_key)?;
        if let Some(kept) = &next.certificate {
            let p12 = next.open_sealed(&before, component, &kept.sealed, kept.version)?;
            let owner = next.owner(component, kept.version);
            let sealed = Sealed::seal_under(&key, random, &owner, p12.expose_secret());
            next.certificate = Some(KeptCertificate { sealed, ..kept.clone() });
        }
        (next.api_v2_key, next.api_v3_key) = (api_v2_key, api_v3_key);
        next.data_key = Some(wrapped);
        Ok(key)
    }

    /// What an item opens with.
    async fn keys(&self, component: &AppId, item: &Item) -> Result<Keys, PaymentError> {
        let Some(wrapped) = &item.data_key else {
            return Ok(Keys::Derived(self.secrets.sealing()));
        };
        let opened = self.data_keys.open(context(component, &item.appid), wrapped).await;
        opened.map(Keys::Data).map_err(|error| PaymentError::DataKey(item.appid.clone(), error))
    }

    fn keep<K: Kind>(
        &self,
        key: &DataKey,
        component: &AppId,
        next: &Item,
        secret: &SecretString,
    ) -> Kept<K> {
        let owner = next.owner(component, next.version);
        let (secret, version) = (secret.expose_secret(), next.version);
        Kept {
            sealed: Sealed::seal_under(key, self.random.as_ref(), &owner, secret),
            ending: secret[secret.len().saturating_sub(4)..].to_owned(),
            version,
            at: next.updated_at,
        }
    }

    /// Writes the item, the list of certificates by their end, and the event: all or nothing, and
    /// only if nobody was quicker.
    async fn write(
        &self,
        component: &AppId,
        before: Option<Item>,
        next: Item,
        what: &str,
    ) -> Result<PaymentSettings, PaymentError> {
        let broken = |why: aws_sdk_dynamodb::error::BuildError| {
            self.table.error("build a transaction", why.to_string())
        };
        let put =
            Put::builder().table_name(self.table.name()).set_item(Some(self.table.item(&next)?));
        let put = match &before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(before) => put
                .condition_expression("version = :before")
                .expression_attribute_values(":before", number(before.version as i64)),
        };
        let put = put.build().map_err(broken)?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        let place = |item: &Item| Listing::of(component, item);
        let (listed, wanted) = (before.as_ref().and_then(place), place(&next));
        // DynamoDB takes one write an item in a transaction.
        if listed.as_ref().map(|it| &it.sk) != wanted.as_ref().map(|it| &it.sk) {
            if let Some(listed) = listed {
                let delete = Delete::builder()
                    .table_name(self.table.name())
                    .key("pk", text(listed.pk))
                    .key("sk", text(listed.sk))
                    .build()
                    .map_err(broken)?;
                writes.push(TransactWriteItem::builder().delete(delete).build());
            }
            if let Some(wanted) = wanted {
                let put = Put::builder()
                    .table_name(self.table.name())
                    .set_item(Some(self.table.item(&wanted)?))
                    .build()
                    .map_err(broken)?;
                writes.push(TransactWriteItem::builder().put(put).build());
            }
        }
        let told = self.event(kind::PAYMENT_CHANGED, component, &next, json!({ "what": what }));
        writes.push(self.outbox.entry(&told)?);
        if self.table.transact(writes).await? != Transaction::Written {
            return Err(PaymentError::Changed(next.appid));
        }
        self.outbox.publish(&[told]).await;
        let appid = next.appid.clone();
        next.into_settings().ok_or(PaymentError::NotSet(appid))
    }

    fn event(&self, kind: &str, component: &AppId, item: &Item, details: Value) -> Event {
        self.outbox.event(kind, component, Some(&item.appid), item.version, details)
    }
}

/// What an item opens with.
enum Keys {
    /// The merchant's data key.
    Data(DataKey),
    /// The component's own.
    Derived(SealingKeys),
}

impl Item {
    fn open<K: Kind>(
        &self,
        keys: &Keys,
        component: &AppId,
        kept: Option<&Kept<K>>,
    ) -> Result<Option<SecretString>, PaymentError> {
        let Some(kept) = kept else { return Ok(None) };
        self.open_sealed(keys, component, &kept.sealed, kept.version).map(Some)
    }

    fn open_sealed<K: Kind>(
        &self,
        keys: &Keys,
        component: &AppId,
        sealed: &Sealed<K>,
        version: u64,
    ) -> Result<SecretString, PaymentError> {
        let owner = self.owner(component, version);
        let opened = match keys {
            Keys::Data(key) => sealed.open_under(key, &owner),
            Keys::Derived(keys) => sealed.open(keys, &owner),
        };
        opened.map_err(|error| PaymentError::Unseal(self.appid.clone(), error))
    }

    /// The same secret under another key.
    fn renewed<K: Kind>(
        &self,
        before: &Keys,
        key: &DataKey,
        random: &dyn Random,
        component: &AppId,
        kept: &Option<Kept<K>>,
    ) -> Result<Option<Kept<K>>, PaymentError> {
        let Some(secret) = self.open(before, component, kept.as_ref())? else { return Ok(None) };
        let renewed = |kept: &Kept<K>| {
            let owner = self.owner(component, kept.version);
            let sealed = Sealed::seal_under(key, random, &owner, secret.expose_secret());
            Kept { sealed, ..kept.clone() }
        };
        Ok(kept.as_ref().map(renewed))
    }
}

fn context<'a>(component: &'a AppId, appid: &'a AppId) -> Context<'a> {
    Context { component, appid, purpose: "payment" }
}

impl PaymentWish {
    /// Everything that is wrong with it.
    pub fn faults(&self) -> Faults {
        let mut wrong = Faults::new();
        let digits = self.mchid.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(8..=10).contains(&self.mchid.len()) {
            let why = Text::fixed(
                "商户号为 8 至 10 位数字，见微信支付商户平台的账户信息",
                "a merchant number has 8 to 10 digits; WeChat Pay's merchant platform shows it",
            );
            wrong.push("/mchid", why);
        }
        for (name, key) in [("api_v2_key", &self.api_v2_key), ("api_v3_key", &self.api_v3_key)] {
            let Some(key) = key else { continue };
            let key = key.expose_secret();
            if key.len() != API_KEY || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                let why = Text::fixed(
                    "API 密钥为 32 位字母和数字，与商户平台“API 安全”中设置的一致",
                    "an API key has 32 letters and digits, as set under API security at the \
                     merchant platform",
                );
                wrong.push(format!("/{name}"), why);
            }
        }
        wrong
    }
}
