//! A request to `callback`: any address, query and body; signed or not.

#![no_main]

use axum::body::Body;
use fuzz::{COMPONENT, ENCODING_AES_KEY, Input, MINI_PROGRAM, TOKEN, with};
use http::{Request, StatusCode};
use libfuzzer_sys::fuzz_target;
use simulator::crypto::{CallbackKey, signature};

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let (address, way, method) = (input.choice(3), input.choice(4), input.choice(8));
    let path = match address {
        0 => format!("/wechat/{COMPONENT}/events"),
        1 => format!("/wechat/{COMPONENT}/messages/{MINI_PROGRAM}"),
        _ => format!("/wechat/{}", input.text()),
    };
    let (query, body) = match way {
        // Nothing is known to whoever sends it;
        0 => (input.text().to_owned(), input.rest().to_vec()),
        // the ciphertext is genuine, the envelope around it is not;
        1 => {
            let (before, after) = (input.text(), input.text());
            let encrypt = encrypted("<xml><InfoType>x</InfoType></xml>");
            (signed(&encrypt), format!("{before}{encrypt}{after}").into_bytes())
        }
        // all is genuine but what it says;
        2 => {
            let encrypt = encrypted(input.text());
            (signed(&encrypt), envelope(&encrypt))
        }
        // or the query has more in it.
        _ => {
            let encrypt = encrypted("<xml><InfoType>x</InfoType></xml>");
            (format!("{}&{}", signed(&encrypt), input.text()), envelope(&encrypt))
        }
    };
    let method = if method == 0 { "GET" } else { "POST" };
    let request = Request::builder().method(method).uri(format!("{path}?{query}"));
    let Ok(request) = request.body(Body::from(body)) else { return };
    with(|deployment| {
        let (status, answer) = deployment.send(&deployment.callback, request);
        assert!(answer.len() < 4096);
        if way == 0 {
            // Who knows neither token nor key gets nothing in.
            assert_ne!(status, StatusCode::OK, "{path}?{query}");
        }
    });
});

fn encrypted(message: &str) -> String {
    let key = CallbackKey::parse(ENCODING_AES_KEY).expect("it is a key");
    key.encrypt([7; 16], message, COMPONENT)
}

fn signed(encrypt: &str) -> String {
    let signature = signature(&[TOKEN, "1795369521", "nonce", encrypt]);
    format!("timestamp=1795369521&nonce=nonce&msg_signature={signature}")
}

fn envelope(encrypt: &str) -> Vec<u8> {
    format!("<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>").into_bytes()
}
