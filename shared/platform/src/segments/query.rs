//! What the members of a segment have in common. Pure: nothing here reads.

use serde::{Deserialize, Serialize};
use wechat::{AppId, endpoint::CategoryNames};

use crate::{
    fault::Fault,
    mini_programs::{MiniProgram, check_tag},
    releases::{ReviewState, Standing},
    roster::Entry,
    text::Text,
};

/// Entries of a list of words.
const LONGEST_LIST: usize = 100;
/// Entries of a list of accounts.
const LONGEST_ACCOUNTS: usize = 1000;
/// The longest word, in characters.
const LONGEST_WORD: usize = 100;

/// What mini programs have in common. Every part that is given must hold; one with several entries
/// holds when any of them does, unless it says otherwise. A query of nothing holds for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// Words, each a part of the name, of the principal, of the appid or of a tag.
    pub text: Option<String>,
    /// It is one of these.
    pub appids: Vec<AppId>,
    /// It is none of these.
    pub except: Vec<AppId>,
    /// Its tags.
    pub tags: TagQuery,
    /// The company or person that owns it, whole.
    pub principals: Vec<String>,
    /// The name of one of its categories, first or second class.
    pub categories: Vec<String>,
    /// What users see at present.
    pub version: VersionQuery,
    /// Whether the authorization stands.
    pub authorized: Option<bool>,
    /// Permission sets that it granted, all of them.
    pub permission_sets: Vec<i64>,
    /// How its releases stand.
    pub stages: Vec<Stage>,
    /// Whether something was changed outside this platform and not looked at yet.
    pub changed_outside: Option<bool>,
}

/// Tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TagQuery {
    /// It has each of these.
    pub all: Vec<String>,
    /// It has one of these.
    pub any: Vec<String>,
    /// It has none of these.
    pub none: Vec<String>,
}

/// The version online, by its name. One of which we do not know, or that has none, is no version:
/// it is `not` 3.2.0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VersionQuery {
    /// It is one of these.
    pub is: Vec<String>,
    /// It is none of these.
    pub not: Vec<String>,
}

/// How the releases of a mini program stand, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Nothing was ever committed through this platform.
    Untouched,
    /// Code is on trial and no review of it was ordered.
    Committed,
    /// A review of it is on its way to WeChat.
    Preparing,
    /// WeChat reviews it.
    InReview,
    /// WeChat reviews it and says that it takes longer.
    Delayed,
    /// It may be released.
    Approved,
    /// It may not be released.
    Rejected,
    /// Its review was withdrawn.
    Withdrawn,
    /// It could not be submitted.
    Failed,
    /// It was released.
    Released,
}

/// A query that is asked of one mini program after the other.
#[derive(Debug)]
pub struct Test<'a> {
    query: &'a Query,
    /// The words of its text, in small letters.
    words: Vec<String>,
}

/// What of an account a query asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account<'a> {
    appid: &'a AppId,
    name: &'a str,
    principal: &'a str,
    tags: &'a [String],
    categories: &'a [CategoryNames],
    authorized: bool,
    permission_sets: &'a [i64],
}

/// What of its releases a query asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Releases<'a> {
    online: Option<&'a str>,
    stage: Stage,
    changed_outside: bool,
}

impl Stage {
    /// All of them.
    pub const ALL: [Stage; 10] = [
        Stage::Untouched,
        Stage::Committed,
        Stage::Preparing,
        Stage::InReview,
        Stage::Delayed,
        Stage::Approved,
        Stage::Rejected,
        Stage::Withdrawn,
        Stage::Failed,
        Stage::Released,
    ];

    /// How things stand.
    pub fn of(standing: &Standing) -> Self {
        let Some(trial) = &standing.trial else { return Stage::Untouched };
        let review = standing.review.as_ref();
        let at_wechat = review.is_some_and(|review| review.state.is_at_wechat());
        match review
            .filter(|review| at_wechat || review.commit_id.as_ref() == Some(&trial.commit_id))
        {
            None => Stage::Committed,
            Some(review) => match review.state {
                ReviewState::Preparing | ReviewState::Submitting => Stage::Preparing,
                ReviewState::InReview => Stage::InReview,
                ReviewState::Delayed => Stage::Delayed,
                ReviewState::Approved => Stage::Approved,
                ReviewState::Rejected => Stage::Rejected,
                ReviewState::Withdrawn => Stage::Withdrawn,
                ReviewState::Failed => Stage::Failed,
                ReviewState::Replaced => Stage::Committed,
                ReviewState::Released => Stage::Released,
            },
        }
    }
}

