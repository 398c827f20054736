//! WeChat's codes in words: why WeChat refused, and what to do about it.
//!
//! The words stand in `explain/*.txt`, a file for each area, a block for each code: a heading with
//! the code, its class and, where it means this on some calls only, their paths; then why and what
//! to do, each in Chinese and in English. Blocks are in order, with an empty line between them.
//!
//! ```text
//! 85009 state
//! 已有一个版本正在审核
//! a version is under review already
//! 请等待结果，或先撤回审核（每天 5 次、每月 10 次）
//! wait for its result, or withdraw it: 5 times a day, 10 a month
//! ```
//!
//! They are read when the first code has to be explained, which a cold start does not wait for.

mod block;
mod class;

pub use block::Malformed;
pub use class::Class;

use std::sync::LazyLock;

use crate::text::Text;

/// The files, by area.
const AREAS: &[&str] = &[
    include_str!("explain/platform.txt"),
    include_str!("explain/authorization.txt"),
    include_str!("explain/requests.txt"),
    include_str!("explain/registration.txt"),
    include_str!("explain/results.txt"),
    include_str!("explain/profile.txt"),
    include_str!("explain/filing.txt"),
    include_str!("explain/domains.txt"),
    include_str!("explain/code.txt"),
    include_str!("explain/privacy.txt"),
    include_str!("explain/review.txt"),
    include_str!("explain/release.txt"),
    include_str!("explain/access.txt"),
];

/// Everything that can be explained, by code; of one code, what it means in general comes first.
/// A block that cannot be read would be missing: a test reads them all.
static DICTIONARY: LazyLock<Vec<Explanation>> = LazyLock::new(|| {
    let mut known: Vec<_> = AREAS.iter().flat_map(|area| block::read(area).flatten()).collect();
    known.sort_by(|one, other| {
        (one.errcode, &one.paths[..]).cmp(&(other.errcode, &other.paths[..]))
    });
    known
});

/// What a code of WeChat means to an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// WeChat's code.
    pub errcode: i64,
    /// The calls on which it means this, or the kinds of events; none where it means this on every
    /// call that is not named elsewhere.
    pub paths: Vec<&'static str>,
    /// Who can do something about it.
    pub class: Class,
    /// Why WeChat refused.
    pub cause: Text,
    /// What to do about it.
    pub what_to_do: Text,
}

/// What `errcode` means on the call to `path`, or in an event of that kind.
pub fn explain(path: &str, errcode: i64) -> Option<&'static Explanation> {
    let meanings = meanings(errcode);
    let here = meanings.iter().find(|meaning| meaning.paths.contains(&path));
    here.or_else(|| meanings.first().filter(|meaning| meaning.paths.is_empty()))
}

/// All that `errcode` can mean; nothing if nobody has met it.
pub fn meanings(errcode: i64) -> &'static [Explanation] {
    let from = DICTIONARY.partition_point(|known| known.errcode < errcode);
    let to = DICTIONARY.partition_point(|known| known.errcode <= errcode);
    DICTIONARY.get(from..to).unwrap_or_default()
}

/// The whole dictionary, by code.
pub fn dictionary() -> &'static [Explanation] {
    &DICTIONARY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_can_be_read_and_each_file_is_in_order() {
        for area in AREAS {
            let known: Vec<_> = block::read(area).collect::<Result<_, _>>().unwrap_or_else(|why| {
                panic!("{why}");
            });
            let headings = known.iter().map(|known| (known.errcode, &known.paths));
            assert!(headings.is_sorted_by(|one, next| one < next), "{}", &area[..60]);
        }
    }
}
