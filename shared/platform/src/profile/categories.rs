//! Service categories: which there are, which a mini program has, with their documents.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use wechat::{
    AppId,
    endpoint::{
        AddCategory, CategoryDocument, CategoryNode, DeleteCategory, GetAllCategories,
        GetCategoriesByType, ModifyCategory, NewCategory, WxopenGetCategoryResponse,
    },
};

use super::{
    Category, ProfileError, ProfileRecord, Profiles, Shown, name::check_media_id, record::REJECTED,
    shown::Changes,
};
use crate::{counters::Counted, event::kind, fault::Faults, text::Text, tokens::Subject};

/// Categories in one order.
const MOST: usize = 20;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 300;

/// The categories that there are. The root, which has the number 0, is not among them.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryTree(pub Vec<CategoryNode>);

/// A category that somebody wishes for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryOrder {
    /// The first level's number.
    pub first: i64,
    /// The second level's number.
    pub second: i64,
    /// Its documents.
    #[serde(default)]
    pub documents: Vec<DocumentOrder>,
}

/// A document that a category asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DocumentOrder {
    /// Its name, as the category has it.
    pub name: String,
    /// Its picture, of [`Profiles::keep_material`].
    pub media_id: String,
    /// Until when it is good; none if it is good for ever or nobody says.
    pub expires_at: Option<Timestamp>,
    /// It is good for ever.
    pub permanent: bool,
}

impl CategoryOrder {
    /// Everything that is wrong with an order of categories, as far as it can be told without
    /// WeChat's list.
    pub fn check(wanted: &[CategoryOrder], reason: Option<&str>) -> Faults {
        check(wanted, None, reason)
    }
}

impl Profiles {
    /// The categories that there are for a mini program, or for a kind of owner: 0 a person, 1 a
    /// company, 2 media, 3 government, 4 others.
    pub async fn category_tree(
        &self,
        component: &AppId,
        appid: &AppId,
        owner: Option<i64>,
    ) -> Result<CategoryTree, ProfileError> {
        let answer = match owner {
            None => self.caller.merchant(component, appid, &GetAllCategories {}).await?,
            Some(verify_type) => {
                let request = GetCategoriesByType { verify_type };
                self.caller.merchant(component, appid, &request).await?
            }
        };
        let nodes = answer.categories_list.categories.into_iter();
        Ok(CategoryTree(nodes.filter(|node| node.id != 0).collect()))
    }

