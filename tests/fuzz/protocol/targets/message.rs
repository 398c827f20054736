//! The message in a push, XML or JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat::message::{Summary, Unreadable, go_live, parse_account, parse_authorization};

fuzz_target!(|message: &[u8]| {
    let summary = Summary::scan(message);
    let authorization = parse_authorization(message);
    let account = parse_account(message);
    // Whoever reads all of it is at least as strict as whoever reads a part.
    if authorization.is_ok() || account.is_ok() {
        assert!(!matches!(summary, Err(Unreadable::TooLarge | Unreadable::NotUtf8)));
    }
    if let Ok(account) = account {
        for kind in
            [go_live::TestAccountKind::OfficialAccount, go_live::TestAccountKind::MiniProgram]
        {
            let _ = go_live::step(kind, &account);
        }
        let _ = format!("{account:?}");
    }
    let _ = authorization.map(|authorization| format!("{authorization:?}"));
});
