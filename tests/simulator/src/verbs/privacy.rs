//! WeChat's reviewers decide about interfaces that were applied for.

use serde::{Deserialize, Serialize};

use super::{VerbError, known, review::REVIEWERS};
use crate::{
    Simulator,
    push::{Delivery, Tweaks, compose, node, xml_around},
    server::Inner,
    state::ApplicationStatus,
    verbs::Target,
};

/// What the reviewers have to say about an application for an interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrivacyVerdict {
    /// The mini program.
    pub appid: String,
    /// The interface, such as `wx.choosePoi`.
    pub api_name: String,
    /// Whether it may be used from now on.
    pub granted: bool,
    /// Why not.
    pub reason: String,
    /// Push nothing, so that only asking tells.
    pub silent: bool,
}

/// What came of a verdict about an interface.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PrivacyReviewed {
    /// The application it was about.
    pub audit_id: i64,
    /// What came of the push, if there was one.
    pub push: Option<Delivery>,
}

impl Simulator {
    /// An open application for an interface is decided; an error if there is none.
    pub async fn decide_privacy_interface(
        &self,
        verdict: PrivacyVerdict,
    ) -> Result<PrivacyReviewed, VerbError> {
        decide(&self.inner, verdict).await
    }
}

pub(super) async fn decide(
    inner: &Inner,
    verdict: PrivacyVerdict,
) -> Result<PrivacyReviewed, VerbError> {
    let (audit_id, outgoing) = inner.change(|world, now| {
        known(world, &verdict.appid)?;
        let merchant = world.merchant(&verdict.appid);
        let user_name = merchant.account.user_name.clone();
        let open = merchant.privacy.interfaces.get_mut(&verdict.api_name);
        let Some(application) = open.filter(|it| it.status == ApplicationStatus::Applying) else {
            return Err(VerbError::new(format!("{} has not applied for it", verdict.appid)));
        };
        application.status = match verdict.granted {
            true => ApplicationStatus::Granted,
            false => ApplicationStatus::Failed,
        };
        application.reason.clone_from(&verdict.reason);
        let application = application.clone();
        if verdict.granted {
            // The detection finds it without permission no longer.
            let bare = verdict.api_name.trim_start_matches("wx.");
            let others = |name: &String| name.trim_start_matches("wx.") != bare;
            merchant.interfaces_without_auth.retain(others);
            if let Some(trial) = &mut merchant.trial {
                trial.without_auth.retain(others);
            }
        }
        let result = node(
            "result_info",
            &[
                ("api_name", &verdict.api_name),
                ("apply_time", &application.applied.to_string()),
                ("audit_id", &application.audit_id.to_string()),
                ("audit_time", &now.to_string()),
                ("reason", &verdict.reason),
                ("status", if verdict.granted { "3" } else { "2" }),
            ],
        );
        let message = xml_around(
            &[
                ("ToUserName", &user_name),
                ("FromUserName", REVIEWERS),
                ("CreateTime", &now.to_string()),
                ("MsgType", "event"),
                ("Event", "wxa_privacy_apply"),
            ],
            &result,
        );
        let to = Target::Messages { appid: verdict.appid.clone() };
        let component = &application.component;
        let outgoing = compose(world, now, component, &to, &message, &Tweaks::default())?;
        Ok((application.audit_id, outgoing))
    })?;
    let push = match verdict.silent {
        true => None,
        false => Some(inner.deliver(outgoing).await),
    };
    Ok(PrivacyReviewed { audit_id, push })
}
