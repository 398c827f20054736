//! Whether a mini program can be found by searching. WeChat's number for it is 1 for hidden.

use serde_json::json;
use wechat::{
    AppId,
    endpoint::{ChangeWxaSearchStatus, SearchStatus},
};

use super::{ProfileError, Profiles};
use crate::event::kind;

impl Profiles {
    /// Whether it can be found now; none where WeChat answers with a number that nobody has met.
    pub async fn searchable(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<bool>, ProfileError> {
        Ok(match self.search_status(component, appid).await? {
            SearchStatus::Searchable => Some(true),
            SearchStatus::Hidden => Some(false),
            SearchStatus::Unknown(_) => None,
        })
    }

    /// Decides whether it can be found. Safe to repeat.
    pub async fn set_searchable(
        &self,
        component: &AppId,
        appid: &AppId,
        searchable: bool,
    ) -> Result<(), ProfileError> {
        let status = if searchable { SearchStatus::Searchable } else { SearchStatus::Hidden };
        self.caller.merchant(component, appid, &ChangeWxaSearchStatus { status }).await?;
        self.note(component, appid, |record, _| {
            let before = record.shown.as_mut().map(|shown| &mut shown.searchable);
            let is_new = match before {
                Some(known) => known.replace(searchable) != Some(searchable),
                None => true,
            };
            let details = json!({ "what": "searchability", "searchable": searchable });
            if is_new { vec![(kind::PROFILE_CHANGED, details)] } else { Vec::new() }
        })
        .await?;
        Ok(())
    }
}
