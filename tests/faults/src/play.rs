//! What people, WeChat and the clock do in a schedule.

use std::{sync::Arc, time::Duration};

use platform::releases::{NewTrial, Submission};
use serde_json::json;
use simulator::{
    Authorize, Delivery, Expire, Expiring, Message, Push, Revoke, Target, Verdict, Via,
};
use wechat::endpoint::{GetAccountBasicInfo, GetTemplateList};

use crate::{
    path,
    plan::{Operation, Service, Step},
    setup::{appid_of_component, merchant},
    truth::{Acknowledged, Then},
    world::{Limit, Sending, World, component, component_with_next_keys},
};

/// A tick begins nothing new after this long.
const TICK: Duration = Duration::from_secs(45);

impl World {
    /// Does one step.
    pub(crate) async fn play(self: Arc<Self>, step: Step) {
        let node = step.node;
        match step.what {
            Operation::Tick => self.tick(node).await,
            Operation::Ticket(copies) => self.push_ticket(copies.saturating_sub(1)).await,
            Operation::OlderTicket => self.push_older_ticket().await,
            Operation::Authorize { merchant: place, redirect, copies, late } => {
                self.authorize(&merchant(place), redirect, copies, late).await;
            }
            Operation::Revoke { merchant: place, copies, late } => {
                self.revoke(&merchant(place), copies, late).await;
            }
            Operation::Message { merchant: place, copies } => {
                self.write_to(&merchant(place), copies).await;
            }
            Operation::Poison => self.push_poison().await,
            Operation::Call(place) => {
                let appid = merchant(place).parse().expect("an appid");
                self.on(node, Limit::OPERATIONS, async move |process| {
                    let component = appid_of_component();
                    let caller = &process.platform.caller;
                    // Whether it succeeds is not the point: it must do no harm.
                    let _ = caller.merchant(&component, &appid, &GetAccountBasicInfo {}).await;
                })
                .await;
            }
            Operation::Commit(place) => self.commit(node, place).await,
            Operation::Submit(place) => {
                let appid = merchant(place).parse().expect("an appid");
                self.on(node, Limit::OPERATIONS, async move |process| {
                    let releases = &process.platform.releases;
                    let order = Submission::default();
                    let _ = releases.submit(&appid_of_component(), &appid, &order).await;
                })
                .await;
            }
            Operation::Approve { merchant: place, silent } => {
                let appid = merchant(place);
                let verdict = Verdict { silent, ..Verdict::on(&appid) };
                // It may be released before the reviewers hear that their push arrived.
                let before = self.state().truth.allow(&appid, path::RELEASE);
                if self.simulator().approve(verdict).await.is_err() {
                    self.state().truth.disallow(&appid, path::RELEASE, before);
                }
            }
            Operation::Reject(place) => {
                let appid = merchant(place);
                if self.simulator().reject(Verdict::on(&appid)).await.is_ok() {
                    self.state().truth.allow(&appid, path::SUBMIT);
                }
            }
            Operation::Release(place) => {
                let appid = merchant(place).parse().expect("an appid");
                self.on(node, Limit::OPERATIONS, async move |process| {
                    let _ = process.platform.releases.release(&appid_of_component(), &appid).await;
                })
                .await;
            }
            Operation::RollBack(place) => {
                // What was rolled back may be submitted again.
                self.state().truth.allow(&merchant(place), path::SUBMIT);
                let appid = merchant(place).parse().expect("an appid");
                self.on(node, Limit::OPERATIONS, async move |process| {
                    let (releases, component) = (&process.platform.releases, appid_of_component());
                    let versions = releases.versions(&component, &appid).await.ok()?;
                    let before = versions.history.first()?.app_version;
                    releases.rollback(&component, &appid, before).await.ok()
                })
                .await;
            }
            Operation::ExchangeRefreshToken(place) => {
                let _ = self.simulator().invalidate_refresh_token(&merchant(place));
                self.injected();
            }
            Operation::ExpireToken(place) => {
                let expire = Expire::of(Expiring::AuthorizerTokens, merchant(place));
                let _ = self.simulator().expire(expire);
                self.injected();
            }
            Operation::ExpireComponentToken => {
                let _ = self.simulator().expire(Expire::new(Expiring::ComponentTokens));
                self.injected();
            }
            Operation::RefuseAddress(refused) => {
                self.simulator().refuse_address(refused);
                self.injected();
            }
            Operation::AnnounceKeys => {
                self.state().keys.announced = true;
                self.injected();
            }
            Operation::ExchangeKeys => {
                let _ = self.simulator().set_component(component_with_next_keys());
                self.injected();
            }
            Operation::BackUp => {
                let mut state = self.state();
                state.backup = Some(state.tables.snapshot());
            }
            Operation::Restore => {
                let mut state = self.state();
                let state = &mut *state;
                if let Some(backup) = &state.backup {
                    state.tables.restore(backup);
                    state.truth.restored();
                    state.truth.counts.injections += 1;
                    // The deployment is told so, and every process begins anew.
                    state.restores += 1;
                    for node in &mut state.nodes {
                        node.end();
                    }
                }
            }
            Operation::RollOut { targets, first } => self.roll_out(node, targets, first).await,
            Operation::Review(reviewers) => self.review(reviewers).await,
            Operation::HandOver => self.hand_over(node).await,
            Operation::RenewElsewhere(place) => self.renew_elsewhere(&merchant(place)).await,
            Operation::Import => self.import(node).await,
            Operation::TakeBack => self.take_back(node).await,
            Operation::Freeze(milliseconds) => {
                self.pause(node, milliseconds);
                self.state().nodes[node].dead_connections = Service::ALL.to_vec();
            }
        }
    }

