//! What a request to `callback` costs at the most, whoever sends it: a body of up to 64 KiB takes no more
//! than a megabyte. The CPU of the slowest is printed whenever it is outdone.

#![no_main]

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::body::Body;
use fuzz::{COMPONENT, ENCODING_AES_KEY, TOKEN, with};
use http::Request;
use libfuzzer_sys::fuzz_target;
use peak_alloc::PeakAlloc;
use simulator::crypto::{CallbackKey, signature};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const LONGEST: usize = 64 * 1024;
const MOST: usize = 1_000_000;
/// In microseconds.
static SLOWEST: AtomicU64 = AtomicU64::new(100);

fuzz_target!(|data: &[u8]| {
    let [way, body @ ..] = data else { return };
    let body = &body[..body.len().min(LONGEST)];
    let key = CallbackKey::parse(ENCODING_AES_KEY).expect("it is a key");
    let envelope =
        |encrypt: &str| format!("<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>").into_bytes();
    let (encrypt, body) = match way % 3 {
        // By a stranger;
        0 => (String::new(), body.to_vec()),
        // by somebody who has the token, around a ciphertext that is none;
        1 => {
            let text = String::from_utf8_lossy(&body[..body.len() * 3 / 4]).into_owned();
            let body = envelope(&text);
            (text, body)
        }
        // or who has the key, too: whatever is inside is read.
        _ => {
            let text = String::from_utf8_lossy(&body[..body.len() / 2]);
            let encrypt = key.encrypt([7; 16], &text, COMPONENT);
            let body = envelope(&encrypt);
            (encrypt, body)
        }
    };
    let signature = signature(&[TOKEN, "1795369521", "nonce", &encrypt]);
    let target = format!(
        "/wechat/{COMPONENT}/events?timestamp=1795369521&nonce=nonce&msg_signature={signature}"
    );
    with(|deployment| {
        let send = || {
            let request = Request::post(&target).body(Body::from(body.clone()));
            let request = request.expect("it is a request");
            ALLOCATOR.reset_peak_usage();
            let (before, began) = (ALLOCATOR.current_usage(), cpu());
            deployment.send(&deployment.callback, request);
            (cpu() - began, ALLOCATOR.peak_usage().saturating_sub(before))
        };
        let (mut took, taken) = send();
        assert!(taken <= MOST, "{taken} bytes for a body of {}", body.len());
        let slowest = Duration::from_micros(SLOWEST.load(Ordering::Relaxed));
        if took > slowest {
            // Once again, for what was not in the caches.
            took = send().0.min(took);
        }
        if took > slowest {
            SLOWEST.store(took.as_micros() as u64, Ordering::Relaxed);
            eprintln!("cost: {} bytes, way {}: {took:?}, {taken} bytes taken", body.len(), way % 3);
        }
    });
});

/// How long this thread has had a processor; nothing where that is not told.
fn cpu() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split(' ').next().and_then(|told| told.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}
