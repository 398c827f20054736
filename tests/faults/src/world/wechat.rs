//! The way to WeChat: the platform's transport, in this world.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use serde_json::json;
use tokio::time::sleep;
use wechat::transport::{Sending, Transport, TransportError};

use super::{
    World,
    network::{Back, Call},
};
use crate::plan::{Effect, Service};

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
        let perform = async |_| {
            let asked = world.asked(self.node, &request);
            world.look_at_minting(self.node, &path);
            world.look_at_step(self.node, &request);
            let answer = world.simulator().service().answer(request.clone()).await;
            answer.map(|answer| {
                world.note_step(&request, &answer);
                (world.answered(self.node, &asked, &answer), answer)
            })
        };
        let back = world.pass(call, perform).await;
        let cut = || TransportError::Interrupted("the connection was reset".into());
        let (answer, outcome) = match back {
            Back::Answer(Ok((mint, answer))) => {
                if let Some(mint) = mint {
                    world.state().truth.arrived(&mint);
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

    fn page(&self, kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
        let mut page = Response::new(body.into());
        page.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        page
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
