//! The twelve classes. Who makes them has seen genuine pushes; where a class would be turned away by
//! its signature alone, it is signed with our token too, so that the check behind it has to hold.

use base64::{Engine, engine::general_purpose::STANDARD};
use journeys::{UNFILED_MERCHANT, World};
use simulator::crypto::{CallbackKey, signature};

use super::{
    genuine::{Genuine, Push},
    sha1,
};

/// A kind of forgery.
pub(super) struct Class {
    pub(super) name: &'static str,
    /// Makes one; none if this time nothing came of it.
    pub(super) forge: fn(&mut Forger) -> Option<Forged>,
}

/// A forged push.
pub(super) struct Forged {
    pub(super) push: Push,
    /// It may be another form of the genuine one, with the same message in it.
    pub(super) may_say_the_same: bool,
}

/// Somebody who has seen genuine pushes.
pub(super) struct Forger<'a> {
    genuine: &'a [Genuine],
    random: fastrand::Rng,
    component: String,
}

pub(super) const CLASSES: [Class; 12] = [
    Class { name: "bits", forge: bits },
    Class { name: "boundaries", forge: boundaries },
    Class { name: "extensions", forge: extensions },
    Class { name: "appids", forge: appids },
    Class { name: "paddings", forge: paddings },
    Class { name: "lengths", forge: lengths },
    Class { name: "keys", forge: keys },
    Class { name: "blocks", forge: blocks },
    Class { name: "truncations", forge: truncations },
    Class { name: "other bodies", forge: other_bodies },
    Class { name: "encodings", forge: encodings },
    Class { name: "doubles", forge: doubles },
];

impl<'a> Forger<'a> {
    pub(super) fn new(world: &World, genuine: &'a [Genuine], seed: u64) -> Forger<'a> {
        let random = fastrand::Rng::with_seed(seed);
        Forger { genuine, random, component: world.component().to_owned() }
    }

    fn genuine(&mut self) -> Genuine {
        self.random.choice(self.genuine).unwrap().clone()
    }

    fn text(&mut self, length: std::ops::Range<usize>) -> String {
        let length = self.random.usize(length);
        (0..length).map(|_| self.random.alphanumeric()).collect()
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.random.u8(..)).collect()
    }
}

/// It cannot be anything but refused.
fn forged(push: Push) -> Option<Forged> {
    Some(Forged { push, may_say_the_same: false })
}

/// One bit is another: of the signature, the timestamp, the nonce, the ciphertext or the address.
fn bits(forger: &mut Forger) -> Option<Forged> {
    let genuine = forger.genuine();
    let mut push = genuine.push();
    let bit = 1 << forger.random.u8(0..8);
    let flip = |forger: &mut Forger, bytes: &mut [u8]| {
        let place = forger.random.usize(0..bytes.len());
        bytes[place] ^= bit;
    };
    match forger.random.u8(0..8) {
        0 => flip(forger, push.parameter("msg_signature")),
        1 => flip(forger, push.parameter("timestamp")),
        2 => flip(forger, push.parameter("nonce")),
        3 => {
            // The component in the path; the other letters of a path are not signed by anybody.
            let mut appid = forger.component.clone().into_bytes();
            flip(forger, &mut appid);
            let appid = String::from_utf8(appid).ok()?;
            if !appid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return None;
            }
            push.path = push.path.replace(&forger.component, &appid);
        }
        _ => {
            let encrypt = genuine.encrypt.as_bytes();
            let start = push.body.windows(encrypt.len()).position(|part| part == encrypt)?;
            flip(forger, &mut push.body[start..start + encrypt.len()]);
        }
    }
    forged(push)
}

