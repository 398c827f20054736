//! What is said to the reviewer, and WeChat's limits on it (`submit_audit`), checked before
//! anything is sent.

use serde::{Deserialize, Serialize};
use wechat::endpoint::{ApprovedCategory, AuditItem, PreviewInfo, SubmitAudit, UgcDeclare};

use crate::fault::Faults;

const ITEMS: usize = 5;
const TAGS: usize = 10;
const TAG: usize = 20;
const TITLE: usize = 32;
const FEEDBACK: usize = 200;
const FEEDBACK_MEDIA: usize = 5;
const UGC_WORDS: usize = 256;
/// Ours: WeChat refuses a description that is too long (85051) and does not say from which length.
const VERSION_DESC: usize = 500;
/// Ours: no page has a longer path.
const PAGE: usize = 256;
/// Ours, not WeChat's: what is ordered is kept until it is submitted.
const BYTES: usize = 32 * 1024;

/// What is said to the reviewer. Everything may be left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Submission {
    /// Up to five pages with their categories. With none, the home page goes into the first
    /// category that WeChat has approved.
    pub items: Vec<Item>,
    /// An answer to the reviewer, 200 characters at most; WeChat reads it after a rejection only.
    pub feedback_info: Option<String>,
    /// Up to five pictures that go with it: media ids of [`keep_material`](crate::profile::Profiles::keep_material).
    pub feedback_stuff: Vec<String>,
    /// What is new in this version.
    pub version_desc: Option<String>,
    /// What the reviewer is shown: media ids of [`super::Releases::keep_review_media`].
    pub preview: Option<Preview>,
    /// What users may publish; WeChat asks for it (85094) in social categories.
    pub ugc_declare: Option<UserContent>,
    /// Declares that the code uses none of the privacy interfaces that WeChat found in it.
    pub privacy_api_not_use: Option<bool>,
    /// The page of the order centre.
    pub order_path: Option<String>,
}

/// A page and its category.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The page's path.
    #[serde(default)]
    pub address: Option<String>,
    /// Up to ten tags of at most 20 characters.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The first level's name.
    pub first_class: String,
    /// The second level's name.
    pub second_class: String,
    /// The third level's name, where there is one.
    #[serde(default)]
    pub third_class: Option<String>,
    /// The first level's number.
    pub first_id: i64,
    /// The second level's number.
    pub second_id: i64,
    /// The third level's number, where there is one.
    #[serde(default)]
    pub third_id: Option<i64>,
    /// The page's title, 32 characters at most.
    #[serde(default)]
    pub title: Option<String>,
}

/// Media for the reviewer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preview {
    /// Videos.
    pub videos: Vec<String>,
    /// Pictures.
    pub pictures: Vec<String>,
}

/// What users may publish, and how it is watched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserContent {
    /// Where, as WeChat numbers it: 0 nowhere, up to 5.
    pub scene: Vec<i64>,
    /// How it is watched, as WeChat numbers it: 1 to 4.
    pub method: Vec<i64>,
    /// A scene in words, 256 characters at most.
    pub other_scene_desc: Option<String>,
    /// Whether people watch.
    pub has_audit_team: Option<bool>,
    /// How it is watched in words, 256 characters at most.
    pub audit_desc: Option<String>,
}

impl Submission {
    /// Every field that is over one of WeChat's limits.
    pub fn check(&self) -> Faults {
        let mut faults = Faults::new();
        faults.entries("/items", self.items.len(), 0..=ITEMS);
        for (place, item) in self.items.iter().enumerate().take(ITEMS) {
            faults.within(&format!("/items/{place}"), item.faults());
        }
        characters(&mut faults, "/feedback_info", self.feedback_info.as_deref(), FEEDBACK);
        faults.entries("/feedback_stuff", self.feedback_stuff.len(), 0..=FEEDBACK_MEDIA);
        media_ids(&mut faults, "/feedback_stuff", &self.feedback_stuff);
        if let Some(preview) = &self.preview {
            media_ids(&mut faults, "/preview/videos", &preview.videos);
            media_ids(&mut faults, "/preview/pictures", &preview.pictures);
        }
        if let Some(declared) = &self.ugc_declare {
            numbers(&mut faults, "/ugc_declare/scene", &declared.scene, 0, 5);
            numbers(&mut faults, "/ugc_declare/method", &declared.method, 1, 4);
            let words = declared.other_scene_desc.as_deref();
            characters(&mut faults, "/ugc_declare/other_scene_desc", words, UGC_WORDS);
            let words = declared.audit_desc.as_deref();
            characters(&mut faults, "/ugc_declare/audit_desc", words, UGC_WORDS);
        }
        characters(&mut faults, "/version_desc", self.version_desc.as_deref(), VERSION_DESC);
        if let Some(path) = &self.order_path {
            page(&mut faults, "/order_path", path);
        }
        let bytes = serde_json::to_vec(self).map_or(usize::MAX, |bytes| bytes.len());
        faults.unless(
            bytes <= BYTES,
            "",
            "内容过长，总共不能超过 32 KB",
            "must not be longer than 32 KB in all",
        );
        faults
    }

