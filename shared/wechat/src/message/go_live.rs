//! WeChat's check before a platform goes live (全网发布检测): ten test accounts that authorize
//! themselves, and what must be answered to their messages.
//!
//! The answers are asked for by these accounts alone; look an account up with [`test_account`]
//! before looking for a merchant.

use secrecy::SecretString;

use super::{AccountContent, AccountMessage};

/// One of WeChat's test accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestAccount {
    /// Its appid.
    pub appid: &'static str,
    /// Its original id.
    pub user_name: &'static str,
    /// What it is.
    pub kind: TestAccountKind,
}

/// What a test account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestAccountKind {
    /// Its texts and events are answered.
    OfficialAccount,
    /// Only its authorization code is.
    MiniProgram,
}

/// The five pairs, official account first; WeChat takes one of them at random.
pub const TEST_ACCOUNTS: [TestAccount; 10] = [
    official_account("wx570bc396a51b8ff8", "gh_3c884a361561"),
    mini_program("wxd101a85aa106f53e", "gh_8dad206e9538"),
    official_account("wx9252c5e0bb1836fc", "gh_c0f28a78b318"),
    mini_program("wxc39235c15087f6f3", "gh_905ae9d01059"),
    official_account("wx8e1097c5bc82cde9", "gh_3f222ed8d140"),
    mini_program("wx7720d01d4b2a4500", "gh_393666f1fdf4"),
    official_account("wx14550af28c71a144", "gh_26128078e9ab"),
    mini_program("wx05d483572dcd5d8b", "gh_39abb5d4e1b7"),
    official_account("wxa35b9c23cfe664eb", "gh_2b3713f184a6"),
    mini_program("wx5910277cae6fd970", "gh_7818dcb60240"),
];

/// The text that must be answered with itself and `_callback`.
pub const TEXT: &str = "TESTCOMPONENT_MSG_TYPE_TEXT";

/// What stands before an authorization code in a text.
pub const QUERY_AUTH_CODE: &str = "QUERY_AUTH_CODE:";

/// What the check wants done about one message.
#[derive(Debug, Clone)]
pub enum Step {
    /// Answer within five seconds with an encrypted text reply.
    Reply {
        /// The text.
        content: String,
    },
    /// Answer `success` within five seconds; then exchange the code with
    /// [`ApiQueryAuth`](crate::endpoint::ApiQueryAuth) and, with the token that this gives, send
    /// the user the code and `_from_api` by the customer-service API.
    ExchangeAndSend {
        /// The code.
        authorization_code: SecretString,
    },
}

/// The test account with this appid or this original id.
pub fn test_account(appid_or_user_name: &str) -> Option<&'static TestAccount> {
    TEST_ACCOUNTS.iter().find(|account| {
        account.appid == appid_or_user_name || account.user_name == appid_or_user_name
    })
}

/// What a message from a test account asks for; `None` where `success` is enough.
pub fn step(kind: TestAccountKind, message: &AccountMessage) -> Option<Step> {
    match (kind, &message.content) {
        (_, AccountContent::Text(text)) if text.content.starts_with(QUERY_AUTH_CODE) => {
            let code = text.content[QUERY_AUTH_CODE.len()..].trim();
            Some(Step::ExchangeAndSend { authorization_code: code.to_owned().into() })
        }
        (TestAccountKind::OfficialAccount, AccountContent::Text(text)) if text.content == TEXT => {
            Some(Step::Reply { content: format!("{TEXT}_callback") })
        }
        // Older editions of the check; without an underscore.
        (TestAccountKind::OfficialAccount, AccountContent::Event(event)) => {
            Some(Step::Reply { content: format!("{}from_callback", event.name()) })
        }
        _ => None,
    }
}

const fn official_account(appid: &'static str, user_name: &'static str) -> TestAccount {
    TestAccount { appid, user_name, kind: TestAccountKind::OfficialAccount }
}

const fn mini_program(appid: &'static str, user_name: &'static str) -> TestAccount {
    TestAccount { appid, user_name, kind: TestAccountKind::MiniProgram }
}
