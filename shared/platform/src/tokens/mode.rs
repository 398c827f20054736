//! Who renews a component's tokens. In shadow mode another system does, and whatever were renewed
//! here would die there. The mode is the state of the component's own item, which every renewal
//! reads before it calls WeChat, a merchant's too, for that carries the component's token. So
//! nothing is minted from the moment of one write, and a renewal of the component's token that is
//! under way is fenced off by the version.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};
use wechat::AppId;

use super::{Subject, TokenState, Tokens};
use crate::storage::{StorageError, number, text};

/// Who renews a component's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Another system. Nothing is minted here.
    Shadow,
    /// This one.
    Active,
}

impl Tokens {
    /// Who renews the tokens of `component`.
    pub async fn mode(&self, component: &AppId) -> Result<Mode, StorageError> {
        let item = self.read(&Subject::Component(component.clone())).await?;
        Ok(match item.map(|item| item.state) {
            Some(TokenState::Shadow) => Mode::Shadow,
            _ => Mode::Active,
        })
    }

    /// The writes that change the mode. They drop the component's token, and fence off whoever is
    /// renewing it. The cycle of a component that becomes active begins now: no merchant's minute
    /// was missed.
    pub(crate) fn switch(
        &self,
        component: &AppId,
        mode: Mode,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        let state = match mode {
            Mode::Shadow => "shadow",
            Mode::Active => "active",
        };
        let update = self
            .transaction_update(&Subject::Component(component.clone()))
            .update_expression(
                "SET version = if_not_exists(version, :zero) + :one, #state = :state, \
                 access_expires_at = :zero REMOVE lease_owner, lease_until, access_token, failure",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":state", text(state));
        let mut writes = vec![self.in_transaction(update)?];
        if mode == Mode::Active {
            writes.push(self.begin_cycle(component)?);
        }
        Ok(writes)
    }
}
