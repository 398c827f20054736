//! Putting the approved version online, once.

use serde_json::json;
use wechat::{
    AppId,
    endpoint::{AuditStatus, GetIcpEntranceInfo, Release},
};

use super::{
    Online, ReleaseError, Releases, ReviewState, Standing,
    attempt::Attempt,
    lease::Held,
    preflight,
    record::Action,
    verdict::{self, Verdict},
};
use crate::{call::CallError, check::Status, event::kind, text::Text};

/// `release`: the version is online already.
const ONLINE_ALREADY: i64 = 85_052;
/// `release`: no version is approved, the approval is void, or the mini program is not filed.
const NOT_ALLOWED: [i64; 2] = [85_019, 85_020];

impl Releases {
    /// Puts the approved version online. WeChat is asked first whether the approval is of our
    /// review and our version. A version that is online already is left alone.
    ///
    /// If WeChat does not say what became of it, the answer shows it as pending.
    pub async fn release(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Standing, ReleaseError> {
        self.authorized(component, appid).await?;
        let mut held = self.hold(component, appid).await?;
        let result = self.release_held(&mut held).await;
        held.let_go(result).await
    }

    async fn release_held(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        self.settled(held).await?;
        if held.standing().review_state() == Some(ReviewState::Released) {
            return still_online(held.standing());
        }
        self.must_be_approved(held).await?;
        self.begin(held, Action::Release).await?;
        match self.attempt(held, &Release {}).await {
            Attempt::Done(()) => self.released(held).await,
            Attempt::Unknown => self.find_out(held).await,
            Attempt::Refused(error) if error.errcode() == Some(ONLINE_ALREADY) => {
                let shown = self.shown_versions(held).await?;
                let review = held.standing().review.as_ref();
                if review.is_some_and(|it| verdict::is_online(it, shown.release_info.as_ref())) {
                    return self.released(held).await;
                }
                held.change().pending = None;
                self.note_differences(held, &shown).await?;
                self.drop_intent(held).await?;
                Err(error.into())
            }
            Attempt::Refused(error)
                if error.errcode().is_some_and(|code| NOT_ALLOWED.contains(&code)) =>
            {
                self.drop_intent(held).await?;
                Err(self.why_not_released(held, error).await)
            }
            Attempt::Refused(error) => {
                self.drop_intent(held).await?;
                Err(error.into())
            }
        }
    }

    /// WeChat does not release what it approved, and its code says nothing of why: for want of a
    /// filing, or because the approval is void. An approval that still stands must not be given up
    /// for the other reason.
    async fn why_not_released(&self, held: &Held<'_>, error: CallError) -> ReleaseError {
        let Some(refusal) = error.refusal().cloned().map(Box::new) else { return error.into() };
        let filing = preflight::filing(&self.ask(held, &GetIcpEntranceInfo {}).await);
        if filing.status == Status::Fail
            && let (Some(cause), Some(what_to_do)) = (filing.finding, filing.what_to_do)
        {
            let what_to_do = Text::new(
                format!("{}。审核结果仍然有效，备案成功后直接发布即可", what_to_do.zh),
                format!("{}; the approval stands: release it when that is done", what_to_do.en),
            );
            return ReleaseError::Refused { refusal, cause, what_to_do };
        }
        let trial = held.standing().trial.as_ref();
        let is_void = match (self.shown_versions(held).await, trial) {
            (Ok(shown), Some(trial)) => !verdict::is_our_trial(trial, shown.exp_info.as_ref()),
            _ => false,
        };
        let (cause, what_to_do) = if is_void {
            (
                Text::fixed(
                    "审核通过后又有新的代码提交，审核结果已失效",
                    "code was committed after the approval, which is void now",
                ),
                Text::fixed(
                    "请确认是谁提交的，然后重新提交代码（replace）并再次送审",
                    "find out who did it, then commit again with replace, and submit again",
                ),
            )
        } else {
            (
                error.words(),
                Text::fixed(
                    "请先核对微信显示的最近一次审核、体验版和备案；在确认审核结果已失效之前，不要重新提交代码",
                    "look first at the latest review, the trial version and the filing as WeChat \
                     shows them; do not commit again while the approval may still stand",
                ),
            )
        };
        ReleaseError::Refused { refusal, cause, what_to_do }
    }

    /// Asks WeChat whether our review and our version are the ones that it approved last.
    pub(super) async fn must_be_approved(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        if held.standing().review_state().is_some_and(ReviewState::is_at_wechat) {
            self.poll(held).await?;
        }
        let Some(review) = &held.standing().review else {
            return Err(not_approved(Text::fixed("没有审核通过的版本", "no version was approved")));
        };
        if review.state != ReviewState::Approved {
            return Err(not_approved(review.state.words()));
        }
        let latest = self.latest_review(held).await?;
        let Some(review) = &held.standing().review else { return Ok(()) };
        match verdict::judge(review, latest.as_ref()) {
            Verdict::Ours(AuditStatus::Passed) => Ok(()),
            Verdict::NotYet => Err(not_approved(Text::fixed(
                "微信暂时没有给出该版本的审核结果",
                "WeChat does not show the approval of this version at the moment",
            ))),
            Verdict::Ours(_) | Verdict::SomebodyElses => {
                self.apply(held, latest.as_ref()).await?;
                Err(not_approved(Text::new(
                    format!("微信显示的最新审核是 {}", verdict::describe(latest.as_ref())),
                    format!("WeChat's latest is {}", verdict::describe(latest.as_ref())),
                )))
            }
        }
    }

    /// The reviewed version is online.
    pub(super) async fn released(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let now = held.now();
        let standing = held.change();
        standing.pending = None;
        standing.gray = None;
        let Some(review) = &mut standing.review else { return Ok(()) };
        review.enter(ReviewState::Released, None);
        standing.online = Some(Online {
            user_version: review.user_version.clone(),
            user_desc: review.user_desc.clone(),
            commit_id: review.commit_id.clone(),
            released_at: Some(now),
            app_version: None,
        });
        standing.online_known = true;
        let told = json!({
            "commit": review.commit_id,
            "user_version": review.user_version,
            "audit_id": review.audit_id,
        });
        held.save(vec![(kind::RELEASE_RELEASED, told)]).await
    }
}

/// The reviewed version went online, and may have been rolled back since.
fn still_online(standing: &Standing) -> Result<(), ReleaseError> {
    let is_there =
        standing.review.as_ref().zip(standing.online.as_ref()).is_some_and(|(review, online)| {
            let same_name =
                review.user_version == online.user_version && review.user_desc == online.user_desc;
            review.commit_id == online.commit_id && (review.commit_id.is_some() || same_name)
        });
    if is_there {
        return Ok(());
    }
    Err(ReleaseError::wrong_state(
        Text::fixed(
            "该版本发布后已被回退或被其他版本取代",
            "that version was online and is not any more",
        ),
        Text::fixed(
            "请重新提交审核，或回退到所需的历史版本",
            "submit it for review again, or roll back to the version that is wanted",
        ),
    ))
}

fn not_approved(state: Text) -> ReleaseError {
    ReleaseError::wrong_state(
        state,
        Text::fixed(
            "只能发布由本平台提交且已审核通过的版本；请先提交审核并等待通过",
            "only a version that was submitted here and approved can be released; submit it and \
             wait for the approval",
        ),
    )
}
