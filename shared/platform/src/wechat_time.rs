//! WeChat's clock: the one clock that all functions can compare theirs with. What one function writes
//! down and another is to act upon after a while is told by it, for their own clocks may be minutes
//! apart.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, header};
use jiff::{SignedDuration, Timestamp};
use wechat::transport::{Sending, Transport};

use crate::clock::{Clock, of_header};

/// How far two clocks may be apart that nobody has compared.
const APART: SignedDuration = SignedDuration::from_mins(10);

/// What WeChat's clock shows, as far as its answers tell: they carry it in whole seconds (`Date`, RFC
/// 9110, 6.6.1), and each is as old as its way here took. Cheap to clone; clones share what they hear.
#[derive(Clone)]
pub struct WeChatTime {
    clock: Arc<dyn Clock>,
    /// How far WeChat's clock was ahead of ours when it was heard last.
    ahead: Arc<Mutex<Option<SignedDuration>>>,
}

impl WeChatTime {
    /// Nothing heard yet; `clock` is our own.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        WeChatTime { clock, ahead: Arc::default() }
    }

    /// The moment that has certainly come, by WeChat's clock.
    pub fn earliest(&self) -> Timestamp {
        self.clock.now() + self.ahead().unwrap_or(-APART)
    }

    /// The moment that has not passed yet, by WeChat's clock, but for what an answer takes on its
    /// way.
    pub fn latest(&self) -> Timestamp {
        self.clock.now() + self.ahead().unwrap_or(APART)
    }

    /// Hears what the answers of `transport` say.
    pub fn listen(&self, transport: Arc<dyn Transport>) -> Arc<dyn Transport> {
        Arc::new(Listening { transport, time: self.clone() })
    }

    fn ahead(&self) -> Option<SignedDuration> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self, date: Timestamp) {
        let ahead = date.duration_since(self.clock.now());
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
    }
}

impl fmt::Debug for WeChatTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WeChatTime").field("ahead", &self.ahead()).finish_non_exhaustive()
    }
}

/// Sends by another transport, and hears the time.
struct Listening {
    transport: Arc<dyn Transport>,
    time: WeChatTime,
}

impl Transport for Listening {
    fn send(&self, request: Request<Bytes>, timeout: Duration) -> Sending<'_> {
        Box::pin(async move {
            let answer = self.transport.send(request, timeout).await?;
            let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
            if let Some(date) = date.and_then(of_header) {
                self.time.heard(date);
            }
            Ok(answer)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::moment;

    struct Stopped(i64);

    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            moment(self.0)
        }
    }

    /// Answers with these headers.
    struct Dated(&'static [(&'static str, &'static str)]);

    impl Transport for Dated {
        fn send(&self, _: Request<Bytes>, _: Duration) -> Sending<'_> {
            Box::pin(async move {
                let mut answer = http::Response::builder();
                for (name, value) in self.0 {
                    answer = answer.header(*name, *value);
                }
                Ok(answer.body(Bytes::new()).unwrap())
            })
        }
    }

    async fn after(headers: &'static [(&'static str, &'static str)]) -> (i64, i64) {
        let time = WeChatTime::new(Arc::new(Stopped(1_000_000)));
        let transport = time.listen(Arc::new(Dated(headers)));
        transport.send(Request::default(), Duration::from_secs(1)).await.unwrap();
        (time.earliest().as_second(), time.latest().as_second())
    }

    #[tokio::test]
    async fn wechats_clock_counts_and_not_ours() {
        let heard = after(&[("date", "Mon, 12 Jan 1970 14:00:00 GMT")]).await;
        assert_eq!(heard, (1_000_800, 1_000_800));
    }

    #[tokio::test]
    async fn while_wechat_has_told_nothing_ours_may_be_minutes_wrong() {
        for headers in [&[][..], &[("date", "yesterday")]] {
            assert_eq!(after(headers).await, (999_400, 1_000_600));
        }
    }
}
