//! ID tokens: whether the issuer signed one, for us, for this sign-in, and not long ago.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

/// How far the issuer's clock may be from ours, in seconds.
const SKEW: i64 = 60;
/// An ID token that was made longer ago, in seconds, is none of this sign-in.
const OLDEST: i64 = 10 * 60;
/// No ID token is longer.
const LONGEST: usize = 16 * 1024;

/// The issuer's keys, as it publishes them (RFC 7517). Those of kinds that are not known here are
/// passed over.
#[derive(Debug, Clone, Default)]
pub struct KeySet(Vec<Jwk>);

#[derive(Debug, Clone, Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// What an ID token has to say to be good.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who signed it.
    pub issuer: &'a str,
    /// For whom.
    pub client_id: &'a str,
    /// What the sign-in was begun with.
    pub nonce: &'a str,
    /// When.
    pub now: Timestamp,
}

/// What an ID token that is good says.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims(pub(super) Map<String, Value>);

/// An ID token that is not good, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// It is no signed token.
    #[error("it is no signed JWT")]
    Malformed,
    /// It is signed in a way that is not taken, or not at all.
    #[error("its algorithm is not RS256, ES256 or EdDSA")]
    Algorithm,
    /// The issuer has no such key.
    #[error("the issuer publishes no such key")]
    UnknownKey,
    /// The signature is another.
    #[error("its signature is wrong")]
    Signature,
    /// Somebody else issued it.
    #[error("it is of another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("it is for another client")]
    Audience,
    /// It is over, was made long ago, or will be made.
    #[error("its time is over or has not come")]
    Time,
    /// It belongs to another sign-in.
    #[error("it belongs to another sign-in")]
    Nonce,
    /// It names nobody.
    #[error("it names nobody")]
    Subject,
}

/// How a token is signed. `none` and secrets that both sides know are none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl KeySet {
    /// Reads what an issuer publishes.
    pub fn read(document: &[u8]) -> Option<KeySet> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let document: Document = serde_json::from_slice(document).ok()?;
        let keys = document.keys.into_iter();
        Some(KeySet(keys.filter_map(|key| serde_json::from_value(key).ok()).collect()))
    }

    /// The claims of a token, if it is signed with one of these keys and says what it has to.
    pub fn verify(&self, token: &str, expected: &Expected<'_>) -> Result<Claims, InvalidToken> {
        let malformed = InvalidToken::Malformed;
        if token.len() > LONGEST {
            return Err(malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed);
        #[derive(Deserialize)]
        struct Header {
            alg: String,
            kid: Option<String>,
            crit: Option<Value>,
        }
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed)?;
        let algorithm = match &*header.alg {
            "RS256" => Algorithm::Rs256,
            "ES256" => Algorithm::Es256,
            "EdDSA" => Algorithm::EdDsa,
            _ => return Err(InvalidToken::Algorithm),
        };
        if header.crit.is_some() {
            return Err(InvalidToken::Algorithm);
        }
        let signature = decode(signature)?;
        let mut fitting = self
            .0
            .iter()
            .filter(|key| key.fits(algorithm) && (header.kid.is_none() || header.kid == key.kid))
            .peekable();
        if fitting.peek().is_none() {
            return Err(InvalidToken::UnknownKey);
        }
        if !fitting.any(|key| key.has_signed(algorithm, signed.as_bytes(), &signature)) {
            return Err(InvalidToken::Signature);
        }
        // Nothing of what it says was looked at before.
        let claims: Map<String, Value> =
            serde_json::from_slice(&decode(payload)?).map_err(|_| malformed)?;
        Claims(claims).check(expected)
    }
}

impl Jwk {
    fn fits(&self, algorithm: Algorithm) -> bool {
        let (kty, curve, name) = match algorithm {
            Algorithm::Rs256 => ("RSA", None, "RS256"),
            Algorithm::Es256 => ("EC", Some("P-256"), "ES256"),
            Algorithm::EdDsa => ("OKP", Some("Ed25519"), "EdDSA"),
        };
        self.kty == kty
            && (curve.is_none() || self.crv.as_deref() == curve)
            && self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == name)
    }

    fn has_signed(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        let part = |part: &Option<String>| URL_SAFE_NO_PAD.decode(part.as_deref()?).ok();
        let verified = match algorithm {
            Algorithm::Rs256 => part(&self.n).zip(part(&self.e)).map(|(n, e)| {
                RsaPublicKeyComponents { n, e }
                    .verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
                    .is_ok()
            }),
            Algorithm::Es256 => part(&self.x).zip(part(&self.y)).map(|(x, y)| {
                // An uncompressed point: SEC 1, 2.3.3.
                let point = [&[4][..], &x, &y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(signed, signature)
                    .is_ok()
            }),
            Algorithm::EdDsa => part(&self.x)
                .map(|x| UnparsedPublicKey::new(&ED25519, x).verify(signed, signature).is_ok()),
        };
        verified == Some(true)
    }
}