impl Query {
    /// The query, made ready to be asked very often.
    pub fn test(&self) -> Test<'_> {
        let words = self.text.iter().flat_map(|text| text.split_whitespace());
        Test { query: self, words: words.map(str::to_lowercase).collect() }
    }

    /// Everything that is wrong with it; `at` is the pointer to the query itself.
    pub fn check(&self, at: &str) -> Vec<Fault> {
        let mut wrong = Vec::new();
        let mut list = |name: &str, entries: &[String], check: fn(&str) -> Result<(), Text>| {
            if entries.len() > LONGEST_LIST {
                let why = Text::fixed("最多 100 项", "there are 100 entries at most");
                wrong.push(Fault { pointer: format!("{at}/{name}"), why });
            }
            for (place, entry) in entries.iter().enumerate() {
                if let Err(why) = check(entry) {
                    wrong.push(Fault { pointer: format!("{at}/{name}/{place}"), why });
                }
            }
        };
        list("tags/all", &self.tags.all, check_tag);
        list("tags/any", &self.tags.any, check_tag);
        list("tags/none", &self.tags.none, check_tag);
        list("principals", &self.principals, check_word);
        list("categories", &self.categories, check_word);
        list("version/is", &self.version.is, check_word);
        list("version/not", &self.version.not, check_word);
        if let Some(text) = self.text.as_deref().filter(|text| !text.trim().is_empty())
            && let Err(why) = check_word(text)
        {
            wrong.push(Fault { pointer: format!("{at}/text"), why });
        }
        for (name, accounts) in [("appids", &self.appids), ("except", &self.except)] {
            if accounts.len() > LONGEST_ACCOUNTS {
                let why = Text::fixed(
                    "最多 1000 个；更多的请用标签表示",
                    "there are 1000 at most; tag them where there are more",
                );
                wrong.push(Fault { pointer: format!("{at}/{name}"), why });
            }
        }
        wrong
    }
}

impl Test<'_> {
    /// Whether a mini program is a member.
    pub fn holds(&self, entry: &Entry) -> bool {
        self.holds_for_account(entry.into()) && self.holds_for_releases(entry.into())
    }

    /// Whether an account is a member, as far as the account says.
    pub(super) fn holds_for_account(&self, account: Account<'_>) -> bool {
        let query = self.query;
        let TagQuery { all, any, none } = &query.tags;
        let has = |tag: &String| account.tags.contains(tag);
        let mut categories =
            account.categories.iter().flat_map(|category| [&category.first, &category.second]);
        (query.appids.is_empty() || query.appids.contains(account.appid))
            && !query.except.contains(account.appid)
            && self.words.iter().all(|word| {
                contains(account.name, word)
                    || contains(account.principal, word)
                    || contains(account.appid.as_str(), word)
                    || account.tags.iter().any(|tag| contains(tag, word))
            })
            && all.iter().all(has)
            && (any.is_empty() || any.iter().any(has))
            && !none.iter().any(has)
            && (query.principals.is_empty()
                || query.principals.iter().any(|principal| principal == account.principal))
            && (query.categories.is_empty()
                || categories.any(|category| query.categories.contains(category)))
            && query.authorized.is_none_or(|wanted| wanted == account.authorized)
            && query.permission_sets.iter().all(|set| account.permission_sets.contains(set))
    }

    /// Whether an account is a member, as far as its releases say.
    pub(super) fn holds_for_releases(&self, releases: Releases<'_>) -> bool {
        let query = self.query;
        let VersionQuery { is, not } = &query.version;
        let among =
            |list: &[String]| releases.online.is_some_and(|it| list.iter().any(|one| one == it));
        (is.is_empty() || among(is))
            && !among(not)
            && (query.stages.is_empty() || query.stages.contains(&releases.stage))
            && query.changed_outside.is_none_or(|wanted| wanted == releases.changed_outside)
    }
}

/// Whether `words` have `part` in them, which is in small letters. Most names have no capital letter, and
/// are looked at as they stand.
fn contains(words: &str, part: &str) -> bool {
    words.contains(part)
        || (words.chars().any(char::is_uppercase) && words.to_lowercase().contains(part))
}

impl<'a> From<&'a MiniProgram> for Account<'a> {
    fn from(account: &'a MiniProgram) -> Self {
        Account {
            appid: &account.appid,
            name: &account.profile.nick_name,
            principal: &account.profile.principal_name,
            tags: &account.tags,
            categories: &account.profile.categories,
            authorized: account.is_authorized(),
            permission_sets: &account.permission_sets,
        }
    }
}

impl<'a> From<&'a Entry> for Account<'a> {
    fn from(entry: &'a Entry) -> Self {
        Account {
            appid: &entry.appid,
            name: &entry.name,
            principal: &entry.principal,
            tags: &entry.tags,
            categories: &entry.categories,
            authorized: entry.authorized,
            permission_sets: &entry.permission_sets,
        }
    }
}

impl<'a> From<&'a Standing> for Releases<'a> {
    fn from(standing: &'a Standing) -> Self {
        Releases {
            online: standing.online.as_ref().map(|online| online.user_version.as_str()),
            stage: Stage::of(standing),
            changed_outside: !standing.changed_outside.is_empty(),
        }
    }
}

impl<'a> From<&'a Entry> for Releases<'a> {
    fn from(entry: &'a Entry) -> Self {
        Releases {
            online: entry.online.as_ref().map(|online| online.version.as_str()),
            stage: entry.stage,
            changed_outside: entry.changed_outside,
        }
    }
}

