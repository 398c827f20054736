//! How registrations are kept: the item itself, one for whom it is, and one for each task. All that
//! follows from a step is one transaction, on condition that the item is as it was read.

use aws_sdk_dynamodb::types::{
    Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use wechat::AppId;

use super::{Registration, RegistrationError, Registrations, record::Row};
use crate::storage::{Item, StorageError, Transaction, Work, number, text};

const WORK: Work = Work::seldom("registration");

/// An item that leads to a registration.
#[derive(Debug, Deserialize)]
pub(super) struct Pointer {
    /// Its id.
    pub(super) registration: String,
}

/// An item that has people look at a registration.
#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    pk: String,
    sk: String,
    since: Timestamp,
}

impl Registrations {
    /// The item of a registration.
    pub(super) async fn read(&self, component: &AppId, id: &str) -> Result<Row, RegistrationError> {
        let row: Option<Row> = self.table.read(&partition(component), id).await?;
        row.ok_or_else(|| RegistrationError::NotFound(id.to_owned()))
    }

    /// Items, the newest first.
    pub(super) async fn rows(
        &self,
        component: &AppId,
        before: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<Row>, Option<String>), StorageError> {
        self.table.page_backwards(&partition(component), "", before, limit).await
    }

    /// The registration that a task of WeChat's belongs to.
    pub(super) async fn by_task(
        &self,
        component: &AppId,
        task: &str,
    ) -> Result<Option<Pointer>, StorageError> {
        self.table.read(&task_key(component, task), "task").await
    }

    /// The newest registration for a company, a person or an account.
    pub(super) async fn by_subject(
        &self,
        component: &AppId,
        subject: &str,
    ) -> Result<Option<Pointer>, StorageError> {
        self.table.read(&subject_key(component, subject), "subject").await
    }

    /// Registrations for which something is to be done without an order, as component and id, the
    /// longest due first, at most `limit` of each part of the index.
    pub async fn due(&self, limit: i32) -> Result<Vec<(AppId, String)>, StorageError> {
        let now = self.clock.now();
        let mut found = Vec::new();
        for shard in WORK.shards() {
            for (pk, id) in self.table.due(&shard, now, limit).await? {
                let component = pk.strip_prefix("registrations#").and_then(|it| it.parse().ok());
                found.extend(component.map(|component| (component, id)));
            }
        }
        Ok(found)
    }

