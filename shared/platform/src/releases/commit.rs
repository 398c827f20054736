//! Uploading code: a template, one merchant's settings, and a marker by which the version is known
//! again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};
use wechat::{AppId, endpoint::Commit};

use super::{
    ReleaseError, Releases, Standing, Trial,
    attempt::Attempt,
    lease::{Held, partition},
    record::{Action, ReviewState, marker},
};
use crate::{event::kind, fault::Faults, text::Text};

/// WeChat's limit on a version's name.
const USER_VERSION: usize = 64;
/// Ours on a description, the marker not counted; WeChat names none.
const USER_DESC: usize = 180;
/// WeChat has not finished the commit before (9402202): polite repetitions end after this long.
const POLITE: Duration = Duration::from_secs(12);
const BUSY: i64 = 9_402_202;

/// The settings of the last commit, as they are stored.
#[derive(Serialize, Deserialize)]
struct Settings {
    pk: String,
    sk: String,
    commit_id: String,
    ext_json: String,
}

const SETTINGS: &str = "settings";

/// Code to upload.
#[derive(Debug, Clone, Default)]
pub struct NewTrial {
    /// The template.
    pub template_id: i64,
    /// The version's name, 64 characters at most.
    pub user_version: String,
    /// A word about the version, 180 characters at most.
    pub user_desc: String,
    /// The merchant's settings (`ext_json`) as an object; `extAppid` is added.
    pub ext: Map<String, Value>,
    /// Gives up a review that is being prepared, or an approved version that was not released.
    pub replace: bool,
    /// Who orders it.
    pub by: Option<String>,
}

impl Releases {
    /// Uploads code; it is the trial version at once. Refused while a version is in review, and
    /// without [`NewTrial::replace`] while one is about to be submitted or to be released.
    ///
    /// If WeChat does not say what became of it, the answer shows it as pending.
    pub async fn commit(
        &self,
        component: &AppId,
        appid: &AppId,
        new: &NewTrial,
    ) -> Result<Standing, ReleaseError> {
        let ext_json = new.check(appid)?;
        self.authorized(component, appid).await?;
        let mut held = self.hold(component, appid).await?;
        let result = self.commit_held(&mut held, new, &ext_json).await;
        held.let_go(result).await
    }

    async fn commit_held(
        &self,
        held: &mut Held<'_>,
        new: &NewTrial,
        ext_json: &str,
    ) -> Result<(), ReleaseError> {
        self.settled(held).await?;
        self.no_gray_release(held).await?;
        may_commit(held.standing(), new.replace)?;
        let commit_id = hexadecimal(&self.random.bytes::<4>());
        let user_desc = format!("{} {}", new.user_desc.trim(), marker(&commit_id));
        let trial = Trial {
            template_id: new.template_id,
            user_version: new.user_version.trim().to_owned(),
            user_desc: user_desc.trim_start().to_owned(),
            ext_digest: hexadecimal(&Sha256::digest(ext_json)),
            committed_at: held.now(),
            by: new.by.clone(),
            commit_id,
        };
        self.keep_settings(held, &trial, ext_json).await?;
        self.begin(held, Action::Commit(trial.clone())).await?;
        match self.send_commit(held, &trial, ext_json).await {
            Attempt::Done(()) => self.committed(held, trial).await,
            Attempt::Refused(error) => {
                self.drop_intent(held).await?;
                Err(error.into())
            }
            Attempt::Unknown => self.find_out(held).await,
        }
    }

    /// Keeps the settings of a commit beside the record, for who compares the next ones with them.
    async fn keep_settings(
        &self,
        held: &Held<'_>,
        trial: &Trial,
        ext_json: &str,
    ) -> Result<(), ReleaseError> {
        let settings = Settings {
            pk: partition(held.component(), held.appid()),
            sk: SETTINGS.to_owned(),
            commit_id: trial.commit_id.clone(),
            ext_json: ext_json.to_owned(),
        };
        Ok(self.table.put(self.table.item(&settings)?).await?)
    }

