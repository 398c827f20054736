//! What can be done with a rollout, and the page that says, before it is done, to how many.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::Method;
use maud::html;
use platform::text::Text;

use super::{Whose, data::Progress};
use crate::{
    App,
    action::{Action, Field, Kind, Then},
    screens::Place,
    session::Role,
    shell,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
};

const WAVE: Text = Text::fixed("批次", "Wave");

static APPROVALS: [(&str, Text); 2] = [
    ("wave", Text::fixed("这一批可以开始", "the wave may begin")),
    ("release", Text::fixed("这一批审核通过的可以上线", "what is approved of it may go online")),
];

/// An action on a rollout as a whole, without fields.
const fn plain(
    name: &'static str,
    path: &'static str,
    title: Text,
    rule: Text,
    button: Text,
    done: Text,
    danger: bool,
) -> Action {
    Action {
        name,
        title,
        rule,
        button,
        done,
        least: Role::Releaser,
        danger,
        method: Method::POST,
        path,
        fields: &[],
        then: Then::Back,
    }
}

pub(in crate::screens) static ACTIONS: [Action; 10] = [
    Action {
        name: "start-rollout",
        title: Text::fixed("开始发布", "Start the rollout"),
        rule: Text::fixed(
            "按看到的方案开始；方案之后若有变化，会被拒绝",
            "starts the plan that you have seen; if it has changed since, it is refused",
        ),
        button: Text::fixed("开始", "Start"),
        done: Text::fixed("已开始，第一批正在进行", "Started; the first wave goes on"),
        least: Role::Releaser,
        danger: true,
        method: Method::POST,
        path: "components/{component}/rollouts/{id}/start",
        fields: &[Field::new(
            "plan_digest",
            Text::fixed("方案摘要", "Digest of the plan"),
            Kind::Line,
        )
        .required()],
        then: Then::Back,
    },
    plain(
        "pause-rollout",
        "components/{component}/rollouts/{id}/pause",
        Text::fixed("暂停", "Pause"),
        Text::fixed(
            "不再开始新的上传、提审和上线；已经在微信审核的继续审核",
            "nothing more is uploaded, submitted or released; what WeChat reviews stays there",
        ),
        Text::fixed("暂停", "Pause"),
        Text::fixed("已暂停", "Paused"),
        false,
    ),
    plain(
        "resume-rollout",
        "components/{component}/rollouts/{id}/resume",
        Text::fixed("继续", "Resume"),
        Text::fixed(
            "从暂停处继续；因失败率暂停的，不会再因同样的失败率停下",
            "goes on where it stopped; one that stopped for its failures does not stop for them again",
        ),
        Text::fixed("继续", "Resume"),
        Text::fixed("已继续", "It goes on"),
        false,
    ),
    plain(
        "abort-rollout",
        "components/{component}/rollouts/{id}/abort",
        Text::fixed("终止", "End it"),
        Text::fixed(
            "终止后不能恢复。已上线的保持上线，审核中的不再自动发布",
            "for good. What is online stays; what is in review is not released",
        ),
        Text::fixed("终止", "End it"),
        Text::fixed("已终止", "Ended"),
        true,
    ),
    Action {
        name: "approve-rollout",
        title: Text::fixed("放行", "Let it go on"),
        rule: Text::fixed(
            "同一个人重复放行只算一次；需要两人的，须由另一人再放行",
            "who says it twice counts once; where two people are asked, somebody else has to say it too",
        ),
        button: Text::fixed("放行", "Let it go on"),
        done: Text::fixed("已放行", "On record"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/rollouts/{id}/approvals",
        fields: &[
            Field::new("what", Text::fixed("放行什么", "What"), Kind::Choice(&APPROVALS))
                .required(),
            Field::new("wave", WAVE, Kind::Number).required(),
        ],
        then: Then::Back,
    },
    Action {
        name: "retry-group",
        title: Text::fixed("重试这一组", "Retry this group"),
        rule: Text::fixed(
            "用各商家现在的变量从头再来；一次最多 500 个，还有剩余时请再点一次",
            "from the beginning, with each merchant's variables as they are now; 500 at a time, so do it again where there are more",
        ),
        button: Text::fixed("重试", "Retry"),
        done: Text::fixed("已重新开始", "They are tried again"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/rollouts/{id}/retries",
        fields: &[
            Field::new("cause", Text::fixed("原因", "Cause"), Kind::Line)
            .hint(Text::fixed("留空则重试全部失败的", "empty for everything that failed")),
            Field::new(
                "submission.version_desc",
                Text::fixed("给审核人员的版本说明", "For the reviewer"),
                Kind::Prose,
            )
            .hint(Text::fixed(
                "留空则与原来提交的相同；填写后用它重新提审，最多 200 个字符",
                "empty for what was submitted; otherwise this is submitted instead, 200 characters at most",
            ))],
        then: Then::Back,
    },
    plain(
        "retry-target",
        "components/{component}/rollouts/{id}/targets/{appid}/retry",
        Text::fixed("重试", "Retry"),
        Text::fixed(
            "用商家现在的变量从头再来",
            "from the beginning, with the merchant's variables as they are now",
        ),
        Text::fixed("重试", "Retry"),
        Text::fixed("已重新开始", "It is tried again"),
        false,
    ),
    plain(
        "skip-target",
        "components/{component}/rollouts/{id}/targets/{appid}/skip",
        Text::fixed("跳过", "Skip"),
        Text::fixed(
            "这个小程序不再参与本次发布",
            "this mini program has no more part in the rollout",
        ),
        Text::fixed("跳过", "Skip"),
        Text::fixed("已跳过", "Left out"),
        false,
    ),
    plain(
        "roll-rollout-back",
        "components/{component}/rollouts/{id}/rollback",
        Text::fixed("全部回退", "Roll all back"),
        Text::fixed(
            "线上仍是本次版本的小程序退回原来的版本，用户立即看到旧版本；线上已换成别的版本的不动，并说明原因",
            "each mini program that still shows this version returns to the one that it had, for its users at once; the others keep theirs and say why",
        ),
        Text::fixed("回退", "Roll back"),
        Text::fixed("正在回退", "On its way back"),
        true,
    ),
    Action {
        name: "roll-wave-back",
        title: Text::fixed("回退一批", "Roll a wave back"),
        rule: Text::fixed(
            "只回退这一批：线上仍是本次版本的小程序退回原来的版本，用户立即看到旧版本",
            "this wave alone: each mini program that still shows this version returns to the one that it had, for its users at once",
        ),
        button: Text::fixed("回退这一批", "Roll it back"),
        done: Text::fixed("正在回退", "On its way back"),
        least: Role::Releaser,
        danger: true,
        method: Method::POST,
        path: "components/{component}/rollouts/{id}/rollback",
        fields: &[Field::new("wave", WAVE, Kind::Number).required()],
        then: Then::Back,
    },
];

/// The action of this name.
pub(super) fn action(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.name == name)
}

/// `GET …/rollouts/{id}/confirm?action=…&wave=…`: what it would do now, and to how many.
pub(in crate::screens) async fn confirm(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let action = action(query.text("action")).ok_or(Trouble::NoSuchPage)?;
    let progress: Progress = app.api.get(&signed.caller, &whose.path(&[]), &[]).await?;
    let wave = query.get("wave").and_then(|wave| wave.parse::<usize>().ok());
    let told = told(action.name, &progress, wave);
    let address = whose.address("");
    let there = Signed { here: address.clone(), ..signed.clone() };
    let mut known = whose.known().to_vec();
    known.extend(query.0.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let content = html! {
        p.way { a href=(address) { "‹ " (progress.rollout.name) } }
        h1 { (action.title.read(language)) }
        p.version { (told.read(language)) }
        (action.form(&app, &there, &known))
    };
    Ok(shell::page(&app, &signed, Some(Place::Rollouts), &action.title, content).await)
}

/// What an action does, and to how many.
fn told(name: &str, progress: &Progress, wave: Option<usize>) -> Text {
    let version = &progress.rollout.user_version;
    let of_wave = wave.and_then(|wave| progress.waves.iter().find(|known| known.wave == wave));
    let count = of_wave.map_or(&progress.total, |wave| &wave.count);
    let released = count.of("released");
    let open = count.size.saturating_sub(count.through);
    let wave = wave.unwrap_or_default();
    match name {
        "roll-rollout-back" => Text::new(
            format!("将回退 {released} 个已上线 {version} 的小程序"),
            format!("{released} mini programs that have {version} online go back"),
        ),
        "roll-wave-back" => Text::new(
            format!("将回退第 {wave} 批中 {released} 个已上线 {version} 的小程序"),
            format!("{released} mini programs of wave {wave} that have {version} online go back"),
        ),
        "abort-rollout" => Text::new(
            format!("{open} 个还没有结果的小程序将不再继续，{released} 个已上线的不变"),
            format!("{open} mini programs go no further; {released} stay online"),
        ),
        "pause-rollout" => Text::new(
            format!("{open} 个还没有结果的小程序停在原处"),
            format!("{open} mini programs stop where they are"),
        ),
        "resume-rollout" => Text::new(
            format!("{open} 个小程序继续，其中 {} 个在审核", count.of("in-review")),
            format!("{open} mini programs go on, {} of them in review", count.of("in-review")),
        ),
        "approve-rollout" => Text::new(
            format!("第 {wave} 批，{} 个小程序", count.size),
            format!("wave {wave}: {} mini programs", count.size),
        ),
        _ => Text::new(
            format!("失败和被驳回的共 {} 个", count.failed),
            format!("{} failed or were rejected", count.failed),
        ),
    }
}