    /// Deletes the registrations that an account came from, and all that leads to them; answers how
    /// many. What is still under way is not touched.
    pub(crate) async fn forget(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<u64, StorageError> {
        const PORTION: i32 = 100;
        let (mut deleted, mut before) = (0, None);
        loop {
            let (rows, next) = self.rows(component, before.as_deref(), PORTION).await?;
            let is_its = |row: &Row| {
                let of = &row.registration;
                of.appid.as_ref() == Some(appid) && !of.state.is_open()
            };
            for Row { registration, sk: id, .. } in rows.into_iter().filter(is_its) {
                if let Some(task) = &registration.task {
                    self.table.delete(&task_key(component, task), "task").await?;
                }
                let subject = subject_key(component, &registration.order.subject());
                self.table.delete_if(&subject, "subject", "registration", text(&id)).await?;
                self.table.delete(&marks(component), &id).await?;
                self.table.delete(&partition(component), &id).await?;
                deleted += 1;
            }
            match next {
                Some(next) => before = Some(next),
                None => return Ok(deleted),
            }
        }
    }

    /// Registrations that need a person, at most `limit`: id and since when; and whether there are
    /// more.
    pub async fn needing_a_person(
        &self,
        component: &AppId,
        limit: i32,
    ) -> Result<(Vec<(String, Timestamp)>, bool), StorageError> {
        let pk = marks(component);
        let (found, next) = self.table.page::<Mark>(&pk, "", None, limit).await?;
        let found = found.into_iter().map(|mark| (mark.sk, mark.since));
        Ok((found.collect(), next.is_some()))
    }

    /// Writes a new registration, unless there is one under way for the same owner. One before it
    /// that came to nothing needs nobody any more.
    pub(super) async fn create(
        &self,
        registration: Registration,
    ) -> Result<Row, RegistrationError> {
        let Registration { component, order, .. } = &registration;
        let before = self.by_subject(component, &order.subject()).await?;
        let unmark = before.map(|it| self.unmark(component, &it.registration)).transpose()?;
        let row = Row {
            pk: partition(&registration.component),
            sk: registration.id.clone(),
            version: 0,
            saved_by: String::new(),
            due_shard: None,
            due_at: None,
            registration,
        };
        self.save_with(row, None, unmark).await
    }

    /// Writes what became of a registration, and tells of it: an event's kind.
    pub(super) async fn save(
        &self,
        row: Row,
        told: Option<&'static str>,
    ) -> Result<Row, RegistrationError> {
        self.save_with(row, told, None).await
    }

    async fn save_with(
        &self,
        mut row: Row,
        told: Option<&'static str>,
        also: Option<TransactWriteItem>,
    ) -> Result<Row, RegistrationError> {
        let now = self.clock.now();
        let before = row.version;
        row.version = before + 1;
        row.registration.version = row.version;
        row.saved_by = self.random.identifier(now);
        let due = row.registration.due_at();
        row.due_at = due.map(Timestamp::as_millisecond);
        row.due_shard = due.map(|_| WORK.shard(&row.sk));

        let event = told.map(|kind| self.event(kind, &row.registration));
        let claim = self.claim(&row.registration).await?;
        let claims = claim.is_some() && row.registration.state.is_open();
        let mut writes = vec![self.table.put_after(before, self.table.item(&row)?)?];
        writes.extend(claim);
        if let Some(task) = &row.registration.task {
            writes.push(self.point(&row.registration, task)?);
        }
        if let Some(event) = &event {
            writes.push(self.outbox.entry(event)?);
        }
        writes.push(match row.registration.needs_a_person() {
            true => self.mark(&row.registration, now)?,
            false => self.unmark(&row.registration.component, &row.sk)?,
        });
        writes.extend(also);
        match self.table.transact(writes).await? {
            Transaction::Written => {}
            Transaction::Refused(refused) => self.refused(&row, refused, claims)?,
        }
        if let Some(event) = event {
            self.outbox.publish(&[event]).await;
        }
        Ok(row)
    }

    fn event(&self, kind: &str, registration: &Registration) -> crate::event::Event {
        let Registration { id, component, appid, version, order, trouble, .. } = registration;
        let details = json!({
            "registration": id,
            "registration_kind": order.kind().as_str(),
            "code": trouble.as_ref().and_then(|trouble| trouble.code),
        });
        self.outbox.event(kind, component, appid.as_ref(), *version, details)
    }

    /// What to make of a transaction that was refused: nothing, where it was written before and
    /// nobody told us.
    fn refused(
        &self,
        row: &Row,
        refused: Vec<(usize, Option<Item>)>,
        claims: bool,
    ) -> Result<(), RegistrationError> {
        let there = refused.iter().find(|(place, _)| *place == 0).and_then(|(_, it)| it.as_ref());
        if there.and_then(|item| item.get("saved_by")) == Some(&text(&row.saved_by)) {
            return Ok(());
        }
        let claimed = refused.into_iter().find(|(place, _)| claims && *place == 1);
        if let Some((_, Some(item))) = claimed {
            let pointer: Pointer = self.table.parse(item)?;
            return Err(RegistrationError::Taken(pointer.registration));
        }
        Err(RegistrationError::Busy(row.sk.clone()))
    }

    /// The item of whom it is for: taken by a registration that is open, unless another one has it;
    /// given back by one that is over, unless another one has it since.
    async fn claim(
        &self,
        registration: &Registration,
    ) -> Result<Option<TransactWriteItem>, StorageError> {
        let Registration { id, component, order, state, .. } = registration;
        let subject = order.subject();
        let condition = match state.is_open() {
            true => "attribute_not_exists(pk) OR is_open = :no OR registration = :id",
            false => match self.by_subject(component, &subject).await? {
                Some(newest) if newest.registration == *id => "registration = :id",
                _ => return Ok(None),
            },
        };
        let update = Update::builder()
            .table_name(self.table.name())
            .key("pk", text(subject_key(component, &subject)))
            .key("sk", text("subject"))
            .update_expression("SET registration = :id, is_open = :open")
            .condition_expression(condition)
            .expression_attribute_values(":id", text(id))
            .expression_attribute_values(":open", number(state.is_open().into()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = match state.is_open() {
            true => update.expression_attribute_values(":no", number(0)),
            false => update,
        };
        let update = update.build().map_err(|error| self.broken(error.to_string()))?;
        Ok(Some(TransactWriteItem::builder().update(update).build()))
    }

    /// The item that leads from a task to its registration.
    fn point(
        &self,
        registration: &Registration,
        task: &str,
    ) -> Result<TransactWriteItem, StorageError> {
        let item = [
            ("pk", task_key(&registration.component, task)),
            ("sk", "task".to_owned()),
            ("registration", registration.id.clone()),
        ];
        let item: Item =
            item.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect();
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(item))
            .build()
            .map_err(|error| self.broken(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The item that has people look at a registration.
    fn mark(
        &self,
        registration: &Registration,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StorageError> {
        let mark = Mark {
            pk: marks(&registration.component),
            sk: registration.id.clone(),
            since: registration.ended_at.unwrap_or(now),
        };
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(self.table.item(&mark)?))
            .build()
            .map_err(|error| self.broken(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The write that takes this item away, if there is one.
    fn unmark(&self, component: &AppId, id: &str) -> Result<TransactWriteItem, StorageError> {
        let delete = Delete::builder()
            .table_name(self.table.name())
            .key("pk", text(marks(component)))
            .key("sk", text(id))
            .build()
            .map_err(|error| self.broken(error.to_string()))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    fn broken(&self, why: String) -> StorageError {
        self.table.error("build a transaction", why)
    }
}

fn partition(component: &AppId) -> String {
    format!("registrations#{component}")
}

fn marks(component: &AppId) -> String {
    format!("attention#{component}#registration")
}

fn task_key(component: &AppId, task: &str) -> String {
    format!("registration-task#{component}#{task}")
}

fn subject_key(component: &AppId, subject: &str) -> String {
    format!("registration-subject#{component}#{subject}")
}
