//! The Mandelbrot set, one pixel per step: floating point in a loop whose length depends on the data.
//!
//! A pixel costs between one and [`LIMIT`] iterations and neighbours cost alike, so the picture is visited in scattered
//! order: any stretch of the row holds about the same mixture.

use super::chained::chained;
use super::{Bound, Kernel, Seat, Task};
use crate::error::Result;

/// Pixels per side.
const SIDE: u64 = 1024;
/// Iterations after which a point counts as inside.
const LIMIT: u32 = 512;

pub(super) struct Mandelbrot;

impl Kernel for Mandelbrot {
    fn name(&self) -> &'static str {
        "mandelbrot"
    }

    fn bound(&self) -> Bound {
        Bound::Cpu
    }

    fn summary(&self) -> &'static str {
        "one pixel of the Mandelbrot set: floating point and branches"
    }

    fn prepare(&self, seat: &Seat) -> Result<Box<dyn Task>> {
        Ok(chained(seat, |number, _| {
            let pixel = pixel(number);
            pixel << 16 | u64::from(escape(pixel))
        }))
    }
}

/// Visits every pixel once per SIDE² steps: multiplying by an odd number permutes the numbers below a power of two.
fn pixel(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b1) % (SIDE * SIDE)
}

/// Iterations until the point of the pixel leaves the circle of radius 2.
fn escape(pixel: u64) -> u32 {
    let step = 3.0 / SIDE as f64;
    let (re, im) = ((pixel % SIDE) as f64 * step - 2.2, (pixel / SIDE) as f64 * step - 1.5);
    let (mut x, mut y) = (0.0, 0.0);
    for iteration in 0..LIMIT {
        if x * x + y * y > 4.0 {
            return iteration;
        }
        (x, y) = (x * x - y * y + re, 2.0 * x * y + im);
    }
    LIMIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_inside_from_outside() {
        let middle = SIDE / 2 * SIDE;
        assert_eq!(escape(middle + SIDE * 22 / 30), LIMIT, "the origin");
        assert!(escape(0) < 3, "the corner");
    }

    #[test]
    fn visits_every_pixel() {
        let mut seen = vec![false; (SIDE * SIDE) as usize];
        (0..SIDE * SIDE).for_each(|number| seen[pixel(number) as usize] = true);
        assert!(seen.into_iter().all(|pixel| pixel));
    }
}