    /// What it names and `pages`, those of the code, do not have. A path may begin with a slash and
    /// have a query, which are no part of the page's name.
    pub(super) fn unknown_pages(&self, pages: &[String]) -> Faults {
        let mut faults = Faults::new();
        for (place, item) in self.items.iter().enumerate() {
            let Some(address) = &item.address else { continue };
            let name = address.split('?').next().unwrap_or_default().trim_start_matches('/');
            faults.unless(
                pages.iter().any(|page| page == name),
                format!("/items/{place}/address"),
                &format!("体验版代码中没有页面 {name}，现有页面：{}", few(pages)),
                &format!("the code has no page {name}; it has {}", few(pages)),
            );
        }
        faults
    }

    /// The call that says it. Where no item is named, `category` is that of the home page.
    pub(super) fn request<'a>(
        &'a self,
        category: Option<&'a ApprovedCategory>,
        prepared: &'a Prepared,
    ) -> SubmitAudit<'a> {
        let mut item_list: Vec<AuditItem<'a>> =
            self.items.iter().zip(&prepared.tags).map(|(item, tag)| item.request(tag)).collect();
        if item_list.is_empty() {
            item_list.extend(category.map(default_item));
        }
        SubmitAudit {
            item_list,
            feedback_info: self.feedback_info.as_deref(),
            feedback_stuff: prepared.feedback_stuff.as_deref(),
            version_desc: self.version_desc.as_deref(),
            preview_info: self.preview.as_ref().map(|preview| PreviewInfo {
                video_id_list: &preview.videos,
                pic_id_list: &preview.pictures,
            }),
            ugc_declare: self.ugc_declare.as_ref().map(|declared| UgcDeclare {
                scene: &declared.scene,
                method: &declared.method,
                other_scene_desc: declared.other_scene_desc.as_deref(),
                has_audit_team: declared.has_audit_team.map(i64::from),
                audit_desc: declared.audit_desc.as_deref(),
            }),
            privacy_api_not_use: self.privacy_api_not_use,
            order_path: self.order_path.as_deref(),
        }
    }

    /// The parts that WeChat wants joined.
    pub(super) fn prepare(&self) -> Prepared {
        Prepared {
            tags: self.items.iter().map(|item| item.tags.join(" ")).collect(),
            feedback_stuff: (!self.feedback_stuff.is_empty())
                .then(|| self.feedback_stuff.join("|")),
        }
    }
}

/// Lists as WeChat wants them: joined.
pub(super) struct Prepared {
    tags: Vec<String>,
    feedback_stuff: Option<String>,
}

impl Item {
    fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        faults.entries("/tags", self.tags.len(), 0..=TAGS);
        for (place, tag) in self.tags.iter().enumerate().take(TAGS) {
            let pointer = format!("/tags/{place}");
            faults.characters(&pointer, tag, 1..=TAG);
            faults.unless(
                !tag.contains(char::is_whitespace),
                pointer,
                "标签不能包含空格",
                "must not have a space in it",
            );
        }
        characters(&mut faults, "/title", self.title.as_deref(), TITLE);
        if let Some(address) = &self.address {
            page(&mut faults, "/address", address);
        }
        for (pointer, value) in
            [("/first_class", &self.first_class), ("/second_class", &self.second_class)]
        {
            faults.unless(
                !value.trim().is_empty(),
                pointer,
                "不能为空；请填写已通过的类目，或不填 items 使用默认类目",
                "must not be empty: name an approved category, or leave items out for the default \
                 one",
            );
        }
        faults.unless(
            self.third_class.is_some() == self.third_id.is_some(),
            "/third_id",
            "third_class 与 third_id 必须同时填写或同时不填",
            "must be there if third_class is, and only then",
        );
        faults
    }

    fn request<'a>(&'a self, tag: &'a str) -> AuditItem<'a> {
        AuditItem {
            address: self.address.as_deref(),
            tag: (!tag.is_empty()).then_some(tag),
            first_class: &self.first_class,
            second_class: &self.second_class,
            third_class: self.third_class.as_deref(),
            first_id: self.first_id,
            second_id: self.second_id,
            third_id: self.third_id,
            title: self.title.as_deref(),
        }
    }
}

