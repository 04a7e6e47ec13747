//! How time falls as workers are added.
//!
//! Speedup and efficiency as usual; the serial fraction that explains one point (A. H. Karp and H. P. Flatt, "Measuring
//! parallel processor performance", CACM 33, 1990); and two laws for a whole curve: Amdahl's (1967) and the Universal
//! Scalability Law (N. J. Gunther, *Guerrilla Capacity Planning*, 2007, ch. 4–5). A law is fitted only to six or more
//! distinct worker counts, none above the number of cores: fewer points fit anything, and beyond the cores it is the
//! scheduler that is measured. Both fits are least squares on N/S(N) − 1, which is linear in the coefficients, which
//! are not allowed below 0.

use std::collections::BTreeSet;

/// Fewest distinct worker counts to which a law is fitted.
const POINTS: usize = 6;

/// Times as fast as one worker: serial time over parallel time, without unit.
pub fn speedup(serial: f64, parallel: f64) -> f64 {
    serial / parallel
}

/// Speedup per worker, 1 being perfect.
pub fn efficiency(speedup: f64, workers: usize) -> f64 {
    speedup / workers as f64
}

/// The share of serial work (0–1) that would explain this speedup; below 0 for more than perfect speedups.
///
/// `None` for fewer than 2 workers or a speedup that is not positive.
pub fn karp_flatt(speedup: f64, workers: usize) -> Option<f64> {
    let inverse = 1.0 / workers as f64;
    (workers > 1 && speedup > 0.0).then(|| (1.0 / speedup - inverse) / (1.0 - inverse))
}

/// Why no scaling law can be told from these points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotIdentifiable {
    /// The reason, in a sentence.
    pub reason: String,
}

/// Amdahl's law: S(N) = N / (1 + σ(N − 1)).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amdahl {
    /// Serial share σ of the work, at least 0.
    pub serial: f64,
}

impl Amdahl {
    /// Speedup with so many workers.
    pub fn at(&self, workers: f64) -> f64 {
        Usl { contention: self.serial, coherency: 0.0 }.at(workers)
    }
}

/// The Universal Scalability Law: S(N) = N / (1 + σ(N − 1) + κN(N − 1)).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usl {
    /// Contention σ: waiting for what is shared, at least 0.
    pub contention: f64,
    /// Coherency κ: keeping copies of what is shared equal, at least 0.
    pub coherency: f64,
}

impl Usl {
    /// Speedup with so many workers.
    pub fn at(&self, workers: f64) -> f64 {
        let others = workers - 1.0;
        workers / (1.0 + self.contention * others + self.coherency * workers * others)
    }

    /// The number of workers beyond which more of them make it slower; infinite without a coherency term.
    pub fn peak(&self) -> f64 {
        ((1.0 - self.contention).max(0.0) / self.coherency).sqrt().max(1.0)
    }
}

/// Fits Amdahl's law to points (workers, speedup); points above `cores` are left out.
///
/// # Errors
/// If fewer than six distinct worker counts remain.
pub fn amdahl(points: &[(usize, f64)], cores: usize) -> Result<Amdahl, NotIdentifiable> {
    Ok(Amdahl { serial: one_term(&usable(points, cores)?, |n| n - 1.0) })
}

/// Fits the Universal Scalability Law to points (workers, speedup); points above `cores` are left out.
///
/// # Errors
/// If fewer than six distinct worker counts remain.
pub fn usl(points: &[(usize, f64)], cores: usize) -> Result<Usl, NotIdentifiable> {
    let points = usable(points, cores)?;
    // Normal equations of y = σ·u + κ·v with u = N − 1 and v = N(N − 1).
    let [mut uu, mut uv, mut vv, mut uy, mut vy] = [0.0; 5];
    for &(n, y) in &points {
        let (u, v) = (n - 1.0, n * (n - 1.0));
        uu += u * u;
        uv += u * v;
        vv += v * v;
        uy += u * y;
        vy += v * y;
    }
    let determinant = uu * vv - uv * uv;
    let (contention, coherency) = ((uy * vv - vy * uv) / determinant, (vy * uu - uy * uv) / determinant);
    Ok(if coherency < 0.0 {
        Usl { contention: one_term(&points, |n| n - 1.0), coherency: 0.0 }
    } else if contention < 0.0 {
        Usl { contention: 0.0, coherency: one_term(&points, |n| n * (n - 1.0)) }
    } else {
        Usl { contention, coherency }
    })
}

/// Points as (N, N/S − 1), if they suffice for a fit.
fn usable(points: &[(usize, f64)], cores: usize) -> Result<Vec<(f64, f64)>, NotIdentifiable> {
    let kept = points.iter().filter(|&&(n, s)| (1..=cores).contains(&n) && s > 0.0 && s.is_finite());
    let distinct = kept.clone().map(|&(n, _)| n).collect::<BTreeSet<_>>().len();
    if distinct < POINTS {
        let reason = format!(
            "not identifiable: a scaling law needs {POINTS} different numbers of workers up to the {cores} cores, \
             and there are {distinct}"
        );
        return Err(NotIdentifiable { reason });
    }
    Ok(kept.map(|&(n, s)| (n as f64, n as f64 / s - 1.0)).collect())
}

/// Least squares of y = c·f(N) with c ≥ 0.
fn one_term(points: &[(f64, f64)], f: impl Fn(f64) -> f64) -> f64 {
    let (fy, ff) = points.iter().fold((0.0, 0.0), |(fy, ff), &(n, y)| (fy + f(n) * y, ff + f(n) * f(n)));
    (fy / ff).max(0.0)
}
