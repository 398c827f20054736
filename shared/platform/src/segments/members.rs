//! Who belongs to a segment: for people, from the roster; for a rollout's plan, from the records
//! themselves, of which no more than a portion is ever held.

use std::sync::Arc;

use wechat::AppId;

use super::{Query, SegmentError, Segments};
use crate::{
    mini_programs::{self, MAX_PAGE, MiniProgram, Row, read_cursor, write_cursor},
    releases::Standing,
    roster::Entry,
    storage::StorageError,
};

/// A mini program that belongs to a segment, whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    /// The account.
    pub(crate) account: MiniProgram,
    /// How its releases stand, as last known.
    pub(crate) standing: Standing,
}

/// Members, as the roster has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// A page of them, in the order of their appids.
    pub members: Vec<Arc<Entry>>,
    /// How many there are on all pages.
    pub count: usize,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl Segments {
    /// The members, a page at a time: those after `cursor`, which the page before gave. `limit` is
    /// at most [`MAX_PAGE`].
    pub async fn members(
        &self,
        component: &AppId,
        query: &Query,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Found, SegmentError> {
        Found::among(&self.roster.all(component).await?, query, cursor, limit)
    }

    /// All members, in the order of their appids.
    pub async fn all_members(
        &self,
        component: &AppId,
        query: &Query,
    ) -> Result<Vec<Arc<Entry>>, StorageError> {
        Ok(members_of(&self.roster.all(component).await?, query))
    }

    /// The members among the next `portion` accounts after `after` (an appid), and where to go on.
    pub(crate) async fn scan(
        &self,
        component: &AppId,
        query: &Query,
        after: Option<&str>,
        portion: usize,
    ) -> Result<(Vec<Member>, Option<String>), StorageError> {
        let test = query.test();
        let (rows, next) = match query.appids.is_empty() {
            true => {
                let pk = mini_programs::partition(component);
                self.table.page::<Row>(&pk, "", after, portion as i32).await?
            }
            false => self.named(component, query, after, portion).await?,
        };
        let accounts: Vec<MiniProgram> = rows
            .into_iter()
            .map(MiniProgram::from)
            .filter(|account| test.holds_for_account(account.into()))
            .collect();
        let appids = accounts.iter().map(|account| &account.appid);
        let mut standings = self.roster.standings(component, appids).await?;
        let members = accounts.into_iter().map(|account| Member {
            standing: standings.remove(&account.appid).unwrap_or_default(),
            account,
        });
        let members = members.filter(|member| test.holds_for_releases((&member.standing).into()));
        Ok((members.collect(), next))
    }

    /// Where a query names its accounts, those are read and no others.
    async fn named(
        &self,
        component: &AppId,
        query: &Query,
        after: Option<&str>,
        portion: usize,
    ) -> Result<(Vec<Row>, Option<String>), StorageError> {
        let mut wanted: Vec<&AppId> = query.appids.iter().collect();
        wanted.sort();
        wanted.dedup();
        wanted.retain(|appid| after.is_none_or(|after| appid.as_str() > after));
        let next = wanted.get(portion).and_then(|_| wanted.get(portion - 1));
        let next = next.map(|appid| appid.to_string());
        wanted.truncate(portion);
        let pk = mini_programs::partition(component);
        let keys = wanted.into_iter().map(|appid| (pk.clone(), appid.to_string()));
        let mut rows: Vec<Row> = self.table.skim_each(keys).await?;
        rows.sort_by(|one, other| one.sk.cmp(&other.sk));
        Ok((rows, next))
    }
}

impl Found {
    /// A page of the members among `all`, which are in the order of their appids: those after
    /// `cursor`, at most [`MAX_PAGE`].
    pub fn among(
        all: &[Arc<Entry>],
        query: &Query,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Self, SegmentError> {
        let after = cursor.map(read_cursor).transpose().map_err(|_| SegmentError::Cursor)?;
        let limit = limit.clamp(1, MAX_PAGE);
        let found = members_of(all, query);
        let count = found.len();
        let begin = after.map_or(0, |after| found.partition_point(|entry| entry.appid <= after));
        let members: Vec<_> = found.into_iter().skip(begin).take(limit).collect();
        let last = members.last().filter(|_| begin + members.len() < count);
        let next = last.map(|last| write_cursor(last.appid.to_string()));
        Ok(Found { members, count, next })
    }
}

fn members_of(all: &[Arc<Entry>], query: &Query) -> Vec<Arc<Entry>> {
    let test = query.test();
    all.iter().filter(|entry| test.holds(entry)).cloned().collect()
}
