//! The pushes of a test, and what is wrong with their answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use secrecy::ExposeSecret;
use tokio::{task::JoinSet, time::Instant};
use wechat::{
    AppId,
    crypto::{encrypt, msg_signature, open_reply, signature},
    message::{
        AccountContent,
        go_live::{self, QUERY_AUTH_CODE, TEST_ACCOUNTS, TestAccount, TestAccountKind},
        parse_account, text_reply,
    },
};

use super::{Outcome, Probe, SelfTestError, SelfTests, Step, code};
use crate::{
    clock::Clock, random::Random, secrets::Component, ticket::TicketError, webhooks::HttpClient,
};

/// WeChat waits for so long.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Of a longer answer the beginning is enough to see that it is none.
const LONGEST_ANSWER: usize = 16 * 1024;
/// Who writes to the test accounts.
const OPENID: &str = "oSelfTest-0000000000000000000";
/// The event of older editions.
const EVENT: &str = "LOCATION";

/// Plays the whole of it: the five pairs at once, and within a pair one push after the other, as
/// WeChat does.
pub(super) async fn play(
    tests: &SelfTests,
    component: &AppId,
    test: &str,
    base_url: &str,
) -> Result<Vec<Step>, SelfTestError> {
    let credentials = tests.secrets.component(component).await?;
    let ticket = match tests.tickets.newest(component).await {
        Ok(ticket) => Some(ticket),
        Err(TicketError::Storage(error)) => return Err(error.into()),
        Err(TicketError::Never(_) | TicketError::Unseal(..)) => None,
    };
    let doorbell = Doorbell {
        client: HttpClient::new(&tests.network, TIMEOUT, LONGEST_ANSWER),
        base_url: base_url.into(),
        component: credentials,
        clock: tests.clock.clone(),
        random: tests.random.clone(),
        silent: Arc::default(),
    };
    let mut playing = JoinSet::new();
    let keys = tests.secrets.sealing();
    for (number, pair) in (1..).zip(TEST_ACCOUNTS.chunks(2)) {
        let codes: Vec<String> =
            pair.iter().map(|account| code::make(&keys, component, account.appid, test)).collect();
        let doorbell = doorbell.clone();
        playing.spawn(async move { doorbell.pair(number, pair, &codes).await });
    }
    playing.spawn(async move {
        let ticket = match ticket {
            // The one that is there, at its own time: nothing becomes of it.
            Some(ticket) => {
                doorbell.ticket(ticket.secret.expose_secret(), ticket.created.as_second()).await
            }
            None => (Outcome::NoTicket, Duration::ZERO),
        };
        let forgery = doorbell.forgery().await;
        vec![step(None, None, Probe::Ticket, ticket), step(None, None, Probe::Forgery, forgery)]
    });
    let mut steps: Vec<Step> = playing.join_all().await.into_iter().flatten().collect();
    steps.sort_by_key(|step| step.pair);
    Ok(steps)
}

/// Where pushes are sent. Cheap to clone.
#[derive(Clone)]
struct Doorbell {
    client: HttpClient,
    base_url: Arc<str>,
    component: Arc<Component>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// Somebody did not answer: the others are not waited for one after the other.
    silent: Arc<AtomicBool>,
}

/// An answer, and how long it took.
type Timed = (Outcome, Duration);

impl Doorbell {
    async fn pair(&self, number: u8, pair: &[TestAccount], codes: &[String]) -> Vec<Step> {
        let mut steps = Vec::new();
        for (account, code) in pair.iter().zip(codes) {
            let mut note = |probe, timed| {
                steps.push(step(Some(number), Some(account.appid), probe, timed));
            };
            note(Probe::Authorized, self.authorization("authorized", account, code).await);
            if account.kind == TestAccountKind::OfficialAccount {
                let message = self.text_of(account, go_live::TEXT);
                let wanted = format!("{}_callback", go_live::TEXT);
                note(Probe::Text, self.replied(account, &message, &wanted).await);
                let message = self.event_of(account);
                let wanted = format!("{EVENT}from_callback");
                note(Probe::Event, self.replied(account, &message, &wanted).await);
            }
            let message = self.text_of(account, &format!("{QUERY_AUTH_CODE}{code}"));
            let (answer, took) = self.message(account, &message).await;
            let outcome = match answer {
                Ok(body) if body.is_empty() || body == b"success" => Outcome::Passed,
                Ok(_) => Outcome::NotSuccess,
                Err(outcome) => outcome,
            };
            let follows = match outcome {
                Outcome::Passed => Outcome::Waiting,
                _ => Outcome::NeverExchanged,
            };
            note(Probe::QueryAuthCode, (outcome, took));
            note(Probe::Exchange, (follows, Duration::ZERO));
            note(Probe::Unauthorized, self.authorization("unauthorized", account, code).await);
        }
        steps
    }

    async fn ticket(&self, ticket: &str, created: i64) -> Timed {
        let rest = format!("<ComponentVerifyTicket><![CDATA[{ticket}]]></ComponentVerifyTicket>");
        self.event("component_verify_ticket", created, &rest).await
    }

    async fn authorization(&self, info_type: &str, account: &TestAccount, code: &str) -> Timed {
        let now = self.now();
        let rest = format!(
            "<AuthorizerAppid><![CDATA[{}]]></AuthorizerAppid>\
             <AuthorizationCode><![CDATA[{code}]]></AuthorizationCode>\
             <AuthorizationCodeExpiredTime>{}</AuthorizationCodeExpiredTime>",
            account.appid,
            now + 600,
        );
        self.event(info_type, now, &rest).await
    }