/// What is signed is one text without anything between its parts: the same text is parted elsewhere,
/// or the signature of an address check is shown for a push.
fn boundaries(forger: &mut Forger) -> Option<Forged> {
    let genuine = forger.genuine();
    let mut signed = [&*genuine.token, &*genuine.timestamp, &*genuine.nonce, &*genuine.encrypt];
    signed.sort_unstable();
    let place = signed.iter().position(|part| *part == genuine.token)?;
    let (before, after) = (signed[..place].concat(), signed[place + 1..].concat());
    let mut msg_signature = genuine.msg_signature.clone();
    let parts: [String; 3] = match forger.random.u8(0..4) {
        // Of an address check, whose text has three parts.
        0 => {
            msg_signature = signature(&[&genuine.token, &genuine.timestamp, &genuine.nonce]);
            let mut rest = [&*genuine.timestamp, &*genuine.nonce];
            rest.sort_unstable();
            let rest = rest.concat();
            parted(forger, &rest, 3)?.try_into().ok()?
        }
        // As many parts on each side of the token as there were.
        1 | 2 => {
            let mut parts = parted(forger, &before, place)?;
            parts.extend(parted(forger, &after, 3 - place)?);
            parts.try_into().ok()?
        }
        // As many as nobody expects.
        _ => {
            let first = forger.random.usize(0..4);
            let mut parts = parted(forger, &before, first)?;
            parts.extend(parted(forger, &after, 3 - first)?);
            parts.try_into().ok()?
        }
    };
    // Whichever of the three is which.
    let mut names = [0, 1, 2];
    forger.random.shuffle(&mut names);
    let [timestamp, nonce, encrypt] = names.map(|part| parts[part].clone());
    if (&timestamp, &nonce, &encrypt) == (&genuine.timestamp, &genuine.nonce, &genuine.encrypt) {
        return None;
    }
    let same = encrypt == genuine.encrypt;
    let forged = Genuine { timestamp, nonce, encrypt, msg_signature, ..genuine };
    Some(Forged { push: forged.push(), may_say_the_same: same })
}

/// A text in so many parts, none of them empty.
fn parted(forger: &mut Forger, text: &str, parts: usize) -> Option<Vec<String>> {
    if parts == 0 {
        return text.is_empty().then(Vec::new);
    }
    let mut rest = text;
    let mut all = Vec::new();
    for left in (1..parts).rev() {
        if rest.len() <= left {
            return None;
        }
        // Short ones more often than not, for a parameter has 64 bytes at most.
        let most = (rest.len() - left).min(if forger.random.bool() { 64 } else { usize::MAX });
        let (part, more) = rest.split_at(forger.random.usize(1..=most));
        all.push(part.to_owned());
        rest = more;
    }
    if rest.is_empty() {
        return None;
    }
    all.push(rest.to_owned());
    Some(all)
}

/// SHA-1 goes on where a known digest stopped: the signature is right for what was signed, its padding
/// and something more. What comes last of the sorted parts would have to hold that.
fn extensions(forger: &mut Forger) -> Option<Forged> {
    let genuine = forger.genuine();
    let mut parts = [
        ("token", &*genuine.token),
        ("timestamp", &*genuine.timestamp),
        ("nonce", &*genuine.nonce),
        ("encrypt", &*genuine.encrypt),
    ];
    parts.sort_unstable_by_key(|(_, part)| *part);
    let signed: String = parts.iter().map(|(_, part)| *part).collect();
    let suffix = match forger.random.bool() {
        true => forger.text(1..40).into_bytes(),
        false => STANDARD.encode(forger.bytes(48)).into_bytes(),
    };
    let extended = sha1::extended(&sha1::words(&genuine.msg_signature), signed.len(), &suffix);
    let more = [&*sha1::padding(signed.len()), &*suffix].concat();
    // It is the digest of all that, made without the token.
    assert_eq!(extended, sha1::digest(&[signed.as_bytes(), &more].concat()));

    let longer = |part: &str| [part.as_bytes(), &more].concat();
    let mut push = genuine.push();
    *push.parameter("msg_signature") = sha1::hex(&extended).into_bytes();
    // If it is the token that comes last, it cannot be made longer: some other part is tried.
    let last = match parts[3].0 {
        "token" => parts[forger.random.usize(0..3)].0,
        last => last,
    };
    match last {
        "encrypt" => {
            let encrypt = longer(&genuine.encrypt);
            let start = find(&push.body, genuine.encrypt.as_bytes())?;
            // As it is; or the bytes that no XML can hold as those that it can, by number.
            let encrypt = match forger.random.bool() {
                true => encrypt,
                false => by_number(&encrypt).into_bytes(),
            };
            push.body.splice(start..start + genuine.encrypt.len(), encrypt);
        }
        "timestamp" => *push.parameter("timestamp") = longer(&genuine.timestamp),
        "nonce" => *push.parameter("nonce") = longer(&genuine.nonce),
        _ => return None,
    }
    forged(push)
}

