//! Whether our callback addresses can be reached from outside: each is checked as WeChat checks it,
//! with an `echostr` and a signature, which `callback` answers only for a component whose token it
//! has.

use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::time::Instant;
use wechat::crypto::signature;

use crate::{
    Platform,
    check::{Check, What},
    secrets::Component,
    text::Text,
    webhooks::{HttpClient, Unreachable, Unsent},
};

/// WeChat waits for so long.
const TIMEOUT: Duration = Duration::from_secs(5);
/// An answer that takes longer leaves little for a push that has to be kept.
const SLOW: Duration = Duration::from_millis(2500);
/// More than any right answer has.
const LONGEST_ANSWER: usize = 1024;

pub(super) const CALLBACKS: What =
    ("callbacks", Text::fixed("回调地址可以访问", "the callback addresses can be reached"));

/// What is wrong with an address, and what to do about it; or how long it took.
type Reached = Result<Duration, (Text, Text)>;

/// Asks both addresses.
pub(super) async fn reach(platform: &Platform, component: &Component) -> Check {
    let appid = &component.appid;
    let base = format!("{}wechat/{appid}", platform.addresses.public);
    let client = HttpClient::new(&platform.self_tests.network, TIMEOUT, LONGEST_ANSWER);
    let (events, messages) = tokio::join!(
        ask(platform, component, &client, format!("{base}/events")),
        ask(platform, component, &client, format!("{base}/messages/{appid}")),
    );
    let took = match events.and_then(|took| Ok(took.max(messages?))) {
        Ok(took) => took,
        Err((finding, what_to_do)) => return Check::fail(CALLBACKS, finding, what_to_do),
    };
    let milliseconds = took.as_millis();
    let finding = Text::new(
        format!("{milliseconds} 毫秒内应答"),
        format!("they answer within {milliseconds} ms"),
    );
    match took > SLOW {
        false => Check::pass(CALLBACKS).found(finding),
        true => Check::warn(
            CALLBACKS,
            finding,
            Text::fixed(
                "微信只等五秒；请检查网关，以及 callback 函数的内存和并发限制",
                "WeChat waits for five seconds: look at the gateway, and at the memory and the \
                 concurrency limit of the function callback",
            ),
        ),
    }
}

/// Checks one address as WeChat does.
async fn ask(
    platform: &Platform,
    component: &Component,
    client: &HttpClient,
    address: String,
) -> Reached {
    let now = platform.clock.now();
    let timestamp = now.as_second().to_string();
    let (nonce, echo) = (platform.random.identifier(now), platform.random.identifier(now));
    // A component that is in order has a token.
    let token = component.tokens.first().map(ExposeSecret::expose_secret).unwrap_or_default();
    let signature = signature(token, &timestamp, &nonce);
    let url = format!(
        "{address}?signature={}&timestamp={timestamp}&nonce={nonce}&echostr={echo}",
        signature.as_str(),
    );
    let begun = Instant::now();
    let answer = client.get(&url).await.map_err(|unsent| {
        let why = words(&unsent);
        let finding = Text::new(
            format!("{address} 无法访问：{}", why.zh),
            format!("{address} cannot be reached: {}", why.en),
        );
        (finding, REACH)
    })?;
    let took = begun.elapsed();
    if answer.status == 200 && answer.beginning == echo.as_bytes() {
        return Ok(took);
    }
    // Its words for whoever is not genuine.
    if answer.status == 403 && answer.beginning == b"refused" {
        let finding = Text::new(
            format!("{address} 有应答，但不接受本系统的 Token"),
            format!("{address} answers, and does not accept this system's Token"),
        );
        return Err((finding, OTHER_TOKEN));
    }
    let status = answer.status;
    let finding = Text::new(
        format!("{address} 的应答不是本系统的（状态 {status}）"),
        format!("what answers at {address} is not this system (status {status})"),
    );
    Err((finding, OTHER_SYSTEM))
}

const REACH: Text = Text::fixed(
    "请检查 PUBLIC_URL、域名解析、证书和网关，使该地址可从公网以 HTTPS 访问",
    "see that PUBLIC_URL, the name, the certificate and the gateway are right, so that the address \
     can be reached over HTTPS from the internet",
);
const OTHER_TOKEN: Text = Text::fixed(
    "平台密钥刚改过时请一分钟后重新检查；否则请确认该地址指向本部署",
    "if the platform secret was just changed, check again in a minute; else see that the address \
     leads to this deployment",
);
const OTHER_SYSTEM: Text = Text::fixed(
    "请确认域名指向本部署的网关，中间的代理没有改动路径、参数和应答",
    "see that the name leads to this deployment's gateway, and that nothing between changes paths, \
     queries or answers",
);

/// Why there was no answer.
fn words(unsent: &Unsent) -> Text {
    match unsent {
        Unsent::Url(_) => {
            Text::fixed("不是公网的 HTTPS 地址", "it is no HTTPS address of the internet")
        }
        Unsent::Unreachable(Unreachable::NoAddress(_)) => {
            Text::fixed("域名无法解析", "the name does not resolve")
        }
        Unsent::Unreachable(Unreachable::NotPublic) => {
            Text::fixed("域名解析到了非公网地址", "the name leads to an address that is not public")
        }
        Unsent::TimedOut(_) => Text::fixed("五秒内没有应答", "no answer within 5 seconds"),
        Unsent::NotConnected => {
            Text::fixed("无法建立连接，或 TLS 握手失败", "could not connect, or TLS failed")
        }
        Unsent::Interrupted => {
            Text::fixed("连接在应答之前中断", "the connection broke before there was an answer")
        }
    }
}
