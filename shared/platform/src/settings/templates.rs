//! The template library: code of the platform's own, from which merchants' versions are made.

use std::collections::BTreeSet;

use wechat::{
    AppId,
    endpoint::{
        AddToTemplate, DeleteTemplate, Draft, GetTemplateDraftList, GetTemplateList, Template,
    },
};

use super::SettingsError;
use crate::{call::Caller, text::Text};

/// Drafts and templates. Cheap to clone.
#[derive(Clone)]
pub struct Templates {
    /// How WeChat is called.
    pub caller: Caller,
}

impl Templates {
    /// What developers have uploaded, the newest of each development mini program.
    pub async fn drafts(&self, component: &AppId) -> Result<Vec<Draft>, SettingsError> {
        let answer = self.caller.component(component, &GetTemplateDraftList {}).await?;
        Ok(answer.draft_list)
    }

    /// The library.
    pub async fn list(&self, component: &AppId) -> Result<Vec<Template>, SettingsError> {
        let request = GetTemplateList { template_type: None };
        Ok(self.caller.component(component, &request).await?.template_list)
    }

    /// Puts a draft into the library. WeChat's answer does not say which template it became, so
    /// the library is read before and after; that also tells whether it worked when the answer
    /// was lost.
    pub async fn add(&self, component: &AppId, draft_id: i64) -> Result<Template, SettingsError> {
        let drafts = self.drafts(component).await?;
        let draft = drafts.into_iter().find(|draft| draft.draft_id == draft_id);
        let draft = draft.ok_or_else(|| {
            SettingsError::NotFound(Text::new(
                format!("没有编号为 {draft_id} 的草稿"),
                format!("there is no draft {draft_id}"),
            ))
        })?;
        let known: BTreeSet<i64> =
            self.list(component).await?.iter().map(|template| template.template_id).collect();
        let request = AddToTemplate { draft_id, template_type: Some(0) };
        let added = self.caller.component(component, &request).await;
        match added {
            Ok(()) => {}
            Err(error) if error.is_outcome_unknown() => {
                return match self.newest(component, &known, &draft).await? {
                    Some(template) => Ok(template),
                    None => Err(error.into()),
                };
            }
            Err(error) => return Err(error.into()),
        }
        self.newest(component, &known, &draft).await?.ok_or_else(|| {
            SettingsError::NotFound(Text::fixed(
                "微信已接受该草稿，但模板库中还看不到，请稍后刷新",
                "WeChat took the draft, but the library does not show it yet; look again shortly",
            ))
        })
    }

    /// Takes a template out of the library. One that is not there counts as taken out.
    pub async fn delete(&self, component: &AppId, template_id: i64) -> Result<(), SettingsError> {
        if !self.list(component).await?.iter().any(|known| known.template_id == template_id) {
            return Err(SettingsError::NotFound(Text::new(
                format!("没有编号为 {template_id} 的模板"),
                format!("there is no template {template_id}"),
            )));
        }
        Ok(self.caller.component(component, &DeleteTemplate { template_id }).await?)
    }

    /// The template that was not `known` and has the draft's version, if there is one.
    async fn newest(
        &self,
        component: &AppId,
        known: &BTreeSet<i64>,
        draft: &Draft,
    ) -> Result<Option<Template>, SettingsError> {
        let fresh = self.list(component).await?.into_iter().filter(|template| {
            !known.contains(&template.template_id)
                && template.user_version == draft.user_version
                && template.user_desc == draft.user_desc
        });
        Ok(fresh.max_by_key(|template| template.template_id))
    }
}