impl Claims {
    /// OpenID Connect Core 1.0, 3.1.3.7.
    fn check(self, expected: &Expected<'_>) -> Result<Claims, InvalidToken> {
        if self.text("iss") != Some(expected.issuer) {
            return Err(InvalidToken::Issuer);
        }
        let audience = match self.0.get("aud") {
            Some(Value::String(one)) => one == expected.client_id,
            // Another audience beside us would have to be trusted; none is.
            Some(Value::Array(all)) => {
                matches!(&all[..], [Value::String(one)] if one == expected.client_id)
            }
            _ => false,
        };
        let party = self.text("azp").is_none_or(|party| party == expected.client_id);
        if !audience || !party {
            return Err(InvalidToken::Audience);
        }
        let now = expected.now.as_second();
        let moment = |name: &str| self.0.get(name).and_then(Value::as_f64).map(|at| at as i64);
        let ends = moment("exp").ok_or(InvalidToken::Time)?;
        let made = moment("iat").ok_or(InvalidToken::Time)?;
        let begins = moment("nbf").unwrap_or(made);
        let is_now = ends > now.saturating_sub(SKEW)
            && begins <= now.saturating_add(SKEW)
            && made <= now.saturating_add(SKEW)
            && made >= now.saturating_sub(OLDEST);
        if !is_now {
            return Err(InvalidToken::Time);
        }
        let nonce = self.text("nonce").unwrap_or_default();
        if expected.nonce.is_empty()
            || !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes()))
        {
            return Err(InvalidToken::Nonce);
        }
        match self.text("sub") {
            None | Some("") => Err(InvalidToken::Subject),
            Some(_) => Ok(self),
        }
    }

    /// Who it is, for the issuer: the one name that never changes.
    pub fn subject(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// What people call them.
    pub fn name(&self) -> &str {
        let names = ["name", "preferred_username", "email", "sub"];
        names
            .iter()
            .find_map(|name| self.text(name).filter(|it| !it.trim().is_empty()))
            .unwrap_or("")
    }

    /// What a claim says: one text, or each of several. An e-mail address only where the issuer has
    /// verified it.
    pub fn all(&self, name: &str) -> Vec<&str> {
        if name == "email" && self.0.get("email_verified") != Some(&Value::Bool(true)) {
            return Vec::new();
        }
        match self.0.get(name) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
    };
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    /// An issuer with a key of each kind that can be made here.
    struct Issuer {
        curve: EcdsaKeyPair,
        edwards: Ed25519KeyPair,
    }

    impl Issuer {
        fn new() -> Issuer {
            let random = SystemRandom::new();
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let curve = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
            let edwards = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
            Issuer {
                curve: EcdsaKeyPair::from_pkcs8(algorithm, curve.as_ref(), &random).unwrap(),
                edwards: Ed25519KeyPair::from_pkcs8(edwards.as_ref()).unwrap(),
            }
        }

        fn keys(&self) -> KeySet {
            let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            let point = self.curve.public_key().as_ref();
            let document = json!({ "keys": [
                { "kty": "EC", "crv": "P-256", "kid": "curve", "use": "sig",
                  "x": text(&point[1..33]), "y": text(&point[33..]) },
                { "kty": "OKP", "crv": "Ed25519", "kid": "edwards",
                  "x": text(self.edwards.public_key().as_ref()) },
                { "kty": "oct", "k": "c2VjcmV0" },
                { "nonsense": 1 },
            ] });
            KeySet::read(document.to_string().as_bytes()).unwrap()
        }

        fn sign(&self, header: Value, claims: &Value) -> String {
            let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let signed = format!("{}.{}", text(&header), text(claims));
            let signature = match header["alg"].as_str() {
                Some("EdDSA") => self.edwards.sign(signed.as_bytes()).as_ref().to_vec(),
                Some("none") => Vec::new(),
                _ => {
                    let random = SystemRandom::new();
                    self.curve.sign(&random, signed.as_bytes()).unwrap().as_ref().to_vec()
                }
            };
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
        }
    }

    fn claims() -> Value {
        json!({ "iss": "https://id.example.com", "aud": "fleet", "sub": "u1", "nonce": "n",
            "iat": NOW - 5, "exp": NOW + 300, "name": "韩梅梅", "email": "han@example.com",
            "email_verified": true, "groups": ["release", "all"] })
    }

    fn verify(keys: &KeySet, token: &str) -> Result<Claims, InvalidToken> {
        let now = Timestamp::from_second(NOW).unwrap();
        let (issuer, client_id, nonce) = ("https://id.example.com", "fleet", "n");
        keys.verify(token, &Expected { issuer, client_id, nonce, now })
    }

    #[test]
    fn a_token_of_the_issuer_for_this_sign_in_is_good() {
        let issuer = Issuer::new();
        for (alg, kid) in [("ES256", "curve"), ("EdDSA", "edwards")] {
            let token = issuer.sign(json!({ "alg": alg, "kid": kid }), &claims());
            let claims = verify(&issuer.keys(), &token).unwrap();
            assert_eq!((claims.subject(), claims.name()), ("u1", "韩梅梅"));
            assert_eq!(claims.all("groups"), ["release", "all"]);
            assert_eq!(claims.all("email"), ["han@example.com"]);
        }
        let without_kid = issuer.sign(json!({ "alg": "ES256" }), &claims());
        assert!(verify(&issuer.keys(), &without_kid).is_ok());
    }

    /// RFC 7515, appendix A.2: not our signature, and not our key.
    #[test]
    fn a_published_signature_is_taken_for_what_it_is() {
        let key = json!({ "keys": [{ "kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" }] });
        let keys = KeySet::read(key.to_string().as_bytes()).unwrap();
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        // The signature holds; it is not for us.
        assert_eq!(verify(&keys, token), Err(InvalidToken::Issuer));
        let altered = token.replace("eyJpc3MiOiJqb2Ui", "eyJpc3MiOiJqb2Uj");
        assert_eq!(verify(&keys, &altered), Err(InvalidToken::Signature));
    }

    #[test]
    fn whatever_is_forged_is_told_by_what_is_wrong_with_it() {
        let (issuer, other) = (Issuer::new(), Issuer::new());
        let header = || json!({ "alg": "ES256", "kid": "curve" });
        let with = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            issuer.sign(header(), &claims)
        };
        let none = issuer.sign(json!({ "alg": "none" }), &claims());
        let shared = issuer.sign(json!({ "alg": "HS256" }), &claims());
        let crossed = issuer.sign(json!({ "alg": "EdDSA", "kid": "curve" }), &claims());
        let critical = issuer.sign(json!({ "alg": "ES256", "crit": ["x"] }), &claims());
        let good = issuer.sign(header(), &claims());
        let (signed, _) = good.rsplit_once('.').unwrap();
        let swapped = {
            let other = with("sub", json!("u2"));
            let (_, signature) = other.rsplit_once('.').unwrap();
            format!("{signed}.{signature}")
        };
        for (token, why) in [
            (none, InvalidToken::Algorithm),
            (shared, InvalidToken::Algorithm),
            (critical, InvalidToken::Algorithm),
            (crossed, InvalidToken::UnknownKey),
            (other.sign(header(), &claims()), InvalidToken::Signature),
            (swapped, InvalidToken::Signature),
            (format!("{signed}."), InvalidToken::Signature),
            (signed.to_owned(), InvalidToken::Malformed),
            (String::new(), InvalidToken::Malformed),
            ("a.b.c".to_owned(), InvalidToken::Malformed),
            ("x".repeat(LONGEST + 1), InvalidToken::Malformed),
            (with("iss", json!("https://evil.example.com")), InvalidToken::Issuer),
            (with("aud", json!("other")), InvalidToken::Audience),
            (with("aud", json!(["fleet", "other"])), InvalidToken::Audience),
            (with("azp", json!("other")), InvalidToken::Audience),
            (with("exp", json!(NOW - 61)), InvalidToken::Time),
            (with("exp", Value::Null), InvalidToken::Time),
            (with("nbf", json!(NOW + 61)), InvalidToken::Time),
            (with("iat", json!(NOW + 61)), InvalidToken::Time),
            (with("iat", json!(NOW - 601)), InvalidToken::Time),
            (with("iat", Value::Null), InvalidToken::Time),
            (with("nonce", json!("m")), InvalidToken::Nonce),
            (with("nonce", Value::Null), InvalidToken::Nonce),
            (with("sub", json!("")), InvalidToken::Subject),
        ] {
            assert_eq!(verify(&issuer.keys(), &token), Err(why), "{token}");
        }
        let now = Timestamp::from_second(NOW).unwrap();
        let nothing =
            Expected { issuer: "https://id.example.com", client_id: "fleet", nonce: "", now };
        let token = with("nonce", json!(""));
        assert_eq!(issuer.keys().verify(&token, &nothing), Err(InvalidToken::Nonce));
    }

    #[test]
    fn an_address_that_nobody_verified_counts_for_nothing() {
        for verified in [json!(false), json!("true"), Value::Null] {
            let mut said = claims();
            said["email_verified"] = verified;
            let Value::Object(said) = said else { unreachable!() };
            assert!(Claims(said).all("email").is_empty());
        }
    }
}
