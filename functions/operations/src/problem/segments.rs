//! What the errors of segments and of labels are to an operator.

use platform::{fault::Faults, mini_programs::LabelError, segments::SegmentError, text::Text};

use super::{Kind, Problem};

impl From<SegmentError> for Problem {
    fn from(error: SegmentError) -> Self {
        match error {
            SegmentError::NotFound(_) => Problem::new(Kind::NotFound)
                .field("id")
                .detail(Text::fixed("没有这个分组", "there is no such segment")),
            SegmentError::Invalid(wrong) => Faults(wrong).into(),
            SegmentError::TooMany => Problem::new(Kind::WrongState)
                .detail(Text::fixed("最多 200 个分组", "there are 200 segments at most"))
                .what_to_do(Text::fixed(
                    "请先删除不再使用的分组",
                    "delete one that is no longer used",
                )),
            SegmentError::Changed(_) => Problem::new(Kind::WrongState).detail(Text::fixed(
                "其他人刚刚修改了这个分组，本次修改没有生效",
                "somebody else changed the segment just now; this change is not in force",
            )),
            SegmentError::Cursor => Problem::malformed_cursor(),
            SegmentError::Storage(error) => error.into(),
        }
    }
}

impl From<LabelError> for Problem {
    fn from(error: LabelError) -> Self {
        match error {
            LabelError::Unknown(_) => Problem::new(Kind::NotFound).field("appid"),
            LabelError::Invalid(why) => {
                Problem::new(Kind::InvalidField).field("variables").detail(why)
            }
            LabelError::Busy(_) => Problem::new(Kind::Unavailable).retry_after(2),
            LabelError::Storage(error) => error.into(),
        }
    }
}
