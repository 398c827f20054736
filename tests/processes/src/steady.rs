//! The steady state: hours of virtual time, a tick a minute, in this process.

use std::{error::Error, sync::Arc, time::Duration};

use jiff::Timestamp;
use platform::{clock::Clock, metric::Metrics, tokens::MINUTES};
use refresh::{App, tick};
use tokio::time::Instant;

use crate::fleet::{Fleet, Size};

/// How long a tick may begin something new: the function's timeout without its margin.
const TICK: Duration = Duration::from_secs(43);
const MINUTE: Duration = Duration::from_secs(60);

/// The time of day by Tokio's clock, which is paused and jumps to whatever is waited for.
struct Virtual {
    began: Instant,
    at: Timestamp,
}

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        self.at + self.began.elapsed()
    }
}

pub(crate) async fn run(size: Size, hours: u64) -> Result<(), Box<dyn Error>> {
    tokio::time::pause();
    let at = Timestamp::from_second(1_790_000_000)?;
    let fleet = Fleet::new(Arc::new(Virtual { began: Instant::now(), at }), size).await?;
    // Authorized at some time in the last 85 minutes.
    let cycle = MINUTES.unsigned_abs() as usize;
    fleet.authorize(|number| Duration::from_secs(7200) - MINUTE * (number % cycle) as u32)?;
    let app = App { platform: fleet.platform.clone(), metrics: Metrics::to(|_| {}) };

    let began = Instant::now();
    let settled = MINUTE * 2 * cycle as u32;
    let mut counted = false;
    let (mut longest, mut unfinished) = (Duration::ZERO, 0);
    while began.elapsed() < settled + Duration::from_secs(3600 * hours) {
        if !counted && began.elapsed() >= settled {
            // From here on it is the steady state.
            fleet.wechat.reset_tally();
            fleet.aws.dynamo().reset_meter();
            (longest, unfinished, counted) = (Duration::ZERO, 0, true);
        }
        let next = Instant::now() + MINUTE;
        let summary = tick(&app, TICK).await;
        longest =
            longest.max(MINUTE.saturating_sub(next.saturating_duration_since(Instant::now())));
        unfinished += summary.components.values().filter(|of| of.unfinished).count();
        tokio::time::sleep_until(next).await;
    }

    let mut tally = fleet.wechat.tally();
    tally.life_left.sort_unstable();
    // The life that all but so many thousandths had at least.
    let at_least = |thousandths: usize| {
        let place = tally.life_left.len() * thousandths / 1000;
        tally.life_left.get(place).copied().unwrap_or(0) as f64 / 60.0
    };
    println!("merchants         {}, {hours} h of virtual time", size.merchants);
    println!("renewed           {}, refused {}", tally.renewed, tally.refused);
    println!("longest tick      {:.1} s, {unfinished} unfinished", longest.as_secs_f64());
    println!(
        "life left         p50 {:.1} min, p99 {:.1} min, p99.9 {:.1} min, least {:.1} min",
        at_least(500),
        at_least(10),
        at_least(1),
        at_least(0)
    );
    fleet.print_units(tally.renewed);
    println!("lost              {}", fleet.lost().await?);
    Ok(())
}
