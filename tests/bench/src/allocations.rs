//! What a ticket push allocates, from the request to `success`: in number, in bytes, and at most at a time.
//! The network is left out, and so is the answering AWS.

use allocation_counter::AllocationInfo;
use secrecy::SecretString;
use wechat::{
    crypto::{self, CallbackKeys, EncodingAesKey, PushQuery},
    message::Summary,
};

use crate::{
    Failure,
    alone::{Callback, request},
    counts::{Counts, Guard},
    table::{self, figure},
    verdict::sample::{ENCODING_AES_KEY, Push, TOKEN},
};

/// Pushes before anything is counted: what is kept from then on was allocated by them.
const BEFORE: i64 = 3;
/// Pushes of which the costliest counts.
const COUNTED: i64 = 5;

/// The sizes of what the compiler makes of a future differ a little with how it optimizes.
pub(crate) const GUARD: Guard = Guard {
    name: "allocations",
    file: concat!(env!("CARGO_MANIFEST_DIR"), "/allocations.json"),
    slack: &[("allocations", 1.01), ("bytes", 1.1), ("at most", 1.1)],
};

/// By part.
pub(crate) fn measure() -> Result<Counts, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let callback = runtime.block_on(Callback::start())?;
    let (mut whole, mut verdict) = (Vec::new(), Vec::new());
    for number in 0..BEFORE + COUNTED {
        let push = Push::ticket(1_665_300_301 + number)?;
        let request = request(&push)?;
        let of_whole = count(|| runtime.block_on(callback.take(request)))?;
        let of_verdict = count(|| open(&push))?;
        if number >= BEFORE {
            whole.push(of_whole);
            verdict.push(of_verdict);
        }
    }
    let row = |pushes: &[AllocationInfo]| {
        let counts = [
            ("allocations", middle(pushes, |push| push.count_total)),
            ("bytes", middle(pushes, |push| push.bytes_total)),
            ("at most", middle(pushes, |push| push.bytes_max)),
        ];
        counts.into_iter().map(|(name, value)| (name.to_owned(), value as f64)).collect()
    };
    Ok(Counts::from([
        ("a ticket push".to_owned(), row(&whole)),
        ("of it: verify, decrypt, parse".to_owned(), row(&verdict)),
    ]))
}

/// Prints what [`measure`] says.
pub(crate) fn print(counts: &Counts) {
    let head = ["", "allocations", "bytes", "bytes at most"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (name, row) in counts {
        let columns = ["allocations", "bytes", "at most"];
        let figures = columns.map(|column| figure(row.get(column).copied().unwrap_or(0.0)));
        rows.push(std::iter::once(name.clone()).chain(figures).collect());
    }
    println!("\nWhat a ticket push allocates, without the network\n");
    table::print(&rows);
}

/// What `callback` does before it stores anything.
fn open(push: &Push) -> Result<(), Failure> {
    // Made beforehand in the function, and not counted here.
    let mut known = None;
    allocation_counter::opt_out(|| {
        known = Some((SecretString::from(TOKEN), EncodingAesKey::parse(ENCODING_AES_KEY)));
    });
    let (token, key) = known.ok_or("the keys were not made")?;
    let (tokens, keys) = ([token], [key?]);
    let keys = CallbackKeys { tokens: &tokens, keys: &keys };
    let query = PushQuery {
        msg_signature: &push.msg_signature,
        timestamp: push.timestamp,
        nonce: push.nonce,
    };
    let opened = crypto::open(&keys, &query, push.body.as_bytes())?;
    let summary = Summary::scan(opened.decrypted.message().as_bytes())?;
    match summary.ticket.is_some() {
        true => Ok(()),
        false => Err("the ticket was not found".into()),
    }
}

fn count(work: impl FnOnce() -> Result<(), Failure>) -> Result<AllocationInfo, Failure> {
    let mut done = Ok(());
    let info = allocation_counter::measure(|| done = work());
    done.map(|()| info)
}

/// What a push takes that nothing else happens beside: now and then somebody grows what all of them share.
fn middle(pushes: &[AllocationInfo], of: impl Fn(&AllocationInfo) -> u64) -> u64 {
    let mut counts: Vec<u64> = pushes.iter().map(of).collect();
    counts.sort_unstable();
    counts.get(counts.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_push_allocates_no_more_than_it_did() {
        GUARD.check(&measure().unwrap()).unwrap();
    }
}
