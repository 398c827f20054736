//! SHA-1 from its blocks upwards, so that somebody who knows a digest but not what it is of can go on
//! from there.

/// SHA-1's beginning.
const START: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];

/// What is added at the end of so many bytes.
pub(super) fn padding(length: usize) -> Vec<u8> {
    let mut padding = vec![0x80];
    padding.resize(1 + (119 - length % 64) % 64, 0);
    padding.extend_from_slice(&(length as u64 * 8).to_be_bytes());
    padding
}

/// The digest of something of `length` bytes with the digest `known`, its padding, and `suffix`.
pub(super) fn extended(known: &[u32; 5], length: usize, suffix: &[u8]) -> [u32; 5] {
    let before = length + padding(length).len();
    let mut rest = suffix.to_vec();
    rest.extend(padding(before + suffix.len()));
    run(*known, &rest)
}

pub(super) fn digest(bytes: &[u8]) -> [u32; 5] {
    let mut all = bytes.to_vec();
    all.extend(padding(bytes.len()));
    run(START, &all)
}

pub(super) fn hex(digest: &[u32; 5]) -> String {
    digest.iter().map(|word| format!("{word:08x}")).collect()
}

/// The opposite of [`hex`].
pub(super) fn words(hex: &str) -> [u32; 5] {
    std::array::from_fn(|word| u32::from_str_radix(&hex[word * 8..][..8], 16).unwrap())
}

fn run(mut state: [u32; 5], bytes: &[u8]) -> [u32; 5] {
    for block in bytes.as_chunks::<64>().0 {
        let mut schedule = [0_u32; 80];
        for (word, bytes) in schedule.iter_mut().zip(block.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        for at in 16..80 {
            let mixed = schedule[at - 3] ^ schedule[at - 8] ^ schedule[at - 14] ^ schedule[at - 16];
            schedule[at] = mixed.rotate_left(1);
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (round, word) in schedule.into_iter().enumerate() {
            let (mixed, constant) = match round / 20 {
                0 => (b & c | !b & d, 0x5A82_7999),
                1 => (b ^ c ^ d, 0x6ED9_EBA1),
                2 => (b & c | b & d | c & d, 0x8F1B_BCDC),
                _ => (b ^ c ^ d, 0xCA62_C1D6_u32),
            };
            let next = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e);
            let next = next.wrapping_add(constant).wrapping_add(word);
            (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
        }
        for (sum, word) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(word);
        }
    }
    state
}