fn by_number(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte).to_string(),
        byte => format!("]]>&#{byte};<![CDATA["),
    };
    bytes.iter().map(one).collect()
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// Well signed and encrypted with our key, but for somebody else; or in our name about somebody else.
fn appids(forger: &mut Forger) -> Option<Forged> {
    let genuine = forger.genuine();
    let ours = forger.component.clone();
    let random = *forger.bytes(16).first_chunk::<16>()?;
    let cut = forger.random.usize(0..ours.len());
    let id = match forger.random.u8(0..9) {
        0 => format!("wx{:016x}", forger.random.u64(..)),
        1 => ours[..cut].to_owned(),
        2 => ours[cut..].to_owned(),
        3 => format!("{ours}{}", forger.text(1..4)),
        4 => format!("{}{ours}", forger.text(1..4)),
        5 => ours.to_ascii_uppercase(),
        6 => format!("{ours}{}", ["\0", " ", "\n", "\u{feff}"][forger.random.usize(0..4)]),
        // Of another merchant, whose address it does not come to.
        7 => UNFILED_MERCHANT.to_owned(),
        // The message itself names another component.
        _ => {
            if genuine.is_message {
                return None;
            }
            let other = format!("wx{:016x}", forger.random.u64(..));
            let message = genuine.message.replace(&ours, &other);
            let encrypt = genuine.key.encrypt(random, &message, &ours);
            return forged(genuine.around(encrypt).push());
        }
    };
    if id == ours {
        return None;
    }
    let encrypt = genuine.key.encrypt(random, &genuine.message, &id);
    forged(genuine.around(encrypt).push())
}

/// `[16 random bytes][length][message][id]`, which is still to be padded.
fn plaintext(forger: &mut Forger, genuine: &Genuine, length: u32) -> Vec<u8> {
    let mut plaintext = forger.bytes(16);
    plaintext.extend_from_slice(&length.to_be_bytes());
    plaintext.extend_from_slice(genuine.message.as_bytes());
    plaintext.extend_from_slice(forger.component.as_bytes());
    plaintext
}

fn length_of(genuine: &Genuine) -> u32 {
    u32::try_from(genuine.message.len()).unwrap()
}

/// Every padding but the right one, well signed.
fn paddings(forger: &mut Forger) -> Option<Forged> {
    let genuine = forger.genuine();
    let length = length_of(&genuine);
    let mut content = plaintext(forger, &genuine, length);
    // To 32 bytes, or to 16 as some senders do.
    let block = [32, 32, 16][forger.random.usize(0..3)];
    let count = block - content.len() % block;
    let right = u8::try_from(count).unwrap();
    let wrong = forger.random.u8(..);
    if wrong == right {
        return None;
    }
    match forger.random.u8(0..4) {
        // All of it says something else;
        0 => content.resize(content.len() + count, wrong),
        // only its last byte does;
        1 => {
            content.resize(content.len() + count, right);
            *content.last_mut()? = wrong;
        }
        // one byte within differs;
        2 => {
            let place = content.len() + forger.random.usize(0..count);
            content.resize(content.len() + count, right);
            content[place] = wrong;
        }
        // it is as long as it says, and longer than it may be, or there is none.
        _ => {
            let long = [0, 48, 64, 128, 240][forger.random.usize(0..5)];
            if long == 0 {
                content.truncate(content.len() / 16 * 16);
            } else {
                let more = long - (content.len() + long) % 16;
                content.resize(content.len() + more, u8::try_from(more).unwrap());
            }
        }
    }
    forged(genuine.clone().around(genuine.key.encrypt_blocks(content)).push())
}

/// A message's length that is not its own, well signed: beyond the end, within, and such as wrap around.
fn lengths(forger: &mut Forger) -> Option<Forged> {
    let genuine = forger.genuine();
    let right = length_of(&genuine);
    let near = forger.random.u32(0..64);
    let length = match forger.random.u8(0..7) {
        0 => right + near,
        1 => right.saturating_sub(near),
        2 => u32::MAX - near,
        3 => right.wrapping_add(1 << forger.random.u32(0..32)),
        4 => (1 << 31) + near,
        5 => right.swap_bytes(),
        _ => forger.random.u32(..),
    };
    if length == right {
        return None;
    }
    let mut content = plaintext(forger, &genuine, length);
    let count = 32 - content.len() % 32;
    content.resize(content.len() + count, u8::try_from(count).unwrap());
    forged(genuine.clone().around(genuine.key.encrypt_blocks(content)).push())
}

/// Another key, another token, or both.
fn keys(forger: &mut Forger) -> Option<Forged> {
    let mut genuine = forger.genuine();
    let which = forger.random.u8(0..3);
    if which != 0 {
        // One of another length or with one letter more, too.
        genuine.token = match forger.random.u8(0..3) {
            0 => format!("{}{}", genuine.token, forger.random.alphanumeric()),
            1 => genuine.token[1..].to_owned(),
            _ => forger.text(3..33),
        };
    }
    if which != 1 {
        genuine.key = CallbackKey::parse(&forger.text(43..44))?;
    }
    let random = *forger.bytes(16).first_chunk::<16>()?;
    let encrypt = genuine.key.encrypt(random, &genuine.message, &forger.component);
    forged(genuine.around(encrypt).push())
}

