//! The order of cases, or of the arms of a probe, in a round: random, balanced and seeded.

/// Order of `cases` cases in round number `round`: a permutation of their indices.
///
/// Over each block of `cases` rounds every case takes every position once (a cyclic Latin square whose rows and first
/// row are shuffled), so that no case is always measured after the same rest.
pub(crate) fn order(cases: usize, round: u32, seed: u64) -> Vec<usize> {
    if cases == 0 {
        return vec![];
    }
    let (block, row) = (round as usize / cases, round as usize % cases);
    let mut random = fastrand::Rng::with_seed(seed ^ (block as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut base: Vec<_> = (0..cases).collect();
    let mut shifts = base.clone();
    random.shuffle(&mut base);
    random.shuffle(&mut shifts);
    base.rotate_left(shifts[row]);
    base
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn every_case_takes_every_position_once_a_block() {
        for cases in 1..9 {
            let mut seen = vec![vec![0; cases]; cases];
            for round in 0..cases as u32 {
                for (position, case) in order(cases, round, 7).into_iter().enumerate() {
                    seen[case][position] += 1;
                }
            }
            assert!(seen.iter().flatten().all(|&times| times == 1), "{cases}: {seen:?}");
        }
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(order(8, 3, 1), order(8, 3, 1));
        assert_ne!(
            (0..20).map(|r| order(8, r, 1)).collect::<Vec<_>>(),
            (0..20).map(|r| order(8, r, 2)).collect::<Vec<_>>()
        );
    }
}
