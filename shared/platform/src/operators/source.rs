//! Where a request comes from, as somebody says who can know.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::sealed::SealingKeys;

/// Carries, from the console to the API, whom the console speaks for.
pub const VISITOR: &str = "fleet-visitor";
/// How far apart the two clocks, and the two moments, may be.
const FRESH: i64 = 60;
const PURPOSE: &str = "console-visitor";

/// Where a request comes from: the address that API Gateway has seen, never one that a header
/// tells; or, through the console, that of the console's visitor, which only the console can tell.
/// The default is a request that did not come by a gateway, as on a laptop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Source(Option<IpAddr>);

impl Source {
    /// The address as a gateway writes it.
    pub fn of_gateway(address: Option<&str>) -> Self {
        Source(address.and_then(|address| address.parse().ok()).map(|it: IpAddr| it.to_canonical()))
    }

    /// The address, for the audit log.
    pub fn address(&self) -> Option<String> {
        self.0.map(|address| address.to_string())
    }

    /// Whoever has one address of it has all of them: an IPv6 network of 64 bits.
    pub(super) fn network(&self) -> String {
        match self.0 {
            Some(IpAddr::V6(address)) => {
                let network = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
                format!("{network}/64")
            }
            Some(IpAddr::V4(address)) => address.to_string(),
            None => "unknown".to_owned(),
        }
    }

    /// What the console says of its visitor, for one request with this `Authorization`.
    pub fn vouch(&self, keys: &SealingKeys, now: Timestamp, authorization: &str) -> Option<String> {
        let said = format!("{} {}", self.0?, now.as_second());
        let mac = mac(keys.derive(PURPOSE).as_slice(), &said, authorization).finalize();
        Some(format!("{said} {:x}", Hex(&mac.into_bytes())))
    }

    /// Reads what [`Source::vouch`] wrote: none where it is somebody else's, old, or for another
    /// key.
    pub fn vouched(
        header: &str,
        keys: &SealingKeys,
        now: Timestamp,
        authorization: &str,
    ) -> Option<Self> {
        let (said, proof) = header.rsplit_once(' ')?;
        let (address, at) = said.split_once(' ')?;
        let at: i64 = at.parse().ok()?;
        if (now.as_second().checked_sub(at)?).abs() > FRESH {
            return None;
        }
        let proof = bytes(proof)?;
        let is_ours = keys
            .derive_all(PURPOSE)
            .iter()
            .any(|key| mac(key.as_slice(), said, authorization).verify_slice(&proof).is_ok());
        is_ours.then(|| Source::of_gateway(Some(address)))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.network())
    }
}

fn mac(key: &[u8], said: &str, authorization: &str) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key)
        .expect("HMAC takes a key of any length")
        .chain_update((said.len() as u64).to_be_bytes())
        .chain_update(said.as_bytes())
        .chain_update(authorization.as_bytes())
}

struct Hex<'a>(&'a [u8]);

impl fmt::LowerHex for Hex<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    if hexadecimal.len() != 64 || !hexadecimal.is_ascii() {
        return None;
    }
    (0..32).map(|at| u8::from_str_radix(&hexadecimal[at * 2..at * 2 + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(root: &str) -> SealingKeys {
        SealingKeys::new(root.repeat(32).into(), vec!["p".repeat(32).into()]).unwrap()
    }

    #[test]
    fn an_ipv6_network_counts_as_one_and_a_mapped_address_as_what_it_maps() {
        let network = |address| Source::of_gateway(Some(address)).network();
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
        assert_eq!(network("nonsense"), "unknown");
    }

    #[test]
    fn only_the_console_vouches_for_a_visitor_and_not_for_long() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let later = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        let source = Source::of_gateway(Some("203.0.113.7"));
        let said = source.vouch(&keys("a"), now, "Bearer k").unwrap();
        let read = |said: &str, root, at, of| Source::vouched(said, &keys(root), at, of);

        assert_eq!(read(&said, "a", later(59), "Bearer k"), Some(source));
        assert_eq!(read(&said, "a", later(61), "Bearer k"), None);
        assert_eq!(read(&said, "b", now, "Bearer k"), None);
        assert_eq!(read(&said, "a", now, "Bearer other"), None);
        assert_eq!(read(&said.replace(".7", ".8"), "a", now, "Bearer k"), None);
        let of_before = source.vouch(&keys("p"), now, "Bearer k").unwrap();
        assert_eq!(read(&of_before, "a", now, "Bearer k"), Some(source), "after a rotation");
        for nonsense in ["", "203.0.113.7", "203.0.113.7 x y", &"é".repeat(64)] {
            assert_eq!(read(nonsense, "a", now, "Bearer k"), None, "{nonsense}");
        }
        assert_eq!(Source::default().vouch(&keys("a"), now, "Bearer k"), None);
    }
}