    fn injected(&self) {
        self.state().truth.counts.injections += 1;
    }

    /// The clock ticks on one machine.
    pub(crate) async fn tick(self: &Arc<Self>, node: usize) {
        self.on(node, Limit::REFRESH, async |process| {
            refresh::tick(&process.refresh, TICK).await;
        })
        .await;
    }

    /// WeChat pushes a ticket, and so many more copies of it.
    pub(crate) async fn push_ticket(self: &Arc<Self>, more: u8) {
        let create_time = self.simulator().now();
        self.state().sending = Sending { more, ..Sending::default() };
        let Ok(pushed) = self.simulator().push_ticket().await else { return };
        let mut state = self.state();
        state.tickets.push((pushed.ticket, create_time));
        if pushed.delivery.accepted {
            let newest = &mut state.truth.newest_ticket;
            *newest = (*newest).max(create_time);
        }
    }

    async fn push_older_ticket(self: &Arc<Self>) {
        let (older, create_time) = {
            let state = self.state();
            let place = state.tickets.len().saturating_sub(2);
            match state.tickets.get(place) {
                Some(older) => older.clone(),
                None => return,
            }
        };
        let push = Push {
            message: Message::fields([
                ("InfoType", "component_verify_ticket"),
                ("ComponentVerifyTicket", &older),
            ]),
            create_time: Some(create_time),
            ..Push::default()
        };
        let _ = self.simulator().push(push).await;
        self.injected();
    }

    async fn authorize(
        self: &Arc<Self>,
        appid: &str,
        redirect: Option<u32>,
        copies: u8,
        late: u32,
    ) {
        // Another choice each time, for WeChat is silent about a repetition of the same.
        let dropped = self.state().pick(3);
        let sets = [17, 18, 24, 25, 30, 49, 81, 171].into_iter();
        let sets = sets.filter(|set| !matches!((*set, dropped), (49, 1) | (81, 2)));
        let second = self.simulator().now();
        let change = {
            let mut state = self.state();
            state.sending = Sending { more: copies.saturating_sub(1), late };
            state.truth.changed(appid, true, second, Some(dropped));
            state.truth.change(appid)
        };
        // What we know of the browser that comes back with this.
        let back = |after| {
            format!("https://fleet.example.com/authorize?who={appid}&change={change}&after={after}")
        };
        let order = Authorize {
            permission_sets: Some(sets.collect()),
            via: if redirect.is_some() { Via::Together } else { Via::PushOnly },
            redirect_uri: redirect.map(back),
            ..Authorize::new(appid)
        };
        let Ok(authorized) = self.simulator().authorize(order).await else { return };
        let needles = vec![authorized.auth_code];
        self.acknowledge(authorized.push.as_ref(), needles, Then::Done);
        if authorized.push.is_some_and(|push| push.accepted) {
            self.state().truth.heard(appid, change);
        }
    }