/// Whole blocks of the ciphertext in another order, twice, or gone; with the old signature or, by
/// somebody who has our token and not our key, well signed.
fn blocks(forger: &mut Forger) -> Option<Forged> {
    let genuine = forger.genuine();
    let bytes = STANDARD.decode(&genuine.encrypt).unwrap();
    let mut blocks: Vec<[u8; 16]> = bytes.as_chunks().0.to_vec();
    let mut place = || forger.random.usize(0..blocks.len());
    let (one, other) = (place(), place());
    if one == other {
        return None;
    }
    match forger.random.u8(0..5) {
        0 => blocks.swap(one, other),
        1 => blocks.insert(one, blocks[other]),
        2 => drop(blocks.remove(one)),
        3 => blocks.rotate_left(one.max(1)),
        // Of another push, under the same key.
        _ => {
            let theirs = forger.genuine();
            let theirs = STANDARD.decode(&theirs.encrypt).unwrap();
            let theirs = *forger.random.choice(theirs.as_chunks::<16>().0)?;
            blocks.insert(one, theirs);
        }
    }
    let encrypt = STANDARD.encode(blocks.concat());
    if encrypt == genuine.encrypt {
        return None;
    }
    forged(match forger.random.bool() {
        true => genuine.around(encrypt).push(),
        false => genuine.push_of(genuine.envelope(&encrypt)),
    })
}

/// The end is missing: of the body, of the ciphertext, of what is encrypted, of a parameter.
fn truncations(forger: &mut Forger) -> Option<Forged> {
    let genuine = forger.genuine();
    let mut push = genuine.push();
    match forger.random.u8(0..5) {
        0 => push.body.truncate(forger.random.usize(0..push.body.len())),
        1 => {
            let encrypt = &genuine.encrypt[..forger.random.usize(0..genuine.encrypt.len())];
            push = genuine.push_of(genuine.envelope(encrypt));
        }
        2 => {
            let encrypt =
                genuine.encrypt[..forger.random.usize(0..genuine.encrypt.len())].to_owned();
            push = genuine.around(encrypt).push();
        }
        3 => {
            let bytes = STANDARD.decode(&genuine.encrypt).unwrap();
            let blocks = forger.random.usize(0..bytes.len() / 16);
            push = genuine.around(STANDARD.encode(&bytes[..blocks * 16])).push();
        }
        _ => {
            let name = ["msg_signature", "timestamp", "nonce"][forger.random.usize(0..3)];
            let value = push.parameter(name);
            value.truncate(forger.random.usize(0..value.len()));
        }
    }
    forged(push)
}

/// A signature that was seen, with another body than the one it was seen with.
fn other_bodies(forger: &mut Forger) -> Option<Forged> {
    let (seen, mut other) = (forger.genuine(), forger.genuine());
    if seen.encrypt == other.encrypt || forger.random.bool() {
        // The same words, but encrypted another time.
        other = other.anew(&mut forger.random);
    }
    let mut push = other.push();
    let mut parts = ["msg_signature", "timestamp", "nonce"];
    forger.random.shuffle(&mut parts);
    // All that belongs to the signature, or not even that.
    let taken = forger.random.usize(1..=3);
    if taken == 1 && seen.nonce == other.nonce && parts[0] == "nonce" {
        return None;
    }
    for name in &parts[..taken] {
        *push.parameter(name) = seen.push().parameter(name).clone();
    }
    if push.query == other.push().query {
        return None;
    }
    forged(push)
}

