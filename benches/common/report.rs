//! What a benchmark tells: a line for each figure, which the harness of the claim `performance` reads.

use std::fmt::Display;
use std::io::Write as _;

/// Tells how many times as much `work` took as its yardstick.
pub(crate) fn ratio(work: &str, size: impl Display, ratio: f64, sides: &str) {
    tell(&format!("ratio {work} {size}: {ratio:.3} ({sides})"));
}

/// Tells a figure that stands for itself.
pub(crate) fn figure(name: &str, size: impl Display, value: f64, unit: &str) {
    tell(&format!("figure {name} {size}: {value:.3} {unit}"));
}

/// At once, as others take minutes.
fn tell(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output takes it");
}
