//! Pushes as WeChat sends them, and requests that anybody can send.

use journeys::{MERCHANT, World};
use secrecy::ExposeSecret;
use simulator::crypto::{CallbackKey, signature};

/// A genuine push, taken apart.
#[derive(Clone)]
pub(super) struct Genuine {
    pub(super) token: String,
    pub(super) key: CallbackKey,
    pub(super) component: String,
    /// To the message URL, and not to the authorization-event URL.
    pub(super) is_message: bool,
    pub(super) is_json: bool,
    pub(super) message: String,
    pub(super) timestamp: String,
    pub(super) nonce: String,
    pub(super) encrypt: String,
    pub(super) msg_signature: String,
}

/// A request.
#[derive(Clone)]
pub(super) struct Push {
    pub(super) path: String,
    /// Names and values, which may be any bytes.
    pub(super) query: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

impl Genuine {
    /// One of every kind that differs on its way in: a ticket, events of both addresses, XML and JSON,
    /// nonces of digits and of letters.
    pub(super) fn all(world: &World) -> Vec<Genuine> {
        let now = world.clock().now().as_second();
        let component = world.component();
        let xml = |fields: &str| format!("<xml>{fields}<CreateTime>{now}</CreateTime></xml>");
        let of_component = format!("<AppId><![CDATA[{component}]]></AppId>");
        let of_account = "<ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>\
                          <FromUserName><![CDATA[od94JwOFPHfFHqPHvlRmnZvrM1Xs]]></FromUserName>";
        let messages = [
            (
                false,
                xml(&format!(
                    "{of_component}<InfoType><![CDATA[component_verify_ticket]]></InfoType>\
                 <ComponentVerifyTicket><![CDATA[ticket@@@genuine]]></ComponentVerifyTicket>"
                )),
            ),
            (
                false,
                xml(&format!(
                    "{of_component}<InfoType><![CDATA[something_of_next_year]]></InfoType>\
                 <note><![CDATA[资料不全]]></note>"
                )),
            ),
            (
                true,
                xml(&format!(
                    "{of_account}<MsgType><![CDATA[event]]></MsgType>\
                 <Event><![CDATA[wxa_brand_new]]></Event><Reason><![CDATA[1:不符合规范]]></Reason>"
                )),
            ),
            (
                true,
                format!(
                    r#"{{"ToUserName":"gh_97417a04a28d","FromUserName":"o1","CreateTime":{now},"MsgType":"event","Event":"wxa_other_new","Reason":"图标"}}"#
                ),
            ),
        ];
        let nonces = ["1372623149", "xxxxxx", "9", "QDG6eK"];
        let mut all = Vec::new();
        for (place, (is_message, message)) in messages.into_iter().enumerate() {
            let known = world.system().component();
            let genuine = Genuine {
                token: known.token.expose_secret().to_owned(),
                key: CallbackKey::parse(known.encoding_aes_key.expose_secret()).unwrap(),
                component: component.to_owned(),
                is_message,
                is_json: message.starts_with('{'),
                message,
                timestamp: now.to_string(),
                nonce: nonces[place].to_owned(),
                encrypt: String::new(),
                msg_signature: String::new(),
            };
            all.push(genuine.encrypted([b'a' + place as u8; 16]));
        }
        all
    }

    /// The same message, sent again by WeChat.
    pub(super) fn anew(&self, random: &mut fastrand::Rng) -> Genuine {
        let later = self.timestamp.parse::<i64>().unwrap() + random.i64(1..3600);
        let nonce = random.u32(..).to_string();
        let genuine = Genuine { timestamp: later.to_string(), nonce, ..self.clone() };
        genuine.encrypted(random.u128(..).to_be_bytes())
    }

    fn encrypted(self, random: [u8; 16]) -> Genuine {
        let encrypt = self.key.encrypt(random, &self.message, &self.component);
        self.around(encrypt)
    }

    /// Well signed around another ciphertext.
    pub(super) fn around(self, encrypt: String) -> Genuine {
        let msg_signature = signature(&[&self.token, &self.timestamp, &self.nonce, &encrypt]);
        Genuine { encrypt, msg_signature, ..self }
    }

    /// As it is sent.
    pub(super) fn push(&self) -> Push {
        self.push_of(self.envelope(&self.encrypt))
    }

    /// The same with another body.
    pub(super) fn push_of(&self, body: impl Into<Vec<u8>>) -> Push {
        let signature = signature(&[&self.token, &self.timestamp, &self.nonce]);
        let query = [
            ("signature", &signature),
            ("timestamp", &self.timestamp),
            ("nonce", &self.nonce),
            ("encrypt_type", &"aes".to_owned()),
            ("msg_signature", &self.msg_signature),
        ];
        let query = query.map(|(name, value)| (name.to_owned(), value.clone().into_bytes()));
        Push { path: self.path(), query: query.to_vec(), body: body.into() }
    }

    fn path(&self) -> String {
        match self.is_message {
            true => format!("/wechat/{}/messages/{MERCHANT}", self.component),
            false => format!("/wechat/{}/events", self.component),
        }
    }

    /// A body around `encrypt`.
    pub(super) fn envelope(&self, encrypt: &str) -> String {
        match (self.is_json, self.is_message) {
            (true, _) => format!(r#"{{"ToUserName":"gh_97417a04a28d","Encrypt":"{encrypt}"}}"#),
            (false, true) => format!(
                "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>\
                 <Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
            ),
            (false, false) => format!(
                "<xml><AppId><![CDATA[{}]]></AppId><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>",
                self.component
            ),
        }
    }
}

/// Who it is and not what opens it.
impl std::fmt::Debug for Genuine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?}", self.push())
    }
}

impl Push {
    /// The value of a parameter of the query.
    pub(super) fn parameter(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.query.iter_mut().find(|(known, _)| known == name).unwrap().1
    }

    /// Path and query.
    pub(super) fn target(&self) -> String {
        let encoded = |value: &[u8]| -> String {
            let one = |byte: &u8| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => {
                    char::from(*byte).to_string()
                }
                byte => format!("%{byte:02X}"),
            };
            value.iter().map(one).collect()
        };
        let query = self.query.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        format!("{}?{}", self.path, query.collect::<Vec<_>>().join("&"))
    }
}

impl std::fmt::Debug for Push {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} with {}", self.target(), String::from_utf8_lossy(&self.body))
    }
}

/// Pushes that are kept as events.
pub(super) fn events(world: &World) -> usize {
    let items = world.aws().database().items("inbox").unwrap();
    items.iter().filter(|item| item["sk"]["S"] == "event").count()
}
