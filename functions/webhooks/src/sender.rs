//! How a message leaves: one request to an address that was just checked. No redirect is followed,
//! no proxy is asked, no connection is used twice.

use std::{error::Error, fmt, net::SocketAddr, sync::Arc, time::Duration};

use http::header;
use platform::webhooks::{Network, Unreachable};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::time::{Instant, timeout_at};

/// How long an attempt takes at most, from the resolution of the name to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// So many bytes of an answer are read; a few more than are kept, to know that there are more.
const BEGINNING: usize = 1024;

/// Sends messages. Cheap to clone.
#[derive(Clone)]
pub struct Sender {
    network: Network,
    client: reqwest::Client,
    timeout: Duration,
}

/// The headers of Standard Webhooks.
pub(crate) struct Headers<'a> {
    pub(crate) id: &'a str,
    /// Seconds.
    pub(crate) timestamp: &'a str,
    /// One or more signatures with spaces between them.
    pub(crate) signature: &'a str,
}

/// What a target answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) beginning: Vec<u8>,
}

/// Why there was no answer. Never holds the URL, which may have a secret in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsent {
    #[error("the URL is not allowed: {0}")]
    Url(String),
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    #[error("no answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    #[error("could not connect, or TLS failed")]
    NotConnected,
    #[error("the connection broke before there was an answer")]
    Interrupted,
    #[error("the signing secret is malformed; rotate it")]
    Secret,
}

impl Sender {
    /// A sender that reaches what `network` allows.
    pub fn new(network: &Network) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring offers TLS 1.2 and 1.3")
            .with_root_certificates(rustls::RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.into(),
            })
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(Checked(network.clone())))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            // A connection that is kept would outlive the check of its address.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("wechat-fleet/", env!("CARGO_PKG_VERSION")))
            .build()
            .expect("nothing in this client's settings depends on the machine");
        Sender { network: network.clone(), client, timeout: TIMEOUT }
    }

    /// The same sender with less patience.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Posts `body` once.
    pub(crate) async fn send(
        &self,
        url: &str,
        headers: Headers<'_>,
        body: String,
    ) -> Result<Answer, Unsent> {
        let deadline = Instant::now() + self.timeout;
        // What was allowed when it was entered may not be any more; and an address in the place of
        // a name never comes to the resolver.
        let url = self.network.reach.check(url).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Unsent::Url(faults.join(", "))
        })?;
        let sending = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", headers.id)
            .header("webhook-timestamp", headers.timestamp)
            .header("webhook-signature", headers.signature)
            .body(body)
            .send();
        let answered = timeout_at(deadline, sending).await;
        let mut response = answered.map_err(|_| Unsent::TimedOut(self.timeout))?.map_err(unsent)?;
        let mut beginning = Vec::new();
        while beginning.len() < BEGINNING {
            // The status is what counts: an answer that breaks off, or does not end, was an answer.
            let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await else { break };
            beginning.extend_from_slice(&chunk[..chunk.len().min(BEGINNING)]);
        }
        Ok(Answer { status: response.status().as_u16(), beginning })
    }
}

/// Resolves names to addresses that may be connected to. The connector connects to one of those and
/// asks nobody else.
struct Checked(Network);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let network = self.0.clone();
        Box::pin(async move {
            let addresses = network.resolve(name.as_str()).await.map_err(Refused)?;
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// Carries the reason through the layers of the HTTP client.
#[derive(Debug)]
struct Refused(Unreachable);

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for Refused {}

fn unsent(error: reqwest::Error) -> Unsent {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        if let Some(Refused(why)) = inner.downcast_ref() {
            return match why {
                Unreachable::NotPublic => Unreachable::NotPublic.into(),
                Unreachable::NoAddress(_) => Unreachable::NoAddress(None).into(),
            };
        }
        cause = inner.source();
    }
    if error.is_connect() { Unsent::NotConnected } else { Unsent::Interrupted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_an_attempt_never_holds_the_url() {
        for unsent in [
            Unsent::Url("not a URL".to_owned()),
            Unreachable::NotPublic.into(),
            Unsent::TimedOut(TIMEOUT),
            Unsent::NotConnected,
            Unsent::Interrupted,
        ] {
            assert!(!unsent.to_string().contains("://"), "{unsent}");
        }
        assert_eq!(Unsent::TimedOut(TIMEOUT).to_string(), "no answer within 10 s");
    }
}
