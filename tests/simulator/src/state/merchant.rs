//! A mini program and its owner as WeChat knows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Appeal, ConfirmFile, Domains, FaceCheck, Filing, GrayRelease, GrayStatus, IllegalRecord, Media,
    NameReview, Online, OrderPaths, Plugin, Privacy, Review, Trial, Verification,
};
use crate::{clock::Counter, options::MerchantOptions};

/// Former versions that can be rolled back to.
const LONGEST_HISTORY: usize = 5;

/// One mini program.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Merchant {
    /// What its own console says.
    pub(crate) account: MerchantOptions,
    /// What it granted, by component.
    pub(crate) grants: BTreeMap<String, Grant>,
    /// Testers' WeChat ids by userstr.
    pub(crate) testers: BTreeMap<String, String>,
    /// Set in the merchant's console; gone after a release through a platform.
    pub(crate) console_domains: Domains,
    /// Set with `modify_domain`.
    pub(crate) platform_domains: Domains,
    /// Set with `modify_domain_directly`.
    pub(crate) direct_domains: Domains,
    /// What of the direct ones a commit or release has put in force.
    pub(crate) direct_domains_in_force: Domains,
    pub(crate) domain_edits: Counter,
    pub(crate) console_webview_domains: Vec<String>,
    pub(crate) platform_webview_domains: Vec<String>,
    pub(crate) direct_webview_domains: Vec<String>,
    pub(crate) webview_edits: Counter,
    pub(crate) confirm_file: Option<ConfirmFile>,
    pub(crate) trial: Option<Trial>,
    pub(crate) reviews: Vec<Review>,
    pub(crate) online: Option<Online>,
    /// Former online versions, newest first.
    pub(crate) history: Vec<Online>,
    /// The online version came by a rollback: nothing can be rolled back until a release.
    pub(crate) rolled_back: bool,
    /// The last release to a part of the users.
    pub(crate) gray: Option<GrayRelease>,
    pub(crate) suspended: bool,
    /// The oldest base library it runs on; empty if none was set.
    pub(crate) support_version: String,
    pub(crate) prefetch_domains: Vec<String>,
    pub(crate) prefetch_edits: Counter,
    pub(crate) privacy: Privacy,
    /// The open-platform account it is bound to.
    pub(crate) open_account: Option<String>,
    pub(crate) order_paths: OrderPaths,
    pub(crate) illegal_records: Vec<IllegalRecord>,
    pub(crate) appeals: Vec<Appeal>,
    /// Settings that only official accounts have, as far as they were changed.
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) withdrawals_today: Counter,
    pub(crate) withdrawals_this_month: Counter,
    pub(crate) resets: Counter,
    /// Calls that would turn a trial mini program into an ordinary one.
    pub(crate) conversions_in_minute: Counter,
    pub(crate) conversions_today: Counter,
    /// Changes of the avatar in a month.
    pub(crate) avatars: Counter,
    /// Changes of the introduction in a month.
    pub(crate) introductions: Counter,
    /// Changes of the name in a year.
    pub(crate) names: Counter,
    pub(crate) name_reviews: Vec<NameReview>,
    /// Cannot be found by searching.
    pub(crate) hidden: bool,
    /// WeChat has banned it from being found.
    pub(crate) banned_from_search: bool,
    /// Categories added or changed in a month.
    pub(crate) category_edits: Counter,
    pub(crate) plugins: Vec<Plugin>,
    pub(crate) face_checks: Vec<FaceCheck>,
    /// What was applied for last.
    pub(crate) filing: Option<Filing>,
    pub(crate) verifications: Vec<Verification>,
    /// WeChat has verified the owner.
    pub(crate) verified: bool,
    /// Codes made by getwxacode and createwxaqrcode, ever.
    pub(crate) codes: u32,
    /// Codes made by getwxacodeunlimit in a minute.
    pub(crate) unlimited_codes: Counter,
    /// What was uploaded, by media id.
    pub(crate) media: BTreeMap<String, Media>,
    /// Findings of the privacy detection, for the next commits.
    pub(crate) interfaces_without_auth: Vec<String>,
    pub(crate) interfaces_without_conf: Vec<String>,
}

/// What a mini program granted to one component.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Grant {
    pub(crate) authorized: bool,
    pub(crate) permission_sets: Vec<u32>,
    pub(crate) refresh_token: String,
    /// A replaced refresh token that still works, and until when.
    pub(crate) former_refresh_token: Option<(String, i64)>,
    pub(crate) issued_tokens: Vec<String>,
    pub(crate) authorized_at: i64,
    pub(crate) revoked_at: Option<i64>,
    /// The administrator changed the account's password: only a new authorization helps.
    pub(crate) password_changed: bool,
    /// `api_get_authorizer_list` and `api_get_authorizer_info` leave the refresh token out.
    pub(crate) refresh_token_hidden: bool,
}

impl Merchant {
    pub(crate) fn new(account: MerchantOptions) -> Self {
        let console_domains = account.console_domains.clone();
        Merchant { account, console_domains, ..Merchant::default() }
    }

    /// Puts a version online; the one before goes into the history, which holds five.
    pub(crate) fn put_online(&mut self, next: Online) {
        self.rolled_back = false;
        if let Some(plan) = self.gray.as_mut().filter(|plan| plan.is_running()) {
            plan.status = GrayStatus::Done;
        }
        if let Some(guideline) = &self.privacy.development {
            self.privacy.online = Some(guideline.clone());
        }
        if let Some(former) = self.online.replace(next) {
            self.history.insert(0, former);
            self.history.truncate(LONGEST_HISTORY);
        }
    }

    /// What was uploaded under this id, if it is not too long ago.
    pub(crate) fn media(&self, id: &str, now: i64) -> Option<&Media> {
        self.media.get(id).filter(|media| media.is_kept(now))
    }

    /// The last review, whatever became of it.
    pub(crate) fn latest_review(&mut self) -> Option<&mut Review> {
        self.reviews.last_mut()
    }
}