    /// The settings (`ext_json`) that were committed last, if this platform did it and they are what
    /// is on trial.
    pub async fn committed_settings(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<Map<String, Value>>, ReleaseError> {
        let settings: Option<Settings> =
            self.table.read(&partition(component, appid), SETTINGS).await?;
        let trial = self.show(component, appid).await?.trial;
        let settings = settings
            .filter(|settings| trial.is_some_and(|trial| trial.commit_id == settings.commit_id));
        let read = |settings: Settings| serde_json::from_str(&settings.ext_json);
        let broken =
            |error: serde_json::Error| self.table.error("read settings", error.to_string());
        Ok(settings.map(read).transpose().map_err(broken)?)
    }

    /// A second commit of the same version does no harm, so that it is sent again while WeChat is
    /// still at the one before, and once more if nobody knows what became of it.
    async fn send_commit(&self, held: &Held<'_>, trial: &Trial, ext_json: &str) -> Attempt<()> {
        let request = Commit {
            template_id: trial.template_id,
            ext_json,
            user_version: &trial.user_version,
            user_desc: &trial.user_desc,
        };
        let begun = Instant::now();
        let mut unknown = false;
        let mut pause = Duration::from_secs(1);
        loop {
            match self.attempt(held, &request).await {
                Attempt::Refused(error)
                    if error.errcode() == Some(BUSY) && begun.elapsed() + pause < POLITE =>
                {
                    sleep(pause).await;
                    pause *= 2;
                }
                // What WeChat is still at may be our own.
                Attempt::Refused(error) if error.errcode() == Some(BUSY) && unknown => {
                    return Attempt::Unknown;
                }
                Attempt::Unknown if !unknown && begun.elapsed() < POLITE => unknown = true,
                outcome => return outcome,
            }
        }
    }

    /// The trial version is `trial`.
    pub(super) async fn committed(
        &self,
        held: &mut Held<'_>,
        trial: Trial,
    ) -> Result<(), ReleaseError> {
        let now = held.now();
        let details = json!({
            "commit": trial.commit_id,
            "template": trial.template_id,
            "user_version": trial.user_version,
        });
        let standing = held.change();
        standing.pending = None;
        standing.changed_outside.clear();
        if let Some(review) = &mut standing.review
            && matches!(review.state, ReviewState::Preparing | ReviewState::Approved)
        {
            review.decide(ReviewState::Replaced, now);
        }
        standing.trial = Some(trial);
        held.save(vec![(kind::RELEASE_COMMITTED, details)]).await
    }
}

/// No commit between approval and release, nor while the last one is on its way to a reviewer.
fn may_commit(standing: &Standing, replace: bool) -> Result<(), ReleaseError> {
    let Some(state) = standing.review_state() else { return Ok(()) };
    let what_to_do = match state {
        ReviewState::InReview | ReviewState::Delayed | ReviewState::Submitting => Text::fixed(
            "请先等待审核结果或撤回审核，再提交新代码",
            "wait for the decision or withdraw the review, then commit",
        ),
        ReviewState::Preparing if !replace => Text::fixed(
            "请先撤回该审核，或设置 replace 以放弃它并提交新代码",
            "withdraw that review first, or set replace to give it up",
        ),
        ReviewState::Approved if !replace => Text::fixed(
            "请先发布该版本；此时提交新代码会使审核结果失效。确实要放弃它时请设置 replace",
            "release it first: a commit now would make the approval void; set replace to give it \
             up all the same",
        ),
        _ => return Ok(()),
    };
    Err(ReleaseError::wrong_state(state.words(), what_to_do))
}

impl NewTrial {
    /// Whether `trial` is this code with these settings, whoever committed it.
    pub fn is(&self, trial: &Trial, appid: &AppId) -> Result<bool, ReleaseError> {
        Ok(trial.template_id == self.template_id
            && trial.user_version == self.user_version.trim()
            && trial.ext_digest == hexadecimal(&Sha256::digest(self.check(appid)?)))
    }

    /// Checks what can be checked here; answers the settings as they are sent.
    fn check(&self, appid: &AppId) -> Result<String, ReleaseError> {
        let mut faults = self.faults();
        faults.unless(
            self.ext.get("extAppid").is_none_or(|named| named == appid.as_str()),
            "/ext/extAppid",
            &format!("必须是 {appid}，或不填由系统补上"),
            &format!("must be {appid}, or left out to be added"),
        );
        faults.into_result::<ReleaseError>()?;
        let mut ext = self.ext.clone();
        ext.entry("extAppid").or_insert_with(|| appid.as_str().into());
        Ok(Value::Object(ext).to_string())
    }

