//! Break-even: from which point of a grid on one of two is ahead of the other.
//!
//! A round knows the lead at every point of the grid: what the challenger spares, negative where it is behind. Its
//! break-even is where the lead rises above 0 for good: between the last point without a lead and the next, on the
//! straight line that joins both leads. Straight, because a lead is meant to be a difference of times that each grow
//! in proportion to the grid beyond what they cost at all, as those of jobs do that take longer and longer; then the
//! line is exact however far apart the points are, which one between logarithms or ratios would not be. A lead that
//! comes and goes again does not count, so that one lucky point says nothing. If there is a lead at every point, the
//! break-even lies below the grid; if there is none at the last, beyond it; neither is guessed at.
//!
//! Over rounds it is the median with its exact interval, as everywhere (see `median`): order statistics need no more than
//! an order, so rounds whose break-even lies outside of the grid count like all others, and an end of the interval may
//! lie there too.

use super::{median::outermost, sorted};

/// A place along a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// Before its first point: the challenger is ahead everywhere.
    Below,
    /// Within it, in the grid's unit.
    At(f64),
    /// Behind its last point: even there the challenger is not ahead.
    Beyond,
}

/// Where the lead changes for good, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakEven {
    /// The median over rounds.
    pub place: Place,
    /// Both ends of the interval; `None` with too few rounds for one (fewer than 6 at 95 %).
    pub ends: Option<(Place, Place)>,
    /// Confidence level of the interval (0–1).
    pub level: f64,
    /// Rounds it rests on.
    pub n: usize,
}

impl Place {
    /// Places in their order as numbers: the infinities are outside of the grid.
    fn rank(self) -> f64 {
        match self {
            Self::Below => f64::NEG_INFINITY,
            Self::At(point) => point,
            Self::Beyond => f64::INFINITY,
        }
    }

    fn of(rank: f64) -> Self {
        match rank {
            f64::NEG_INFINITY => Self::Below,
            f64::INFINITY => Self::Beyond,
            rank => Self::At(rank),
        }
    }
}

/// The break-even of one round with these leads at the points of the grid.
///
/// `None` without a point, or if a lead is no number.
///
/// # Panics
/// If there are not as many leads as points, or the points do not ascend.
pub fn crossing(grid: &[f64], leads: &[f64]) -> Option<Place> {
    assert_eq!(grid.len(), leads.len(), "a lead for each point");
    assert!(grid.windows(2).all(|pair| pair[0] < pair[1]), "a grid ascends: {grid:?}");
    if grid.is_empty() || leads.iter().any(|lead| !lead.is_finite()) {
        return None;
    }
    let Some(behind) = leads.iter().rposition(|lead| *lead <= 0.0) else { return Some(Place::Below) };
    let Some(&ahead) = leads.get(behind + 1) else { return Some(Place::Beyond) };
    let share = -leads[behind] / (ahead - leads[behind]);
    Some(Place::At(grid[behind] + share * (grid[behind + 1] - grid[behind])))
}

