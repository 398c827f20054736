//! What a target answered, fit to be kept and shown: short, and without anything secret-like.

/// So many bytes of an answer are kept.
const LONGEST: usize = 500;
/// A word at least this long may be a key.
const LONG_WORD: usize = 20;
/// What follows one of these is a secret.
const NAMES: [&str; 7] =
    ["secret", "password", "token", "key", "authorization", "credential", "bearer"];
const HIDDEN: &str = "[hidden]";

/// The first 500 bytes of `answer` as text, with secrets hidden.
pub fn redact(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(&answer[..answer.len().min(LONGEST)]);
    // A word that is cut at the end is still a word; its beginning tells enough to hide it.
    let cut = answer.len() > LONGEST;
    let mut redacted = String::new();
    let mut after_name = false;
    let mut rest = text.as_ref();
    while !rest.is_empty() {
        let end = rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len());
        if end == 0 {
            let letter = rest.chars().next().unwrap_or_default();
            redacted.push(if letter.is_control() { ' ' } else { letter });
            after_name &= matches!(letter, ' ' | '"' | '\'' | ':' | '=');
            rest = &rest[letter.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(end);
        let lower = word.to_ascii_lowercase();
        let names_one = NAMES.iter().any(|name| lower.contains(name));
        let last = cut && after.is_empty();
        if !names_one && (after_name || last || looks_like_a_key(word)) {
            redacted.push_str(HIDDEN);
            // `Authorization: Basic …` hides both.
            after_name &= matches!(&*lower, "basic" | "digest");
        } else {
            match word.split_once('=') {
                Some((name, value)) if names_one && !value.is_empty() => {
                    redacted.push_str(&format!("{name}={HIDDEN}"));
                }
                _ if looks_like_a_key(word) => redacted.push_str(HIDDEN),
                _ => redacted.push_str(word),
            }
            after_name = names_one;
        }
        rest = after;
    }
    redacted
}

/// Letters of base64, of tokens and of hexadecimal numbers.
fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '+' | '/' | '=' | '.' | '~')
}

/// Long, and of letters and digits mixed as only machines do.
fn looks_like_a_key(word: &str) -> bool {
    let long = word.split(['.', '/', '=']).any(|part| part.len() >= LONG_WORD);
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let capitals = word.bytes().filter(u8::is_ascii_uppercase).count();
    long && (digits > 0 || capitals > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_answer_is_kept_as_it_is() {
        for plain in [
            "ok",
            r#"{"ok":true,"order":1234}"#,
            "<html><h1>502 Bad Gateway</h1></html>",
            "上游服务不可用",
            "no route matches /hooks/wechat-fleet/release-events",
        ] {
            assert_eq!(redact(plain.as_bytes()), plain);
        }
    }

    #[test]
    fn what_looks_like_a_secret_is_hidden() {
        for answer in [
            r#"{"token":"canary"}"#,
            r#"{"api_key" : "canary", "a": 1}"#,
            "password=canary&x=1",
            "Authorization: Basic canary",
            "Bearer canary",
            "whsec_canaryMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "eyJhbGciOiJIUzI1NiJ9.canary1234567890123456789.x",
            "<b>canary0123456789abcdef0123456789abcdef</b>",
        ] {
            let redacted = redact(answer.as_bytes());
            assert!(!redacted.contains("canary"), "{redacted}");
            assert!(redacted.contains(HIDDEN), "{redacted}");
        }
    }

    #[test]
    fn an_answer_is_cut_and_the_word_at_the_cut_is_hidden() {
        let answer = format!("{} canary123", "a ".repeat(247));
        let redacted = redact(answer.as_bytes());
        assert!(redacted.len() <= LONGEST + HIDDEN.len() && !redacted.contains("canar"));
        assert_eq!(redact(b"a\r\n\x1b[31mb\xff"), "a   [31mb\u{fffd}");
    }
}
