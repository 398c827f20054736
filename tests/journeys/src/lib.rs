//! A whole system for one test: every function behind its real routes, an AWS in memory, and a
//! simulated WeChat whose clock and accidents are in the test's hands. Nothing happens by itself:
//! a test pushes, ticks and moves the clock.
//!
//! Whatever a journey is about, at its end everything that came out is searched for secrets: answers, log,
//! bus, tables, queues and metrics. See [`World::leaks`].
//!
//! ```no_run
//! # async fn example() {
//! let world = journeys::World::start().await;
//! world.push_ticket().await;
//! world.tick().await;
//! let components = world.operator().get("/v1/components").await.expect_status(200).json();
//! # }
//! ```

mod answer;
mod browser;
mod canaries;
mod clock;
mod fleet;
mod form;
mod http_client;
mod old_system;
mod receiver;

use std::{path::PathBuf, time::Duration};

use local::{
    System,
    aws::{Aws, BusEvent},
    settings::{Settings, WeChat},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use simulator::Simulator;

pub use answer::Answer;
pub use browser::{Browser, address_on};
use canaries::Canaries;
pub use canaries::PLANTED;
pub use clock::TestClock;
pub use fleet::Fleet;
pub use form::Form;
pub use http_client::HttpClient;
pub use old_system::OldSystem;
pub use receiver::{Received, Receiver};

/// Work that is not done by then never will be.
const PATIENCE: Duration = Duration::from_secs(20);

/// The merchant of the simulator with everything in order: ICP filing, privacy guideline,
/// categories, name and avatar.
pub const MERCHANT: &str = "wx7c3e19a2b84d5f06";
/// A merchant of the simulator without an ICP filing.
pub const UNFILED_MERCHANT: &str = "wx2d90f6b1e7a3c584";
/// A merchant of the simulator who has filled in nothing but the name.
pub const EMPTY_MERCHANT: &str = "wxe48b05d7c1f29a63";

/// A running system and what surrounds it.
pub struct World {
    system: System,
    simulator: Simulator,
    clock: TestClock,
    client: HttpClient,
    canaries: Canaries,
}

impl World {
    /// Starts with the simulator's usual merchants and drafts.
    pub async fn start() -> World {
        World::start_with(|_| {}).await
    }

    /// Starts with other settings of the simulator.
    pub async fn start_with(change: impl FnOnce(&mut simulator::Options)) -> World {
        World::start_components(1, change).await
    }

    /// Starts with so many components, and other settings of the simulator.
    pub async fn start_components(
        components: usize,
        change: impl FnOnce(&mut simulator::Options),
    ) -> World {
        World::start_by(TestClock::new(), |settings, options| {
            settings.components = components;
            change(options);
        })
        .await
    }

    /// Starts by this clock, with other settings of the system and of the simulator.
    pub async fn start_by(
        clock: TestClock,
        change: impl FnOnce(&mut Settings, &mut simulator::Options),
    ) -> World {
        let canaries = Canaries::begin();
        let mut options =
            simulator::Options { clock: clock.of_simulator(), ..simulator::Options::default() };
        let mut settings = Settings::in_memory();
        settings.clock = clock.of_platform();
        settings.rights = std::env::var_os("AWS_RIGHTS").map(PathBuf::from);
        change(&mut settings, &mut options);
        settings.wechat = WeChat::Simulated(Box::new(options));
        // On the heap: a test's own stack is short.
        let system = Box::pin(System::start(settings)).await.expect("a system in memory starts");
        let simulator = system.simulator().expect("the simulated WeChat was asked for").clone();
        canaries.know(&system);
        World { system, simulator, clock, client: HttpClient::new(), canaries }
    }

    /// Where secrets came out so far: WeChat's tokens, tickets, codes and session keys, the platform's
    /// credentials, operators' and webhooks' keys, merchants' payment keys. A world looks by itself at its
    /// end, and there must be none; whoever has asked before has seen to it.
    pub fn leaks(&self) -> Vec<String> {
        self.canaries.search(&self.system)
    }

    /// The system.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The AWS below it, whose services can be taken away.
    pub fn aws(&self) -> &Aws {
        self.system.aws()
    }

    /// The simulated WeChat, with its verbs.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// The appid of the component; of the first, if there are several.
    pub fn component(&self) -> &str {
        &self.system.component().appid
    }

    /// The appids of all components, the first one first.
    pub fn components(&self) -> Vec<&str> {
        self.system.components().iter().map(|component| component.appid.as_str()).collect()
    }

    /// The time, for the functions and for WeChat.
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// Has WeChat push a ticket to each component, which must be accepted.
    #[track_caller]
    pub fn push_ticket(&self) -> impl Future<Output = ()> + '_ {
        let caller = std::panic::Location::caller();
        async move {
            for component in self.components() {
                let pushed = self.simulator.push_ticket_to(Some(component)).await;
                let pushed = pushed.expect("the component exists");
                assert!(pushed.delivery.accepted, "{caller}: refused: {:?}", pushed.delivery);
            }
        }
    }

    /// Calls `refresh` once, as every minute; no step of it may fail.
    #[track_caller]
    pub fn tick(&self) -> impl Future<Output = refresh::Summary> + '_ {
        let caller = std::panic::Location::caller();
        async move {
            let summary = Box::pin(self.system.tick()).await;
            assert!(summary.failed.is_empty(), "{caller}: refresh failed: {:?}", summary.failed);
            summary
        }
    }

    /// Waits until every message is worked off or has become a dead letter.
    #[track_caller]
    pub fn settle(&self) -> impl Future<Output = ()> + '_ {
        let caller = std::panic::Location::caller();
        async move {
            assert!(self.system.settle(PATIENCE).await, "{caller}: the queues are not empty");
        }
    }

    /// The events of one kind on the bus so far, oldest first.
    pub fn events(&self, kind: &str) -> Vec<BusEvent> {
        self.aws().bus().events_named(kind)
    }

    /// The kinds of all events on the bus so far, oldest first.
    pub fn event_kinds(&self) -> Vec<String> {
        self.aws().bus().events().into_iter().map(|event| event.detail_type).collect()
    }

    /// How many calls of `path` WeChat was sent.
    pub fn calls(&self, path: &str) -> u64 {
        self.simulator.count(path)
    }

    /// Somebody with the first key.
    pub fn operator(&self) -> Operator<'_> {
        self.operator_with(self.system.sign_in_key())
    }

    /// Somebody with this key.
    pub fn operator_with(&self, key: SecretString) -> Operator<'_> {
        Operator { world: self, key: Some(key) }
    }

    /// Somebody without a key.
    pub fn stranger(&self) -> Operator<'_> {
        Operator { world: self, key: None }
    }

    /// Somebody with a browser.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A merchant authorizes on a PC: from our link over WeChat's page back to ours, which is
    /// answered. `via` is the order in which push and browser arrive, see the simulator's page.
    pub async fn authorize_via(&self, appid: &str, via: &str) -> Answer {
        self.authorize_component(self.component(), appid, via).await
    }

    /// The same, for this component.
    pub async fn authorize_component(&self, component: &str, appid: &str, via: &str) -> Answer {
        let mut browser = self.browser();
        let page = browser.open(&format!("/authorize/{component}")).await;
        let page = page.expect_status(200);
        let way_out = browser.open(&address_on(&page, "/go")).await.expect_status(302);
        let wechat = browser.follow(&way_out).await.expect_status(200);
        let form = Form::on(&wechat).with("appid", appid).with("via", via);
        let way_back = browser.submit(&form.action, &form.fields()).await.expect_status(302);
        browser.follow(&way_back).await
    }

    /// A merchant authorizes on a PC, and everything that follows from it is done.
    pub async fn authorize(&self, appid: &str) -> Answer {
        let answer = self.authorize_via(appid, "push-first").await;
        self.settle().await;
        answer
    }

    /// A component in working order: WeChat's ticket has come, and a token was fetched for it.
    pub async fn begin(&self) {
        self.push_ticket().await;
        self.tick().await;
    }

    /// Lets time pass for everybody, and calls `refresh` at the end of it.
    pub async fn later(&self, seconds: i64) {
        self.clock.advance(seconds);
        self.tick().await;
        self.settle().await;
    }

    /// The path of a mini program in the operators' API.
    pub fn mini_program(&self, appid: &str) -> String {
        format!("/v1/components/{}/mini-programs/{appid}", self.component())
    }

    /// A request to the system; `path` may also be a whole URL.
    pub async fn request(&self, request: http::request::Builder, body: Vec<u8>) -> Answer {
        self.canaries.look_at_request(&body);
        let answer = self.client.send(request, body).await;
        if answer.request.contains(self.system.base_url()) {
            self.canaries.look_at_answer(&answer);
        }
        answer
    }

    /// The whole URL of a path of the system.
    pub fn url(&self, path: &str) -> String {
        match path.starts_with("http://") {
            true => path.to_owned(),
            false => format!("{}{path}", self.system.base_url()),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() || self.canaries.were_searched() {
            return;
        }
        let mut leaks = self.leaks();
        leaks.retain(|leak| !leak.contains(&format!(" {PLANTED}: ")));
        assert!(leaks.is_empty(), "secrets came out:\n{}", leaks.join("\n"));
    }
}

/// Somebody who uses the operators' API.
pub struct Operator<'a> {
    world: &'a World,
    key: Option<SecretString>,
}

impl Operator<'_> {
    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], Some(body)).await
    }

    /// `PUT` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, &[], Some(body)).await
    }

    /// `PATCH` with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, &[], Some(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None).await
    }

    /// `POST` with a file as the body.
    pub async fn upload(&self, path: &str, content_type: &str, file: &[u8]) -> Answer {
        self.send_file("POST", path, content_type, file.to_vec()).await
    }

    /// Any request with a file as its body.
    pub async fn send_file(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        file: Vec<u8>,
    ) -> Answer {
        let request = self.request(method, path).header("content-type", content_type);
        self.world.request(request, file).await
    }

    /// Any request, with further headers.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                body.to_string().into_bytes()
            }
            None => Vec::new(),
        };
        self.world.request(request, body).await
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let request = http::Request::builder().method(method).uri(self.world.url(path));
        match &self.key {
            Some(key) => request.header("authorization", format!("Bearer {}", key.expose_secret())),
            None => request,
        }
    }
}
