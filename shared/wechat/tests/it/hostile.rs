//! Messages of no sense at all: read or refused, never a panic and never unbounded work.

use proptest::prelude::*;
use wechat::{
    crypto::MAX_BODY,
    message::{Summary, Unreadable, parse_account, parse_authorization},
};

fn read_in_every_way(message: &[u8]) {
    let summary = Summary::scan(message);
    let authorization = parse_authorization(message);
    let account = parse_account(message);
    // Whoever reads all of it is at least as strict as whoever reads a part.
    if authorization.is_ok() || account.is_ok() {
        assert!(!matches!(summary, Err(Unreadable::TooLarge | Unreadable::NotUtf8)));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_message_panic(message in any::<Vec<u8>>()) {
        read_in_every_way(&message);
    }

    #[test]
    fn nothing_like_xml_makes_a_message_panic(
        message in "<xml>(<InfoType>authorized</InfoType>|<MsgType>event</MsgType>|<Event>wxa_appeal_record</Event>|<Event>weapp_audit_fail</Event>|<material>|</material>|<list><appid>a</appid></list>|<list/>|<CreateTime>[0-9a-z]{0,30}</CreateTime>|<AuthorizerAppid>wx1</AuthorizerAppid>|<!\\[CDATA\\[ ?\\]\\]>|&amp;|&#x41;|&x;| |[a-z]){0,12}</xml>"
    ) {
        read_in_every_way(message.as_bytes());
    }

    #[test]
    fn nothing_like_json_makes_a_message_panic(
        fields in prop::collection::vec(
            (
                "(InfoType|MsgType|Event|CreateTime|AppId|appid|status|info|list|List|Content|MsgId)",
                "(\"authorized\"|\"event\"|\"text\"|\"notify_third_fasteregister\"|\"wxa_privacy_apply\"|null|1|1e300|-1.5|18446744073709551615|true|\"\"|\\[\\]|\\{\\}|\\[1,\\{\\}\\])",
            ),
            0..8,
        )
    ) {
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        read_in_every_way(format!("{{{}}}", fields.join(",")).as_bytes());
    }
}

#[test]
fn the_largest_messages_are_read_or_refused_without_much_work() {
    let started = std::time::Instant::now();
    let fill = |part: &str| part.repeat((MAX_BODY - 100) / part.len());
    for body in [
        fill("<a/>"),
        fill("<a>"),
        fill("&amp;"),
        fill("<![CDATA[]]>"),
        fill("<![CDATA[ ]]>x"),
        fill("<!-- -->"),
        fill("<a b='c'/>"),
        fill("<"),
        fill("&"),
        fill(" "),
    ] {
        read_in_every_way(format!("<xml><InfoType>a</InfoType>{body}</xml>").as_bytes());
        read_in_every_way(format!("<xml><Content>{body}</Content></xml>").as_bytes());
    }
    read_in_every_way(format!("{{\"a\":{}", fill("[")).as_bytes());
    read_in_every_way(format!("{{\"a\":{}", fill("{\"a\":")).as_bytes());
    // Some 60 readings of 256 KiB in an unoptimized build, on whatever machine; quadratic work
    // would take minutes.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn more_levels_than_wechat_uses_are_refused() {
    let nested = |levels: usize| {
        let (open, close) = ("<a>".repeat(levels), "</a>".repeat(levels));
        format!("<xml><InfoType>a</InfoType>{open}{close}</xml>")
    };
    assert!(parse_authorization(nested(15).as_bytes()).is_ok());
    assert_eq!(parse_authorization(nested(16).as_bytes()).unwrap_err(), Unreadable::Syntax);
}

#[test]
fn more_pieces_than_any_message_has_are_refused_before_they_are_read() {
    let made_of = |piece: &str, times: usize| {
        format!("<xml><InfoType>a</InfoType><a>{}</a></xml>", piece.repeat(times))
    };
    // An empty element has a beginning and an end, and between two characters by number is no text.
    for (piece, few, many) in
        [("<a/>", 2000, 2100), ("&#65;", 4000, 4100), ("<!-- -->", 4000, 4100)]
    {
        assert!(Summary::scan(made_of(piece, few).as_bytes()).is_ok(), "{piece}");
        let many = made_of(piece, many);
        assert_eq!(Summary::scan(many.as_bytes()).err(), Some(Unreadable::Syntax), "{piece}");
    }
}
