//! The bugs.

use super::Mutation;

pub(super) const MUTATIONS: [Mutation; 28] = [
    Mutation {
        name: "a token is stored whatever version is there",
        file: "shared/platform/src/tokens/refresh.rs",
        text: r#""version = :version AND lease_owner = :holder""#,
        planted: r#""attribute_exists(pk) OR version = :version OR lease_owner = :holder""#,
        classes: &[4, 11],
    },
    Mutation {
        name: "a lease is taken from whoever has it",
        file: "shared/platform/src/tokens/item.rs",
        text: "OR lease_owner = :stale OR lease_until < :long_ago)",
        planted: "OR lease_owner = :stale OR lease_until < :long_ago OR attribute_exists(pk))",
        classes: &[13, 3],
    },
    Mutation {
        name: "the refresh token of the answer is dropped",
        file: "shared/platform/src/tokens/refresh.rs",
        text: "if let Some(refresh) = &renewed.refresh {",
        planted: "if let Some(refresh) = renewed.refresh.as_ref().filter(|_| false) {",
        classes: &[3],
    },
    Mutation {
        name: "a push is acknowledged before it is stored",
        file: "functions/callback/src/push.rs",
        text: "Answer::NotKept\n}",
        planted: "Answer::Success\n}",
        classes: &[7],
    },
    Mutation {
        name: "a push that does not get into the inbox is not spilled",
        file: "functions/callback/src/push.rs",
        text: "Err(_) => tracing::error!(%component, name, \"inbox did not answer in time\"),",
        planted: "Err(_) => return Answer::Success,",
        classes: &[7],
    },
    Mutation {
        name: "work that failed counts as done",
        file: "functions/events/src/inbox.rs",
        text: "            let state = inbox.fail(&item, &why, is_final).await;\n            \
               let state = state.map_err(|error| error.to_string())?;",
        planted: "            let _ = is_final;\n            \
                  inbox.finish(&item).await.map_err(|error| error.to_string())?;\n            \
                  let state = State::Done;",
        classes: &[7, 8, 1],
    },
    Mutation {
        name: "a late withdrawal ends a newer grant",
        file: "shared/platform/src/grants/order.rs",
        text: "        Incoming::Withdrawn(order) => (order, false),",
        planted: "        Incoming::Withdrawn(_) => return Verdict::Newer,",
        classes: &[11, 1],
    },
    Mutation {
        name: "a token is thrown away whatever version was refused",
        file: "shared/platform/src/tokens/item.rs",
        text: r#".update_expression("SET access_expires_at = :never")
            .condition_expression("version = :version")"#,
        planted: r#".update_expression("SET access_expires_at = :never")
            .condition_expression("version >= :version")"#,
        classes: &[13, 9],
    },
    Mutation {
        name: "whoever waited for a refresh refreshes again",
        file: "shared/platform/src/tokens/refresh.rs",
        text: "if let Some(token) = self.usable(subject, item.as_ref(), margin)? {",
        planted: "if first == Some(u64::MAX) && let Some(token) = self.usable(subject, item.as_ref(), margin)? {",
        classes: &[13, 3],
    },
    Mutation {
        name: "a submission is repeated after an unknown outcome",
        file: "shared/platform/src/releases/submit.rs",
        text: "            Attempt::Unknown => self.find_out(held).await,",
        planted: "            Attempt::Unknown => match self.attempt(held, &request).await {\n                \
                  Attempt::Done(answer) => self.submitted(held, answer.auditid).await,\n                \
                  Attempt::Refused(error) => self.submission_refused(held, error).await,\n                \
                  Attempt::Unknown => self.find_out(held).await,\n            },",
        classes: &[5],
    },
    Mutation {
        name: "a release is repeated after an unknown outcome",
        file: "shared/platform/src/releases/release.rs",
        text: "            Attempt::Unknown => self.find_out(held).await,",
        planted: "            Attempt::Unknown => match self.attempt(held, &Release {}).await {\n                \
                  Attempt::Done(()) => self.released(held).await,\n                \
                  _ => self.find_out(held).await,\n            },",
        classes: &[5],
    },
    Mutation {
        name: "an event is not left in the outbox until it is published",
        file: "shared/platform/src/outbox.rs",
        text: "for event in events.iter().filter(|event| !unpublished.contains(&event.id)) {",
        planted: "for event in events {",
        classes: &[8],
    },
    Mutation {
        name: "an older ticket takes the place of a newer one",
        file: "shared/platform/src/ticket.rs",
        text: r#""attribute_not_exists(pk) OR create_time < :create_time""#,
        planted: r#""attribute_not_exists(pk) OR create_time < :create_time OR create_time > :create_time""#,
        classes: &[2],
    },
    Mutation {
        name: "a merchant is given up without asking WeChat what it shows",
        file: "shared/platform/src/tokens/refresh.rs",
        text: "self.heal(subject, item, Some(&refresh), bearer).await",
        planted: "self.needs_authorization(subject, item).await?;\n                \
                  Err(TokenError::NeedsAuthorization(subject.appid().clone()))",
        classes: &[5, 9],
    },
    Mutation {
        name: "a grant does not fence off a refresh that is under way",
        file: "shared/platform/src/tokens/grant.rs",
        text: r#"if_not_exists(version, :zero) + :one, #state = :state, \
             granted_at = :order, access_expires_at = :expires, stored_at = :now"
            .to_owned();
        let mut remove =
            "REMOVE lease_owner, lease_until, healing, failure, refused_since""#,
        planted: r#"if_not_exists(version, :one) + :zero, #state = :state, \
             granted_at = :order, access_expires_at = :expires, stored_at = :now"
            .to_owned();
        let mut remove = "REMOVE healing, failure, refused_since""#,
        classes: &[11],
    },
    Mutation {
        name: "a grant is told without having been written down to be told",
        file: "shared/platform/src/grants/record.rs",
        text: r#"json!({ "permission_sets": new.obtained.permission_sets, "first": is_first }),
            );
            writes.push(self.outbox.entry(&event)?);"#,
        planted: r#"json!({ "permission_sets": new.obtained.permission_sets, "first": is_first }),
            );"#,
        classes: &[3, 8],
    },
    Mutation {
        name: "a step of a rollout is noted whoever has the target meanwhile",
        file: "shared/platform/src/rollouts/hold.rs",
        text: r##".condition_expression("#version = :before AND lease_owner = :holder")"##,
        planted: r##".condition_expression(
                    "attribute_exists(pk) OR #version = :before OR lease_owner = :holder",
                )"##,
        classes: &[22],
    },
    Mutation {
        name: "a target of a rollout whose worker died is not taken up again",
        file: "shared/platform/src/rollouts/hold.rs",
        text: r#":again", number((until + SKEW).as_millisecond())"#,
        planted: r#":again", number((until + SKEW * 100_000).as_millisecond())"#,
        classes: &[22],
    },
    Mutation {
        name: "in shadow mode tokens are renewed as before",
        file: "shared/platform/src/tokens/mode.rs",
        text: r#"Mode::Shadow => "shadow","#,
        planted: r#"Mode::Shadow => "active","#,
        classes: &[21],
    },
    Mutation {
        name: "what is left in the inbox is not announced again",
        file: "shared/platform/src/intake.rs",
        text: "                self.announce(&component, key).await;",
        planted: "                let _ = component;",
        classes: &[8, 3],
    },
    Mutation {
        name: "whoever did not get the lease renews all the same",
        file: "shared/platform/src/tokens/refresh.rs",
        text: "            None => Ok(false),",
        planted: "            None => match self.read(subject).await? {\n                \
                  Some(item) => self.renew(subject, item, &holder, bearer, probe).await.map(|_| true),\n                \
                  None => Ok(false),\n            },",
        classes: &[13],
    },
    Mutation {
        name: "the token before is not tried after an exchange",
        file: "shared/platform/src/secrets.rs",
        text: r#"tokens.extend(optional("previous_token")?.map(SecretString::from));"#,
        planted: r#"let _ = optional("previous_token")?;"#,
        classes: &[17],
    },
    Mutation {
        name: "a call is taken for undone while its writer may wake up",
        file: "shared/platform/src/releases/settle.rs",
        text: "open_until: self.time.latest() + self.life + SKEW,",
        planted: "open_until: now + QUIET,",
        classes: &[22],
    },
    Mutation {
        name: "what is about somebody who has withdrawn fails for good",
        file: "functions/events/src/onboarding.rs",
        text: "Err(error) if error.is_gone() => Ok(()),",
        planted: "Err(error) if error.is_gone() => Err(error.to_string()),",
        classes: &[11],
    },
    Mutation {
        name: "a ticket that is refused is asked for every five minutes",
        file: "functions/refresh/src/component.rs",
        text: "if is_refused || (",
        planted: "if (is_refused && its_minute) || (",
        classes: &[10],
    },
    Mutation {
        name: "whoever is active is revived like one who has lapsed",
        file: "shared/platform/src/reconcile/listed.rs",
        text: "                _ => Ok(()),\n            };",
        planted: "                _ => self.revive(run, &subject, &item, token).await,\n            };",
        classes: &[21],
    },
    Mutation {
        name: "a grant whose token was renewed since is taken for the older of two",
        file: "shared/platform/src/grants/standing.rs",
        text: "true => Ok(Standing::Renewed),",
        planted: "true => Ok(Standing::Over),",
        classes: &[11],
    },
    Mutation {
        name: "a review is given up for a token that was refused twice",
        file: "shared/platform/src/releases/error.rs",
        text: "                || refusal.is_token_invalid()\n",
        planted: "",
        classes: &[22],
    },
];
