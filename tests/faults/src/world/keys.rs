//! The component's credentials: what the platform secret says and what WeChat uses.

use std::sync::LazyLock;

use platform::sealed::SealingKeys;
use secrecy::SecretString;
use serde_json::{Value, json};
use simulator::{ComponentOptions, Options};

/// The next token and EncodingAESKey.
const NEXT: (&str, &str) = ("nextToken2026", "0Tb3vXz8KcM1nR5sYw7LdF2gHj9PaE4uVx6CiBoNtZG");
const SEALING: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// How far the exchange of the keys is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Keys {
    /// The platform secret names the next ones beside the old ones.
    pub(crate) announced: bool,
}

/// The component of every world.
pub(crate) fn component() -> &'static ComponentOptions {
    static COMPONENT: LazyLock<ComponentOptions> = LazyLock::new(|| {
        let known = Options::default().components.into_iter().next().unwrap_or_default();
        ComponentOptions {
            event_url: Some(format!("https://fleet.example.com/wechat/{}/events", known.appid)),
            message_url: Some(format!(
                "https://fleet.example.com/wechat/{}/messages/$APPID$",
                known.appid
            )),
            ..known
        }
    });
    &COMPONENT
}

/// The component after the exchange of its keys.
pub(crate) fn component_with_next_keys() -> ComponentOptions {
    let known = component();
    ComponentOptions {
        token: NEXT.0.to_owned(),
        encoding_aes_key: NEXT.1.to_owned(),
        previous_encoding_aes_key: Some(known.encoding_aes_key.clone()),
        ..known.clone()
    }
}

impl Keys {
    /// What Secrets Manager answers.
    pub(crate) fn secret(self) -> String {
        let known = component();
        let mut entry: Value = json!({
            "appid": known.appid,
            "secret": known.secret,
            "token": known.token,
            "encoding_aes_key": known.encoding_aes_key,
        });
        if self.announced {
            entry["previous_token"] = entry["token"].take();
            entry["previous_encoding_aes_key"] = entry["encoding_aes_key"].take();
            entry["token"] = json!(NEXT.0);
            entry["encoding_aes_key"] = json!(NEXT.1);
        }
        json!({ "sealing_key": SEALING, "components": [entry] }).to_string()
    }
}

/// What opens what the functions have sealed.
pub(crate) fn sealing() -> &'static SealingKeys {
    static KEYS: LazyLock<SealingKeys> = LazyLock::new(|| {
        SealingKeys::new(SecretString::from(SEALING), Vec::new()).expect("the key is long enough")
    });
    &KEYS
}
