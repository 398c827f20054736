use crate::{
    fault::Fault, releases::ReleaseError, segments::SegmentError, storage::StorageError, text::Text,
};

/// Why something about a rollout was not done.
#[derive(Debug, thiserror::Error)]
pub enum RolloutError {
    /// There is none with this id.
    #[error("there is no rollout {0}")]
    NotFound(String),
    /// The rollout has no such target.
    #[error("the rollout has no target {0}")]
    NoTarget(String),
    /// The request is wrong in these places.
    #[error("the rollout is wrong in {} places", .0.len())]
    Invalid(Vec<Fault>),
    /// It does not fit how things stand. Nothing was changed.
    #[error("{state}; {what_to_do}")]
    WrongState {
        /// How things stand.
        state: Text,
        /// What would help.
        what_to_do: Text,
    },
    /// The plan is another one than whoever starts it has seen.
    #[error("the plan is another one by now")]
    OtherPlan,
    /// It was changed by somebody else at the same time; try again.
    #[error("somebody else changed it at the same time; try again")]
    Busy,
    /// Another rollout has the mini program.
    #[error("another rollout has the mini program")]
    Taken,
    /// The cursor is not one that a list gave.
    #[error("cursor is malformed; begin the list again without one")]
    Cursor,
    /// The segment cannot be had.
    #[error(transparent)]
    Segment(SegmentError),
    /// What concerns the mini program's own releases.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<SegmentError> for RolloutError {
    fn from(error: SegmentError) -> Self {
        match error {
            SegmentError::Storage(error) => error.into(),
            error => RolloutError::Segment(error),
        }
    }
}
