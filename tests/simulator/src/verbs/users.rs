//! Users log in, owners have open-platform accounts.

use serde::Deserialize;

use super::{VerbError, known};
use crate::{
    Simulator,
    server::Inner,
    state::{LoginCode, OpenAccount},
};

/// Seconds a code of `wx.login` is good for.
const CODE_LIFE: i64 = 300;

/// A user opens a mini program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogIn {
    /// The mini program.
    pub appid: String,
    /// The user, by any name; the same name is the same person everywhere.
    pub user: String,
}

/// An open-platform account that somebody registered past the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegisteredOpenAccount {
    /// Its appid.
    pub open_appid: String,
    /// Its owner's name.
    pub principal_name: String,
    /// Whether WeChat verified it.
    pub verified: bool,
    /// Mini programs that its owner bound to it.
    pub bound: Vec<String>,
}

impl Simulator {
    /// What `wx.login` gives the page: a code for one session within five minutes.
    pub fn log_in(&self, order: LogIn) -> Result<String, VerbError> {
        log_in(&self.inner, order)
    }

    /// Adds an open-platform account that was not made through the API.
    pub fn register_open_account(&self, order: RegisteredOpenAccount) -> Result<(), VerbError> {
        register_open_account(&self.inner, order)
    }
}

pub(super) fn log_in(inner: &Inner, order: LogIn) -> Result<String, VerbError> {
    inner.change(|world, now| {
        known(world, &order.appid)?;
        let code = format!("0{}", world.random.secret(31));
        let LogIn { appid, user } = order;
        world.login_codes.retain(|_, code| now < code.expires);
        let entry = LoginCode { appid, user, expires: now + CODE_LIFE };
        world.login_codes.insert(code.clone(), entry);
        Ok(code)
    })
}

pub(super) fn register_open_account(
    inner: &Inner,
    order: RegisteredOpenAccount,
) -> Result<(), VerbError> {
    inner.change(|world, _| {
        for appid in &order.bound {
            known(world, appid)?;
        }
        let RegisteredOpenAccount { open_appid, principal_name, verified, bound } = order;
        for appid in bound {
            world.merchant(&appid).open_account = Some(open_appid.clone());
        }
        let account = OpenAccount { principal_name, made_by_call: false, verified };
        world.open_accounts.insert(open_appid, account);
        Ok(())
    })
}
