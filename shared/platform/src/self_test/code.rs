//! Authorization codes of a test: `selftest@@@{test}@@@{proof}`. Nobody else can write one, so that
//! whoever meets it knows what it is for.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wechat::AppId;

use crate::sealed::SealingKeys;

const PREFIX: &str = "selftest";
const BETWEEN: &str = "@@@";
const PURPOSE: &str = "self-test";

/// A code for one account in one test.
pub(super) fn make(keys: &SealingKeys, component: &AppId, appid: &str, test: &str) -> String {
    let proof = mac(&keys.derive(PURPOSE)[..], component, appid, test).finalize().into_bytes();
    let proof: String = proof.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{PREFIX}{BETWEEN}{test}{BETWEEN}{proof}")
}

/// The test that a code belongs to.
pub(super) fn test_of(
    keys: &SealingKeys,
    component: &AppId,
    appid: &AppId,
    code: &str,
) -> Option<String> {
    let mut parts = code.split(BETWEEN);
    let (Some(PREFIX), Some(test), Some(proof), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let digits = |at: usize| u8::from_str_radix(proof.get(at..at + 2)?, 16).ok();
    let proof: Option<Vec<u8>> = (0..proof.len()).step_by(2).map(digits).collect();
    let proof = proof.filter(|proof| proof.len() == 16)?;
    let genuine = keys.derive_all(PURPOSE).iter().any(|key| {
        mac(&key[..], component, appid.as_str(), test).verify_truncated_left(&proof).is_ok()
    });
    genuine.then(|| test.to_owned())
}

fn mac(key: &[u8], component: &AppId, appid: &str, test: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in [component.as_str(), appid, test] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn a_code_is_good_for_its_own_account_and_cannot_be_made_up() {
        let root = SecretString::from("root".repeat(16));
        let keys = SealingKeys::new(root, Vec::new()).unwrap();
        let appid = |text: &str| text.parse::<AppId>().unwrap();
        let component = appid("wx0000000000000001");
        let (one, other) = (appid("wx570bc396a51b8ff8"), appid("wxd101a85aa106f53e"));

        let code = make(&keys, &component, one.as_str(), "01J");

        assert_eq!(test_of(&keys, &component, &one, &code).as_deref(), Some("01J"));
        assert_eq!(test_of(&keys, &component, &other, &code), None);
        for wrong in ["", "queryauthcode@@@x", "selftest@@@01J@@@00", "selftest@@@01J@@@é"] {
            assert_eq!(test_of(&keys, &component, &one, wrong), None, "{wrong}");
        }
        assert_eq!(test_of(&keys, &component, &one, &code.replace("01J", "01K")), None);
    }
}
