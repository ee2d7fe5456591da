//! Repeated measurements.

/// Values of one quantity, in the order in which they were taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    /// Adds a value.
    pub(crate) fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The middle value; NaN of nothing.
    pub(crate) fn median(&self) -> f64 {
        let mut values = self.0.clone();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match values.len() {
            0 => f64::NAN,
            length if length % 2 == 1 => values[middle],
            _ => f64::midpoint(values[middle - 1], values[middle]),
        }
    }
}

/// The ratio of two durations that were measured in turns.
pub(crate) fn ratio(ours: &Sample, anchor: &Sample) -> f64 {
    ours.median() / anchor.median()
}
