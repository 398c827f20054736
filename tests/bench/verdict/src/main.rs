//! From the bytes of a push to what it says, as the function `callback` does it. It is a program of its own
//! so that it is built as what is deployed, and not as the bench is.
//!
//! A line of JSON in, a line of JSON out, see `tests/bench/src/verdict/peer.rs`.

use std::{
    error::Error,
    hint::black_box,
    io::{BufRead, Write},
};

use aes::Aes256;
use cipher::{Array, BlockModeDecrypt, KeyIvInit};
use rustix::time::{ClockId, clock_gettime};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use wechat::{
    AppId,
    crypto::{self, CallbackKeys, Decrypted, EncodingAesKey, PushQuery, Refusal},
    message::Summary,
};

#[derive(Deserialize)]
struct Keys {
    appid: AppId,
    token: SecretString,
    encoding_aes_key: String,
}

#[derive(Deserialize)]
struct Asked {
    pushes: Vec<Push>,
    part: Part,
    times: u64,
}

#[derive(Deserialize)]
struct Push {
    body: String,
    encrypt: String,
    msg_signature: String,
    timestamp: String,
    nonce: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Part {
    Whole,
    Cryptography,
    /// SHA-1 over what was signed and AES over what was encrypted, and nothing else.
    Bare,
}

#[derive(Serialize)]
struct Answer {
    verdicts: Vec<Verdict>,
    /// In seconds.
    cpu: f64,
}

/// Nothing of what was refused.
#[derive(Default, Serialize)]
struct Verdict {
    message: Option<String>,
    info_type: Option<String>,
}

/// What `callback` knows of a component.
struct Component {
    appid: AppId,
    tokens: Vec<SecretString>,
    keys: Vec<EncodingAesKey>,
}

impl Component {
    /// Everything that is done before storing: the envelope, the signature, decryption, whom the message is
    /// for, and what decides where it goes.
    fn whole<T>(&self, push: &Push, look: impl Fn(&str, &Summary<'_>) -> T) -> Result<T, Refusal> {
        let keys = CallbackKeys { tokens: &self.tokens, keys: &self.keys };
        let query = PushQuery {
            msg_signature: &push.msg_signature,
            timestamp: &push.timestamp,
            nonce: &push.nonce,
        };
        let opened = crypto::open(&keys, &query, push.body.as_bytes())?;
        opened.decrypted.require_id(&self.appid)?;
        let message = opened.decrypted.message();
        let summary = Summary::scan(message.as_bytes()).map_err(|_| Refusal::Envelope)?;
        if summary.app_id.as_deref().is_some_and(|inner| inner != self.appid.as_str()) {
            return Err(Refusal::AppId);
        }
        Ok(look(message, &summary))
    }

    /// Without XML: the signature, decryption, and whom the message is for.
    fn cryptography(&self, push: &Push) -> Result<Decrypted, Refusal> {
        let Push { encrypt, msg_signature, timestamp, nonce, .. } = push;
        crypto::verify_msg_signature(&self.tokens, timestamp, nonce, encrypt, msg_signature)?;
        let decrypted = crypto::decrypt(&self.keys, encrypt)?;
        decrypted.require_id(&self.appid)?;
        Ok(decrypted)
    }

    /// An error if the two parts do not agree.
    fn verdict(&self, push: &Push) -> Result<Verdict, Box<dyn Error>> {
        let look = |message: &str, summary: &Summary<'_>| Verdict {
            message: Some(message.to_owned()),
            info_type: summary.info_type.as_deref().map(str::to_owned),
        };
        match (self.whole(push, look), self.cryptography(push)) {
            (Ok(verdict), Ok(decrypted))
                if verdict.message.as_deref() == Some(decrypted.message()) =>
            {
                Ok(verdict)
            }
            (Err(_), Err(_)) => Ok(Verdict::default()),
            _ => Err("the parts do not agree".into()),
        }
    }

    /// In seconds, for all pushes and all times. An error if one is refused, for that takes no time.
    fn time(&self, asked: &Asked) -> Result<f64, Box<dyn Error>> {
        let mut time = 0.0;
        for push in &asked.pushes {
            time += match asked.part {
                Part::Whole => repeat(asked.times, || {
                    let look = |_: &str, summary: &Summary<'_>| {
                        black_box(summary);
                    };
                    self.whole(black_box(push), look)
                })?,
                Part::Cryptography => repeat(asked.times, || self.cryptography(black_box(push)))?,
                Part::Bare => {
                    let mut bytes = base64_simd::STANDARD.decode_to_vec(&push.encrypt)?;
                    let token = self.tokens[0].expose_secret();
                    let mut parts = [token, &*push.timestamp, &push.nonce, &push.encrypt];
                    parts.sort_unstable();
                    let signed = parts.concat();
                    // Whatever the bytes and the key are, it takes as long.
                    let key = [7; 32];
                    repeat(asked.times, || Ok(bare(&key, black_box(&signed), &mut bytes)))?
                }
            };
        }
        Ok(time)
    }
}

/// What no receiver of a push can leave out, by the crates that `wechat` uses for it.
fn bare(key: &[u8; 32], signed: &str, bytes: &mut [u8]) -> [u8; 20] {
    let (blocks, _) = Array::slice_as_chunks_mut(bytes);
    let iv = [7; 16];
    cbc::Decryptor::<Aes256>::new(key.into(), (&iv).into()).decrypt_blocks(blocks);
    Sha1::digest(signed).into()
}

/// Seconds on a processor for doing it so often.
fn repeat<T>(times: u64, mut work: impl FnMut() -> Result<T, Refusal>) -> Result<f64, Refusal> {
    let began = cpu();
    for _ in 0..times {
        black_box(work()?);
    }
    Ok(cpu() - began)
}

/// Seconds on a processor so far.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut lines = std::io::stdin().lock().lines();
    let mut output = std::io::stdout().lock();
    let keys: Keys = serde_json::from_str(&lines.next().ok_or("no keys")??)?;
    let component = Component {
        appid: keys.appid,
        tokens: vec![keys.token],
        keys: vec![keys.encoding_aes_key.parse()?],
    };
    writeln!(output, r#"{{"version":"wechat-fleet {}"}}"#, env!("CARGO_PKG_VERSION"))?;
    for line in lines {
        let asked: Asked = serde_json::from_str(&line?)?;
        let verdicts = asked.pushes.iter().map(|push| component.verdict(push));
        let verdicts = verdicts.collect::<Result<_, _>>()?;
        let answer = Answer { verdicts, cpu: component.time(&asked)? };
        writeln!(output, "{}", serde_json::to_string(&answer)?)?;
    }
    Ok(())
}
