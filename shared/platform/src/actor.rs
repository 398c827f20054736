//! Who brings something about. Whoever begins work says for whom it is done; what happens in the
//! course of it carries that name, however deep it happens.

use serde::{Deserialize, Serialize};

/// Who brought something about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Actor {
    /// Somebody with an operator's key: a person, or a machine.
    Operator {
        /// The id of the key.
        key: String,
        /// What the key is called.
        name: String,
    },
    /// WeChat, by an event or by what it answered.
    #[serde(rename = "wechat")]
    WeChat,
    /// The owner of the mini program, at WeChat's page.
    Merchant,
    /// Nobody: the platform, because it was time.
    #[default]
    Clock,
}

tokio::task_local! {
    static PRESENT: Actor;
}

impl Actor {
    /// Does `work` in this name. A task that it spawns is on its own, and so the clock's.
    pub async fn does<F: Future>(self, work: F) -> F::Output {
        PRESENT.scope(self, work).await
    }

    /// In whose name the present work is done.
    pub fn present() -> Self {
        PRESENT.try_with(Clone::clone).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_nobody_ordered_is_the_clocks_and_the_innermost_name_counts() {
        let operator = Actor::Operator { key: "k1".to_owned(), name: "小李".to_owned() };
        assert_eq!(Actor::present(), Actor::Clock);
        let (inner, outer) = operator
            .clone()
            .does(async {
                let inner = Actor::Merchant.does(async { Actor::present() }).await;
                (inner, Actor::present())
            })
            .await;
        assert_eq!((inner, outer), (Actor::Merchant, operator));
    }
}
