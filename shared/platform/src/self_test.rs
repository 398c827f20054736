//! WeChat's check before a platform goes live (全网发布检测), played by ourselves against a deployment:
//! the same pushes with the same cryptography from the same ten accounts, each answer looked at.
//!
//! A test is asked for, played by `events`, and shown while it goes on. What WeChat does beyond the
//! pushes, reading the message that is sent for an authorization code, only WeChat can do: the code of
//! a test is our own, and is shown to WeChat, which must refuse it. That the way there and the token
//! are in order is what this tells.

mod code;
mod play;
mod report;

pub use report::{Outcome, Probe, Report, Step, TestState};

use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use wechat::{AppId, endpoint::ApiQueryAuth};

use crate::{
    call::{CallError, Caller},
    clock::Clock,
    configuration::Addresses,
    event::kind,
    outbox::Outbox,
    random::Random,
    secrets::{ComponentError, Secrets},
    storage::{Outcome as Written, StorageError, Table, Transaction, number},
    ticket::Tickets,
    webhooks::{BadUrl, Network},
};
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};

/// Reports are kept for so long.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// What follows from a push outside the request is given up after so long.
const PATIENCE: SignedDuration = SignedDuration::from_secs(90);

/// Tests of every component. Cheap to clone.
#[derive(Clone)]
pub struct SelfTests {
    /// The table `fleet`.
    pub table: Table,
    /// The components' callback keys.
    pub secrets: Secrets,
    /// The ticket that is pushed once more.
    pub tickets: Tickets,
    /// How WeChat is shown a code.
    pub caller: Caller,
    /// How `events` is told.
    pub outbox: Outbox,
    /// Where this deployment is.
    pub addresses: Arc<Addresses>,
    /// What may be reached: what a webhook may, too.
    pub network: Network,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers and nonces.
    pub random: Arc<dyn Random>,
}

/// Why a test was not begun or not played.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
    /// The address is not one that may be called.
    #[error("the base URL is wrong in {} ways", .0.len())]
    BaseUrl(Vec<BadUrl>),
    /// The address has more than a scheme and a host.
    #[error("only scheme and host are wanted")]
    NotAnOrigin,
    /// The component is not in order.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

#[derive(Serialize, Deserialize)]
struct Item {
    pk: String,
    sk: String,
    component: AppId,
    base_url: String,
    requested_by: String,
    started_at: i64,
    #[serde(default)]
    finished_at: Option<i64>,
    #[serde(default)]
    steps: Vec<Step>,
    expires_at: i64,
}

/// What became of a code, noted by whoever had to exchange it.
#[derive(Serialize, Deserialize)]
struct Note {
    pk: String,
    sk: String,
    outcome: Outcome,
    expires_at: i64,
}

