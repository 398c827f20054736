//! What WeChat's answers say about our own review and versions. Pure: nothing here asks or stores.

use wechat::endpoint::{
    AuditStatus, GetLatestAuditStatusResponse, GetVersionInfoResponse, OnlineVersion, TrialVersion,
};

use super::record::{Online, Outside, Review, Standing, Trial};

/// What the latest review at WeChat means for ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the one before ours, or none: WeChat does not show ours yet.
    NotYet,
    /// It is ours, and stands so.
    Ours(AuditStatus),
    /// It is neither ours nor the one before: somebody else submitted.
    SomebodyElses,
}

/// Compares the latest review with ours, whose number is known. Number *and* version must agree:
/// anything else is not a decision about our code.
pub(super) fn judge(review: &Review, latest: Option<&GetLatestAuditStatusResponse>) -> Verdict {
    let Some(latest) = latest else { return Verdict::NotYet };
    let same_version =
        latest.user_version.as_ref().is_none_or(|shown| shown.trim() == review.user_version);
    if review.audit_id == Some(latest.auditid) && same_version {
        return Verdict::Ours(latest.status);
    }
    if review.previous_audit_id == Some(latest.auditid) {
        return Verdict::NotYet;
    }
    Verdict::SomebodyElses
}

/// Compares the latest review with ours after `submit_audit` gave no answer: a new number and our
/// marker make it ours. Some answers of WeChat name no version; then the new number is enough, for
/// what was submitted is what was committed last, and that was ours a moment before.
pub(super) fn find(review: &Review, latest: Option<&GetLatestAuditStatusResponse>) -> Verdict {
    let Some(latest) = latest else { return Verdict::NotYet };
    if review.previous_audit_id == Some(latest.auditid) {
        return Verdict::NotYet;
    }
    let marker = review.marker();
    let version = latest.user_version.as_ref().is_none_or(|it| it.trim() == review.user_version);
    let marked = latest
        .user_desc
        .as_ref()
        .is_none_or(|shown| marker.as_ref().is_none_or(|marker| shown.contains(marker)));
    if version && marked { Verdict::Ours(latest.status) } else { Verdict::SomebodyElses }
}

/// The latest review in a few words.
pub(super) fn describe(latest: Option<&GetLatestAuditStatusResponse>) -> String {
    match latest {
        None => "no review".to_owned(),
        Some(latest) => format!(
            "review {} of '{}' '{}'",
            latest.auditid,
            latest.user_version.as_deref().unwrap_or("?"),
            latest.user_desc.as_deref().unwrap_or("?"),
        ),
    }
}

/// Whether the trial version that WeChat shows is ours.
pub(super) fn is_our_trial(trial: &Trial, shown: Option<&TrialVersion>) -> bool {
    shown.is_some_and(|shown| trial.is_shown_as(&shown.exp_version, &shown.exp_desc))
}

/// Whether the version that WeChat shows online is the reviewed one.
pub(super) fn is_online(review: &Review, shown: Option<&OnlineVersion>) -> bool {
    shown.is_some_and(|shown| {
        shown.release_version.trim() == review.user_version
            && match review.marker() {
                Some(marker) => shown.release_desc.contains(&marker),
                None => shown.release_desc == review.user_desc,
            }
    })
}

/// What WeChat shows that is not as we left it.
pub(super) fn differences(
    standing: &Standing,
    shown: &GetVersionInfoResponse,
) -> Vec<(Outside, String)> {
    let mut differences = Vec::new();
    // A trial version that is not shown at all says nothing: WeChat leaves out what there is not.
    if let (Some(trial), Some(there)) = (&standing.trial, &shown.exp_info)
        && !is_our_trial(trial, Some(there))
    {
        let seen = format!("'{}' '{}'", there.exp_version, there.exp_desc);
        differences.push((Outside::Trial, seen));
    }
    if let Some(there) = &shown.release_info
        && standing.online_known
        && !standing.online.as_ref().is_some_and(|online| online.is_shown_as(there))
    {
        let seen = format!("'{}' '{}'", there.release_version, there.release_desc);
        differences.push((Outside::Online, seen));
    }
    differences
}

