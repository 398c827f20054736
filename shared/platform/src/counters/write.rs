//! The writes that count, for transactions that decide on a call.

use aws_sdk_dynamodb::types::{
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, builders::UpdateBuilder,
};

use super::{Bound, Counted, Counters, Reservation, expiry, partition, sort_key};
use crate::{
    storage::{StorageError, number, text},
    tokens::Subject,
};

impl Counters {
    /// What will be counted by [`Counters::taking`].
    pub fn reservation(&self, whose: &Subject, counted: Counted) -> Reservation {
        Reservation { of: partition(whose), counted, at: self.clock.now(), below: None }
    }

    /// The writes that count one more; they belong into the transaction that decides on the call.
    /// If one of them is refused, [`Counters::used_up`] says what is.
    pub fn taking(
        &self,
        reservation: &Reservation,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        self.writes(reservation, |update, bound| {
            let allowed = match bound.most {
                Some(_) => {
                    "attribute_not_exists(used) OR used < most \
                            OR (attribute_not_exists(most) AND used < :most)"
                }
                None => "attribute_not_exists(used) OR attribute_not_exists(most) OR used < most",
            };
            let allowed = match reservation.below {
                Some(_) => {
                    format!("({allowed}) AND (attribute_not_exists(used) OR used < :below)")
                }
                None => allowed.to_owned(),
            };
            let update = match reservation.below {
                Some(below) => update.expression_attribute_values(":below", number(below)),
                None => update,
            };
            let update = update
                .update_expression(
                    "SET used = if_not_exists(used, :zero) + :one, changed_at = :now, \
                     expires_at = :expires",
                )
                .condition_expression(allowed)
                .expression_attribute_values(":zero", number(0))
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":now", number(self.clock.now().as_millisecond()))
                .expression_attribute_values(":expires", expiry(bound.period, reservation.at));
            match bound.most {
                Some(most) => update.expression_attribute_values(":most", number(most)),
                None => update,
            }
        })
    }

    /// The writes that count one although nobody asked: it was done elsewhere.
    pub fn noting(
        &self,
        reservation: &Reservation,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        self.writes(reservation, |update, bound| {
            update
                .update_expression(
                    "SET used = if_not_exists(used, :zero) + :one, expires_at = :expires",
                )
                .expression_attribute_values(":zero", number(0))
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":expires", expiry(bound.period, reservation.at))
        })
    }

    /// The writes that give one back; they belong into the transaction that forgets the call.
    pub fn giving_back(
        &self,
        reservation: &Reservation,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        self.writes(reservation, |update, bound| {
            update
                .update_expression(
                    "SET used = if_not_exists(used, :one) - :one, expires_at = :expires",
                )
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":expires", expiry(bound.period, reservation.at))
        })
    }

    fn writes(
        &self,
        reservation: &Reservation,
        change: impl Fn(UpdateBuilder, &Bound) -> UpdateBuilder,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        let write = |bound: &Bound| {
            let key = sort_key(reservation.counted, bound.period, reservation.at);
            let update = Update::builder()
                .table_name(self.table.name())
                .key("pk", text(&reservation.of))
                .key("sk", text(key))
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                );
            let update = change(update, bound)
                .build()
                .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
            Ok(TransactWriteItem::builder().update(update).build())
        };
        reservation.counted.bounds().iter().map(write).collect()
    }
}
