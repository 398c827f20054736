//! From the bytes of a push to its verdict: ours, beside OpenSSL's bare SHA-1 and AES, and beside the SDKs
//! that one would use instead. All take turns in one run; a ratio is of two turns of the same round.

mod openssl;
mod peer;
pub(crate) mod peers;
pub(crate) mod sample;

use std::fs;

use openssl::OpenSsl;
use peer::{Part, Peer};
use sample::Push;

use crate::{
    Failure,
    series::Series,
    table::{self, figure},
};

/// In seconds, how long a turn is about.
const TURN: f64 = 0.2;
const TICKET: &str = "component_verify_ticket";
const LONG: &str = "notify_third_fasteregister";

/// Somebody's turns with one push.
struct Turns {
    /// Times that a turn consists of.
    times: u64,
    /// In microseconds, of every round.
    each: Series,
}

impl Turns {
    /// Finds out how many times make a turn, which warms up, too.
    fn calibrate(mut time: impl FnMut(u64) -> Result<f64, Failure>) -> Result<Turns, Failure> {
        let mut times = 1;
        loop {
            let each = time(times)? / 1e6;
            if each * times as f64 > TURN / 4.0 {
                let times = (TURN / each).ceil().max(1.0) as u64;
                return Ok(Turns { times, each: Series::default() });
            }
            times *= 4;
        }
    }
}

/// Measures so many rounds, and prints.
pub(crate) fn compare(rounds: usize) -> Result<(), Failure> {
    let target = peers::target()?;
    let directory = target.join("bench");
    fs::create_dir_all(&directory)?;
    let mut all = vec![peers::ours(&target)?];
    all.extend(peers::node(&directory)?);
    all.extend(peers::wechatpy(&directory)?);
    let mut openssl = OpenSsl::start(&directory)?;

    let pushes = [
        (TICKET, Push::ticket(1_665_300_301)?),
        (LONG, Push::long(8 * 1024)?),
        (LONG, Push::long(64 * 1024)?),
    ];
    let genuine: Vec<(&str, &Push)> = pushes.iter().map(|(kind, push)| (*kind, push)).collect();
    let forged = Push::forgeries()?;
    for peer in &mut all {
        peer.agree(&genuine, &forged)?;
    }
    for (_, push) in &genuine {
        openssl.agree(push)?;
    }
    println!(
        "\nMicroseconds of processor time for a push, the median of {rounds} rounds (least–most)"
    );
    println!("\nThey agree on every push and on every forgery.");
    for (kind, push) in genuine {
        let turns = measure(&mut all, &mut openssl, push, rounds)?;
        println!("\nA body of {} bytes ({kind})\n", figure(push.body.len() as f64));
        print(&all, &openssl, &turns);
    }
    Ok(())
}

/// What everybody takes for one push.
struct Measured {
    /// In the order of the peers: ours first.
    whole: Vec<Series>,
    cryptography: Vec<Series>,
    /// Ours.
    bare: Series,
    /// OpenSSL's.
    openssl: Series,
    openssl_with_base64: Series,
}

fn measure(
    peers: &mut [Peer],
    openssl: &mut OpenSsl,
    push: &Push,
    rounds: usize,
) -> Result<Measured, Failure> {
    let mut calibrate = |part| -> Result<Vec<Turns>, Failure> {
        let each = peers.iter_mut();
        each.map(|peer| Turns::calibrate(|times| peer.time(push, part, times))).collect()
    };
    let (mut whole, mut cryptography) = (calibrate(Part::Whole)?, calibrate(Part::Cryptography)?);
    let mut bare = Turns::calibrate(|times| peers[0].time(push, Part::Bare, times))?;
    let mut without = Turns::calibrate(|times| openssl.time(push, false, times))?;
    let mut with = Turns::calibrate(|times| openssl.time(push, true, times))?;
    for _ in 0..rounds {
        for (part, turns) in [(Part::Whole, &mut whole), (Part::Cryptography, &mut cryptography)] {
            for (peer, turns) in peers.iter_mut().zip(turns) {
                turns.each.push(peer.time(push, part, turns.times)?);
            }
        }
        bare.each.push(peers[0].time(push, Part::Bare, bare.times)?);
        without.each.push(openssl.time(push, false, without.times)?);
        with.each.push(openssl.time(push, true, with.times)?);
    }
    let series = |turns: Vec<Turns>| turns.into_iter().map(|turns| turns.each).collect();
    Ok(Measured {
        whole: series(whole),
        cryptography: series(cryptography),
        bare: bare.each,
        openssl: without.each,
        openssl_with_base64: with.each,
    })
}

fn print(peers: &[Peer], openssl: &OpenSsl, measured: &Measured) {
    let Measured { whole, cryptography, bare, openssl: without, openssl_with_base64: with } =
        measured;
    let head =
        ["", "bytes to verdict", "a second", "ours is", "verify + decrypt", "a second", "ours is"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for ((peer, whole_of), cryptography_of) in peers.iter().zip(whole).zip(cryptography) {
        let mut row = vec![peer.version.clone()];
        for (series, ours) in [(whole_of, &whole[0]), (cryptography_of, &cryptography[0])] {
            row.push(series.with_range());
            row.push(figure(1e6 / series.median()));
            row.push(format!("{} ×", figure(series.over(ours).median())));
        }
        rows.push(row);
    }
    table::print(&rows);
    println!();
    let head = ["ours, and how quick of OpenSSL's", "", "SHA-1 + AES-256-CBC", "the same + base64"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let version = openssl.version.clone();
    rows.push(vec![version, String::new(), without.with_range(), with.with_range()]);
    for (name, ours, base64_too) in [
        ("SHA-1 + AES-256-CBC", bare, false),
        ("verify + decrypt", &cryptography[0], true),
        ("bytes to verdict", &whole[0], true),
    ] {
        let of = |series: &Series| format!("{:.0} %", series.over(ours).median() * 100.0);
        let of_both = if base64_too { of(with) } else { String::new() };
        rows.push(vec![name.to_owned(), ours.with_range(), of(without), of_both]);
    }
    table::print(&rows);
}
