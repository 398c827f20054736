//! A merchant's browser: follows links, keeps the address it came from.

use http::header;
use url::Url;

use crate::{Answer, World};

/// A browser. It sends the page it is on as the Referer of the next request, as far as the page's
/// policy lets it, and follows no redirect by itself.
pub struct Browser<'a> {
    world: &'a World,
    here: Option<Url>,
    user_agent: &'static str,
}

/// What a browser on a PC says it is.
const ON_PC: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36";
/// What WeChat's own browser says it is.
const IN_WECHAT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 \
    Mobile/15E148 MicroMessenger/8.0.60 NetType/WIFI Language/zh_CN";

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Browser<'a> {
        Browser { world, here: None, user_agent: ON_PC }
    }

    /// The browser inside WeChat instead of one on a PC.
    pub fn in_wechat(mut self) -> Browser<'a> {
        self.user_agent = IN_WECHAT;
        self
    }

    /// The page it is on.
    pub fn here(&self) -> Option<&Url> {
        self.here.as_ref()
    }

    /// Opens an address, or a path of the system. A page becomes where the browser is; a redirect
    /// leaves it where it was.
    pub async fn open(&mut self, address: &str) -> Answer {
        self.request("GET", address, None).await
    }

    /// Sends a form.
    pub async fn submit(&mut self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.request("POST", address, Some(body)).await
    }

    /// Follows the redirect that `answer` is.
    #[track_caller]
    pub fn follow(&mut self, answer: &Answer) -> impl Future<Output = Answer> + '_ {
        assert!(answer.status.is_redirection(), "no redirect: {answer:?}");
        let address = self.resolve(answer.header("location"));
        async move { self.open(&address).await }
    }

    async fn request(&mut self, method: &str, address: &str, form: Option<String>) -> Answer {
        let address = self.resolve(address);
        let mut request = http::Request::builder()
            .method(method)
            .uri(&address)
            .header(header::USER_AGENT, self.user_agent)
            .header(header::ACCEPT, "text/html");
        if let Some(referer) = self.referer(&address) {
            request = request.header(header::REFERER, referer);
        }
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let answer = self.world.request(request, form.unwrap_or_default().into_bytes()).await;
        if !answer.status.is_redirection() {
            self.here = Url::parse(&address).ok();
        }
        answer
    }

    /// `strict-origin-when-cross-origin`, every browser's default: all of the address but its
    /// fragment to the same origin, else the origin alone.
    fn referer(&self, address: &str) -> Option<String> {
        let here = self.here.as_ref()?;
        let there = Url::parse(address).ok()?;
        if there.origin() == here.origin() {
            let mut referer = here.clone();
            referer.set_fragment(None);
            Some(referer.into())
        } else {
            Some(format!("{}/", here.origin().ascii_serialization()))
        }
    }

    /// The whole URL of an address that stands on the page.
    fn resolve(&self, address: &str) -> String {
        match &self.here {
            Some(here) => here.join(address).map_or_else(|_| address.to_owned(), Into::into),
            None => self.world.url(address),
        }
    }
}

/// The first address in `page` that contains `part`, in a link or a form.
#[track_caller]
pub fn address_on(page: &Answer, part: &str) -> String {
    let text = page.text();
    ["href=\"", "action=\""]
        .iter()
        .flat_map(|attribute| text.split(attribute).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .map(|address| address.replace("&amp;", "&"))
        .find(|address| address.contains(part))
        .unwrap_or_else(|| panic!("no address with {part:?} on {text}"))
}