impl SelfTests {
    /// Asks for a test of the deployment at `base_url`, or of this one. `by` says who asked.
    pub async fn request(
        &self,
        by: &str,
        component: &AppId,
        base_url: Option<&str>,
    ) -> Result<Report, SelfTestError> {
        let base_url = self.checked(base_url.unwrap_or(self.addresses.public.as_str()))?;
        let now = self.clock.now();
        let id = self.random.identifier(now);
        let item = Item {
            pk: partition(component),
            sk: id.clone(),
            component: component.clone(),
            base_url: base_url.as_str().trim_end_matches('/').to_owned(),
            requested_by: by.to_owned(),
            started_at: now.as_second(),
            finished_at: None,
            steps: Vec::new(),
            expires_at: (now + KEPT).as_second(),
        };
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(self.table.item(&item)?))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        let details = json!({ "self_test": id });
        let told = self.outbox.event(kind::SELF_TEST_REQUESTED, component, None, 0, details);
        let writes = vec![TransactWriteItem::builder().put(put).build(), self.outbox.entry(&told)?];
        if self.table.transact(writes).await? != Transaction::Written {
            return Err(self.table.error("begin a self-test", "the id is taken").into());
        }
        self.outbox.publish(&[told]).await;
        Ok(Report::of(item, &[], now))
    }

    /// A report, as far as the test has come.
    pub async fn find(&self, component: &AppId, id: &str) -> Result<Option<Report>, StorageError> {
        match self.table.read::<Item>(&partition(component), id).await? {
            Some(item) => self.report(component, item).await.map(Some),
            None => Ok(None),
        }
    }

    /// The report of the newest test of the last ninety days.
    pub async fn latest(&self, component: &AppId) -> Result<Option<Report>, StorageError> {
        let (items, _) =
            self.table.page_backwards::<Item>(&partition(component), "", None, 1).await?;
        let now = self.clock.now().as_second();
        match items.into_iter().next().filter(|item| item.expires_at > now) {
            Some(item) => self.report(component, item).await.map(Some),
            None => Ok(None),
        }
    }

    async fn report(&self, component: &AppId, item: Item) -> Result<Report, StorageError> {
        let notes = notes_of(component, &item.sk);
        let (notes, _) = self.table.page::<Note>(&notes, "", None, 50).await?;
        let notes: Vec<(String, Outcome)> =
            notes.into_iter().map(|note| (note.sk, note.outcome)).collect();
        Ok(Report::of(item, &notes, self.clock.now()))
    }

    /// Plays a test, unless that was done. Safe to repeat: a push that comes again changes nothing.
    pub async fn play(&self, component: &AppId, id: &str) -> Result<(), SelfTestError> {
        let Some(item) = self.table.read::<Item>(&partition(component), id).await? else {
            return Ok(());
        };
        if item.finished_at.is_some() {
            return Ok(());
        }
        let steps = play::play(self, component, id, &item.base_url).await?;
        let steps = serde_dynamo::to_attribute_value(&steps)
            .map_err(|error| self.table.error("write a report", error.to_string()))?;
        let update = self
            .table
            .update(&item.pk, &item.sk)
            .update_expression("SET steps = :steps, finished_at = :now")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(finished_at)")
            .expression_attribute_values(":steps", steps)
            .expression_attribute_values(":now", number(self.clock.now().as_second()));
        match self.table.apply(update).await? {
            // Refused: somebody else has played it meanwhile.
            Written::Written(_) | Written::Refused(_) => Ok(()),
        }
    }

    /// The test that an authorization code belongs to, if it is one of ours for this account.
    pub fn test_of_code(&self, component: &AppId, appid: &AppId, code: &str) -> Option<String> {
        code::test_of(&self.secrets.sealing(), component, appid, code)
    }

    /// Shows WeChat the code of a test, and notes what it said: it must be refused as a code that
    /// does not exist, for then address, token and way are in order.
    pub async fn show_code(
        &self,
        component: &AppId,
        appid: &AppId,
        test: &str,
        code: &str,
    ) -> Result<(), StorageError> {
        let request =
            ApiQueryAuth { component_appid: component.as_str(), authorization_code: code };
        let outcome = match self.caller.component(component, &request).await {
            Err(CallError::WeChat(wechat::Error::WeChat(refusal)))
                if matches!(refusal.errcode, 61009 | 61010) =>
            {
                Outcome::Passed
            }
            Err(error) => Outcome::NotExchanged { why: error.to_string() },
            Ok(_) => Outcome::NotExchanged { why: "WeChat took a code of ours".to_owned() },
        };
        let note = Note {
            pk: notes_of(component, test),
            sk: appid.as_str().to_owned(),
            outcome,
            expires_at: (self.clock.now() + KEPT).as_second(),
        };
        // The first one counts.
        self.table.create(self.table.item(&note)?).await.map(drop)
    }

    fn checked(&self, base_url: &str) -> Result<Url, SelfTestError> {
        let url = self.network.reach.check(base_url).map_err(SelfTestError::BaseUrl)?;
        match url.path() == "/" && url.query().is_none() {
            true => Ok(url),
            false => Err(SelfTestError::NotAnOrigin),
        }
    }
}

fn partition(component: &AppId) -> String {
    format!("self-test#{component}")
}

fn notes_of(component: &AppId, id: &str) -> String {
    format!("self-test#{component}#{id}")
}