impl Online {
    /// Whether the version that WeChat shows is this one.
    pub(super) fn is_shown_as(&self, shown: &OnlineVersion) -> bool {
        self.user_version == shown.release_version && self.user_desc == shown.release_desc
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::releases::Submission;

    fn trial() -> Trial {
        Trial {
            commit_id: "0a1b2c3d".to_owned(),
            template_id: 1,
            user_version: "1.2.0".to_owned(),
            user_desc: "summer [wf:0a1b2c3d]".to_owned(),
            ext_digest: String::new(),
            committed_at: Timestamp::UNIX_EPOCH,
            by: None,
        }
    }

    fn review(audit: Option<i64>) -> Review {
        let mut review = Review::ordered(&trial(), Submission::default(), Timestamp::UNIX_EPOCH);
        review.audit_id = audit;
        review.previous_audit_id = Some(7);
        review
    }

    fn latest(answer: serde_json::Value) -> Option<GetLatestAuditStatusResponse> {
        Some(serde_json::from_value(answer).unwrap())
    }

    #[test]
    fn a_decision_counts_only_with_our_number_and_our_version() {
        let ours = latest(json!({"auditid": "8", "status": 0, "user_version": "1.2.0"}));
        let other_number = latest(json!({"auditid": 9, "status": 0, "user_version": "1.2.0"}));
        let other_version = latest(json!({"auditid": 8, "status": 0, "user_version": "9.9.9"}));
        let before = latest(json!({"auditid": 7, "status": 0, "user_version": "1.1.0"}));

        let review = review(Some(8));
        assert_eq!(judge(&review, ours.as_ref()), Verdict::Ours(AuditStatus::Passed));
        assert_eq!(judge(&review, other_number.as_ref()), Verdict::SomebodyElses);
        assert_eq!(judge(&review, other_version.as_ref()), Verdict::SomebodyElses);
        assert_eq!(judge(&review, before.as_ref()), Verdict::NotYet);
        assert_eq!(judge(&review, None), Verdict::NotYet);
    }

    #[test]
    fn a_submission_without_an_answer_is_found_by_its_marker_or_by_its_new_number() {
        let review = review(None);
        let marked = json!({"auditid": 8, "status": 2, "user_version": "1.2.0",
            "user_desc": "summer [wf:0a1b2c3d]"});
        let bare = json!({"auditid": "8", "status": 2});
        let strange = json!({"auditid": 8, "status": 2, "user_version": "1.2.0",
            "user_desc": "by hand"});
        let before = json!({"auditid": 7, "status": 2});

        assert_eq!(find(&review, latest(marked).as_ref()), Verdict::Ours(AuditStatus::Reviewing));
        assert_eq!(find(&review, latest(bare).as_ref()), Verdict::Ours(AuditStatus::Reviewing));
        assert_eq!(find(&review, latest(strange).as_ref()), Verdict::SomebodyElses);
        assert_eq!(find(&review, latest(before).as_ref()), Verdict::NotYet);
        assert_eq!(find(&review, None), Verdict::NotYet);
    }

    #[test]
    fn the_first_look_at_what_is_online_is_no_change() {
        let shown: GetVersionInfoResponse = serde_json::from_value(json!({
            "exp_info": {"exp_version": "1.2.0", "exp_desc": "by hand"},
            "release_info": {"release_version": "0.9", "release_desc": "from before us"},
        }))
        .unwrap();
        let first = Standing { trial: Some(trial()), ..Standing::default() };
        let later = Standing { online_known: true, ..first.clone() };

        let kinds = |standing: &Standing| -> Vec<Outside> {
            differences(standing, &shown).into_iter().map(|(what, _)| what).collect()
        };
        assert_eq!(kinds(&first), [Outside::Trial]);
        assert_eq!(kinds(&later), [Outside::Trial, Outside::Online]);
    }
}
