//! `apiclient_cert.p12`, as the merchant platform gives it: a certificate of the merchant and its
//! private key, under the merchant number as password.
//! <https://pay.weixin.qq.com/doc/v3/merchant/4013053053>

use jiff::Timestamp;
use p12_keystore::{Pkcs12Archive, error::Error as P12Error};
use serde::{Deserialize, Serialize};
use x509_parser::parse_x509_certificate;

use crate::{clock::moment, text::Text};

/// A certificate file has so many bytes at most; real ones have about three thousand.
pub const LONGEST_CERTIFICATE: usize = 64 * 1024;

/// What is written in a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The serial number, in capital hexadecimal digits, as the merchant platform shows it.
    pub serial_number: String,
    /// Who issued it.
    pub issuer: String,
    /// From when it is good, in seconds.
    pub(super) not_before: i64,
    /// Until when it is good, in seconds.
    pub(super) not_after: i64,
}

/// A file that cannot be used. Nothing of it was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Longer than [`LONGEST_CERTIFICATE`], or empty.
    #[error("the file is empty or has more than {LONGEST_CERTIFICATE} bytes")]
    Size,
    /// Not PKCS#12, or a kind that nobody uses.
    #[error("the file is not PKCS#12")]
    Malformed,
    /// It does not open with the merchant number.
    #[error("the file does not open with the merchant number {0}")]
    Password(String),
    /// There is no private key in it.
    #[error("the file holds no private key")]
    NoKey,
    /// There is no certificate in it that names a merchant.
    #[error("the file holds no merchant's certificate")]
    NoCertificate,
    /// It is another merchant's.
    #[error("the certificate is that of {found}, not of {wanted}")]
    OtherMerchant {
        /// Whose it should be.
        wanted: String,
        /// Whose it is.
        found: String,
    },
    /// Its time is over.
    #[error("the certificate ended at {0}")]
    Expired(Timestamp),
    /// Its time has not come.
    #[error("the certificate begins at {0}")]
    NotYetValid(Timestamp),
}

impl Facts {
    /// From when it is good.
    pub fn not_before(&self) -> Timestamp {
        moment(self.not_before)
    }

    /// Until when it is good.
    pub fn not_after(&self) -> Timestamp {
        moment(self.not_after)
    }
}

impl Facts {
    /// Opens the file of the merchant `mchid` and reads what is written in its certificate, which
    /// is good at `now`.
    pub(super) fn read(file: &[u8], mchid: &str, now: Timestamp) -> Result<Self, CertificateError> {
        if file.is_empty() || file.len() > LONGEST_CERTIFICATE {
            return Err(CertificateError::Size);
        }
        let archive = Pkcs12Archive::from_pkcs12(file, mchid).map_err(|error| match error {
            P12Error::MacError(_) => CertificateError::Password(mchid.to_owned()),
            _ => CertificateError::Malformed,
        })?;
        let mut others = Vec::new();
        for bag in &archive.certs {
            let Ok((_, certificate)) = parse_x509_certificate(bag.cert.as_der()) else { continue };
            let name = certificate.subject().iter_common_name().next();
            let Some(name) = name.and_then(|name| name.as_str().ok()) else { continue };
            if name != mchid {
                let digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
                others.extend(digits.then(|| name.to_owned()));
                continue;
            }
            // A merchant's certificate without the key that belongs to it signs nothing.
            let belongs = |key: &p12_keystore::PrivateKeyBag| {
                let id = key.local_key_id.as_ref().map(AsRef::as_ref);
                bag.local_key_id.is_none() || id.is_none() || id == bag.local_key_id.as_deref()
            };
            if !archive.keys.iter().any(belongs) {
                return Err(CertificateError::NoKey);
            }
            let validity = certificate.validity();
            let facts = Facts {
                serial_number: serial_number(certificate.raw_serial()),
                issuer: certificate.issuer().to_string(),
                not_before: validity.not_before.timestamp(),
                not_after: validity.not_after.timestamp(),
            };
            return facts.good_at(now);
        }
        Err(match others.into_iter().next() {
            Some(found) => CertificateError::OtherMerchant { wanted: mchid.to_owned(), found },
            None => CertificateError::NoCertificate,
        })
    }

    fn good_at(self, now: Timestamp) -> Result<Self, CertificateError> {
        if self.not_after() <= now {
            return Err(CertificateError::Expired(self.not_after()));
        }
        if self.not_before() > now {
            return Err(CertificateError::NotYetValid(self.not_before()));
        }
        Ok(self)
    }
}

/// Without the zero byte that only says that the number is positive.
fn serial_number(bytes: &[u8]) -> String {
    let bytes = match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        bytes => bytes,
    };
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

