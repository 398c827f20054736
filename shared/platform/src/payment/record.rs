//! Payment settings as they are stored, and as they may be shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::AppId;

use super::Facts;
use crate::{
    clock::moment,
    kms::WrappedKey,
    sealed::{Kind, Owner, Sealed},
};

/// The sort key beside the release record of a mini program.
pub(super) const ROW: &str = "payment";

/// A key of API v2, as a kind of sealed value.
#[derive(Debug)]
pub(super) struct ApiV2Key;

/// A key of API v3, as a kind of sealed value.
#[derive(Debug)]
pub(super) struct ApiV3Key;

/// A certificate with its private key, in base64, as a kind of sealed value.
#[derive(Debug)]
pub(super) struct SealedCertificate;

impl Kind for ApiV2Key {
    const NAME: &'static str = "payment-api-v2-key";
}

impl Kind for ApiV3Key {
    const NAME: &'static str = "payment-api-v3-key";
}

impl Kind for SealedCertificate {
    const NAME: &'static str = "payment-certificate";
}

/// Payment settings as they may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentSettings {
    /// The merchant number.
    pub mchid: String,
    /// The key of API v2, if it was entered.
    pub api_v2_key: Option<ApiKeyView>,
    /// The key of API v3, if it was entered.
    pub api_v3_key: Option<ApiKeyView>,
    /// The certificate, if it was uploaded.
    pub certificate: Option<CertificateView>,
    /// Goes up by one with every change.
    pub version: u64,
    /// When they were changed last.
    pub updated_at: Timestamp,
    /// The id of the key that changed them last.
    pub updated_by: String,
}

/// What is shown of an API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyView {
    /// Its last four characters.
    pub ending: String,
    /// When it was entered.
    pub set_at: Timestamp,
}

/// What is shown of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateView {
    /// What is written in it.
    pub facts: Facts,
    /// When it was uploaded.
    pub set_at: Timestamp,
}

/// A certificate that ends soon, or has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// Whose it is.
    pub appid: AppId,
    /// When it ends.
    pub not_after: Timestamp,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Item {
    pk: String,
    sk: String,
    pub(super) appid: AppId,
    pub(super) version: u64,
    /// None where everything was removed.
    #[serde(default)]
    pub(super) mchid: Option<String>,
    /// The data key that all of them are sealed under; none where that is the component's own, as it
    /// was at first.
    #[serde(default)]
    pub(super) data_key: Option<WrappedKey>,
    #[serde(default)]
    pub(super) api_v2_key: Option<Kept<ApiV2Key>>,
    #[serde(default)]
    pub(super) api_v3_key: Option<Kept<ApiV3Key>>,
    #[serde(default)]
    pub(super) certificate: Option<KeptCertificate>,
    pub(super) updated_at: i64,
    pub(super) updated_by: String,
}

#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Kept<K> {
    pub(super) sealed: Sealed<K>,
    pub(super) ending: String,
    /// The version with which it came, which is part of what is authenticated.
    pub(super) version: u64,
    pub(super) at: i64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct KeptCertificate {
    pub(super) sealed: Sealed<SealedCertificate>,
    /// See [`Kept::version`].
    pub(super) version: u64,
    pub(super) at: i64,
    pub(super) facts: Facts,
}

/// A certificate's place in the list by its end.
#[derive(Serialize, Deserialize)]
pub(super) struct Listing {
    pub(super) pk: String,
    pub(super) sk: String,
    appid: AppId,
    pub(super) not_after: i64,
}

/// Where everything about one mini program is.
pub(super) fn partition(component: &AppId, appid: &AppId) -> String {
    format!("app#{component}#{appid}")
}

impl Item {
    pub(super) fn empty(component: &AppId, appid: &AppId) -> Self {
        Item {
            pk: partition(component, appid),
            sk: ROW.to_owned(),
            appid: appid.clone(),
            version: 0,
            mchid: None,
            data_key: None,
            api_v2_key: None,
            api_v3_key: None,
            certificate: None,
            updated_at: 0,
            updated_by: String::new(),
        }
    }

    /// Whose secret it is that came with a version.
    pub(super) fn owner(&self, component: &AppId, version: u64) -> Owner {
        Owner::within(component, format!("payment#{}#{version}", self.appid))
    }

    pub(super) fn into_settings(self) -> Option<PaymentSettings> {
        Some(PaymentSettings {
            mchid: self.mchid?,
            api_v2_key: self.api_v2_key.map(ApiKeyView::from),
            api_v3_key: self.api_v3_key.map(ApiKeyView::from),
            certificate: self
                .certificate
                .map(|kept| CertificateView { facts: kept.facts, set_at: moment(kept.at) }),
            version: self.version,
            updated_at: moment(self.updated_at),
            updated_by: self.updated_by,
        })
    }
}

impl Listing {
    pub(super) fn partition(component: &AppId) -> String {
        format!("payment-certificates#{component}")
    }

    /// The place of an item's certificate. Its end in twelve digits, so that it sorts.
    pub(super) fn of(component: &AppId, item: &Item) -> Option<Self> {
        let not_after = item.certificate.as_ref()?.facts.not_after;
        Some(Listing {
            pk: Self::partition(component),
            sk: format!("{:012}#{}", not_after.max(0), item.appid),
            appid: item.appid.clone(),
            not_after,
        })
    }
}

impl From<Listing> for Expiring {
    fn from(listing: Listing) -> Self {
        Expiring { appid: listing.appid, not_after: moment(listing.not_after) }
    }
}

impl<K> From<Kept<K>> for ApiKeyView {
    fn from(kept: Kept<K>) -> Self {
        ApiKeyView { ending: kept.ending, set_at: moment(kept.at) }
    }
}

impl<K> Clone for Kept<K> {
    fn clone(&self) -> Self {
        let Kept { sealed, ending, version, at } = self;
        Kept { sealed: sealed.clone(), ending: ending.clone(), version: *version, at: *at }
    }
}
