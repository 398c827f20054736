//! stub
use secrecy::SecretString;
#[derive(Debug)]
pub struct CallbackKeys {
    pub tokens: Vec<SecretString>,
    pub keys: Vec<EncodingAesKey>,
}
#[derive(Debug)]
pub struct EncodingAesKey;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct InvalidKey;
impl std::str::FromStr for EncodingAesKey {
    type Err = InvalidKey;
    fn from_str(s: &str) -> Result<Self, InvalidKey> {
        if s.len() == 43 { Ok(EncodingAesKey) } else { Err(InvalidKey) }
    }
}
