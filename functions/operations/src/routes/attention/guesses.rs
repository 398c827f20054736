//! Keys that somebody guesses at.

use jiff::Timestamp;
use platform::{operators::Locked, text::Text};

use super::{Finding, Severity};
use crate::{App, problem::Problem};

/// Keys that were guessed at from very many networks in the last day. Names none of them: whoever looks at
/// this need not be allowed to look at keys.
pub(super) async fn at_keys(app: &App) -> Result<Option<Finding>, Problem> {
    let mut attacked = app.operators.lock_outs().await?;
    attacked.retain(|lock_out| lock_out.locked == Locked::Everywhere);
    let Some(since) = attacked.iter().map(|lock_out| lock_out.since).min() else { return Ok(None) };
    let count = attacked.len();
    let mut finding = Finding::new("keys-under-attack", Severity::Warning)
        .text(Text::new(
            format!("24 小时内有人从大量网络猜测 {count} 个密钥，尚未得手"),
            format!("somebody guessed at {count} keys from very many networks in the last day, in vain"),
        ))
        .what_to_do(Text::fixed(
            "猜中的可能为零，持有者不受影响；但密钥的编号已被外人知道：请管理员换一把新的，并吊销旧的",
            "nobody guesses a secret, and its owner is not kept out; but a stranger knows the key's id: have \
             an administrator replace it, and revoke the old one",
        ))
        .requests(&["GET /v1/keys", "POST /v1/keys", "DELETE /v1/keys/{id}"]);
    finding.since = Timestamp::from_second(since).ok();
    finding.count = Some(count);
    Ok(Some(finding))
}