    /// The categories of a mini program with their reviews, as WeChat lists them now.
    pub async fn categories(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<ProfileRecord, ProfileError> {
        let own = self.own_categories(component, appid).await?;
        self.note_categories(component, appid, own, None).await
    }

    /// Adds categories. Those that need documents are reviewed. Checked against WeChat's own list
    /// of categories first, for WeChat counts the additions of a month. `reason` says why more than
    /// the usual number are needed.
    pub async fn add_categories(
        &self,
        component: &AppId,
        appid: &AppId,
        wanted: &[CategoryOrder],
        reason: Option<&str>,
    ) -> Result<ProfileRecord, ProfileError> {
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        let (tree, own) = tokio::try_join!(self.category_tree(component, appid, None), async {
            Ok(self.own_categories(component, appid).await?)
        })?;
        let has = |own: &WxopenGetCategoryResponse, order: &CategoryOrder| {
            own.categories.iter().any(|it| (it.first, it.second) == (order.first, order.second))
        };
        check(wanted, Some(&tree), reason).or(())?;
        // The same order again, perhaps because its answer was lost.
        let missing: Vec<&CategoryOrder> =
            wanted.iter().filter(|order| !has(&own, order)).collect();
        if missing.is_empty() {
            return self.note_categories(component, appid, own, None).await;
        }
        let whose = Subject::merchant(component, appid);
        self.counters.categories_told(&whose, &own).await?;
        let documents: Vec<Vec<CategoryDocument<'_>>> =
            missing.iter().map(|order| order.documents()).collect();
        let categories: Vec<NewCategory<'_>> = missing
            .iter()
            .zip(&documents)
            .map(|(order, certificates)| NewCategory {
                first: order.first,
                second: order.second,
                certificates,
            })
            .collect();
        let request = AddCategory { categories: &categories, apply_reason: reason };
        let call = self.caller.merchant(component, appid, &request);
        let added = self.counters.around(&whose, Counted::Categories, call).await;
        let own = self.after(component, appid, added).await;
        let own = own.and_then(|(own, lost)| match lost {
            Some(error) if !missing.iter().all(|order| has(&own, order)) => Err(error),
            _ => Ok(own),
        })?;
        self.note_categories(component, appid, own, Some("added")).await
    }

    /// Shows other documents for a category that was rejected.
    pub async fn change_category(
        &self,
        component: &AppId,
        appid: &AppId,
        order: &CategoryOrder,
    ) -> Result<ProfileRecord, ProfileError> {
        let (tree, own) = tokio::try_join!(self.category_tree(component, appid, None), async {
            Ok(self.own_categories(component, appid).await?)
        })?;
        let present = present(&own, order.first, order.second)?;
        if present.audit_status != REJECTED {
            return Err(ProfileError::wrong_state(
                Text::fixed(
                    "只能修改审核未通过的类目",
                    "only a category that was rejected can be changed",
                ),
                Text::fixed(
                    "请等审核结束；要换类目请删除后重新添加",
                    "wait for its review; for another category delete this one and add that",
                ),
            ));
        }
        let mut faults = Faults::default();
        check_documents("", order, Some(&tree), &mut faults);
        faults.or(())?;
        let certificates = order.documents();
        let (first, second) = (order.first, order.second);
        let request = ModifyCategory { first, second, certificates: &certificates };
        let changed = self.caller.merchant(component, appid, &request).await;
        let (own, lost) = self.after(component, appid, changed.map_err(ProfileError::from)).await?;
        if let Some(error) = lost
            && self::present(&own, first, second)?.audit_status == REJECTED
        {
            return Err(error);
        }
        self.note_categories(component, appid, own, Some("changed")).await
    }

    /// Takes a category away. One that is gone already is a success.
    pub async fn delete_category(
        &self,
        component: &AppId,
        appid: &AppId,
        first: i64,
        second: i64,
    ) -> Result<(), ProfileError> {
        let own = self.own_categories(component, appid).await?;
        let Ok(present) = present(&own, first, second) else {
            self.note_categories(component, appid, own, None).await?;
            return Ok(());
        };
        if present.is_in_review() {
            return Err(ProfileError::wrong_state(
                Text::fixed("审核中的类目不能删除", "a category in review cannot be deleted"),
                Text::fixed("请等审核结束后再删除", "wait for its review to end"),
            ));
        }
        let deleted =
            self.caller.merchant(component, appid, &DeleteCategory { first, second }).await;
        let (own, lost) = self.after(component, appid, deleted.map_err(ProfileError::from)).await?;
        if let Some(error) = lost
            && self::present(&own, first, second).is_ok()
        {
            return Err(error);
        }
        self.note_categories(component, appid, own, Some("deleted")).await?;
        Ok(())
    }

    /// The list after a change, and the error of a change whose answer was lost: the list tells
    /// whether it was made.
    async fn after(
        &self,
        component: &AppId,
        appid: &AppId,
        changed: Result<(), ProfileError>,
    ) -> Result<(WxopenGetCategoryResponse, Option<ProfileError>), ProfileError> {
        let lost = match changed {
            Ok(()) => None,
            Err(error) if error.is_outcome_unknown() => Some(error),
            Err(error) => return Err(error),
        };
        Ok((self.own_categories(component, appid).await?, lost))
    }

    async fn note_categories(
        &self,
        component: &AppId,
        appid: &AppId,
        own: WxopenGetCategoryResponse,
        what: Option<&str>,
    ) -> Result<ProfileRecord, ProfileError> {
        // Numbers that are shown beside the categories come with the whole profile.
        let shown = match self.read(component, appid).await?.record.shown {
            Some(shown) => shown.with_categories(own),
            None => self.ask(component, appid).await?,
        };
        let record = self.note(component, appid, |record, now| {
            let mut told = record.take_in(shown.clone(), now);
            let details = what.map(|what| json!({ "what": "categories", "categories": what }));
            told.extend(details.map(|details| (kind::PROFILE_CHANGED, details)));
            told
        });
        let record = record.await?;
        if what.is_some() {
            self.show_in_lists(component, appid).await;
        }
        Ok(record)
    }
}

impl Shown {
    fn with_categories(self, own: WxopenGetCategoryResponse) -> Self {
        Shown {
            category_changes: Changes::from(&own),
            category_limit: own.category_limit,
            categories: own.categories.into_iter().map(Category::from).collect(),
            ..self
        }
    }
}

impl CategoryOrder {
    fn documents(&self) -> Vec<CategoryDocument<'_>> {
        let documents = self.documents.iter();
        documents
            .map(|document| CategoryDocument {
                key: &document.name,
                value: &document.media_id,
                expire_time: document.expires_at.map(Timestamp::as_second),
                is_permanent: document.permanent.then_some(1),
            })
            .collect()
    }
}

