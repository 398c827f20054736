//! The clock: each minute, for each component, what time itself asks for.
//!
//! The ticket is asked for when it is old; the component's token and the merchants' tokens are
//! renewed ahead of expiry; releases, registrations and records that wait are looked after; what was
//! left in the inbox and in the outbox is told again; deliveries to webhooks and steps of rollouts
//! are handed over when they are due; what is over of the audit log is chained; at night the
//! fleet is compared with WeChat, and the audit log with its chain. Ticks may overlap and may be missed:
//! every step is safe to repeat, and the next tick makes up for one that did not come.

mod audit;
mod component;
mod endings;
mod leftovers;
mod nightly;
mod records;

use std::{collections::BTreeMap, time::Duration};

use platform::{AppId, Platform, metric::Metrics, tokens::Share};
use serde::Serialize;
use tokio::{task::JoinSet, time::Instant};
use tracing::Instrument;

pub use self::{audit::Audit, leftovers::Leftovers, nightly::Nightly};

/// Calls to WeChat for merchants' tokens under way at once, for all components together.
const AT_ONCE: usize = 64;

/// What `refresh` needs.
#[derive(Clone)]
pub struct App {
    /// The platform.
    pub platform: Platform,
    /// Counts what went wrong.
    pub metrics: Metrics,
}

/// What one tick did.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// By component.
    pub components: BTreeMap<AppId, ComponentSummary>,
    /// What concerns no component in particular.
    #[serde(flatten)]
    pub leftovers: Leftovers,
    /// What takes longer than a tick.
    #[serde(flatten)]
    pub nightly: Nightly,
    /// The audit log.
    #[serde(flatten)]
    pub audit: Audit,
    /// Steps that failed, in words.
    pub failed: Vec<String>,
}

/// What one tick did for one component.
#[derive(Debug, Default, Serialize)]
pub struct ComponentSummary {
    /// Age of the newest ticket in seconds; none if there is no ticket.
    pub ticket_age: Option<i64>,
    /// The merchants' tokens.
    pub renewed: usize,
    /// Tokens that could not be renewed.
    pub failed: usize,
    /// Time ran out; the next tick goes on.
    pub unfinished: bool,
    /// WeChat refuses the component as a whole, and is asked once an interval.
    pub halted: bool,
    /// Steps that failed, on their way to [`Summary::failed`].
    #[serde(skip)]
    errors: Vec<String>,
}

impl App {
    /// Everything that is needed is in the platform.
    pub fn new(platform: Platform) -> Self {
        App { platform, metrics: Metrics::to_standard_output() }
    }
}

/// Does what is due, and begins nothing new after `time`. Components are kept side by side, so
/// that none waits for another.
pub async fn tick(app: &App, time: Duration) -> Summary {
    let until = Instant::now() + time;
    let mut summary = Summary::default();
    let known = app.platform.secrets.fresh().await;
    for disabled in &known.disabled {
        app.metrics.count(
            app.platform.clock.now(),
            "DisabledComponents",
            ("Component", &disabled.entry),
            1,
        );
    }
    let share = Share::new(AT_ONCE);
    let mut keeping = JoinSet::new();
    for component in known.components.keys() {
        let (app, component, part) = (app.clone(), component.clone(), share.part());
        let kept = async move {
            let summary = component::keep(&app, &component, part, until).await;
            (component, summary)
        };
        // Its lines belong to the function's request.
        keeping.spawn(kept.in_current_span());
    }
    let components: Vec<AppId> = known.components.keys().cloned().collect();
    summary.audit = audit::look_after(app, until).await;
    (summary.leftovers, summary.nightly) =
        tokio::join!(leftovers::take_up(app, until), nightly::go_on(app, &components, until));
    for failed in [
        &mut summary.leftovers.failed,
        &mut summary.nightly.failed,
        &mut summary.audit.failed,
        &mut endings::count(app, &components).await,
    ] {
        summary.failed.append(failed);
    }
    while let Some(kept) = keeping.join_next().await {
        match kept {
            Ok((component, mut of_component)) => {
                summary.failed.append(&mut of_component.errors);
                summary.components.insert(component, of_component);
            }
            Err(panic) => summary.failed.push(format!("a component: {panic}")),
        }
    }
    for failure in &summary.failed {
        tracing::warn!(failure, "a step of the tick failed");
    }
    tracing::info!(
        components = summary.components.len(),
        renewed = summary.components.values().map(|component| component.renewed).sum::<usize>(),
        published = summary.leftovers.published,
        releases = summary.leftovers.releases,
        registrations = summary.leftovers.registrations,
        profiles = summary.leftovers.profiles,
        records = summary.leftovers.records,
        announced = summary.leftovers.announced,
        deliveries = summary.leftovers.deliveries,
        rollouts = summary.leftovers.rollouts,
        approvals = summary.leftovers.approvals,
        chained = summary.audit.chained,
        anchored = summary.audit.anchored,
        verified_hours = summary.audit.verified_hours,
        reconciliations = summary.nightly.reconciliations,
        checked = summary.nightly.checked,
        asked_for_punishments = summary.nightly.asked_for_punishments,
        failed = summary.failed.len(),
        "tick"
    );
    summary
}
