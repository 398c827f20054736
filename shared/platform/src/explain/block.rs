//! Reads the dictionary's blocks.

use super::Explanation;
use crate::text::Text;

/// A block that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}, in the block that begins with '{heading}'")]
pub struct Malformed {
    /// Its first line.
    heading: &'static str,
    /// What is wrong with it.
    why: &'static str,
}

/// Reads a file. Blocks that begin with `#` are comments.
pub(super) fn read(
    text: &'static str,
) -> impl Iterator<Item = Result<Explanation, Malformed>> + use<> {
    let blocks = text.split("\n\n").map(str::trim);
    blocks.filter(|block| !block.is_empty() && !block.starts_with('#')).map(explanation)
}

fn explanation(block: &'static str) -> Result<Explanation, Malformed> {
    let heading = block.lines().next().unwrap_or_default();
    let malformed = |why| Malformed { heading, why };
    let lines: Vec<&'static str> = block.lines().skip(1).collect();
    let &[cause_zh, cause_en, advice_zh, advice_en] = lines.as_slice() else {
        return Err(malformed("four lines should follow the heading"));
    };
    let mut words = heading.split(' ');
    let errcode = words.next().and_then(|word| word.parse().ok());
    let class = words.next().and_then(|word| word.parse().ok());
    Ok(Explanation {
        errcode: errcode.ok_or_else(|| malformed("the first word should be a code"))?,
        class: class.ok_or_else(|| malformed("the second word should be a class"))?,
        paths: words.collect(),
        cause: Text::fixed(cause_zh, cause_en),
        what_to_do: Text::fixed(advice_zh, advice_en),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::explain::Class;

    #[test]
    fn a_block_is_a_heading_and_four_lines() {
        let mut blocks = read("# Words.\n\n-1 busy /a b\n忙\nbusy\n等\nwait\n");
        let known = blocks.next().unwrap().unwrap();
        assert_eq!((known.errcode, known.class), (-1, Class::Busy));
        assert_eq!(known.paths, ["/a", "b"]);
        assert_eq!(known.cause, Text::fixed("忙", "busy"));
        assert_eq!(known.what_to_do, Text::fixed("等", "wait"));
        assert_eq!(blocks.next(), None);
    }

    #[test]
    fn a_block_that_cannot_be_read_says_which_and_why() {
        for (text, why) in [
            ("x busy\n忙\nbusy\n等\nwait", "the first word should be a code"),
            ("1 bored\n忙\nbusy\n等\nwait", "the second word should be a class"),
            ("1\n忙\nbusy\n等\nwait", "the second word should be a class"),
            ("1 busy\n忙\nbusy\n等", "four lines should follow the heading"),
            ("1 busy\n忙\nbusy\n等\nwait\nlonger", "four lines should follow the heading"),
        ] {
            let read: Vec<_> = read(text).collect();
            let [Err(malformed)] = &read[..] else { panic!("{text} was read: {read:?}") };
            assert_eq!(malformed.why, why, "{text}");
            assert!(text.starts_with(malformed.heading), "{text}");
        }
    }
}
