//! What the members of a segment have in common. Pure: nothing here reads.

use serde::{Deserialize, Serialize};
use wechat::AppId;

use crate::{
    fault::Fault,
    mini_programs::{MiniProgram, check_tag},
    releases::{ReviewState, Standing},
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
    /// A part of the name, of the principal or of the appid.
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
    /// Whether an account is a member, as far as the account says.
    pub(super) fn holds_for_account(&self, account: &MiniProgram) -> bool {
        let profile = &account.profile;
        let TagQuery { all, any, none } = &self.tags;
        let has = |tag: &String| account.tags.contains(tag);
        let among = |list: &[String], words: &[&String]| {
            list.is_empty() || words.iter().any(|word| list.contains(word))
        };
        let categories: Vec<&String> = profile
            .categories
            .iter()
            .flat_map(|category| [&category.first, &category.second])
            .collect();
        let text = self.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        (self.appids.is_empty() || self.appids.contains(&account.appid))
            && !self.except.contains(&account.appid)
            && text.is_none_or(|text| {
                [&*profile.nick_name, &*profile.principal_name, account.appid.as_str()]
                    .iter()
                    .any(|words| words.to_lowercase().contains(&text.to_lowercase()))
            })
            && all.iter().all(has)
            && (any.is_empty() || any.iter().any(has))
            && !none.iter().any(has)
            && among(&self.principals, &[&profile.principal_name])
            && among(&self.categories, &categories)
            && self.authorized.is_none_or(|wanted| wanted == account.is_authorized())
            && self.permission_sets.iter().all(|set| account.permission_sets.contains(set))
    }

    /// Whether an account is a member, as far as its releases say.
    pub(super) fn holds_for_releases(&self, standing: &Standing) -> bool {
        let VersionQuery { is, not } = &self.version;
        let online = standing.online.as_ref().map(|online| &online.user_version);
        (is.is_empty() || online.is_some_and(|online| is.contains(online)))
            && !online.is_some_and(|online| not.contains(online))
            && (self.stages.is_empty() || self.stages.contains(&Stage::of(standing)))
            && self
                .changed_outside
                .is_none_or(|wanted| wanted != standing.changed_outside.is_empty())
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

fn check_word(word: &str) -> Result<(), Text> {
    if !word.trim().is_empty() && word.chars().count() <= LONGEST_WORD {
        return Ok(());
    }
    Err(Text::fixed("应为 1 至 100 个字符", "it has 1 to 100 characters"))
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
            (json!({ "text": "茶" }), false),
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
            assert_eq!(query(wanted.clone()).holds_for_account(&account()), holds, "{wanted}");
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
            assert_eq!(is.holds_for_releases(&online(version)), on_it, "{version:?}");
            assert_eq!(not.holds_for_releases(&online(version)), !on_it, "{version:?}");
        }
        let untouched = query(json!({ "stages": ["untouched"] }));
        assert!(untouched.holds_for_releases(&Standing::default()));
        assert!(!query(json!({ "stages": ["rejected"] })).holds_for_releases(&Standing::default()));
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
