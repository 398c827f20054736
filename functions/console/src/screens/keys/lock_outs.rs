//! Lock-outs after wrong secrets, where there were any in the last day.

use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use crate::pieces;

/// A lock-out.
#[derive(Deserialize)]
pub(super) struct LockOut {
    locked: String,
    key_id: Option<String>,
    network: Option<String>,
    since: String,
    last: String,
}

const TITLE: Text = Text::fixed("24 小时内的锁定", "Lock-outs in the last day");
const ABOUT: Text = Text::fixed(
    "锁定会在一刻钟内自动解除。若是自己的系统用错了密钥，改正即可；若有人从大量网络猜测某个密钥，请换一把新的并吊销它。",
    "A lock ends by itself within a quarter of an hour. A system of your own with a wrong key is corrected; a key that somebody guesses at from many networks is replaced and revoked.",
);

/// Nothing where there were none.
pub(super) fn section(lock_outs: &[LockOut], language: Language) -> Markup {
    html! {
        @if !lock_outs.is_empty() {
            section.card {
                h2 { (TITLE.read(language)) }
                p.small { (ABOUT.read(language)) }
                div.table { table {
                    thead { tr {
                        th scope="col" { (Text::fixed("锁定", "What").read(language)) }
                        th scope="col" { (Text::fixed("密钥", "Key").read(language)) }
                        th scope="col" { (Text::fixed("来源", "From").read(language)) }
                        th scope="col" { (Text::fixed("首次", "First").read(language)) }
                        th scope="col" { (Text::fixed("最近", "Last").read(language)) }
                    } }
                    tbody { @for lock_out in lock_outs { tr {
                        th scope="row" { (what(lock_out).read(language)) }
                        td { @if let Some(key) = &lock_out.key_id { code.small { (key) } } }
                        td { @if let Some(network) = &lock_out.network { code.small { (network) } } }
                        td { (pieces::time(&lock_out.since)) }
                        td { (pieces::time(&lock_out.last)) }
                    } } }
                } }
            }
        }
    }
}

fn what(lock_out: &LockOut) -> Text {
    match &*lock_out.locked {
        "everywhere" => Text::fixed("被从大量网络猜测", "guessed at from many networks"),
        "network" => Text::fixed("该来源的所有密钥", "every key from there"),
        _ => Text::fixed("该来源的这个密钥", "this key from there"),
    }
}
