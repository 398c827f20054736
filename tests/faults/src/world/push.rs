//! WeChat's pushes on their way to `callback`: late, several times, and again after five seconds
//! without an answer.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, Response};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::{Limit, World};
use crate::{plan::NODES, truth::Invariant};

/// How long WeChat waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a push goes out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sending {
    /// Copies besides the first.
    pub(crate) more: u8,
    /// So many milliseconds later.
    pub(crate) late: u32,
}

/// Takes a request of WeChat's to one of the machines.
pub(crate) async fn receive(
    world: Weak<World>,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, String> {
    let world = world.upgrade().ok_or("the world is over")?;
    if request.method() == Method::GET {
        let query = request.uri().query().unwrap_or_default();
        let fields: BTreeMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let number = |name| fields.get(name).and_then(|number| number.parse::<u32>().ok());
        let (code, who) = (fields.get("auth_code"), fields.get("who"));
        let (change, after) = (number("change"), number("after"));
        let (code, who) = code.zip(who).ok_or("a browser comes back without a code")?;
        let (change, after) = change.zip(after).ok_or("nobody sent this browser")?;
        sleep(Duration::from_millis(after.into())).await;
        world.come_back(code, who, change).await;
        return Ok(Response::new(Bytes::new()));
    }
    let sending = std::mem::take(&mut world.state().sending);
    for _ in 0..sending.more {
        let (world, request) = (Arc::clone(&world), request.clone());
        tokio::spawn(async move {
            let pause = {
                let mut state = world.state();
                let longest = if state.pick(2) == 0 { 30 } else { 20_000 };
                state.pick(longest)
            };
            sleep(Duration::from_millis(u64::from(sending.late) + pause)).await;
            world.state().truth.counts.injections += 1;
            // WeChat does not wait for what it sends twice.
            let _ = world.post(request).await;
        });
    }
    sleep(Duration::from_millis(sending.late.into())).await;
    let answer = timeout(PATIENCE, world.post(request)).await;
    let answer = answer.unwrap_or_else(|_| Err("no answer in time".to_owned()));
    if !matches!(&answer, Ok(response) if response.status() == 200) {
        // WeChat's pause before it tries again.
        let pause = 1000 + world.state().pick(4000);
        sleep(Duration::from_millis(pause)).await;
    }
    answer
}

impl World {
    async fn post(self: &Arc<Self>, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let node = self.state().pick(NODES as u64) as usize;
        let answered = self.on(node, Limit::CALLBACK, async move |process| {
            let response = process.callback.clone().oneshot(request.map(Body::from)).await;
            let response = response.unwrap_or_else(|never| match never {});
            let (head, body) = response.into_parts();
            let body = axum::body::to_bytes(body, 4096).await.unwrap_or_default();
            Response::from_parts(head, body)
        });
        let response = answered.await.ok_or("the connection was cut")?;
        let at = self.elapsed();
        let mut state = self.state();
        state.trace.note(at, node, "push", response.status().as_str());
        match response.status().as_u16() {
            200 => {}
            503 => state.truth.counts.not_kept += 1,
            // Nobody forges here.
            status => {
                state.truth.counts.refused += 1;
                let words = format!("WeChat's push was refused with {status}");
                state.truth.breaks(Invariant::EventLost, at, words);
            }
        }
        Ok(response)
    }
}