    async fn revoke(self: &Arc<Self>, appid: &str, copies: u8, late: u32) {
        let create_time = self.simulator().now();
        let component = &component().appid;
        if !self.simulator().authorization(component, appid).authorized {
            return;
        }
        let change = {
            let mut state = self.state();
            state.sending = Sending { more: copies.saturating_sub(1), late };
            state.truth.changed(appid, false, create_time, None);
            state.truth.change(appid)
        };
        let order = Revoke { appid: appid.to_owned(), ..Revoke::default() };
        let Ok(revoked) = self.simulator().revoke(order).await else { return };
        let needles = vec!["[unauthorized]".to_owned(), create_time.to_string(), appid.to_owned()];
        self.acknowledge(revoked.push.as_ref(), needles, Then::Done);
        if revoked.push.is_some_and(|push| push.accepted) {
            self.state().truth.heard(appid, change);
        }
    }

    async fn write_to(self: &Arc<Self>, appid: &str, copies: u8) {
        let number = self.state().random.u64(..);
        let content = format!("message {number}");
        let then = if number.is_multiple_of(2) { Then::Forwarded } else { Then::Done };
        self.state().sending = Sending { more: copies.saturating_sub(1), ..Sending::default() };
        let push = Push {
            to: Target::Messages { appid: appid.to_owned() },
            // Of what means nothing to us others are told, and nothing but the push itself has it told.
            message: match then {
                Then::Forwarded => Message::fields([
                    ("MsgType", "event"),
                    ("Event", "something_of_next_year"),
                    ("Note", &content),
                ]),
                _ => Message::fields([("MsgType", "text"), ("Content", &content)]),
            },
            ..Push::default()
        };
        let Ok(deliveries) = self.simulator().push(push).await else { return };
        self.acknowledge(deliveries.first(), vec![content], then);
    }

    async fn push_poison(self: &Arc<Self>) {
        let code = format!("poison {}", self.state().random.u64(..));
        let push = Push {
            message: Message::fields([
                ("InfoType", "authorized"),
                ("AuthorizerAppid", "no appid at all"),
                ("AuthorizationCode", &code),
            ]),
            ..Push::default()
        };
        self.injected();
        let Ok(deliveries) = self.simulator().push(push).await else { return };
        self.acknowledge(deliveries.first(), vec![code], Then::Poison);
    }

    fn acknowledge(&self, delivery: Option<&Delivery>, needles: Vec<String>, then: Then) {
        if delivery.is_some_and(|delivery| delivery.accepted) {
            let pushed = Acknowledged { needles, then };
            self.state().truth.acknowledged.push(pushed);
        }
    }

    async fn commit(self: &Arc<Self>, node: usize, place: u16) {
        let appid = merchant(place).parse().expect("an appid");
        let number = self.state().random.u32(..);
        self.on(node, Limit::OPERATIONS, async move |process| {
            let (platform, component) = (&process.platform, appid_of_component());
            let library = GetTemplateList { template_type: None };
            let templates = platform.caller.component(&component, &library).await.ok()?;
            let new = NewTrial {
                template_id: templates.template_list.first()?.template_id,
                user_version: format!("1.0.{number}"),
                user_desc: "夏季菜单".to_owned(),
                ext: json!({}).as_object().cloned().unwrap_or_default(),
                ..NewTrial::default()
            };
            platform.releases.commit(&component, &appid, &new).await.ok()
        })
        .await;
    }
}

impl World {
    /// The browser of `appid` comes back with a code, after this change of its authorization.
    pub(crate) async fn come_back(self: &Arc<Self>, code: &str, appid: &str, change: u32) {
        let node = self.state().pick(crate::plan::NODES as u64) as usize;
        let code = secrecy::SecretString::from(code);
        let taken = self.on(node, Limit::OPERATIONS, async move |process| {
            let grants = &process.platform.grants;
            let source = platform::grants::Source::Redirect;
            grants.exchange(&appid_of_component(), &code, &source).await.is_ok()
        });
        if taken.await == Some(true) {
            self.state().truth.heard(appid, change);
        }
    }
}
