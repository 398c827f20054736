//! Somebody who knows a component's token and key, as WeChat does.

use axum::{Router, body::Body};
use http::Request;
use journeys::World;
use secrecy::ExposeSecret;
use simulator::crypto::{CallbackKey, signature};
use tower::ServiceExt;

use crate::Failure;

const TIMESTAMP: &str = "1795369521";
const NONCE: &str = "nonce";

/// Sends to the `callback` of a world.
pub(crate) struct Sender {
    callback: Router,
    pub(crate) component: String,
    token: String,
    pub(crate) key: CallbackKey,
}

impl Sender {
    pub(crate) fn new(world: &World) -> Result<Sender, Failure> {
        let known = world.system().component();
        let key = CallbackKey::parse(known.encoding_aes_key.expose_secret());
        Ok(Sender {
            callback: world.system().callback(),
            component: known.appid.clone(),
            token: known.token.expose_secret().to_owned(),
            key: key.ok_or("the component has no key")?,
        })
    }

    pub(crate) fn signature(&self, encrypt: &str) -> String {
        signature(&[&self.token, TIMESTAMP, NONCE, encrypt])
    }

    /// Encrypts a message, signs it, sends it, and answers the status.
    pub(crate) async fn push(&self, message: &str) -> Result<u16, Failure> {
        let encrypt = self.key.encrypt([7; 16], message, &self.component);
        let body = format!("<xml><Encrypt>{encrypt}</Encrypt></xml>");
        self.send(&self.signature(&encrypt), body.into_bytes()).await
    }

    /// Sends a body as it is, and answers the status.
    pub(crate) async fn send(&self, msg_signature: &str, body: Vec<u8>) -> Result<u16, Failure> {
        let request = Request::post(format!(
            "/wechat/{}/events?timestamp={TIMESTAMP}&nonce={NONCE}&msg_signature={msg_signature}",
            self.component
        ));
        let answer = self.callback.clone().oneshot(request.body(Body::from(body))?).await?;
        Ok(answer.status().as_u16())
    }
}