fn present(
    own: &WxopenGetCategoryResponse,
    first: i64,
    second: i64,
) -> Result<Category, ProfileError> {
    let found = own.categories.iter().find(|it| (it.first, it.second) == (first, second));
    found.cloned().map(Category::from).ok_or(ProfileError::NotFound(Text::fixed(
        "小程序没有这个类目",
        "the mini program does not have this category",
    )))
}

/// Everything that is wrong with an order; without WeChat's list, as far as it can be told.
fn check(wanted: &[CategoryOrder], tree: Option<&CategoryTree>, reason: Option<&str>) -> Faults {
    let mut faults = Faults::default();
    if !(1..=MOST).contains(&wanted.len()) {
        faults.add("/categories", "应为 1 至 20 个类目", "there are 1 to 20 categories");
    }
    if reason.is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        faults.add("/reason", "不得超过 300 个字", "it has 300 characters at most");
    }
    let mut seen = BTreeSet::new();
    for (place, order) in wanted.iter().enumerate() {
        let pointer = format!("/categories/{place}");
        if !seen.insert((order.first, order.second)) {
            let (zh, en) = ("与前面的类目重复", "it stands there twice");
            faults.add(pointer.clone(), zh, en);
        }
        for (name, id) in [("first", order.first), ("second", order.second)] {
            let (zh, en) = (
                "应为正整数，见 categories/available",
                "is 1 at least: categories/available lists them",
            );
            faults.unless(id > 0, format!("{pointer}/{name}"), zh, en);
        }
        check_documents(&pointer, order, tree, &mut faults);
    }
    faults
}

/// Whether there is such a category, and whether its documents are shown.
fn check_documents(
    pointer: &str,
    order: &CategoryOrder,
    tree: Option<&CategoryTree>,
    faults: &mut Faults,
) {
    let node = tree.map(|tree| tree.find(order.first, order.second));
    if node == Some(None) {
        faults.add(
            format!("{pointer}/second"),
            format!("没有类目 {}/{}，可选类目见 categories/available", order.first, order.second),
            format!(
                "there is no category {}/{}: categories/available lists them",
                order.first, order.second
            ),
        );
        return;
    }
    let wanted = node.flatten().map(documents);
    for (place, document) in order.documents.iter().enumerate() {
        let pointer = format!("{pointer}/documents/{place}");
        check_media_id(&format!("{pointer}/media_id"), &document.media_id, faults);
        if let Some(wanted) = &wanted
            && !wanted.iter().flatten().any(|name| *name == document.name)
        {
            let names = wanted.concat().join("、");
            faults.add(
                format!("{pointer}/name"),
                format!("该类目没有这种材料，可用的有：{names}"),
                format!("the category takes no such document; it takes: {names}"),
            );
        }
        if document.permanent && document.expires_at.is_some() {
            faults.add(
                format!("{pointer}/expires_at"),
                "长期有效的材料没有到期时间",
                "what is good for ever does not expire",
            );
        }
    }
    for any in wanted.into_iter().flatten() {
        let is_shown = order.documents.iter().any(|document| any.contains(&document.name.as_str()));
        if !is_shown {
            let names = any.join("、");
            faults.add(
                format!("{pointer}/documents"),
                format!("缺少材料：{names} 之一"),
                format!("a document is missing, one of: {names}"),
            );
        }
    }
}

