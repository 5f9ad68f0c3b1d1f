//! The cost of a login and of a page against the size of the store, drawn.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use plotters::prelude::*;

use super::aims::{PAGE, drawn};
use crate::claim::Figure;

const SIZES: [(&str, f64); 4] = [("10k", 1e4), ("100k", 1e5), ("1M", 1e6), ("10M", 1e7)];

/// What is drawn, by which name, and in which colour.
const SERIES: [(&str, &str, RGBColor); 4] = [
    ("verify", "verify a token", RGBColor(0x1f, 0x5f, 0xbf)),
    (
        "raw lookup",
        "raw prepared lookup of its row",
        RGBColor(0x88, 0x88, 0x88),
    ),
    (
        "unknown token",
        "refuse an unknown token",
        RGBColor(0xc0, 0x50, 0x20),
    ),
    (
        PAGE,
        "first 50 tokens of a user",
        RGBColor(0x2a, 0x8a, 0x4a),
    ),
];

/// Draws `figures` to the file at `path`; with fewer than two sizes there is nothing to draw.
pub(super) fn draw(figures: &[Figure], path: &Path) -> anyhow::Result<()> {
    let points = |name: &str| -> Vec<(f64, f64)> {
        let sizes = SIZES.iter().filter_map(|(size, tokens)| {
            let figure = figures.iter().find(|it| it.name == drawn(name, size))?;
            Some((*tokens, figure.value))
        });
        sizes.collect()
    };
    let series = SERIES.map(|(name, says, colour)| (points(name), says, colour));
    if series.iter().all(|(points, ..)| points.len() < 2) {
        return Ok(());
    }
    let directory = path.parent().context("is a file")?;
    fs::create_dir_all(directory)?;
    let root = SVGBackend::new(path, (760, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(
            "Microseconds against tokens in the store",
            ("sans-serif", 18),
        )
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d((1e4..1e7).log_scale(), (1.0..1e3).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("tokens")
        .y_desc("us")
        .x_label_formatter(&|tokens| {
            let named = SIZES.iter().find(|(_, size)| size == tokens);
            named.map_or_else(|| format!("{tokens:.0}"), |(name, _)| (*name).to_owned())
        })
        .y_label_formatter(&|microseconds| format!("{microseconds:.0}"))
        .light_line_style(RGBColor(0xee, 0xee, 0xee))
        .draw()?;
    for (points, says, colour) in series {
        let dots = points.clone().into_iter();
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(says)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        chart.draw_series(dots.map(|point| Circle::new(point, 3, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.9))
        .border_style(RGBColor(0xcc, 0xcc, 0xcc))
        .draw()?;
    root.present()?;
    Ok(())
}