    /// A push to the authorization-event URL, which is answered with `success`.
    async fn event(&self, info_type: &str, create_time: i64, rest: &str) -> Timed {
        let message = format!(
            "<xml><AppId><![CDATA[{}]]></AppId><CreateTime>{create_time}</CreateTime>\
             <InfoType><![CDATA[{info_type}]]></InfoType>{rest}</xml>",
            self.component.appid,
        );
        let (answer, took) = self.push("events", "", &message, true).await;
        let outcome = match answer {
            Ok(body) if body == b"success" => Outcome::Passed,
            Ok(_) => Outcome::NotSuccess,
            Err(outcome) => outcome,
        };
        (outcome, took)
    }

    async fn forgery(&self) -> Timed {
        let account = &TEST_ACCOUNTS[0];
        let message = self.text_of(account, go_live::TEXT);
        let place = format!("messages/{}", account.appid);
        let (answer, took) = self.push(&place, account.user_name, &message, false).await;
        let outcome = match answer {
            Ok(_) => Outcome::Accepted,
            Err(Outcome::Status { .. }) => Outcome::Passed,
            Err(outcome) => outcome,
        };
        (outcome, took)
    }

    /// A message that is answered with an encrypted text.
    async fn replied(&self, account: &TestAccount, message: &str, wanted: &str) -> Timed {
        let (answer, took) = self.message(account, message).await;
        let outcome = match answer {
            Ok(body) => self.read(account, &body, wanted),
            Err(outcome) => outcome,
        };
        (outcome, took)
    }

    fn read(&self, account: &TestAccount, body: &[u8], wanted: &str) -> Outcome {
        let unreadable = |why: String| Outcome::Unreadable { why };
        let opened = match open_reply(&self.component.callback_keys(), body) {
            Ok(opened) => opened,
            Err(refusal) => return unreadable(refusal.to_string()),
        };
        if let Err(refusal) = opened.require_id(&self.component.appid) {
            return unreadable(refusal.to_string());
        }
        let Ok(reply) = parse_account(opened.message().as_bytes()) else {
            return Outcome::OtherReply;
        };
        let says = matches!(&reply.content, AccountContent::Text(text) if text.content == wanted);
        let to_user = reply.to_user_name.as_deref() == Some(OPENID);
        let from_account = reply.from_user_name.as_deref() == Some(account.user_name);
        match says && to_user && from_account {
            true => Outcome::Passed,
            false => Outcome::OtherReply,
        }
    }

    async fn message(&self, account: &TestAccount, message: &str) -> Answered {
        self.push(&format!("messages/{}", account.appid), account.user_name, message, true).await
    }

    /// Encrypts, signs and sends: the body of a 200, or what is wrong.
    async fn push(&self, place: &str, to: &str, message: &str, genuine: bool) -> Answered {
        if self.silent.load(Ordering::Relaxed) {
            let why = "not tried, for nobody answered before".to_owned();
            return (Err(Outcome::NoAnswer { why }), Duration::ZERO);
        }
        let component = &self.component;
        let (timestamp, nonce) = (self.now().to_string(), self.nonce());
        let random = self.random.bytes();
        let id = component.appid.as_str();
        let encrypt = encrypt(&component.keys[0], random, message.as_bytes(), id);
        let token = match genuine {
            true => component.tokens[0].expose_secret(),
            false => "somebody else's token",
        };
        let signed = msg_signature(token, &timestamp, &nonce, &encrypt);
        let url = format!(
            "{}/wechat/{id}/{place}?signature={}&timestamp={timestamp}&nonce={nonce}\
             &encrypt_type=aes&msg_signature={signed}",
            self.base_url,
            signature(token, &timestamp, &nonce),
        );
        let body = format!(
            "<xml><ToUserName><![CDATA[{to}]]></ToUserName>\
             <Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
        );
        let begun = Instant::now();
        let answer = self.client.post(&url, &[("content-type", "text/xml")], body).await;
        let took = begun.elapsed();
        let answer = match answer {
            Ok(answer) if answer.status == 200 => Ok(answer.beginning.trim_ascii().to_vec()),
            Ok(answer) => Err(Outcome::Status { status: answer.status }),
            Err(unsent) => {
                self.silent.store(true, Ordering::Relaxed);
                Err(Outcome::NoAnswer { why: unsent.to_string() })
            }
        };
        (answer, took)
    }

    fn text_of(&self, account: &TestAccount, content: &str) -> String {
        // A text has the same form in both directions.
        text_reply(account.user_name, OPENID, self.now(), content)
    }

    fn event_of(&self, account: &TestAccount) -> String {
        format!(
            "<xml><ToUserName><![CDATA[{}]]></ToUserName>\
             <FromUserName><![CDATA[{OPENID}]]></FromUserName><CreateTime>{}</CreateTime>\
             <MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{EVENT}]]></Event></xml>",
            account.user_name,
            self.now(),
        )
    }

    fn now(&self) -> i64 {
        self.clock.now().as_second()
    }

    fn nonce(&self) -> String {
        u32::from_be_bytes(self.random.bytes()).to_string()
    }
}

/// The body of a 200 or what is wrong, and how long it took.
type Answered = (Result<Vec<u8>, Outcome>, Duration);

fn step(pair: Option<u8>, appid: Option<&str>, probe: Probe, timed: Timed) -> Step {
    let (outcome, took) = timed;
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    Step { pair, appid: appid.map(str::to_owned), probe, outcome, milliseconds }
}
