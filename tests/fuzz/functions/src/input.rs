//! A target's bytes, taken apart.

/// What is left of the bytes. Texts end with a byte 0xFF, which no UTF-8 has, so that a corpus can be
/// read and written by people.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// One of so many, by the next byte.
    pub fn choice(&mut self, of: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % of
    }

    /// What stands before the next end mark.
    pub fn bytes(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0xFF);
        let (bytes, rest) = match end {
            Some(end) => (&self.0[..end], &self.0[end + 1..]),
            None => (self.0, &[][..]),
        };
        self.0 = rest;
        bytes
    }

    /// The same as text; what is no UTF-8 is cut off.
    pub fn text(&mut self) -> &'a str {
        let bytes = self.bytes();
        match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                std::str::from_utf8(&bytes[..error.valid_up_to()]).expect("it is valid up to there")
            }
        }
    }

    /// Everything that is left.
    pub fn rest(self) -> &'a [u8] {
        self.0
    }
}
