//! Real pictures for the code endpoints: a QR code as JPEG or PNG, encoded here because nobody
//! else in the tree needs an image library.

use fast_qr::{ECL, QRBuilder};

/// Blank modules on each side, as the QR standard asks.
const MARGIN: usize = 4;

/// A black-and-white picture of square modules.
struct Picture {
    side: usize,
    dark: Vec<bool>,
}

impl Picture {
    fn of(text: &str) -> Self {
        match QRBuilder::new(text).ecl(ECL::L).build() {
            Ok(code) => {
                let side = code.size + 2 * MARGIN;
                let mut dark = vec![false; side * side];
                for row in 0..code.size {
                    for column in 0..code.size {
                        dark[(row + MARGIN) * side + column + MARGIN] = code[row][column].value();
                    }
                }
                Picture { side, dark }
            }
            // Too long for any QR code: a checkerboard is a picture too.
            Err(_) => Picture { side: 29, dark: (0..29 * 29).map(|at| at % 2 == 0).collect() },
        }
    }
}

/// A grey baseline JPEG in which each module is one block of 8 × 8 pixels, so that only the
/// blocks' mean values have to be written.
pub(crate) fn jpeg(text: &str) -> Vec<u8> {
    let picture = Picture::of(text);
    let pixels = (picture.side * 8) as u16;
    let mut file = vec![0xff, 0xd8, 0xff, 0xe0, 0, 16];
    file.extend_from_slice(b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    // All quantisers 1.
    file.extend_from_slice(&[0xff, 0xdb, 0, 67, 0]);
    file.extend_from_slice(&[1; 64]);
    file.extend_from_slice(&[0xff, 0xc0, 0, 11, 8]);
    file.extend_from_slice(&pixels.to_be_bytes());
    file.extend_from_slice(&pixels.to_be_bytes());
    file.extend_from_slice(&[1, 1, 0x11, 0]);
    // Two mean-value codes of one and two bits: "no change" and "11 more bits follow"; one code
    // for the rest of a block: "nothing more".
    file.extend_from_slice(&[0xff, 0xc4, 0, 21, 0x00]);
    file.extend_from_slice(&[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11]);
    file.extend_from_slice(&[0xff, 0xc4, 0, 20, 0x10]);
    file.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.extend_from_slice(&[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]);
    let mut bits = Bits::default();
    let mut before = 0_i32;
    for &dark in &picture.dark {
        // The mean of a block, times eight, around grey. Every change needs exactly 11 bits.
        let mean = if dark { -1023 } else { 1024 };
        match mean - before {
            0 => bits.push(0b0, 1),
            change => {
                let value = if change > 0 { change } else { change - 1 };
                bits.push(0b10, 2);
                bits.push(value as u32 & 0x7ff, 11);
            }
        }
        before = mean;
        bits.push(0b0, 1);
    }
    file.extend_from_slice(&bits.finish());
    file.extend_from_slice(&[0xff, 0xd9]);
    file
}

/// Bits of a JPEG's scan: most significant first, a zero byte after every 0xff.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        self.held = (self.held << count) | value;
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0);
            }
        }
        self.held &= (1 << self.count) - 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let rest = (8 - self.count % 8) % 8;
        self.push((1 << rest) - 1, rest);
        self.bytes
    }
}

/// A PNG of about `width` pixels, one bit a pixel, not compressed.
pub(crate) fn png(text: &str, width: usize) -> Vec<u8> {
    let picture = Picture::of(text);
    let scale = (width / picture.side).max(1);
    let side = picture.side * scale;
    let mut lines = Vec::new();
    for row in 0..side {
        let mut line = vec![0_u8; 1 + side.div_ceil(8)];
        for column in 0..side {
            if !picture.dark[row / scale * picture.side + column / scale] {
                line[1 + column / 8] |= 0x80 >> (column % 8);
            }
        }
        lines.extend_from_slice(&line);
    }
    let mut header = Vec::new();
    header.extend_from_slice(&(side as u32).to_be_bytes());
    header.extend_from_slice(&(side as u32).to_be_bytes());
    header.extend_from_slice(&[1, 0, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, b"IHDR", &header);
    chunk(&mut file, b"IDAT", &stored(&lines));
    chunk(&mut file, b"IEND", &[]);
    file
}

/// A zlib stream of stored blocks.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut chunks = data.chunks(0xffff).peekable();
    while let Some(piece) = chunks.next() {
        let length = piece.len() as u16;
        stream.push(u8::from(chunks.peek().is_none()));
        stream.extend_from_slice(&length.to_le_bytes());
        stream.extend_from_slice(&(!length).to_le_bytes());
        stream.extend_from_slice(piece);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for &byte in data {
        low = (low + u32::from(byte)) % 65521;
        high = (high + low) % 65521;
    }
    stream.extend_from_slice(&(high << 16 | low).to_be_bytes());
    stream
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    file.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend_from_slice(kind);
    file.extend_from_slice(data);
    let mut remainder = !0_u32;
    for &byte in &file[start..] {
        remainder ^= u32::from(byte);
        for _ in 0..8 {
            remainder = (remainder >> 1) ^ (0xedb8_8320 & (!(remainder & 1)).wrapping_add(1));
        }
    }
    file.extend_from_slice(&(!remainder).to_be_bytes());
}
