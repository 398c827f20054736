//! What is entered for a webhook, and what its target answers.

#![no_main]

use std::net::IpAddr;

use fuzz::Input;
use libfuzzer_sys::fuzz_target;
use platform::webhooks::{Reach, SigningSecret, redact};

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let (url, secret, id, body) = (input.text(), input.text(), input.text(), input.text());
    let answer = input.rest();

    let reach = Reach::public([443]);
    if let Ok(url) = reach.check(url) {
        assert_eq!(url.scheme(), "https");
        // An address in the place of a name would not be looked up, and so not be looked at.
        let host = url.host_str().unwrap_or_default();
        assert!(host.trim_matches(['[', ']']).parse::<IpAddr>().is_err(), "{host}");
    }
    if let Ok(signature) = SigningSecret::from_text(secret.into()).sign(id, 1, body) {
        assert_eq!(signature.len(), "v1,".len() + 44);
    }
    let shown = redact(answer);
    assert!(shown.len() <= 8 * 500, "{}", shown.len());
});
