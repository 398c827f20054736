use std::ffi::OsString;

use local::arguments::{ArgumentError, Arguments, Command, WeChatKind, parse};

fn parsed(line: &str) -> Result<Command, ArgumentError> {
    parse(line.split_whitespace().map(OsString::from))
}

#[test]
fn no_argument_means_the_documented_defaults() {
    assert_eq!(
        parsed(""),
        Ok(Command::Run(Arguments {
            listen: "127.0.0.1:8080".parse().unwrap(),
            data: ".local".into(),
            ready_file: None,
            wechat: WeChatKind::Simulated,
            components: 1,
        }))
    );
}

#[test]
fn every_option_is_understood_with_a_space_or_an_equals_sign() {
    let expected = Ok(Command::Run(Arguments {
        listen: "127.0.0.1:0".parse().unwrap(),
        data: "/tmp/x".into(),
        ready_file: Some("/tmp/ready".into()),
        wechat: WeChatKind::Real,
        components: 3,
    }));
    let spaced = "--listen localhost:0 --data /tmp/x --ready-file /tmp/ready --wechat real \
                  --components 3";
    let joined = "--wechat=real --ready-file=/tmp/ready --data=/tmp/x --listen=127.0.0.1:0 \
                  --components=3";

    assert_eq!(parsed(spaced), expected);
    assert_eq!(parsed(joined), expected);
}

#[test]
fn help_wins_over_everything_before_a_mistake() {
    assert_eq!(parsed("--wechat real --help --nonsense"), Ok(Command::Help));
}

#[test]
fn a_mistake_is_named() {
    let words = |line: &str| parsed(line).unwrap_err().to_string();

    assert!(words("--nonsense").contains("--nonsense"));
    assert!(words("serve").contains("serve"));
    assert!(words("--listen").contains("--listen"));
    assert!(words("--listen 8080").contains("127.0.0.1:8080"));
    assert!(words("--wechat fake").contains("simulated or real"));
    assert!(words("--data=").contains("--data"));
    for wrong in ["0", "17", "many", ""] {
        assert!(words(&format!("--components={wrong}")).contains("1 to 16"), "{wrong}");
    }
}
