//! Going along the chain as it is stored: every minute, every link, every anchor.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tokio::{task::JoinSet, time::Instant};

use super::{
    MalformedCursor,
    anchor::{AnchorError, KeptAnchor},
    chain::{Broken, Flaw, KeptLink, Line, Minute, Place, Walk},
    sealer::{ANCHOR_LATE, Chain, ChainError, Head, links_of},
    voucher::Voucher,
};
use crate::storage::StorageError;

/// Minutes of one hour.
const HOUR: i32 = 60;

/// What a look at a part of the chain came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The minute after which this part begins.
    pub after: Minute,
    /// The last minute that was looked at.
    pub until: Minute,
    /// Links that were right.
    pub links: u64,
    /// Lines that were right.
    pub lines: u64,
    /// Anchors that were right.
    pub anchors: u64,
    /// Where the chain breaks; nothing after it was looked at.
    pub broken: Option<Broken>,
    /// The place up to which everything was right.
    pub reached: VerifyCursor,
    /// Where the next part begins; none at the end of the chain.
    pub next: Option<VerifyCursor>,
}

/// A place on the way along a chain. As text, the last minute and that of the last link, such as
/// `2026-11-22T17:45.2026-11-22T17:31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerifyCursor {
    passed: Minute,
    link: Option<Minute>,
}

impl Chain {
    /// Looks at the chain from a day on, or from its beginning, or from where the part before ended,
    /// hour by hour until `time`. None before anything is chained.
    ///
    /// # Errors
    /// When storage or the bucket of anchors does not answer; that says nothing about the chain.
    pub async fn verify(
        &self,
        from: Option<Date>,
        cursor: Option<VerifyCursor>,
        time: Instant,
    ) -> Result<Option<Verification>, ChainError> {
        let Some(head) = self.head().await? else { return Ok(None) };
        let (after, place) = match (cursor, from) {
            (Some(VerifyCursor { passed, link: Some(minute) }), _) => {
                let link = self.link(minute).await?;
                // What is gone since the part before shows at the next link.
                (passed, link.map_or(Place::beginning(head.began), |kept| kept.link.place()))
            }
            (Some(VerifyCursor { passed, link: None }), _) => {
                (passed, Place::beginning(head.began))
            }
            (None, Some(day)) => self.before(&head, day).await?,
            (None, None) => (head.began, Place::beginning(head.began)),
        };
        let after = after.max(head.began);
        let mut walk = Walk::from(place);
        let mut verification = Verification {
            after,
            until: after,
            links: 0,
            lines: 0,
            anchors: 0,
            broken: None,
            reached: VerifyCursor { passed: after, link: walk.place.minute },
            next: None,
        };
        let walked = self.walk(&head, &mut walk, &mut verification, time).await?;
        verification.links = walk.links;
        verification.lines = walk.lines;
        let reached = VerifyCursor { passed: verification.until, link: walk.place.minute };
        verification.reached = reached;
        match walked {
            Err(broken) => verification.broken = Some(broken),
            Ok(()) => verification.next = (reached.passed < head.until).then_some(reached),
        }
        Ok(Some(verification))
    }

    async fn walk(
        &self,
        head: &Head,
        walk: &mut Walk,
        seen: &mut Verification,
        time: Instant,
    ) -> Result<Result<(), Broken>, ChainError> {
        let voucher = self.voucher();
        while seen.until < head.until {
            let first = seen.until.next();
            let last = first.last_of_hour().min(head.until);
            let (links, mut lines) =
                tokio::try_join!(self.links(first), self.lines_between(first, last))?;
            let mut minute = first;
            while minute <= last {
                let at = lines.iter().position(|(of, _)| *of == minute);
                let lines = at.map_or(Vec::new(), |at| lines.swap_remove(at).1);
                let kept = links.iter().find(|(time, _)| *time == minute.time());
                let kept = kept.map(|(_, kept)| kept);
                if let Err(mut broken) = walk.pass(minute, &lines, kept, Some(&voucher)) {
                    let unlinked = kept.is_none() && broken.flaw == Flaw::Added;
                    if unlinked && self.number_after(minute, head).await? > walk.place.number + 1 {
                        broken.flaw = Flaw::LinkMissing;
                    }
                    return Ok(Err(broken));
                }
                seen.until = minute;
                minute = minute.next();
            }
            if last == Minute::last_of(last.day()) {
                match self.compare(head, last.day(), &walk.place, &voucher).await? {
                    Ok(there) => seen.anchors += u64::from(there),
                    Err(flaw) => return Ok(Err(Broken { minute: last, flaw, entry: None })),
                }
            }
            if Instant::now() >= time {
                break;
            }
        }
        if seen.until < head.until {
            return Ok(Ok(()));
        }
        let broken = |flaw| Ok(Err(Broken { minute: head.until, flaw, entry: None }));
        if walk.place != head.place {
            return broken(Flaw::HeadDiffers);
        }
        // The newest of all seals: whoever made it vouches for everything before.
        match head.is_vouched_for(&voucher) {
            Some(true) => Ok(Ok(())),
            Some(false) | None => broken(Flaw::Forged),
        }
    }

    /// Where to go on when the day of a minute is over or as far as it is chained, and whether the chain
    /// ends there.
    pub(super) async fn day_after(
        &self,
        minute: Minute,
    ) -> Result<(VerifyCursor, bool), StorageError> {
        let Some(head) = self.head().await? else {
            return Ok((VerifyCursor { passed: minute, link: None }, true));
        };
        let (passed, place) =
            self.before(&head, Minute::last_of(minute.day()).next().day()).await?;
        Ok((VerifyCursor { passed, link: place.minute }, passed >= head.until))
    }

