//! Randomness for names and generated credentials.

/// Letters and digits, as WeChat wants them in an EncodingAESKey.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `length` random letters and digits, each as likely as any other.
pub(crate) fn letters_and_digits(length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let [byte] = bytes::<1>();
        // Bytes from 248 on would favour the first letters.
        if byte < 248 {
            text.push(char::from(ALPHABET[usize::from(byte % 62)]));
        }
    }
    text
}

/// `length` random hexadecimal digits in lower case.
pub(crate) fn hexadecimal(length: usize) -> String {
    let mut text = String::with_capacity(length + 1);
    while text.len() < length {
        let [byte] = bytes::<1>();
        text += &format!("{byte:02x}");
    }
    text.truncate(length);
    text
}

/// A random identifier in the shape of a UUID.
pub(crate) fn identifier() -> String {
    let digits = hexadecimal(32);
    format!(
        "{}-{}-4{}-8{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[13..16],
        &digits[17..20],
        &digits[20..]
    )
}

fn bytes<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).expect("an operating system that runs this has randomness");
    bytes
}
