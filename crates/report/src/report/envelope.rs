//! A long series in few columns, honestly: each column shows the least, the median and the greatest of its runs, so that
//! no spike and no spread is lost, only who was next to whom.

use crate::stats;

/// Some neighbouring values as one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Column {
    /// Place of the first of them, counted from 0.
    pub(super) first: usize,
    /// How many there are.
    pub(super) count: usize,
    /// The least.
    pub(super) least: f64,
    /// Their median.
    pub(super) middle: f64,
    /// The greatest.
    pub(super) most: f64,
}

/// At most so many columns; if there are no more values than that, each has its own.
pub(super) fn envelope(values: &[f64], columns: usize) -> Vec<Column> {
    let columns = columns.min(values.len());
    let edge = |column: usize| column * values.len() / columns.max(1);
    let column = |at: usize| {
        let part = &values[edge(at)..edge(at + 1)];
        Column {
            first: edge(at),
            count: part.len(),
            least: part.iter().copied().fold(f64::INFINITY, f64::min),
            middle: stats::median(part).unwrap_or(f64::NAN),
            most: part.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    };
    (0..columns).map(column).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_lost_but_the_order(values in prop::collection::vec(-1e6..1e6, 0..500), columns in 1_usize..60) {
            let envelope = envelope(&values, columns);
            prop_assert_eq!(envelope.len(), columns.min(values.len()));
            prop_assert_eq!(envelope.iter().map(|column| column.count).sum::<usize>(), values.len());
            for column in &envelope {
                let part = &values[column.first..column.first + column.count];
                prop_assert!(part.iter().all(|value| (column.least..=column.most).contains(value)));
                prop_assert!(part.contains(&column.least) && part.contains(&column.most));
                prop_assert!((column.least..=column.most).contains(&column.middle));
            }
        }
    }
}