impl CategoryTree {
    fn find(&self, first: i64, second: i64) -> Option<&CategoryNode> {
        self.0.iter().find(|node| node.id == second && node.father == Some(first))
    }
}

/// What a category asks for: one of each of these lists.
fn documents(node: &CategoryNode) -> Vec<Vec<&str>> {
    if node.sensitive_type != Some(1) {
        return Vec::new();
    }
    let qualify = node.qualify.iter().flat_map(|qualify| &qualify.exter_list);
    let names =
        qualify.map(|any| any.inner_list.iter().map(|document| document.name.as_str()).collect());
    names.filter(|any: &Vec<&str>| !any.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> CategoryTree {
        let node = |id: i64, father: i64, sensitive_type: i64| {
            let documents = [["《办学许可证》", "《事业单位法人证书》"]];
            let documents: Vec<_> = documents
                .iter()
                .map(|any| {
                    let any = any.iter().map(|name| json!({ "name": name, "url": "" }));
                    json!({ "inner_list": any.collect::<Vec<_>>() })
                })
                .collect();
            serde_json::from_value(json!({
                "id": id, "name": "教育", "father": father, "children": [],
                "sensitive_type": sensitive_type, "qualify": { "exter_list": documents },
            }))
            .unwrap()
        };
        CategoryTree(vec![node(8, 0, 0), node(39, 8, 1), node(40, 8, 0)])
    }

    fn order(first: i64, second: i64, documents: &[(&str, &str)]) -> CategoryOrder {
        let document = |(name, media_id): &(&str, &str)| DocumentOrder {
            name: (*name).to_owned(),
            media_id: (*media_id).to_owned(),
            ..DocumentOrder::default()
        };
        CategoryOrder { first, second, documents: documents.iter().map(document).collect() }
    }

    #[test]
    fn a_category_and_its_documents_are_compared_with_wechats_own_list() {
        let right = [order(8, 39, &[("《办学许可证》", "media")]), order(8, 40, &[])];
        assert!(check(&right, Some(&tree()), None).is_empty());
        let wrong = [
            order(8, 39, &[]),
            order(8, 39, &[("《身份证》", "")]),
            order(8, 77, &[]),
            order(1, 39, &[]),
        ];
        let faults = check(&wrong, Some(&tree()), None);
        let pointers: Vec<&str> = faults.list().iter().map(|fault| &*fault.pointer).collect();
        assert_eq!(
            pointers,
            [
                "/categories/0/documents",
                "/categories/1",
                "/categories/1/documents/0/media_id",
                "/categories/1/documents/0/name",
                "/categories/1/documents",
                "/categories/2/second",
                "/categories/3/second",
            ]
        );
        assert!(!check(&[], Some(&tree()), None).is_empty());
        let unseen = check(&wrong, None, None);
        let pointers: Vec<&str> = unseen.list().iter().map(|fault| &*fault.pointer).collect();
        assert_eq!(
            pointers,
            ["/categories/1", "/categories/1/documents/0/media_id"],
            "what WeChat's list alone can tell is left to it"
        );
    }
}
