use http::Method;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Sets the domains whose addresses are looked up before they are needed; `set_prefetchdnsdomain`.
/// The list takes the former one's place. 9420002 beyond `size_limit` of
/// [`GetPrefetchDnsDomain`](super::GetPrefetchDnsDomain), 9420001 for a domain without an ICP
/// licence, 9420000 after 50 changes in a month.
#[derive(Debug)]
pub struct SetPrefetchDnsDomain<'a> {
    /// Domains without a scheme; each is sent as `{"url": …}`.
    pub domains: &'a [String],
}

impl Serialize for SetPrefetchDnsDomain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Entry<'a> {
            url: &'a str,
        }
        let entries: Vec<Entry<'_>> = self.domains.iter().map(|url| Entry { url }).collect();
        let mut body = serializer.serialize_struct("SetPrefetchDnsDomain", 1)?;
        body.serialize_field("prefetch_dns_domain", &entries)?;
        body.end()
    }
}

impl Endpoint for SetPrefetchDnsDomain<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/set_prefetchdnsdomain";
    type Token = AuthorizerToken;
    type Answer = Done;
}
