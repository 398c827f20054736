//! The way to WeChat: the platform's transport, in this world.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use serde_json::json;
use simulator::ConnectionCut;
use tokio::{runtime::Handle, time::sleep};
use wechat::transport::{Sending, Transport, TransportError};

use super::{
    World,
    network::{Back, Call},
};
use crate::{
    plan::{Effect, Service},
    truth::Mint,
};

/// A machine's way to WeChat.
pub(crate) struct Line {
    world: Arc<World>,
    node: usize,
}

impl Line {
    pub(crate) fn new(world: Arc<World>, node: usize) -> Self {
        Line { world, node }
    }

    async fn carry(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let world = &self.world;
        let path = request.uri().path().to_owned();
        let call =
            Call { node: self.node, service: Service::WeChat, operation: &path, eventual: false };
        let unsent = Unsent { line: self, request: &request, is_sent: AtomicBool::new(false) };
        let perform = async |_| {
            unsent.is_sent.store(true, Ordering::Relaxed);
            self.reach(&request).await
        };
        let back = world.pass(call, perform).await;
        let cut = || TransportError::Interrupted("the connection was reset".into());
        let (answer, outcome) = match back {
            Back::Answer(Ok((mint, answer))) => {
                if let Some(mint) = mint {
                    world.arrived(&mint);
                }
                let outcome = errcode(answer.body());
                (answer, outcome)
            }
            Back::Answer(Err(_)) | Back::Cut => return Err(cut()),
            Back::Silence => {
                sleep(timeout).await;
                return Err(TransportError::TimedOut(timeout));
            }
            Back::Unreachable => {
                return Err(TransportError::NotSent("the connection was refused".into()));
            }
            Back::Instead(Effect::Errcode(errcode), _) => {
                let body = json!({ "errcode": errcode, "errmsg": "simulated rid: 0-0-0" });
                (self.page("application/json", body.to_string()), format!("errcode {errcode}"))
            }
            Back::Instead(Effect::HalfJson(_), Some(Ok((_, answer)))) => {
                let half = answer.body().slice(..answer.body().len() / 2);
                (answer.map(|_| half), "half".to_owned())
            }
            Back::Instead(Effect::HalfJson(_), _) => {
                (self.page("application/json", r#"{"errcode":0,"er"#), "half".to_owned())
            }
            Back::Instead(..) => {
                (self.page("text/html", "<html>系统繁忙</html>"), "html".to_owned())
            }
        };
        let at = world.elapsed();
        world.state().trace.note(at, self.node, &path, &outcome);
        Ok(answer)
    }

    /// WeChat has the request, and answers.
    async fn reach(
        &self,
        request: &Request<Bytes>,
    ) -> Result<(Option<Mint>, Response<Bytes>), ConnectionCut> {
        let world = &self.world;
        let asked = world.asked(self.node, request);
        world.look_at_minting(self.node, request.uri().path());
        world.look_at_step(self.node, request);
        let answer = world.simulator().service().answer(request.clone()).await;
        answer.map(|answer| {
            world.note_step(request, &answer);
            (world.answered(self.node, &asked, &answer), answer)
        })
    }

    fn page(&self, kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
        let mut page = Response::new(body.into());
        page.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        page
    }
}

/// A request on its way to the network. Of a machine that stands still the timers stand still as well;
/// those of a task of its own do not here, and may drop it: then it goes out when the machine wakes up.
struct Unsent<'a> {
    line: &'a Line,
    request: &'a Request<Bytes>,
    is_sent: AtomicBool,
}

impl Drop for Unsent<'_> {
    fn drop(&mut self) {
        let Line { world, node } = self.line;
        if *self.is_sent.get_mut() {
            return;
        }
        let (goes_on, incarnation) = {
            let state = world.state();
            let node = &state.nodes[*node];
            (node.goes_on(), node.incarnation)
        };
        let (true, Ok(runtime)) = (goes_on, Handle::try_current()) else { return };
        let (line, request) = (Line::new(Arc::clone(world), *node), self.request.clone());
        runtime.spawn(async move {
            line.world.gate(line.node).await;
            if line.world.state().nodes[line.node].incarnation != incarnation {
                return;
            }
            let at = line.world.elapsed();
            let path = request.uri().path();
            line.world.state().trace.note(at, line.node, path, "sent on waking up");
            // Nobody hears the answer.
            let _ = line.reach(&request).await;
        });
    }
}

impl Transport for Line {
    fn send(&self, request: Request<Bytes>, timeout: Duration) -> Sending<'_> {
        Box::pin(self.carry(request, timeout))
    }
}

/// WeChat's code in an answer, for the trace.
fn errcode(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Code {
        #[serde(default)]
        errcode: i64,
    }
    match serde_json::from_slice::<Code>(body) {
        Ok(Code { errcode: 0 }) => "ok".to_owned(),
        Ok(Code { errcode }) => format!("errcode {errcode}"),
        Err(_) => "unreadable".to_owned(),
    }
}
