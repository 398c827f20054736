//! The file of a merchant's certificate.

#![no_main]

use fuzz::{COMPONENT, MINI_PROGRAM, with};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    with(|deployment| {
        let component = COMPONENT.parse().expect("it is an appid");
        let appid = MINI_PROGRAM.parse().expect("it is an appid");
        let payments = &deployment.platform.payments;
        let _ = deployment.block_on(payments.set_certificate("by", &component, &appid, file));
    });
});
