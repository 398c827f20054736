//! The item of one token, and the writes that change it.

use serde::{Deserialize, Serialize};
use wechat::AppId;

use super::{LEASE, SKEW, Subject, Tokens};
use crate::{
    sealed::{Kind, Sealed},
    storage::{Outcome, StorageError, Update, number, text},
};

/// Merchants are spread over the minutes of this cycle, so that a tick of the clock reads one
/// small partition: every token is renewed at least once in 85 of its 120 minutes.
pub const MINUTES: i64 = 85;

/// An access token, as a kind of sealed value.
#[derive(Debug)]
pub struct AccessToken;

impl Kind for AccessToken {
    const NAME: &'static str = "access-token";
}

/// A refresh token, as a kind of sealed value.
#[derive(Debug)]
pub struct RefreshToken;

impl Kind for RefreshToken {
    const NAME: &'static str = "refresh-token";
}

/// Whether the item can give a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenState {
    /// It can.
    Active,
    /// The merchant withdrew its authorization.
    Revoked,
    /// WeChat accepts the refresh token no longer; the merchant must authorize again.
    NeedsAuthorization,
    /// Of a component's own item: another system renews its tokens, and its merchants'.
    Shadow,
}

/// The item of one token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenItem {
    /// Partition: the component, and for merchants the minute of the cycle.
    pub pk: String,
    /// The appid, or `component`.
    pub sk: String,
    /// Goes up by one with every change of a token.
    pub version: u64,
    /// Whether it can give a token.
    pub state: TokenState,
    /// The access token.
    #[serde(default)]
    pub access_token: Option<Sealed<AccessToken>>,
    /// When it expires, in seconds; 0 after WeChat refused it.
    #[serde(default)]
    pub access_expires_at: i64,
    /// The refresh token; none for a component.
    #[serde(default)]
    pub refresh_token: Option<Sealed<RefreshToken>>,
    /// The id of the lease that is taken, if any.
    #[serde(default)]
    pub lease_owner: Option<String>,
    /// When the lease ends by its holder's clock, in milliseconds.
    #[serde(default)]
    pub lease_until: i64,
    /// The id of the lease under which the tokens were stored.
    #[serde(default)]
    pub refreshed_by: Option<String>,
    /// When tokens were last stored, by the clock of whoever did it, in seconds.
    #[serde(default)]
    pub stored_at: i64,
    /// Since when WeChat refuses the very refresh token that it shows, in seconds.
    #[serde(default)]
    pub refused_since: Option<i64>,
    /// The run that looks for the refresh token in WeChat's list.
    #[serde(default)]
    pub healing: Option<String>,
    /// WeChat's last refusal, in words for an operator.
    #[serde(default)]
    pub failure: Option<String>,
}

impl Subject {
    /// The key of the subject's item.
    pub(crate) fn key(&self) -> (String, String) {
        match self {
            Subject::Component(component) => {
                (format!("component#{component}"), "component".to_owned())
            }
            Subject::Merchant { component, appid } => {
                (partition(component, minute(appid)), appid.to_string())
            }
        }
    }
}

/// The partition of the merchants of one minute of the cycle.
pub(super) fn partition(component: &AppId, minute: i64) -> String {
    format!("tokens#{component}#{minute:02}")
}

/// A merchant's minute of the cycle.
pub(super) fn minute(appid: &AppId) -> i64 {
    (digest(appid) % MINUTES as u64) as i64
}

/// Eight bytes that stand for an appid. FNV-1a: the same in every build, for it is part of keys.
pub(crate) fn digest(appid: &AppId) -> u64 {
    appid.as_str().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl Tokens {
    /// The subject's item, strongly consistent.
    pub async fn read(&self, subject: &Subject) -> Result<Option<TokenItem>, StorageError> {
        let (pk, sk) = subject.key();
        self.table.read(&pk, &sk).await
    }

    pub(super) fn update(&self, subject: &Subject) -> Update {
        let (pk, sk) = subject.key();
        self.table.update(&pk, &sk)
    }

    /// Takes the lease for `holder`, and reads the item with it; none if it is not to be had. It is
    /// if the version is `version`, the item is active and the lease is free. It is free
    /// too if it is `stale`, the id of a lease that this process saw unchanged for a lease's whole
    /// time, or if it ended longer ago than clocks can differ. A component's item is made by its
    /// first lease.
    pub(super) async fn take_lease(
        &self,
        subject: &Subject,
        version: u64,
        holder: &str,
        stale: Option<&str>,
    ) -> Result<Option<TokenItem>, StorageError> {
        let now = self.clock.now();
        let until = now + LEASE;
        let unchanged = match (subject, version) {
            (Subject::Component(_), 0) => "(attribute_not_exists(pk) OR version = :version)",
            _ => "version = :version",
        };
        let update = self
            .update(subject)
            .update_expression(
                "SET lease_owner = :holder, lease_until = :until, \
                 version = if_not_exists(version, :version), \
                 #state = if_not_exists(#state, :active)",
            )
            .condition_expression(format!(
                "{unchanged} AND (attribute_not_exists(#state) OR #state = :active) \
                 AND (attribute_not_exists(lease_owner) \
                 OR lease_owner = :stale OR lease_until < :long_ago)"
            ))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":active", text("active"))
            .expression_attribute_values(":version", number(version as i64))
            .expression_attribute_values(":holder", text(holder))
            .expression_attribute_values(":until", number(until.as_millisecond()))
            .expression_attribute_values(":stale", text(stale.unwrap_or("none")))
            .expression_attribute_values(":long_ago", number((now - SKEW).as_millisecond()))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew);
        let item = match self.table.apply(update).await? {
            Outcome::Written(item) => item,
            // A write whose acknowledgement was lost, repeated by the SDK.
            Outcome::Refused(item) => item.filter(|item| {
                item.get("lease_owner").and_then(|owner| owner.as_s().ok()).map(String::as_str)
                    == Some(holder)
            }),
        };
        item.map(|item| self.table.parse(item)).transpose()
    }

    /// Gives the lease back without a new token, and notes why.
    pub(super) async fn give_back(
        &self,
        subject: &Subject,
        holder: &str,
        failure: &str,
    ) -> Result<(), StorageError> {
        // The item stays below 1 KB, which is what one unit of a write pays for.
        let failure: String = failure.chars().take(120).collect();
        let update = self
            .update(subject)
            .update_expression("SET failure = :failure REMOVE lease_owner, lease_until")
            .condition_expression("lease_owner = :holder")
            .expression_attribute_values(":failure", text(failure))
            .expression_attribute_values(":holder", text(holder));
        self.table.apply(update).await.map(drop)
    }

    /// Makes the token of `version` unusable.
    pub(super) async fn expire(&self, subject: &Subject, version: u64) -> Result<(), StorageError> {
        let update = self
            .update(subject)
            .update_expression("SET access_expires_at = :never")
            .condition_expression("version = :version")
            .expression_attribute_values(":never", number(0))
            .expression_attribute_values(":version", number(version as i64));
        self.table.apply(update).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merchants_minute_never_changes_for_it_is_part_of_the_key() {
        let minute_of = |appid: &str| minute(&appid.parse().unwrap());
        assert_eq!(minute_of("wx0000000000000001"), minute_of("wx0000000000000001"));
        let spread: std::collections::BTreeSet<i64> =
            (0..5000).map(|n| minute_of(&format!("wx{n:016x}"))).collect();
        assert_eq!(spread.len() as i64, MINUTES, "all minutes are used");
    }
}
