//! WeChat's verification of a merchant (微信认证) on its behalf, alone or together with the ICP
//! filing. Without it a mini program is neither found by search nor shared.
//!
//! The administrator opens a link and, if the merchant pays, pays within 24 hours; then reviewers
//! decide. WeChat's events only make us ask: what WeChat shows counts. The event is also how the
//! task is found again when the answer that named it was lost.

mod ask;
mod begin;
mod check;
mod procedure;
mod record;

pub use check::Statement;
pub use record::{Procedure, Reviewer, Task, TaskState, Verification};

use std::sync::Arc;

use wechat::{
    AppId,
    endpoint::{AuthIdentity, AuthIdentityTree, UploadAuthMaterial},
};

use crate::{
    call::Caller,
    clock::Clock,
    document::Document,
    filing::Filings,
    orders::OrderError,
    random::Random,
    records::{Current, Records},
    storage::{StorageError, Table},
};

/// Verifications of every mini program. Cheap to clone.
#[derive(Clone)]
pub struct Verifications {
    /// The table `fleet`.
    pub table: Table,
    /// Where verifications are kept.
    pub records: Records,
    /// Filings, with which a verification may go together.
    pub filings: Filings,
    /// How WeChat is called.
    pub caller: Caller,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What stands between the parts of an upload.
    pub random: Arc<dyn Random>,
}

impl Verifications {
    /// How a verification stands, as last known. WeChat is not asked.
    pub async fn show(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<Verification>, StorageError> {
        self.records.read(component, appid).await
    }

    /// The professions that a person may be verified with.
    pub async fn identities(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Vec<AuthIdentity>, OrderError> {
        let shown = self.caller.merchant(component, appid, &AuthIdentityTree {}).await?;
        Ok(shown.identity_tree_list)
    }

    /// Uploads a picture of a document and answers its media id.
    pub async fn upload(
        &self,
        component: &AppId,
        appid: &AppId,
        document: Document,
    ) -> Result<String, OrderError> {
        let request = UploadAuthMaterial { media: document.upload(self.random.as_ref()) };
        Ok(self.caller.merchant(component, appid, &request).await?.media_id)
    }
}
