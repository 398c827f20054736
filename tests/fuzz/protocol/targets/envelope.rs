//! The body of a push, before anything about it is known.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat::crypto::{Envelope, MAX_BODY};

fuzz_target!(|body: &[u8]| {
    if let Ok(envelope) = Envelope::parse(body) {
        assert!(!envelope.encrypt.is_empty());
        assert!(envelope.encrypt.len() <= MAX_BODY);
    }
});
