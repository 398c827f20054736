//! What may take two.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// A kind of decision, which operations of the API name as their `x-second-person`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Puts a version online, for all users or for a part of them.
    Release,
    /// Begins a rollout.
    RolloutStart,
    /// Puts an earlier version online.
    Rollback,
    /// Takes a whole rollout back.
    RolloutRollback,
    /// Enters or removes merchants' payment keys and certificates.
    PaymentKeys,
    /// Exchanges keys and secrets.
    SecretRotation,
    /// Makes operators' keys, and invites people.
    Operators,
    /// Moves releases through the relay. Such a call cannot wait for anybody: it is refused.
    RelayStateMachine,
    /// Changes the policy. It takes two wherever anything does, and is not to be chosen.
    Policy,
}

/// A word that is no decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such decision")]
pub struct UnknownDecision;

impl Decision {
    /// Those that a policy can name.
    pub const CHOICES: [Decision; 8] = [
        Decision::Release,
        Decision::RolloutStart,
        Decision::Rollback,
        Decision::RolloutRollback,
        Decision::PaymentKeys,
        Decision::SecretRotation,
        Decision::Operators,
        Decision::RelayStateMachine,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Decision::Release => "release",
            Decision::RolloutStart => "rollout-start",
            Decision::Rollback => "rollback",
            Decision::RolloutRollback => "rollout-rollback",
            Decision::PaymentKeys => "payment-keys",
            Decision::SecretRotation => "secret-rotation",
            Decision::Operators => "operators",
            Decision::RelayStateMachine => "relay-state-machine",
            Decision::Policy => "policy",
        }
    }

    /// The same in words.
    pub const fn title(self) -> Text {
        let (zh, en) = match self {
            Decision::Release => ("发布上线（含灰度）", "releases, gray ones too"),
            Decision::RolloutStart => ("启动批量发布", "the start of a rollout"),
            Decision::Rollback => ("版本回退", "rollbacks"),
            Decision::RolloutRollback => ("整批回退", "taking a rollout back"),
            Decision::PaymentKeys => ("支付密钥与证书", "payment keys and certificates"),
            Decision::SecretRotation => ("更换密钥", "exchanging secrets"),
            Decision::Operators => ("新增操作员与密钥", "new operators and keys"),
            Decision::RelayStateMachine => {
                ("经中转改动发布状态（一律拒绝）", "releases through the relay, which are refused")
            }
            Decision::Policy => ("改变双人审批策略", "changing this policy"),
        };
        Text::fixed(zh, en)
    }
}

impl FromStr for Decision {
    type Err = UnknownDecision;

    fn from_str(name: &str) -> Result<Self, UnknownDecision> {
        let mut all = Decision::CHOICES.into_iter().chain([Decision::Policy]);
        all.find(|decision| decision.as_str() == name).ok_or(UnknownDecision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_stored_under_the_name_that_it_is_asked_for_by() {
        for decision in Decision::CHOICES.into_iter().chain([Decision::Policy]) {
            let stored = serde_json::to_value(decision).unwrap();
            assert_eq!(stored, decision.as_str());
            assert_eq!(decision.as_str().parse(), Ok(decision));
        }
        assert!("launch".parse::<Decision>().is_err());
    }
}