/// The break-even over rounds, each with its leads at the points of the grid; rounds with a lead that is no number are
/// left out. `None` if none is left.
///
/// # Panics
/// As [`crossing`]; and if the level is not between 0 and 1.
pub fn break_even(grid: &[f64], rounds: &[Vec<f64>], level: f64) -> Option<BreakEven> {
    assert!(level > 0.0 && level < 1.0, "a confidence level is between 0 and 1, not {level}");
    let places: Vec<f64> = rounds.iter().filter_map(|leads| Some(crossing(grid, leads)?.rank())).collect();
    let (sorted, n) = (sorted(&places), places.len());
    let (low, high) = (*sorted.get(n.checked_sub(1)? / 2)?, *sorted.get(n / 2)?);
    // Halfway between a place within and one outside is nowhere; of these, what is known is the one within.
    let middle = match (low.is_finite(), high.is_finite()) {
        (true, true) => f64::midpoint(low, high),
        (true, false) => low,
        _ => high,
    };
    let ends =
        outermost(n, level).checked_sub(1).map(|rank| (Place::of(sorted[rank]), Place::of(sorted[n - 1 - rank])));
    Some(BreakEven { place: Place::of(middle), ends, level, n })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GRID: [f64; 5] = [1.0, 10.0, 100.0, 1000.0, 10_000.0];

    /// Leads of a law: behind up to `at`, ahead after it, ever more.
    fn leads(at: f64, slope: f64) -> Vec<f64> {
        GRID.iter().map(|point| slope * (point - at)).collect()
    }

    fn at(place: Place) -> f64 {
        let Place::At(point) = place else { panic!("{place:?}") };
        point
    }

    #[test]
    fn known_answers() {
        let of = |leads: [f64; 5]| crossing(&GRID, &leads).expect("there are leads");
        assert!((at(of([-1.0, -1.0, 1.0, 1.0, 1.0])) - 55.0).abs() < 1e-9, "halfway from 10 to 100");
        assert!((at(of([-1.0, 0.0, 1.0, 1.0, 1.0])) - 10.0).abs() < 1e-9, "even, and ahead from there on");
        assert_eq!(of([0.1, 0.1, 0.1, 0.1, 0.1]), Place::Below);
        assert_eq!(of([-0.1, 0.1, 0.1, 0.1, -0.1]), Place::Beyond, "what does not last does not count");
        assert!(at(of([0.5, 0.5, -1.0, 1.0, 1.0])) > 100.0, "nor does what comes too early");
        assert_eq!(crossing(&GRID, &[f64::NAN, 0.0, 1.0, 1.0, 1.0]), None);
        assert_eq!(crossing(&[], &[]), None);
    }

    #[test]
    fn the_interval_is_that_of_the_median_and_may_end_outside_of_the_grid() {
        let mut rounds: Vec<Vec<f64>> = (1..=9).map(|round| leads(f64::from(round) * 3.0, 1.0)).collect();
        rounds[0] = vec![1.0; 5];
        rounds[1] = vec![2.0; 5];
        let found = break_even(&GRID, &rounds, 0.95).expect("there are rounds");
        assert!((at(found.place) - 15.0).abs() < 1e-9);
        let (low, high) = found.ends.expect("nine rounds are enough");
        assert_eq!(low, Place::Below, "the second of nine, by the binomial table");
        assert!((at(high) - 24.0).abs() < 1e-9);
        assert_eq!(found.n, 9);
    }

    #[test]
    fn few_rounds_have_no_interval_and_none_no_break_even() {
        assert_eq!(break_even(&GRID, &vec![leads(50.0, 1.0); 5], 0.95).expect("five rounds").ends, None);
        assert_eq!(break_even(&GRID, &[], 0.95), None);
        assert_eq!(break_even(&GRID, &[vec![f64::NAN; 5]], 0.95), None);
    }

    #[test]
    fn always_and_never_are_told() {
        let of = |lead: f64| break_even(&GRID, &vec![vec![lead; 5]; 12], 0.95).expect("twelve rounds");
        assert_eq!((of(0.2).place, of(0.2).ends), (Place::Below, Some((Place::Below, Place::Below))));
        assert_eq!((of(-0.2).place, of(-0.2).ends), (Place::Beyond, Some((Place::Beyond, Place::Beyond))));
        let half: Vec<Vec<f64>> = (0..12).map(|round| if round < 6 { vec![1.0; 5] } else { leads(5.0, 1.0) }).collect();
        assert!((at(break_even(&GRID, &half, 0.95).expect("twelve rounds").place) - 5.0).abs() < 1e-9);
    }

    /// Noise on every lead, a true break-even of 200: the interval holds it as often as it says, or more.
    #[test]
    fn the_interval_covers_what_it_promises() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut noise = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        let covered = (0..2000).filter(|_| {
            let mut round = || leads(200.0, 1.0).iter().map(|lead| lead + 30.0 * noise()).collect::<Vec<f64>>();
            let rounds: Vec<Vec<f64>> = (0..12).map(|_| round()).collect();
            let (low, high) = break_even(&GRID, &rounds, 0.95).and_then(|found| found.ends).expect("twelve rounds");
            low.rank() <= 200.0 && 200.0 <= high.rank()
        });
        let share = covered.count() as f64 / 2000.0;
        assert!(share > 0.93, "{share}");
    }

    proptest! {
        #[test]
        fn a_law_is_found_wherever_its_break_even_lies(point in 1.01_f64..9999.0, slope in 0.01_f64..5.0) {
            let found = at(crossing(&GRID, &leads(point, slope)).expect("there are leads"));
            prop_assert!((found - point).abs() < 1e-6 * point, "{} is not {}", found, point);
        }

        #[test]
        fn more_lead_is_never_a_later_break_even(leads in prop::collection::vec(-2.0_f64..2.0, 5), more in 0.0_f64..1.0) {
            let better: Vec<f64> = leads.iter().map(|lead| lead + more).collect();
            let [before, after] = [&leads, &better].map(|leads| crossing(&GRID, leads).expect("there are leads").rank());
            prop_assert!(after <= before + 1e-9);
        }

        #[test]
        fn the_unit_of_the_grid_does_not_matter(leads in prop::collection::vec(-2.0_f64..2.0, 5), by in 0.001_f64..1000.0) {
            let other = GRID.map(|point| point * by);
            let [here, there] = [&GRID, &other].map(|grid| crossing(grid, &leads).expect("there are leads").rank());
            prop_assert!(here.total_cmp(&there).is_eq() || (there / here - by).abs() < 1e-6 * by);
        }

        #[test]
        fn the_middle_lies_within_the_interval(
            rounds in prop::collection::vec(prop::collection::vec(-2.0_f64..2.0, 5), 6..30)
        ) {
            let found = break_even(&GRID, &rounds, 0.95).expect("there are rounds");
            let (low, high) = found.ends.expect("six rounds are enough");
            prop_assert!(low.rank() <= found.place.rank() && found.place.rank() <= high.rank());
        }
    }
}
