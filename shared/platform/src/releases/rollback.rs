//! Going back to a version that was online before. `revertcoderelease` is a GET that changes what
//! users see, and WeChat repeats nothing for us: the version is always named, and the call is made
//! once.

use serde::Serialize;
use serde_json::json;
use wechat::{
    AppId,
    endpoint::{
        GetHistoryVersion, GetVersionInfoResponse, HistoryVersion, OnlineVersion,
        RevertCodeRelease, TrialVersion,
    },
};

use super::{
    Online, ReleaseError, Releases, Standing,
    attempt::Attempt,
    gray,
    lease::Held,
    record::{Action, marker},
};
use crate::{call::CallError, event::kind, text::Text};

/// A gray release runs.
const GRAY_RELEASE: i64 = 87_011;
/// There is nothing to go back to, or that version cannot be gone back to.
const IMPOSSIBLE: i64 = 87_012;

/// What WeChat shows of a mini program's versions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Versions {
    /// On trial.
    pub trial: Option<TrialVersion>,
    /// Online.
    pub online: Option<OnlineVersion>,
    /// What can be gone back to, as WeChat orders it.
    pub history: Vec<HistoryVersion>,
}

impl Releases {
    /// Asks WeChat for the versions on trial and online, and those that can be gone back to.
    pub async fn versions(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Versions, ReleaseError> {
        let shown = wechat::endpoint::GetVersionInfo {};
        let (shown, history) = tokio::join!(
            self.caller.merchant(component, appid, &shown),
            self.caller.merchant(component, appid, &GetHistoryVersion {}),
        );
        let history = match history {
            Ok(history) => history.version_list,
            Err(error) if error.errcode() == Some(IMPOSSIBLE) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let GetVersionInfoResponse { exp_info, release_info, .. } = shown?;
        Ok(Versions { trial: exp_info, online: release_info, history })
    }

    /// Puts the version `app_version` of [`Versions::history`] online again. If it is online
    /// already, nothing is done.
    ///
    /// If WeChat does not say what became of it, the answer shows it as pending.
    pub async fn rollback(
        &self,
        component: &AppId,
        appid: &AppId,
        app_version: i64,
    ) -> Result<Standing, ReleaseError> {
        self.authorized(component, appid).await?;
        let mut held = self.hold(component, appid).await?;
        let result = self.rollback_held(&mut held, app_version).await;
        held.let_go(result).await
    }

    async fn rollback_held(
        &self,
        held: &mut Held<'_>,
        app_version: i64,
    ) -> Result<(), ReleaseError> {
        self.settled(held).await?;
        self.no_gray_release(held).await?;
        let shown = self.shown_versions(held).await?;
        self.note_differences(held, &shown).await?;
        let online = held.standing().online.as_ref();
        if online.is_some_and(|online| online.app_version == Some(app_version)) {
            return Ok(());
        }
        let history = self.ask(held, &GetHistoryVersion {}).await.map_err(explain)?;
        let target =
            history.version_list.into_iter().find(|version| version.app_version == app_version);
        let Some(target) = target else {
            return Err(ReleaseError::invalid(
                "/app_version",
                "不在可回退的版本列表中；请先查询历史版本",
                "is not among the versions that can be gone back to; look at the versions first",
            ));
        };
        let HistoryVersion { user_version, user_desc, .. } = target;
        let before = shown.release_info.as_ref();
        let intent = Action::Rollback {
            app_version,
            user_version: user_version.clone(),
            user_desc: user_desc.clone(),
            by_name: before.is_none_or(|online| {
                online.release_version != user_version || online.release_desc != user_desc
            }),
            release_time_before: before.and_then(|online| online.release_time),
        };
        self.begin(held, intent).await?;
        match self.attempt(held, &RevertCodeRelease { app_version: Some(app_version) }).await {
            Attempt::Done(()) => self.rolled_back(held, app_version, user_version, user_desc).await,
            Attempt::Unknown => self.find_out(held).await,
            Attempt::Refused(error) => {
                self.drop_intent(held).await?;
                Err(explain(error))
            }
        }
    }

    /// The earlier version is online.
    pub(super) async fn rolled_back(
        &self,
        held: &mut Held<'_>,
        app_version: i64,
        user_version: String,
        user_desc: String,
    ) -> Result<(), ReleaseError> {
        let now = held.now();
        let from = held.standing().online.as_ref().map(|online| online.user_version.clone());
        let told = json!({"app_version": app_version, "user_version": user_version, "from": from});
        let standing = held.change();
        standing.pending = None;
        standing.online = Some(Online {
            commit_id: commit_id(&user_desc),
            user_version,
            user_desc,
            released_at: Some(now),
            app_version: Some(app_version),
        });
        standing.online_known = true;
        held.save(vec![(kind::RELEASE_ROLLED_BACK, told)]).await
    }
}

/// Our own name of a version, out of the marker in its description.
pub(super) fn commit_id(user_desc: &str) -> Option<String> {
    let (_, after) = user_desc.rsplit_once("[wf:")?;
    let (commit_id, _) = after.split_once(']')?;
    user_desc.ends_with(&marker(commit_id)).then(|| commit_id.to_owned())
}

fn explain(error: CallError) -> ReleaseError {
    match error.errcode() {
        Some(GRAY_RELEASE) => gray::running(None),
        Some(IMPOSSIBLE) => ReleaseError::wrong_state(
            Text::fixed(
                "该版本不能回退：没有更早的线上版本，或该版本已经回退过",
                "WeChat cannot go back to it: there is no earlier version, or it was rolled back \
                 before",
            ),
            Text::fixed(
                "请选择其他历史版本，或重新提交代码并送审",
                "choose another version, or commit and submit again",
            ),
        ),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_ours_is_known_by_its_description() {
        assert_eq!(commit_id("summer [wf:0a1b2c3d]").as_deref(), Some("0a1b2c3d"));
        assert_eq!(commit_id("by hand"), None);
        assert_eq!(commit_id("[wf:0a1b2c3d] and more"), None);
    }
}