fn check_word(word: &str) -> Result<(), Text> {
    if word.trim().is_empty() || word.chars().count() > LONGEST_WORD {
        return Err(Text::fixed("应为 1 至 100 个字符", "it has 1 to 100 characters"));
    }
    if word.chars().any(char::is_control) {
        return Err(Text::fixed("不能含有控制字符", "it has no control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mini_programs::{Authorization, AuthorizationState, Profile, Variables};

    fn account() -> MiniProgram {
        let profile = json!({
            "nick_name": "城南面馆",
            "principal_name": "城南餐饮有限公司",
            "categories": [{ "first": "餐饮服务", "second": "点餐平台" }],
        });
        let profile: Profile = serde_json::from_value(profile).unwrap();
        MiniProgram {
            component: "wx00000000000000c0".parse().unwrap(),
            appid: "wx00000000000000a1".parse().unwrap(),
            profile,
            permission_sets: vec![17, 18],
            missing_permission_sets: vec![30],
            authorization: Authorization {
                state: AuthorizationState::Authorized,
                order: 0,
                provisional: false,
                authorized_at: None,
                unauthorized_at: None,
            },
            version: 1,
            profile_refreshed_at: None,
            tags: vec!["north".to_owned(), "餐饮".to_owned()],
            variables: Variables::new(),
        }
    }

    fn query(query: serde_json::Value) -> Query {
        serde_json::from_value(query).unwrap()
    }

    #[test]
    fn every_part_of_a_query_must_hold_for_the_account() {
        for (wanted, holds) in [
            (json!({}), true),
            (json!({ "text": "面馆" }), true),
            (json!({ "text": "00A1" }), true),
            (json!({ "text": "NOR" }), true),
            (json!({ "text": "茶" }), false),
            (json!({ "text": " 面馆  00a1 " }), true),
            (json!({ "text": "面馆 茶" }), false),
            (json!({ "appids": ["wx00000000000000a1"] }), true),
            (json!({ "appids": ["wx00000000000000a2"] }), false),
            (json!({ "except": ["wx00000000000000a1"] }), false),
            (json!({ "tags": { "all": ["north", "餐饮"] } }), true),
            (json!({ "tags": { "all": ["north", "south"] } }), false),
            (json!({ "tags": { "any": ["north", "south"] } }), true),
            (json!({ "tags": { "none": ["north"] } }), false),
            (json!({ "principals": ["城南餐饮有限公司"] }), true),
            (json!({ "principals": ["城南餐饮"] }), false),
            (json!({ "categories": ["点餐平台", "教育"] }), true),
            (json!({ "categories": ["教育"] }), false),
            (json!({ "permission_sets": [18] }), true),
            (json!({ "permission_sets": [18, 30] }), false),
            (json!({ "authorized": false }), false),
            (json!({ "authorized": true, "tags": { "any": ["south"] } }), false),
        ] {
            let wanted_query = query(wanted.clone());
            let account = account();
            assert_eq!(wanted_query.test().holds_for_account((&account).into()), holds, "{wanted}");
            let entry = Entry::of(&account, &Standing::default());
            assert_eq!(wanted_query.test().holds(&entry), holds, "{wanted}");
        }
    }

    #[test]
    fn a_version_of_which_we_do_not_know_is_not_the_one_that_is_named() {
        let online = |version: Option<&str>| -> Standing {
            let online = version.map(|version| {
                json!({ "user_version": version, "user_desc": "", "commit_id": null,
                    "released_at": null, "app_version": null })
            });
            serde_json::from_value(json!({ "online": online })).unwrap()
        };
        let not = query(json!({ "version": { "not": ["3.2.0"] } }));
        let is = query(json!({ "version": { "is": ["3.2.0"] } }));
        for (version, on_it) in [(Some("3.2.0"), true), (Some("3.1.0"), false), (None, false)] {
            assert_eq!(
                is.test().holds_for_releases((&online(version)).into()),
                on_it,
                "{version:?}"
            );
            assert_eq!(
                not.test().holds_for_releases((&online(version)).into()),
                !on_it,
                "{version:?}"
            );
        }
        let untouched = query(json!({ "stages": ["untouched"] }));
        assert!(untouched.test().holds_for_releases((&Standing::default()).into()));
        assert!(
            !query(json!({ "stages": ["rejected"] }))
                .test()
                .holds_for_releases((&Standing::default()).into())
        );
    }

    #[test]
    fn everything_that_is_wrong_is_named_by_its_place() {
        let wrong = query(json!({
            "tags": { "any": ["right", "two words"] },
            "categories": [""],
            "version": { "not": ["9".repeat(101)] },
        }));
        let places: Vec<String> =
            wrong.check("/query").into_iter().map(|wrong| wrong.pointer).collect();
        assert_eq!(places, ["/query/tags/any/1", "/query/categories/0", "/query/version/not/0"]);
    }
}
