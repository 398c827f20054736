//! Reads. Those that need not be consistent see what was there a moment ago.

use std::{borrow::Cow, ops::Bound, sync::Arc};

use jiff::Timestamp;

use super::{
    expression::{self, Bindings, KeyCondition, Name, Parsed, SortCondition, invalid},
    refusal::Refusal,
    request::{Get, Query},
    table::{KeyPart, Place, Stored, Table},
    units,
    value::{self, Item, Value},
};

/// A query looks at no more than this in one page.
const MAX_PAGE: usize = 1024 * 1024;

/// An item as it is shown: whole, or what was asked for of it.
#[derive(Debug)]
pub(crate) enum Shown {
    Whole(Arc<Stored>),
    Part(Item),
}

/// What a query finds.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) items: Vec<Shown>,
    /// How many were looked at.
    pub(crate) scanned: usize,
    /// The key of the last that was looked at, if there may be more.
    pub(crate) last: Option<Item>,
}

impl Shown {
    pub(crate) fn item(&self) -> &Item {
        match self {
            Shown::Whole(stored) => &stored.item,
            Shown::Part(item) => item,
        }
    }
}

/// The item of a key, and the units of reading it.
pub(crate) fn get(
    request: &Get,
    table: &Table,
    moment: Timestamp,
) -> Result<(Option<Shown>, f64), Refusal> {
    let given = Bindings { names: request.expression_attribute_names.as_ref(), values: None };
    let projection = projection(request.projection_expression.as_deref())?;
    let used: Vec<_> = projection.iter().map(|parsed| of_projection(parsed)).collect();
    given.check(&used)?;
    check_projection(projection.as_deref(), given)?;
    let key = table.key(&request.key, true)?;
    let found = match request.consistent_read {
        true => table.get(&key),
        false => table.get_at(&key, moment),
    };
    let size = found.map_or(0, |stored| stored.size);
    let shown = found.map(|stored| match &projection {
        None => Ok(Shown::Whole(stored.clone())),
        Some(projection) => project(&stored.item, projection, given).map(Shown::Part),
    });
    Ok((shown.transpose()?, units::read(size, request.consistent_read)))
}

/// What a query finds, and the units of looking.
pub(crate) fn query(
    request: &Query,
    table: &Table,
    moment: Timestamp,
) -> Result<(Found, f64), Refusal> {
    let given = Bindings {
        names: request.expression_attribute_names.as_ref(),
        values: request.expression_attribute_values.as_ref(),
    };
    if request.limit.is_some_and(|limit| limit < 1) {
        return Err(Refusal::invalid("Limit must be greater than or equal to 1"));
    }
    let text = request.key_condition_expression.as_deref().ok_or_else(|| {
        Refusal::invalid(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in \
             the request.",
        )
    })?;
    let keys = expression::condition("KeyConditionExpression", text)?;
    let filter = request.filter_expression.as_deref();
    let filter = filter.map(|text| expression::condition("FilterExpression", text)).transpose()?;
    let projection = projection(request.projection_expression.as_deref())?;
    let mut used: Vec<(&str, &[String], &[String])> =
        vec![("KeyConditionExpression", &keys.names, &keys.values)];
    used.extend(
        filter
            .iter()
            .map(|parsed| ("FilterExpression", parsed.names.as_slice(), parsed.values.as_slice())),
    );
    used.extend(projection.iter().map(|parsed| of_projection(parsed)));
    given.check(&used)?;
    check_projection(projection.as_deref(), given)?;
    for (parameter, parsed) in
        [("KeyConditionExpression", Some(&keys)), ("FilterExpression", filter.as_ref())]
    {
        if let Some(parsed) = parsed {
            parsed.expression.fault(given).map_err(|why| invalid(parameter, &why))?;
        }
    }

    let index = request.index_name.as_deref().map(|name| {
        table.indexes.iter().find(|index| index.name == name).ok_or_else(|| {
            Refusal::Invalid(format!("The table does not have the specified index: {name}"))
        })
    });
    let index = index.transpose()?;
    if index.is_some() && request.consistent_read {
        return Err(Refusal::invalid(
            "Consistent reads are not supported on global secondary indexes",
        ));
    }
    let schema = index.map_or(&table.schema, |index| &index.schema);
    let [partition_key, sort_key] = schema.names();
    let condition = KeyCondition::read(&keys.expression, given, partition_key, sort_key);
    let condition = condition.map_err(Refusal::Invalid)?;
    check_operands(&condition, &schema.partition.kind, &schema.sort.kind)?;
    if let Some(filter) = &filter {
        for name in filter.expression.attributes() {
            let name = given.name(name).map_err(Refusal::Invalid)?;
            if schema.names().contains(&name) {
                return Err(Refusal::Invalid(format!(
                    "Filter Expression can only contain non-primary key attributes: Primary key \
                     attribute: {name}"
                )));
            }
        }
    }
    let partition = KeyPart::of(condition.partition)
        .ok_or_else(|| Refusal::invalid("Condition parameter type does not match schema type"))?;
    let start = request.exclusive_start_key.as_ref();
    let start = start.map(|start| start_place(start, table, request, &condition)).transpose()?;

    let moment = (!request.consistent_read).then_some(moment);
    let entries = table.partition(index, &partition, moment);
    let least = condition.sort.as_ref().and_then(SortCondition::least).and_then(KeyPart::of);
    let least = least.map_or(Bound::Unbounded, |least| Bound::Included((least, None)));
    let (lower, upper) = match (start, request.scan_index_forward) {
        (None, _) => (least, Bound::Unbounded),
        (Some(start), true) => (Bound::Excluded(start), Bound::Unbounded),
        (Some(start), false) => (least, Bound::Excluded(start)),
    };
    let range = entries.range((lower, upper));
    let mut in_order: Box<dyn Iterator<Item = _>> = match request.scan_index_forward {
        true => Box::new(range),
        false => Box::new(range.rev()),
    };
    let limit = request.limit.map_or(usize::MAX, |limit| limit as usize);
    let (mut items, mut scanned, mut size, mut last) = (Vec::new(), 0, 0, None);
    for (place, stored) in &mut in_order {
        let holds = condition.sort.as_ref().is_none_or(|sort| sort.holds(&place.0.value()));
        if !holds {
            // What a condition on the sort key admits stands together.
            if scanned > 0 {
                break;
            }
            continue;
        }
        let item = match index {
            Some(index) => index.projected(&table.schema, &stored.item),
            None => Cow::Borrowed(&stored.item),
        };
        scanned += 1;
        size += if index.is_some() { value::size(&item) } else { stored.size };
        let kept = match &filter {
            Some(filter) => filter.expression.holds(&item, given).map_err(Refusal::Invalid)?,
            None => true,
        };
        if kept {
            items.push(match (&projection, item) {
                (Some(projection), item) => Shown::Part(project(&item, projection, given)?),
                (None, Cow::Borrowed(_)) => Shown::Whole(stored.clone()),
                (None, Cow::Owned(item)) => Shown::Part(item),
            });
        }
        if scanned == limit || size >= MAX_PAGE {
            let names = table.schema.names().into_iter().chain(schema.names());
            let key = names.filter_map(|name| stored.item.get_key_value(name));
            last = Some(key.map(|(name, value)| (name.clone(), value.clone())).collect::<Item>());
            break;
        }
    }
    let units = units::read(size, request.consistent_read);
    Ok((Found { items, scanned, last }, units))
}