    /// Where the chain was when a day began.
    async fn before(&self, head: &Head, day: Date) -> Result<(Minute, Place), StorageError> {
        let first = Minute::first_of(day);
        if first <= head.began.next() {
            return Ok((head.began, Place::beginning(head.began)));
        }
        let after = first.before().min(head.until);
        let mut day = after.day();
        while day >= head.began.day() {
            if let Some(kept) = self.last_link(day).await? {
                return Ok((after, kept.link.place()));
            }
            day = Minute::first_of(day).before().day();
        }
        Ok((after, Place::beginning(head.began)))
    }

    /// Compares with the anchor of a day; false where it is not put yet, and need not be.
    async fn compare(
        &self,
        head: &Head,
        day: Date,
        place: &Place,
        voucher: &Voucher,
    ) -> Result<Result<bool, Flaw>, ChainError> {
        let Some(anchors) = &self.anchors else { return Ok(Ok(false)) };
        let kept = match anchors.read(day).await {
            Ok(kept) => kept,
            Err(AnchorError::Malformed(..)) => return Ok(Err(Flaw::AnchorDiffers)),
            Err(error) => return Err(error.into()),
        };
        let Some(KeptAnchor { anchor, .. }) = &kept else {
            let was_put = head.anchored.as_ref().is_some_and(|last| day <= last.day);
            let is_late = self.clock.now() > Minute::last_of(day).end() + ANCHOR_LATE;
            return Ok(if was_put || is_late { Err(Flaw::AnchorMissing) } else { Ok(false) });
        };
        if (anchor.day, anchor.began, &anchor.place) != (day, head.began, place) {
            return Ok(Err(Flaw::AnchorDiffers));
        }
        match kept.and_then(|kept| kept.is_vouched_for(voucher)) {
            Some(false) => Ok(Err(Flaw::Forged)),
            Some(true) | None => Ok(Ok(true)),
        }
    }

    async fn link(&self, minute: Minute) -> Result<Option<KeptLink>, StorageError> {
        self.table.read(&links_of(minute.day()), &minute.time()).await
    }

    /// The links of an hour, each with the time under which it stands.
    async fn links(&self, hour: Minute) -> Result<Vec<(String, KeptLink)>, StorageError> {
        self.links_of_day(hour.day(), &hour.time()[..3]).await
    }

    /// The links of a day whose time begins with `prefix`.
    pub(super) async fn links_of_day(
        &self,
        day: Date,
        prefix: &str,
    ) -> Result<Vec<(String, KeptLink)>, StorageError> {
        let pk = links_of(day);
        let (mut links, mut after) = (Vec::new(), None);
        loop {
            let (rows, next): (Vec<serde_json::Map<String, serde_json::Value>>, _) =
                self.table.page(&pk, prefix, after.as_deref(), HOUR).await?;
            for mut row in rows {
                let Some(serde_json::Value::String(time)) = row.remove("sk") else { continue };
                // One that cannot be read is one that is gone.
                if let Ok(kept) = serde_json::from_value(row.into()) {
                    links.push((time, kept));
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(links),
            }
        }
    }

    /// The lines of all minutes of a span, at once: those that have none are asked for theirs too.
    async fn lines_between(
        &self,
        first: Minute,
        last: Minute,
    ) -> Result<Vec<(Minute, Vec<Line>)>, StorageError> {
        let mut reading = JoinSet::new();
        let mut minute = first;
        while minute <= last {
            let chain = self.clone();
            reading.spawn(async move { (minute, chain.lines(minute).await) });
            minute = minute.next();
        }
        let mut found = Vec::new();
        while let Some(read) = reading.join_next().await {
            let (minute, lines) =
                read.map_err(|error| self.table.error("read the audit log", error.to_string()))?;
            found.push((minute, lines?));
        }
        Ok(found)
    }

    /// The number of the first link after a minute; after the last one, the number that is next.
    async fn number_after(&self, minute: Minute, head: &Head) -> Result<u64, StorageError> {
        let (mut day, mut after) = (minute.day(), Some(minute.time()));
        while day <= head.until.day() {
            let (links, _): (Vec<KeptLink>, _) =
                self.table.page(&links_of(day), "", after.take().as_deref(), 1).await?;
            if let Some(kept) = links.first() {
                return Ok(kept.link.number);
            }
            day = Minute::last_of(day).next().day();
        }
        Ok(head.place.number + 1)
    }
}

impl fmt::Display for VerifyCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.", self.passed)?;
        match self.link {
            Some(link) => link.fmt(formatter),
            None => Ok(()),
        }
    }
}

impl TryFrom<String> for VerifyCursor {
    type Error = MalformedCursor;

    fn try_from(text: String) -> Result<Self, MalformedCursor> {
        text.parse()
    }
}

impl From<VerifyCursor> for String {
    fn from(cursor: VerifyCursor) -> Self {
        cursor.to_string()
    }
}

impl FromStr for VerifyCursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, MalformedCursor> {
        let (passed, link) = text.split_once('.').ok_or(MalformedCursor)?;
        let minute = |text: &str| text.parse().map_err(|_| MalformedCursor);
        let link = if link.is_empty() { None } else { Some(minute(link)?) };
        Ok(VerifyCursor { passed: minute(passed)?, link })
    }
}
