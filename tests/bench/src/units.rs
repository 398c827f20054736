//! What DynamoDB would have billed.

use faults::dynamodb::{Meter, SharedTables, Units};

/// Everything since the meter was last reset.
pub(crate) fn total(tables: &SharedTables) -> Units {
    sum(tables.dynamo().meter().values())
}

/// The same for one table.
pub(crate) fn of_table(meter: &Meter, table: &str) -> Units {
    sum(meter.iter().filter(|((of, _), _)| of == table).map(|(_, units)| units))
}

/// All of them together.
pub(crate) fn sum<'a>(all: impl Iterator<Item = &'a Units>) -> Units {
    all.fold(Units::default(), |sum, units| Units {
        requests: sum.requests + units.requests,
        read: sum.read + units.read,
        write: sum.write + units.write,
    })
}