/// The values that keys are compared with are of the keys' types.
fn check_operands(
    condition: &KeyCondition<'_>,
    partition_kind: &str,
    sort_kind: &str,
) -> Result<(), Refusal> {
    let sort = condition.sort.iter().flat_map(|sort| sort.values());
    let operands = std::iter::once((condition.partition, partition_kind))
        .chain(sort.map(|value| (value, sort_kind)));
    for (value, kind) in operands {
        if value.kind() != kind {
            return Err(Refusal::invalid(
                "One or more parameter values were invalid: Condition parameter type does not \
                 match schema type",
            ));
        }
        if matches!(value, Value::Text(text) if text.is_empty()) {
            return Err(Refusal::invalid(
                "One or more parameter values are not valid. The AttributeValue for a key \
                 attribute cannot contain an empty string value.",
            ));
        }
    }
    Ok(())
}

/// Where a page begins.
fn start_place(
    start: &Item,
    table: &Table,
    request: &Query,
    condition: &KeyCondition<'_>,
) -> Result<Place, Refusal> {
    let malformed = || Refusal::invalid("The provided starting key is invalid");
    let index = table.indexes.iter().find(|index| Some(&index.name) == request.index_name.as_ref());
    let schema = index.map_or(&table.schema, |index| &index.schema);
    let expected = if index.is_some() { 4 } else { 2 };
    if start.len() != expected {
        return Err(malformed());
    }
    let (partition, sort) = schema.parts(start).ok_or_else(malformed)?;
    let key = table.key(start, false).map_err(|_| malformed())?;
    let inside = partition.value() == *condition.partition
        && condition.sort.as_ref().is_none_or(|asked| asked.holds(&sort.value()));
    if !inside {
        return Err(malformed());
    }
    Ok((sort, index.map(|_| key)))
}

type Projection = Arc<Parsed<Vec<Name>>>;

fn projection(text: Option<&str>) -> Result<Option<Projection>, Refusal> {
    text.map(expression::projection).transpose()
}

fn of_projection(parsed: &Parsed<Vec<Name>>) -> (&'static str, &[String], &[String]) {
    ("ProjectionExpression", &parsed.names, &parsed.values)
}

/// Nothing may be asked for twice.
fn check_projection(
    projection: Option<&Parsed<Vec<Name>>>,
    given: Bindings<'_>,
) -> Result<(), Refusal> {
    let mut seen: Vec<&str> = Vec::new();
    for name in projection.iter().flat_map(|parsed| &parsed.expression) {
        let name = given.name(name).map_err(Refusal::Invalid)?;
        if seen.contains(&name) {
            return Err(invalid(
                "ProjectionExpression",
                "Two document paths overlap with each other; must remove or rewrite one of these \
                 paths",
            ));
        }
        seen.push(name);
    }
    Ok(())
}

fn project(
    item: &Item,
    projection: &Parsed<Vec<Name>>,
    given: Bindings<'_>,
) -> Result<Item, Refusal> {
    let mut shown = Item::new();
    for name in &projection.expression {
        let name = given.name(name).map_err(Refusal::Invalid)?;
        if let Some(value) = item.get(name) {
            shown.insert(name.to_owned(), value.clone());
        }
    }
    Ok(shown)
}
