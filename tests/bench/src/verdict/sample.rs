//! The pushes that everybody is given.

use serde::Serialize;
use simulator::crypto::{CallbackKey, signature};

use crate::Failure;

pub(crate) const APPID: &str = "wxbb351fd8902f163e";
pub(crate) const TOKEN: &str = "callback-token";
pub(crate) const ENCODING_AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const TIMESTAMP: &str = "1665300301";
const NONCE: &str = "1320562132";
/// As long as WeChat's are.
const TICKET: &str = "ticket@@@Csaed7zh5SrJ0qX9dMBZ8HP2R4s9vHS73mmHdR9qbEDvs2Yje00vbZTb7oNmA-jMfSTBt-A0lK3ebj9WyORlJA";
/// What a long message says again and again. Chinese, as almost all of them are.
const WORDS: &str = "小程序名称与经营范围不符，请补充材料后重新提交。";

/// A push as it comes: a body, and what of its query matters.
#[derive(Clone, Serialize)]
pub(crate) struct Push {
    pub(crate) body: String,
    /// The ciphertext in the body.
    pub(crate) encrypt: String,
    pub(crate) msg_signature: String,
    pub(crate) timestamp: &'static str,
    pub(crate) nonce: &'static str,
    /// What is in it; nobody is told.
    #[serde(skip)]
    pub(crate) message: String,
}

impl Push {
    /// A push for `appid`.
    fn new(message: String, appid: &str) -> Result<Push, Failure> {
        let key = CallbackKey::parse(ENCODING_AES_KEY).ok_or("the key of the sample is none")?;
        let encrypt = key.encrypt(*b"0123456789abcdef", &message, appid);
        Ok(Push {
            body: format!(
                "<xml><AppId><![CDATA[{APPID}]]></AppId><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
            ),
            msg_signature: signature(&[TOKEN, TIMESTAMP, NONCE, &encrypt]),
            encrypt,
            timestamp: TIMESTAMP,
            nonce: NONCE,
            message,
        })
    }

    /// A ticket, which is what comes every ten minutes.
    pub(crate) fn ticket(create_time: i64) -> Result<Push, Failure> {
        Push::new(ticket(create_time), APPID)
    }

    /// An event with a body of so many bytes, as nearly as may be.
    pub(crate) fn long(length: usize) -> Result<Push, Failure> {
        // Base64 makes four bytes of three; what else there is has some three hundred.
        let words = length.saturating_sub(600) / 4 * 3 / WORDS.len();
        let message = format!(
            "<xml><AppId><![CDATA[{APPID}]]></AppId><CreateTime>{TIMESTAMP}</CreateTime>\
             <InfoType><![CDATA[notify_third_fasteregister]]></InfoType><status>89249</status>\
             <msg><![CDATA[{}]]></msg></xml>",
            WORDS.repeat(words)
        );
        Push::new(message, APPID)
    }

    /// What has to be refused: a wrong signature, and a message for somebody else.
    pub(crate) fn forgeries() -> Result<Vec<Push>, Failure> {
        let mut forged = Push::ticket(1_665_300_301)?;
        forged.msg_signature = "0".repeat(40);
        Ok(vec![forged, Push::new(ticket(1_665_300_301), "wx0000000000000000")?])
    }

    /// Where it is sent, with its query.
    pub(crate) fn address(&self) -> String {
        format!("{}?{}", self.path(), self.query())
    }

    /// Where it is sent.
    pub(crate) fn path(&self) -> String {
        format!("/wechat/{APPID}/events")
    }

    /// As WeChat writes it; `signature` covers no body.
    pub(crate) fn query(&self) -> String {
        let Push { msg_signature, timestamp, nonce, .. } = self;
        let signature = signature(&[TOKEN, timestamp, nonce]);
        format!(
            "signature={signature}&timestamp={timestamp}&nonce={nonce}&encrypt_type=aes\
             &msg_signature={msg_signature}"
        )
    }

    /// What the signature covers.
    pub(crate) fn signed(&self) -> String {
        let mut parts = [TOKEN, self.timestamp, self.nonce, &self.encrypt];
        parts.sort_unstable();
        parts.concat()
    }
}

fn ticket(create_time: i64) -> String {
    format!(
        "<xml><AppId><![CDATA[{APPID}]]></AppId><CreateTime>{create_time}</CreateTime>\
         <InfoType><![CDATA[component_verify_ticket]]></InfoType>\
         <ComponentVerifyTicket><![CDATA[{TICKET}]]></ComponentVerifyTicket></xml>"
    )
}
