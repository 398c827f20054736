//! Measures `refresh` with a fleet of merchants.
//!
//! * `drain --merchants 100000 --binary target/release/refresh`: all of them due at once, renewed by
//!   the function's own binary in real time.
//! * `steady --merchants 100000 --hours 3`: the life that tokens have left when they are renewed,
//!   in virtual time.

mod drain;
mod fleet;
mod steady;
mod wechat;

use std::{error::Error, path::PathBuf, time::Duration};

use fleet::Size;

const USAGE: &str = "\
usage: processes drain  [--merchants N] [--latency MS] [--token-bytes N] --binary PATH
       processes steady [--merchants N] [--latency MS] [--token-bytes N] [--hours N]";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().ok_or(USAGE)?;
    let mut size =
        Size { merchants: 100_000, latency: Duration::from_millis(100), token_bytes: 157 };
    let (mut binary, mut hours) = (None, 3);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match name.as_str() {
            "--merchants" => size.merchants = value.parse()?,
            "--latency" => size.latency = Duration::from_millis(value.parse()?),
            "--token-bytes" => size.token_bytes = value.parse()?,
            "--hours" => hours = value.parse()?,
            "--binary" => binary = Some(PathBuf::from(value)),
            _ => return Err(USAGE.into()),
        }
    }
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build()?;
    match mode.as_str() {
        "drain" => runtime.block_on(drain::run(&binary.ok_or(USAGE)?, size)),
        "steady" => runtime.block_on(steady::run(size, hours)),
        _ => Err(USAGE.into()),
    }
}
