//! HTTP to where webhooks may go: one request to an address that was just checked. No redirect is
//! followed, no proxy is asked, no connection is used twice.

use std::{error::Error, fmt, net::SocketAddr, sync::Arc, time::Duration};

use http::Method;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::time::{Instant, timeout_at};

use super::{Network, Unreachable};

/// Sends requests within the [`Network`]. Cheap to clone.
#[derive(Clone)]
pub struct HttpClient {
    network: Network,
    client: reqwest::Client,
    timeout: Duration,
    longest: usize,
}

/// What was answered.
#[derive(Debug)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The body, or its beginning.
    pub beginning: Vec<u8>,
}

/// Why there was no answer. Never holds the URL, which may have a secret in it.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// The URL may not be called.
    #[error("the URL is not allowed: {0}")]
    Url(String),
    /// The name leads nowhere, or inside.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// Nobody has seen the request.
    #[error("could not connect, or TLS failed")]
    NotConnected,
    /// Somebody may have seen it.
    #[error("the connection broke before there was an answer")]
    Interrupted,
}

impl HttpClient {
    /// A client that reaches what `network` allows. A request takes `timeout` at most, from the
    /// resolution of the name to the end of the answer, of which about `longest` bytes are read.
    pub fn new(network: &Network, timeout: Duration, longest: usize) -> Self {
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
        HttpClient { network: network.clone(), client, timeout, longest }
    }

    /// The same client with another patience.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        HttpClient { timeout, ..self }
    }

    /// Posts `body` once.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<HttpAnswer, Unsent> {
        self.send(Method::POST, url, headers, body).await
    }

    /// Asks for `url` once.
    pub async fn get(&self, url: &str) -> Result<HttpAnswer, Unsent> {
        self.send(Method::GET, url, &[], String::new()).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<HttpAnswer, Unsent> {
        // What was allowed when it was entered may not be any more; and an address in the place of
        // a name never comes to the resolver.
        let url = self.network.reach.check(url).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Unsent::Url(faults.join(", "))
        })?;
        let request = self.client.request(method, url).body(body);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let deadline = Instant::now() + self.timeout;
        let answered = timeout_at(deadline, request.send()).await;
        let mut response = answered.map_err(|_| Unsent::TimedOut(self.timeout))?.map_err(unsent)?;
        let mut beginning = Vec::new();
        while beginning.len() < self.longest {
            // The status is what counts: an answer that breaks off, or does not end, was an answer.
            let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await else { break };
            beginning.extend_from_slice(&chunk[..chunk.len().min(self.longest)]);
        }
        Ok(HttpAnswer { status: response.status().as_u16(), beginning })
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
        let timeout = Duration::from_secs(10);
        for unsent in [
            Unsent::Url("not a URL".to_owned()),
            Unreachable::NotPublic.into(),
            Unsent::TimedOut(timeout),
            Unsent::NotConnected,
            Unsent::Interrupted,
        ] {
            assert!(!unsent.to_string().contains("://"), "{unsent}");
        }
        assert_eq!(Unsent::TimedOut(timeout).to_string(), "no answer within 10 s");
    }
}