    /// Everything that is wrong with it for whatever mini program.
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        faults.characters("/user_version", self.user_version.trim(), 1..=USER_VERSION);
        faults.visible("/user_version", self.user_version.trim(), false);
        faults.characters("/user_desc", self.user_desc.trim(), 0..=USER_DESC);
        faults.visible("/user_desc", self.user_desc.trim(), true);
        faults.unless(self.template_id >= 0, "/template_id", "不能为负数", "must not be negative");
        faults.unless(
            !self.user_desc.contains("[wf:"),
            "/user_desc",
            "不能包含 [wf:，它由系统用于识别版本",
            "must not contain [wf:, by which versions are known again",
        );
        faults.within("", ext_faults(&self.ext));
        faults
    }
}

/// What is wrong with settings (`ext_json`), for whatever mini program.
pub(crate) fn ext_faults(ext: &Map<String, Value>) -> Faults {
    let mut faults = Faults::new();
    faults.unless(
        ext.get("directCommit").is_none_or(|value| value == &Value::Bool(false)),
        "/ext/directCommit",
        "不支持 directCommit：代码必须先成为体验版",
        "is not supported: code must become the trial version first",
    );
    faults.unless(
        ext.get("ext").is_none_or(Value::is_object),
        "/ext/ext",
        "应为 JSON 对象，小程序用 wx.getExtConfig 读取",
        "is an object, which the mini program reads by wx.getExtConfig",
    );
    faults
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(ext: Value) -> NewTrial {
        let Value::Object(ext) = ext else { panic!("settings are an object") };
        NewTrial { user_version: "1.0".to_owned(), ext, ..NewTrial::default() }
    }

    #[test]
    fn what_code_reads_of_its_settings_is_an_object() {
        for wrong in [json!({ "ext": 7 }), json!({ "ext": "{}" }), json!({ "ext": null })] {
            let faults = trial(wrong).faults();
            assert_eq!(faults.list()[0].pointer, "/ext/ext");
        }
        assert!(trial(json!({ "ext": {} })).faults().is_empty());
    }

    #[test]
    fn settings_are_encoded_once_and_name_the_mini_program() {
        let appid: AppId = "wx0000000000000001".parse().unwrap();
        let bare = trial(json!({"ext": {"name": "店"}})).check(&appid).unwrap();
        let named =
            trial(json!({"ext": {"name": "店"}, "extAppid": "wx0000000000000001"})).check(&appid);

        let sent: Value = serde_json::from_str(&bare).unwrap();
        assert_eq!(sent, json!({"ext": {"name": "店"}, "extAppid": "wx0000000000000001"}));
        assert_eq!(named.unwrap(), bare);
        assert!(bare.contains('店'), "not escaped: {bare}");
    }

    #[test]
    fn settings_of_another_mini_program_are_refused() {
        let appid: AppId = "wx0000000000000001".parse().unwrap();
        let refused = trial(json!({"extAppid": "wx0000000000000002"})).check(&appid);

        assert!(
            matches!(&refused, Err(ReleaseError::Invalid(faults))
                if faults.list()[0].pointer == "/ext/extAppid"),
            "{refused:?}"
        );
    }

    #[test]
    fn a_commit_between_approval_and_release_needs_a_word() {
        let mut standing = Standing::default();
        let new = trial(json!({}));
        let committed = Trial {
            commit_id: "00000000".to_owned(),
            template_id: 0,
            user_version: new.user_version,
            user_desc: String::new(),
            ext_digest: String::new(),
            committed_at: jiff::Timestamp::UNIX_EPOCH,
            by: None,
        };
        let mut review = super::super::Review::ordered(
            &committed,
            super::super::Submission::default(),
            jiff::Timestamp::UNIX_EPOCH,
        );
        for (state, plainly, with_replace) in [
            (ReviewState::Preparing, false, true),
            (ReviewState::Submitting, false, false),
            (ReviewState::InReview, false, false),
            (ReviewState::Delayed, false, false),
            (ReviewState::Approved, false, true),
            (ReviewState::Rejected, true, true),
            (ReviewState::Withdrawn, true, true),
            (ReviewState::Failed, true, true),
            (ReviewState::Released, true, true),
        ] {
            review.state = state;
            standing.review = Some(review.clone());
            assert_eq!(may_commit(&standing, false).is_ok(), plainly, "{state:?}");
            assert_eq!(may_commit(&standing, true).is_ok(), with_replace, "{state:?}");
        }
    }
}