impl CertificateError {
    /// What is wrong, for whoever uploaded it.
    pub fn words(&self) -> Text {
        match self {
            CertificateError::Size => Text::fixed(
                "证书文件为空或超过 64 KB；请上传 apiclient_cert.p12",
                "the file is empty or has more than 64 KB; apiclient_cert.p12 is wanted",
            ),
            CertificateError::Malformed => Text::fixed(
                "这不是 PKCS#12 证书文件；请上传 apiclient_cert.p12，不是 .pem 或 .zip",
                "this is no PKCS#12 file; apiclient_cert.p12 is wanted, not a .pem or .zip",
            ),
            CertificateError::Password(mchid) => Text::new(
                format!("用商户号 {mchid} 打不开此文件：请确认商户号和证书属于同一商户"),
                format!(
                    "the file does not open with the merchant number {mchid}: see that number and \
                     certificate belong to the same merchant"
                ),
            ),
            CertificateError::NoKey => Text::fixed(
                "文件中没有商户私钥；请上传商户平台下载的完整 apiclient_cert.p12",
                "the merchant's private key is not in the file; upload the whole \
                 apiclient_cert.p12 of the merchant platform",
            ),
            CertificateError::NoCertificate => Text::fixed(
                "文件中没有商户证书；请上传商户平台下载的 apiclient_cert.p12",
                "there is no merchant's certificate in the file; upload apiclient_cert.p12 of the \
                 merchant platform",
            ),
            CertificateError::OtherMerchant { wanted, found } => Text::new(
                format!("这是商户 {found} 的证书，不是 {wanted} 的"),
                format!("this is the certificate of the merchant {found}, not of {wanted}"),
            ),
            CertificateError::Expired(at) => Text::new(
                format!("证书已于 {at} 过期；请在商户平台更换证书"),
                format!("the certificate ended at {at}; get a new one at the merchant platform"),
            ),
            CertificateError::NotYetValid(at) => Text::new(
                format!("证书从 {at} 起才有效"),
                format!("the certificate is good from {at} on"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made with openssl; the keys sign nothing anywhere. `legacy` is encrypted as the merchant
    // platform does it: RC2 of 40 bits and triple DES under SHA-1.
    const LEGACY: &[u8] = include_bytes!("../../tests/data/payment/legacy.p12");
    const MODERN: &[u8] = include_bytes!("../../tests/data/payment/modern.p12");
    const EXPIRED: &[u8] = include_bytes!("../../tests/data/payment/expired.p12");
    const OTHER: &[u8] = include_bytes!("../../tests/data/payment/other.p12");
    const KEYLESS: &[u8] = include_bytes!("../../tests/data/payment/keyless.p12");
    const MCHID: &str = "1900009191";

    fn open(file: &[u8]) -> Result<Facts, CertificateError> {
        let now = "2026-11-28T00:00:00Z".parse().unwrap();
        Facts::read(file, MCHID, now)
    }

    #[test]
    fn a_merchants_certificate_opens_in_the_old_encryption_and_in_the_new() {
        for file in [LEGACY, MODERN] {
            let facts = open(file).unwrap();
            assert_eq!(facts.serial_number, "5157F09EFDC096DE15EBE81A47057A7232F1B8E1");
            assert!(facts.issuer.contains("Tenpay.com"), "{facts:?}");
            assert!(facts.not_before() < facts.not_after());
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_in_words() {
        assert!(matches!(open(EXPIRED), Err(CertificateError::Expired(_))));
        let other = CertificateError::OtherMerchant {
            wanted: MCHID.to_owned(),
            found: "1234567890".to_owned(),
        };
        assert_eq!(open(OTHER).unwrap_err(), other);
        assert_eq!(open(KEYLESS).unwrap_err(), CertificateError::NoKey);
        assert_eq!(open(b"").unwrap_err(), CertificateError::Size);
        assert_eq!(open(&vec![0x30; LONGEST_CERTIFICATE + 1]).unwrap_err(), CertificateError::Size);
        assert_eq!(open(b"-----BEGIN").unwrap_err(), CertificateError::Malformed);
        let now = "2026-11-28T00:00:00Z".parse().unwrap();
        let wrong = Facts::read(LEGACY, "1900009192", now).unwrap_err();
        assert_eq!(wrong, CertificateError::Password("1900009192".to_owned()));
        assert!(wrong.words().en.contains("1900009192"));
    }

    #[test]
    fn no_cut_or_changed_file_does_harm() {
        for length in 0..LEGACY.len() {
            assert!(open(&LEGACY[..length]).is_err(), "{length}");
        }
        for place in (0..LEGACY.len()).step_by(7) {
            let mut changed = LEGACY.to_vec();
            changed[place] ^= 0x55;
            // Some bytes say nothing, such as those of a name; none makes it panic.
            let _ = open(&changed);
        }
    }
}
