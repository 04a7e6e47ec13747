//! Noise of machines as benchmarks meet it, from a seed: what the tests of statistics and of verdicts are held against.
//!
//! Every kind falls on the logarithm of a sample's time and has a centre of 0. Two arms are sampled in turn, as rounds
//! sample them, in an order that is random within a round and balanced over two rounds, so that slow weather mostly
//! cancels in a pair and what is left of it is correlated from round to round, as on a real machine.

/// A kind of noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// Normal.
    Normal,
    /// Student's t with two degrees of freedom: its variance is infinite.
    HeavyTailed,
    /// Only ever slower than the undisturbed time: mostly a little, one sample in ten a lot.
    Skewed,
    /// Each sample follows the one before it (first-order, 0.95), with a little of its own.
    Autocorrelated,
    /// One of two modes, 5 standard deviations apart, chosen anew for every sample.
    Bimodal,
    /// The same, where a mode lasts for thirty samples or so.
    StickyModes,
}

impl Noise {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Normal, Self::HeavyTailed, Self::Skewed, Self::Autocorrelated, Self::Bimodal, Self::StickyModes];
}

/// A machine with noise of one kind.
#[derive(Debug)]
pub struct Weather {
    noise: Noise,
    /// Scale of the noise on the logarithm of a time: 0.01 is about 1 %.
    scale: f64,
    random: fastrand::Rng,
    /// State of the noise that has any: the last value, or the mode.
    state: f64,
    /// Samples and rounds taken, and whether the head was sampled first in the last round.
    rounds: u32,
    head_first: bool,
}

impl Weather {
    /// A machine; the same seed gives the same noise.
    pub fn new(noise: Noise, scale: f64, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let state = match noise {
            // Its stationary distribution, so that the first sample is no exception.
            Noise::Autocorrelated => normal(&mut random) / (1.0 - 0.95_f64 * 0.95).sqrt(),
            _ => f64::from(u8::from(random.bool())),
        };
        Self { noise, scale, random, state, rounds: 0, head_first: false }
    }

    /// Noise of the next sample, on the logarithm of its time.
    pub fn sample(&mut self) -> f64 {
        let own = normal(&mut self.random);
        self.scale
            * match self.noise {
                Noise::Normal => own,
                Noise::HeavyTailed => {
                    // A normal over the root of a chi-squared (of two degrees: an exponential) by its degrees.
                    own / (-(1.0 - self.random.f64()).ln()).sqrt()
                }
                Noise::Skewed => own.abs() * if self.random.f64() < 0.1 { 10.0 } else { 1.0 },
                Noise::Autocorrelated => {
                    self.state = 0.95 * self.state + own;
                    self.state + 0.3 * normal(&mut self.random)
                }
                Noise::Bimodal => own + 5.0 * f64::from(u8::from(self.random.bool())),
                Noise::StickyModes => {
                    if self.random.f64() < 1.0 / 30.0 {
                        self.state = 1.0 - self.state;
                    }
                    own + 5.0 * self.state
                }
            }
    }

    /// ln(head/base) of the next round, where the head takes `effect` longer on the logarithm.
    pub fn pair(&mut self, effect: f64) -> f64 {
        self.head_first = if self.rounds.is_multiple_of(2) { self.random.bool() } else { !self.head_first };
        self.rounds += 1;
        let (first, second) = (self.sample(), self.sample());
        effect + if self.head_first { first - second } else { second - first }
    }

    /// The same of so many rounds.
    pub fn pairs(&mut self, rounds: usize, effect: f64) -> Vec<f64> {
        (0..rounds).map(|_| self.pair(effect)).collect()
    }
}

/// A standard normal value (Box and Muller).
pub fn normal(random: &mut fastrand::Rng) -> f64 {
    (-2.0 * (1.0 - random.f64()).ln()).sqrt() * (std::f64::consts::TAU * random.f64()).cos()
}

/// How often a simulation of the suite is repeated: `few` by default; times the whole number in `GILBENCH_SIMULATIONS`
/// if that is set, for the long form.
pub fn repetitions(few: usize) -> usize {
    let times = std::env::var("GILBENCH_SIMULATIONS").ok().map(|times| {
        times.parse::<usize>().expect("GILBENCH_SIMULATIONS is a whole number: how many times longer than usual")
    });
    few * times.unwrap_or(1).max(1)
}
