//! Who belongs to a segment, found page by page: no more than a page is ever held.

use std::collections::HashMap;

use wechat::AppId;

use super::{Query, SegmentError, Segments};
use crate::{
    mini_programs::{self, MAX_PAGE, MiniProgram, Row, read_cursor, write_cursor},
    releases::{self, Standing},
    storage::StorageError,
};

/// Accounts that are looked at for one page: one that few belong to ends early, and its cursor goes
/// on.
const BUDGET: usize = 2000;

/// A mini program that belongs to a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The account.
    pub account: MiniProgram,
    /// How its releases stand, as last known.
    pub standing: Standing,
}

/// A page of members.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The members, in the order of their appids.
    pub members: Vec<Member>,
    /// Where the next page begins; none on the last. A page may be empty and have one.
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
    ) -> Result<Page, SegmentError> {
        let after = cursor.map(read_cursor).transpose().map_err(|_| SegmentError::Cursor)?;
        let mut after = after.map(|appid| appid.to_string());
        let limit = limit.clamp(1, MAX_PAGE);
        let mut members = Vec::new();
        for _ in 0..BUDGET / MAX_PAGE {
            let (found, next) = self.scan(component, query, after.as_deref(), MAX_PAGE).await?;
            members.extend(found);
            after = next;
            if members.len() > limit {
                members.truncate(limit);
                after = members.last().map(|last: &Member| last.account.appid.to_string());
            }
            if after.is_none() || members.len() >= limit {
                break;
            }
        }
        Ok(Page { members, next: after.map(write_cursor) })
    }

    /// The members among the next `portion` accounts after `after` (an appid), and where to go on.
    pub(crate) async fn scan(
        &self,
        component: &AppId,
        query: &Query,
        after: Option<&str>,
        portion: usize,
    ) -> Result<(Vec<Member>, Option<String>), StorageError> {
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
            .filter(|account| query.holds_for_account(account))
            .collect();
        let mut standings = self.standings(component, &accounts).await?;
        let members = accounts.into_iter().map(|account| Member {
            standing: standings.remove(&account.appid).unwrap_or_default(),
            account,
        });
        let members = members.filter(|member| query.holds_for_releases(&member.standing));
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

    async fn standings(
        &self,
        component: &AppId,
        accounts: &[MiniProgram],
    ) -> Result<HashMap<AppId, Standing>, StorageError> {
        let keys = accounts.iter().map(|account| releases::item_key(component, &account.appid));
        let found: Vec<_> = self.table.skim_each(keys).await?;
        Ok(found.into_iter().map(releases::standing_of).collect())
    }
}
