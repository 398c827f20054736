//! What was measured several times.

use crate::table::figure;

/// Measurements of one thing, in the order of the rounds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The value that so many thousandths are not above; 0 if there are none.
    pub(crate) fn thousandths(&self, thousandths: usize) -> f64 {
        let sorted = self.sorted();
        let place = (sorted.len() * thousandths).div_ceil(1000).max(1) - 1;
        sorted.get(place).copied().unwrap_or(0.0)
    }

    /// The one in the middle; of an even number the mean of two.
    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        match (sorted.len(), sorted.len() / 2) {
            (0, _) => 0.0,
            (count, middle) if count % 2 == 1 => sorted[middle],
            (_, middle) => f64::midpoint(sorted[middle - 1], sorted[middle]),
        }
    }

    /// How many times as much this is as `other`, round by round.
    pub(crate) fn over(&self, other: &Series) -> Series {
        Series(self.0.iter().zip(&other.0).map(|(this, other)| this / other).collect())
    }

    /// The median, with the least and the most.
    pub(crate) fn with_range(&self) -> String {
        let sorted = self.sorted();
        let end = |value: Option<&f64>| figure(value.copied().unwrap_or(0.0));
        let (least, most) = (end(sorted.first()), end(sorted.last()));
        format!("{} ({least}–{most})", figure(self.median()))
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_knows_its_middle_and_its_ends() {
        let series = |values: &[f64]| Series(values.to_vec());
        assert_eq!(series(&[3.0, 1.0, 2.0]).median(), 2.0);
        assert_eq!(series(&[4.0, 1.0, 2.0, 3.0]).median(), 2.5);
        let thousand = Series((1..=1000).map(f64::from).collect());
        assert_eq!(
            [500, 990, 999, 1000].map(|part| thousand.thousandths(part)),
            [500.0, 990.0, 999.0, 1000.0]
        );
        assert_eq!(series(&[7.0]).thousandths(999), 7.0);
        assert_eq!(series(&[4.0, 9.0]).over(&series(&[2.0, 3.0])).0, [2.0, 3.0]);
        assert_eq!(series(&[2.0, 1.0, 3.0]).with_range(), "2.00 (1.00–3.00)");
    }
}
