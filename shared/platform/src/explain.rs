//! WeChat's codes in words: why WeChat refused, and what to do about it.

mod codes;

use crate::text::Text;

/// What a code of WeChat means to an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// WeChat's code.
    pub errcode: i64,
    /// Who can do something about it.
    pub class: Class,
    /// Why WeChat refused.
    pub cause: Text,
    /// What to do about it.
    pub what_to_do: Text,
}

/// Codes by who can do something about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Whoever wrote the request: a value is wrong.
    Parameter,
    /// Whoever runs the mini program: it is not in a state in which this is possible.
    State,
    /// The merchant or WeChat: a permission is missing.
    Permission,
    /// Nobody but time: a limit is used up.
    Quota,
    /// Nobody: the same call may work in a moment.
    Busy,
    /// Whoever runs this platform: its credentials or its address are not accepted.
    Credentials,
    /// The merchant, who has to authorize again.
    Authorization,
}

/// What `errcode` means, if it is one of those that somebody has met.
pub fn explain(errcode: i64) -> Option<&'static Explanation> {
    let place = codes::CODES.binary_search_by_key(&errcode, |known| known.errcode).ok()?;
    codes::CODES.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_and_says_something_in_both_languages() {
        for known in codes::CODES {
            assert_eq!(explain(known.errcode), Some(known));
            for text in [&known.cause, &known.what_to_do] {
                assert!(!text.zh.is_empty() && !text.zh.ends_with('。'), "{text:?}");
                assert!(!text.en.is_empty() && !text.en.ends_with('.'), "{text:?}");
                assert!(text.en.is_ascii() && !text.zh.is_ascii(), "{text:?}");
            }
        }
        assert_eq!(explain(0), None);
    }

    #[test]
    fn codes_stand_in_order_and_once() {
        let codes: Vec<i64> = codes::CODES.iter().map(|known| known.errcode).collect();
        assert!(codes.is_sorted_by(|one, next| one < next));
        assert!(codes.len() >= 80, "{}", codes.len());
    }
}
