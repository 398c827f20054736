//! Releasing to a part of the users first (分阶段发布): the approved version is given to so many of a
//! hundred users, to more of them, and at last to all by a [release](super::Releases::release), or
//! taken back from them. While it runs nothing can be committed or rolled back.
//!
//! The part can only grow, so that an order whose outcome is unknown shows in WeChat's plan: it is
//! as large as was ordered, or nothing happened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use wechat::{
    AppId,
    endpoint::{
        GetGrayReleasePlan, GrayRelease, GrayReleasePlan, GrayReleaseStatus, RevertGrayRelease,
    },
};

use super::{
    ReleaseError, Releases, ReviewState, Standing, attempt::Attempt, lease::Held, record::Action,
    verdict,
};
use crate::{call::CallError, event::kind, fault::Faults, text::Text};

/// A part of the users that is to have the approved version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// So many of a hundred users, 0 to 100; 0 only with one of the two below.
    pub percentage: u8,
    /// The project's members have it first.
    pub members_first: bool,
    /// The testers have it first.
    pub testers_first: bool,
}

/// A gray release that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gray {
    /// Who has the version.
    pub part: Part,
    /// When it began.
    pub since: Timestamp,
    /// When the part was made larger last.
    pub changed_at: Timestamp,
}

impl Releases {
    /// What WeChat shows of the gray release; the last one where none is running, none before the
    /// first. Changes nothing.
    pub async fn gray_plan(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<GrayReleasePlan>, ReleaseError> {
        let answer = self.caller.merchant(component, appid, &GetGrayReleasePlan {}).await?;
        Ok(answer.gray_release_plan.filter(|plan| plan.status != GrayReleaseStatus::Initial))
    }

    /// Gives the approved version to a part of the users, or to a larger one. The part that has it
    /// already is left alone; a smaller one is refused. With a hundred of a hundred the version is
    /// online.
    ///
    /// If WeChat does not say what became of it, the answer shows it as pending.
    pub async fn gray_release(
        &self,
        component: &AppId,
        appid: &AppId,
        part: Part,
    ) -> Result<Standing, ReleaseError> {
        part.check()?;
        self.authorized(component, appid).await?;
        let mut held = self.hold(component, appid).await?;
        let result = self.gray_held(&mut held, part).await;
        held.let_go(result).await
    }

    /// Takes the version back from the part of the users that has it.
    pub async fn revert_gray_release(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Standing, ReleaseError> {
        self.authorized(component, appid).await?;
        let mut held = self.hold(component, appid).await?;
        let result = self.revert_gray_held(&mut held).await;
        held.let_go(result).await
    }

    async fn gray_held(&self, held: &mut Held<'_>, part: Part) -> Result<(), ReleaseError> {
        self.settled(held).await?;
        self.must_be_approved(held).await?;
        self.follow_plan(held).await?;
        if held.standing().review_state() == Some(ReviewState::Released) {
            // Everybody has it: somebody finished it in WeChat's console.
            return Ok(());
        }
        if let Some(gray) = &held.standing().gray {
            if gray.part == part {
                return Ok(());
            }
            if gray.part.percentage >= part.percentage {
                return Err(ReleaseError::wrong_state(
                    Text::new(
                        format!("已向 {}% 的用户发布", gray.part.percentage),
                        format!("{} % of the users have it already", gray.part.percentage),
                    ),
                    Text::fixed(
                        "比例只能增大；需要缩小时请取消分阶段发布",
                        "the part can only grow; to make it smaller, revert the gray release",
                    ),
                ));
            }
        } else if self.shown_versions(held).await?.release_info.is_none() {
            return Err(ReleaseError::wrong_state(
                Text::fixed("小程序还没有线上版本", "nothing of the mini program is online yet"),
                Text::fixed(
                    "首个版本请直接全量发布，之后的版本才能分阶段发布",
                    "release the first version to everybody; later ones can go to a part first",
                ),
            ));
        }
        self.begin(held, Action::Gray(part)).await?;
        let request = GrayRelease {
            gray_percentage: part.percentage,
            support_debugger_first: Some(part.members_first),
            support_experiencer_first: Some(part.testers_first),
        };
        match self.attempt(held, &request).await {
            Attempt::Done(()) => self.grayed(held, part).await,
            Attempt::Unknown => self.find_out(held).await,
            Attempt::Refused(error) => {
                self.drop_intent(held).await?;
                Err(error.into())
            }
        }
    }

    async fn revert_gray_held(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        self.settled(held).await?;
        self.follow_plan(held).await?;
        if held.standing().gray.is_none() {
            return Err(ReleaseError::wrong_state(
                Text::fixed("没有正在进行的分阶段发布", "no gray release is running"),
                Text::fixed("没有可取消的分阶段发布", "there is nothing to revert"),
            ));
        }
        self.begin(held, Action::RevertGray).await?;
        match self.attempt(held, &RevertGrayRelease {}).await {
            Attempt::Done(()) => self.gray_reverted(held).await,
            Attempt::Unknown => self.find_out(held).await,
            Attempt::Refused(error) => {
                self.drop_intent(held).await?;
                Err(error.into())
            }
        }
    }

    /// The part of the users has it. A hundred of a hundred are everybody.
    async fn grayed(&self, held: &mut Held<'_>, part: Part) -> Result<(), ReleaseError> {
        if part.percentage == 100 {
            let shown = self.shown_versions(held).await?;
            let review = held.standing().review.as_ref();
            if review.is_some_and(|it| verdict::is_online(it, shown.release_info.as_ref())) {
                return self.released(held).await;
            }
        }
        let now = held.now();
        let standing = held.change();
        standing.pending = None;
        let since = standing.gray.as_ref().map_or(now, |gray| gray.since);
        standing.gray = Some(Gray { part, since, changed_at: now });
        let told = json!({
            "commit": standing.review.as_ref().map(|review| &review.commit_id),
            "user_version": standing.review.as_ref().map(|review| &review.user_version),
            "percentage": part.percentage,
            "members_first": part.members_first,
            "testers_first": part.testers_first,
        });
        held.save(vec![(kind::RELEASE_GRAY, told)]).await
    }

    /// Nobody has it any more.
    async fn gray_reverted(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let standing = held.change();
        standing.pending = None;
        let gray = standing.gray.take();
        let told = json!({
            "user_version": standing.review.as_ref().map(|review| &review.user_version),
            "percentage": gray.map(|gray| gray.part.percentage),
        });
        held.save(vec![(kind::RELEASE_GRAY_REVERTED, told)]).await
    }

    /// Takes over what WeChat shows of a gray release: somebody may have made it larger, reverted
    /// or finished it in WeChat's console.
    pub(super) async fn follow_plan(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let plan = self.shown_plan(held).await?;
        let running = plan.as_ref().filter(|plan| plan.is_running());
        let known = held.standing().gray.as_ref().map(|gray| gray.part);
        match (known, running.map(Part::shown)) {
            (Some(_), None) => {
                let done = plan.is_some_and(|plan| plan.status == GrayReleaseStatus::Done);
                if done { self.gray_finished(held).await } else { self.gray_reverted(held).await }
            }
            (known, Some(shown)) if known != Some(shown) => self.grayed(held, shown).await,
            _ => Ok(()),
        }
    }

    /// WeChat says that everybody has it.
    async fn gray_finished(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let shown = self.shown_versions(held).await?;
        let review = held.standing().review.as_ref();
        if review.is_some_and(|it| verdict::is_online(it, shown.release_info.as_ref())) {
            return self.released(held).await;
        }
        held.change().gray = None;
        held.save(Vec::new()).await
    }

    /// Refuses what cannot be done while a gray release runs. WeChat is asked whether it still does.
    pub(super) async fn no_gray_release(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        if held.standing().gray.is_some() {
            self.follow_plan(held).await?;
        }
        match &held.standing().gray {
            Some(gray) => Err(running(Some(gray.part.percentage))),
            None => Ok(()),
        }
    }

    /// What became of an order to release to a part of the users. True if that is known.
    pub(super) async fn settle_gray(
        &self,
        held: &mut Held<'_>,
        part: Part,
    ) -> Result<bool, ReleaseError> {
        let Some(plan) = self.shown_plan(held).await? else { return Ok(false) };
        let is_there = match plan.status {
            GrayReleaseStatus::Running | GrayReleaseStatus::Paused => {
                Part::shown(&plan).percentage >= part.percentage
            }
            // An earlier plan is done too: only one of everybody can be this one.
            GrayReleaseStatus::Done => part.percentage == 100,
            _ => false,
        };
        if is_there {
            self.grayed(held, part).await?;
        }
        Ok(is_there)
    }

    /// What became of an order to take it back. True if that is known.
    pub(super) async fn settle_revert_gray(
        &self,
        held: &mut Held<'_>,
    ) -> Result<bool, ReleaseError> {
        let running = self.shown_plan(held).await?.is_some_and(|plan| plan.is_running());
        if !running {
            self.gray_reverted(held).await?;
        }
        Ok(!running)
    }

    async fn shown_plan(&self, held: &Held<'_>) -> Result<Option<GrayReleasePlan>, CallError> {
        let answer = self.ask(held, &GetGrayReleasePlan {}).await?;
        Ok(answer.gray_release_plan.filter(|plan| plan.status != GrayReleaseStatus::Initial))
    }
}

impl Part {
    fn check(self) -> Result<(), ReleaseError> {
        let mut faults = Faults::new();
        faults.unless(
            self.percentage <= 100,
            "/percentage",
            "应为 0 至 100 的整数",
            "is a whole number from 0 to 100",
        );
        faults.unless(
            self.percentage > 0 || self.members_first || self.testers_first,
            "/percentage",
            "为 0 时须选择项目成员或体验者优先",
            "goes with members_first or testers_first where it is 0",
        );
        faults.into_result()
    }

    fn shown(plan: &GrayReleasePlan) -> Self {
        let percentage = plan.gray_percentage.unwrap_or_default().clamp(0, 100);
        Part {
            percentage: u8::try_from(percentage).unwrap_or(100),
            members_first: plan.support_debugger_first.unwrap_or_default(),
            testers_first: plan.support_experiencer_first.unwrap_or_default(),
        }
    }
}

/// A gray release stands in the way.
pub(super) fn running(percentage: Option<u8>) -> ReleaseError {
    let state = match percentage {
        Some(percentage) => Text::new(
            format!("小程序正在分阶段发布，已发布到 {percentage}% 的用户"),
            format!("a gray release is running, at {percentage} % of the users"),
        ),
        None => Text::fixed("小程序正在分阶段发布", "a gray release is running"),
    };
    let what_to_do = Text::fixed(
        "请先全量发布，或取消分阶段发布",
        "release the version to everybody, or revert the gray release first",
    );
    ReleaseError::wrong_state(state, what_to_do)
}