/// The first of them, for a sentence.
fn few(pages: &[String]) -> String {
    let some = pages.iter().take(10).map(String::as_str).collect::<Vec<_>>().join(", ");
    if pages.len() > 10 { format!("{some}, …") } else { some }
}

fn default_item(category: &ApprovedCategory) -> AuditItem<'_> {
    AuditItem {
        first_class: &category.first_class,
        second_class: &category.second_class,
        third_class: category.third_class.as_deref(),
        first_id: category.first_id,
        second_id: category.second_id,
        third_id: category.third_id,
        ..AuditItem::default()
    }
}

fn characters(faults: &mut Faults, pointer: &str, value: Option<&str>, limit: usize) {
    if let Some(value) = value {
        faults.characters(pointer, value, 0..=limit);
        faults.visible(pointer, value, true);
    }
}

/// A page's path, perhaps with a query.
fn page(faults: &mut Faults, pointer: &str, path: &str) {
    faults.characters(pointer, path, 1..=PAGE);
    faults.visible(pointer, path, false);
    let plain = !path.contains(char::is_whitespace) && !path.contains("://");
    faults.unless(
        plain,
        pointer,
        "应为小程序页面路径，如 pages/index/index",
        "is the path of a page, such as pages/index/index",
    );
}

fn media_ids(faults: &mut Faults, pointer: &str, ids: &[String]) {
    for (place, id) in ids.iter().enumerate() {
        faults.unless(
            !id.is_empty() && !id.contains(['|', ' ']),
            format!("{pointer}/{place}"),
            "media_id 不能为空，也不能包含空格或竖线",
            "a media id is not empty and has no space or bar in it",
        );
    }
}

fn numbers(faults: &mut Faults, pointer: &str, values: &[i64], from: i64, to: i64) {
    for (place, value) in values.iter().enumerate() {
        faults.unless(
            (from..=to).contains(value),
            format!("{pointer}/{place}"),
            &format!("取值范围为 {from} 到 {to}"),
            &format!("is a number from {from} to {to}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Item {
        Item {
            first_class: "教育".to_owned(),
            second_class: "学历教育".to_owned(),
            first_id: 3,
            second_id: 4,
            ..Item::default()
        }
    }

    #[track_caller]
    fn refused_for(submission: &Submission) -> Vec<String> {
        let faults = submission.check();
        assert!(!faults.is_empty(), "not refused for a field");
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn what_is_over_a_limit_is_named_by_its_field() {
        let long = |characters: usize| Some("字".repeat(characters));

        let title = Item { title: long(33), ..item() };
        let tags = Item { tags: vec!["a b".to_owned()], ..item() };
        let declared = UserContent { method: vec![1, 5], ..UserContent::default() };
        let submission = Submission {
            items: vec![item(), title, tags, item(), item(), item()],
            feedback_info: long(201),
            ugc_declare: Some(declared),
            ..Submission::default()
        };

        assert_eq!(
            refused_for(&submission),
            [
                "/items",
                "/items/1/title",
                "/items/2/tags/0",
                "/feedback_info",
                "/ugc_declare/method/1",
            ],
            "all of it at once"
        );
    }

    #[test]
    fn nothing_hidden_and_no_page_that_is_none_goes_to_the_reviewer() {
        let submission = Submission {
            items: vec![Item { address: Some("pages/a b".to_owned()), ..item() }],
            feedback_info: Some("好\u{202e}".to_owned()),
            version_desc: Some(format!("\0{}", "长".repeat(3000))),
            order_path: Some("é".repeat(5000)),
            ..Submission::default()
        };
        assert_eq!(
            refused_for(&submission),
            ["/items/0/address", "/feedback_info", "/version_desc", "/version_desc", "/order_path",]
        );
    }

    #[test]
    fn a_page_is_one_of_the_codes_own() {
        let with = |address: &str| Submission {
            items: vec![item(), Item { address: Some(address.to_owned()), ..item() }],
            ..Submission::default()
        };
        let pages = ["pages/index/index".to_owned()];
        for right in ["pages/index/index", "/pages/index/index", "pages/index/index?table=7"] {
            assert!(with(right).unknown_pages(&pages).is_empty(), "{right}");
        }
        let faults = with("pages/gone").unknown_pages(&pages);
        assert_eq!(faults.list()[0].pointer, "/items/1/address");
        assert!(faults.list()[0].why.zh.contains("pages/index/index"));
    }

    #[test]
    fn limits_count_characters_and_allow_the_last_one() {
        let submission = Submission {
            items: vec![Item { title: Some("字".repeat(32)), ..item() }; 5],
            feedback_info: Some("字".repeat(200)),
            ..Submission::default()
        };

        assert_eq!(submission.check(), Faults::new());
    }
}