/// The same ciphertext, written otherwise: with bits that do not count, white space, another alphabet,
/// more or less at its end. What WeChat signed is the text, so that it is signed anew, too.
fn encodings(forger: &mut Forger) -> Option<Forged> {
    let genuine = forger.genuine();
    let text = genuine.encrypt.clone();
    let place = forger.random.usize(0..text.len());
    let (before, after) = text.split_at(place);
    let space = ["\n", "\r\n", " ", "\t", "\u{a0}", "\u{feff}"][forger.random.usize(0..6)];
    let (written, surrounds) = match forger.random.u8(0..8) {
        0 => (format!("{before}{space}{after}"), place == 0),
        1 => (text.replace('+', "-").replace('/', "_"), false),
        2 => {
            (format!("{text}{}", ["=", "==", "A", "A=", "AA=="][forger.random.usize(0..5)]), false)
        }
        3 => (text.trim_end_matches('=').to_owned(), false),
        4 => {
            let bits = text.trim_end_matches('=');
            let last = bits.bytes().last()?;
            let other = forger.random.alphanumeric();
            if bits.len() == text.len() || other == char::from(last) {
                return None;
            }
            (format!("{}{other}{}", &bits[..bits.len() - 1], &text[bits.len()..]), false)
        }
        5 => (format!("{space}{text}{space}"), true),
        // Letters by their numbers and escapes: to a parser it is the same text.
        6 if genuine.is_json => {
            let escaped: String =
                text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
            let body = genuine.envelope(&escaped);
            return Some(Forged { push: genuine.push_of(body), may_say_the_same: true });
        }
        6 => {
            let numbered: String = text.bytes().map(|byte| format!("&#{byte};")).collect();
            let body = format!("<xml><Encrypt>{numbered}</Encrypt></xml>");
            return Some(Forged { push: genuine.push_of(body), may_say_the_same: true });
        }
        _ => (format!("{before}%{:02X}{after}", forger.random.u8(..)), false),
    };
    if written == text {
        return None;
    }
    let push = match forger.random.bool() {
        true => genuine.around(written).push(),
        false => {
            // Without CDATA, in which white space counts.
            let body = format!("<xml><Encrypt>{written}</Encrypt></xml>");
            let push = genuine.push_of(body);
            return Some(Forged { push, may_say_the_same: surrounds });
        }
    };
    forged(push)
}

/// Things that stand there twice, of which one would be verified and the other used; and things that
/// look like another.
fn doubles(forger: &mut Forger) -> Option<Forged> {
    let (genuine, other) = (forger.genuine(), forger.genuine());
    // One that an honest sender never sent, so that its use would show.
    let random = *forger.bytes(16).first_chunk::<16>()?;
    let message = other.message.replace("CreateTime", "createTime");
    let wrong = other.key.encrypt(random, &message, &forger.component);
    let right = &genuine.encrypt;
    let element = |encrypt: &str| format!("<Encrypt><![CDATA[{encrypt}]]></Encrypt>");
    let (first, second) = (element(right), element(&wrong));
    let xml = |inner: String| format!("<xml>{inner}</xml>");
    let same = |push| Some(Forged { push, may_say_the_same: true });
    let of = |body: String| forged(genuine.push_of(body));
    match forger.random.u8(0..16) {
        0 => of(xml(format!("{first}{second}"))),
        1 => of(xml(format!("{second}{first}"))),
        2 => of(xml(format!("{first}{first}"))),
        3 => of(format!("{{\"Encrypt\":\"{right}\",\"Encrypt\":\"{wrong}\"}}")),
        4 => of(format!("{{\"Encrypt\":\"{wrong}\",\"Encrypt\":\"{right}\"}}")),
        5 => of(format!("{{\"Encrypt\":[\"{right}\",\"{wrong}\"]}}")),
        6 => of(format!("{}{}", xml(first), xml(second))),
        7 => of(xml(format!("<Encrypt>{wrong}<![CDATA[{right}]]></Encrypt>"))),
        8 => of(xml(format!("<Encrypt><Encrypt>{right}</Encrypt></Encrypt>"))),
        9 => of(xml(format!("<encrypt>{right}</encrypt>{second}"))),
        // Where nobody looks for it, a second one is nothing.
        10 => {
            same(genuine.push_of(xml(format!("<a>{second}</a>{first}<encrypt>{wrong}</encrypt>"))))
        }
        11 => same(genuine.push_of(xml(format!("<a Encrypt=\"{wrong}\"/><!--{second}-->{first}")))),
        12 => {
            // A parameter twice, in whatever order.
            let mut push = genuine.push();
            let name = ["msg_signature", "timestamp", "nonce"][forger.random.usize(0..3)];
            let value = match forger.random.bool() {
                true => genuine.push().parameter(name).clone(),
                false => forger.text(1..40).into_bytes(),
            };
            let place = forger.random.usize(0..=push.query.len());
            push.query.insert(place, (name.to_owned(), value));
            forged(push)
        }
        13 => {
            // One that only looks like the one that is wanted.
            let mut push = genuine.push();
            for (name, _) in &mut push.query {
                *name = name.to_ascii_uppercase();
            }
            forged(push)
        }
        14 => {
            // The signature that covers no body, for the one that does.
            let mut push = genuine.push();
            *push.parameter("msg_signature") = push.parameter("signature").clone();
            forged(push)
        }
        _ => {
            // Parameters that nobody reads.
            let mut push = genuine.push();
            let name = format!("x{}", forger.text(0..8));
            push.query.push((name, forger.text(0..40).into_bytes()));
            push.parameter("signature").clear();
            same(push)
        }
    }
}
