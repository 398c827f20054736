//! A component with many merchants, whose tokens stand in the tables as a grant leaves them there.

use std::{error::Error, sync::Arc, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use platform::{
    AppId, Outside, Platform,
    clock::Clock,
    configuration::Variables,
    random::SystemRandom,
    tokens::{Granted, Subject},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use processes::Aws;

use crate::wechat::{Component, WeChat};

/// What the functions are told, but for addresses.
pub(crate) const VARIABLES: [(&str, &str); 6] = [
    ("INBOX_TABLE", "inbox"),
    ("TOKENS_TABLE", "tokens"),
    ("FLEET_TABLE", "fleet"),
    ("EVENT_BUS", "bus"),
    ("PLATFORM_SECRET", "platform"),
    ("PUBLIC_URL", "https://fleet.example.com"),
];

/// The tables, WeChat, and a platform between them that does not leave this process.
pub(crate) struct Fleet {
    pub(crate) aws: Aws,
    pub(crate) wechat: WeChat,
    pub(crate) platform: Platform,
    component: AppId,
    merchants: Vec<AppId>,
}

/// What a fleet is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) merchants: usize,
    pub(crate) latency: Duration,
    pub(crate) token_bytes: usize,
}

impl Fleet {
    /// A component with a ticket.
    pub(crate) async fn new(clock: Arc<dyn Clock>, size: Size) -> Result<Fleet, Box<dyn Error>> {
        let component = Component {
            appid: "wxbb351fd8902f163e".to_owned(),
            secret: "component-secret".to_owned(),
            ticket: format!("ticket@@@{}", "t".repeat(90)),
        };
        let secret = json!({
            "sealing_key": "0123456789abcdef".repeat(4),
            "components": [{
                "appid": component.appid,
                "secret": component.secret,
                "token": "callback-token",
                "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
            }],
        });
        let aws = Aws::new(clock.clone(), &secret);
        let wechat = WeChat::new(clock.clone(), component.clone(), size.latency, size.token_bytes);
        let outside = Outside {
            aws: aws.in_process(),
            tables: None,
            wechat: Some(Arc::new(wechat.clone())),
            clock: clock.clone(),
            random: Arc::new(SystemRandom),
        };
        let platform = Platform::new(&Variables::from_pairs(VARIABLES), outside).await?;
        let appid: AppId = component.appid.parse()?;
        let now = clock.now().as_second();
        platform.tickets.keep(&appid, &component.ticket, now).await?;
        let merchants = (0..size.merchants).map(|number| format!("wx{number:016x}").parse());
        let merchants = merchants.collect::<Result<_, _>>()?;
        Ok(Fleet { aws, wechat, platform, component: appid, merchants })
    }

    /// Every merchant authorizes; their tokens have what `life` says left.
    pub(crate) fn authorize(&self, life: impl Fn(usize) -> Duration) -> Result<(), Box<dyn Error>> {
        for (number, appid) in self.merchants.iter().enumerate() {
            let life = life(number);
            let (access, refresh) = self.wechat.authorize(appid.as_str(), life);
            let granted = Granted {
                access: Some(&SecretString::from(access)),
                expires_in: life.as_secs() as i64,
                refresh: Some(&SecretString::from(refresh)),
                order: self.platform.clock.now().as_second(),
                seen: 0,
            };
            let subject = Subject::merchant(&self.component, appid);
            let write = self.platform.tokens.granted(&subject, &granted)?;
            let update = write.update().ok_or("a grant is an update")?;
            let request = json!({
                "TableName": update.table_name(),
                "Key": map(update.key())?,
                "UpdateExpression": update.update_expression(),
                "ConditionExpression": update.condition_expression(),
                "ExpressionAttributeNames": update.expression_attribute_names(),
                "ExpressionAttributeValues":
                    map(update.expression_attribute_values().ok_or("a grant has values")?)?,
            });
            let answer = self.aws.dynamo().answer("UpdateItem", request.to_string().as_bytes());
            if answer.status != 200 {
                return Err(String::from_utf8_lossy(&answer.body).into());
            }
        }
        Ok(())
    }

    /// How many merchants' refresh tokens WeChat accepts no longer.
    pub(crate) async fn lost(&self) -> Result<usize, Box<dyn Error>> {
        let mut lost = 0;
        let keys = self.platform.secrets.sealing();
        for appid in &self.merchants {
            let subject = Subject::merchant(&self.component, appid);
            let item = self.platform.tokens.read(&subject).await?;
            let sealed = item.and_then(|item| item.refresh_token);
            let kept = match sealed {
                Some(sealed) => {
                    let refresh = sealed.open(&keys, &subject.owner())?;
                    self.wechat.is_current(appid.as_str(), refresh.expose_secret())
                }
                None => false,
            };
            lost += usize::from(!kept);
        }
        Ok(lost)
    }

    /// What was consumed, and what of it a refresh took.
    pub(crate) fn print_units(&self, refreshes: u64) {
        let (mut read, mut write) = (0.0, 0.0);
        println!("DynamoDB          requests   read units  write units");
        for ((table, operation), units) in self.aws.dynamo().meter() {
            println!(
                "  {:<16}{:>8}{:>13.1}{:>13.1}",
                format!("{table} {operation}"),
                units.requests,
                units.read,
                units.write
            );
            read += units.read;
            write += units.write;
        }
        let refreshes = refreshes.max(1) as f64;
        println!(
            "per refresh       {:.3} write units, {:.3} read units",
            write / refreshes,
            read / refreshes
        );
    }
}

fn map(
    attributes: &std::collections::HashMap<String, AttributeValue>,
) -> Result<Value, Box<dyn Error>> {
    let mut map = Map::new();
    for (name, value) in attributes {
        let value = match value {
            AttributeValue::S(text) => json!({ "S": text }),
            AttributeValue::N(number) => json!({ "N": number }),
            other => return Err(format!("{name} is {other:?}").into()),
        };
        map.insert(name.clone(), value);
    }
    Ok(map.into())
}
