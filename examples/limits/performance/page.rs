//! The page of figures for readers: words written by hand, and below them a table and a plot that are made here.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};

use super::{CLAIM, plot};
use crate::claim::{Figure, rounded};
use crate::evidence::Evidence;

const PAGE: &str = "performance.md";
const PLOT: &str = "performance/cost.svg";
/// Between these two lines everything is made.
const BEGIN: &str = "<!-- made by `cargo run --release --example limits -- performance` -->";
const END: &str = "<!-- end of what is made -->";

/// Writes the page and the plot beside `evidence`, the directory of results, from the last result there is.
pub(crate) fn write(evidence: &Path) -> anyhow::Result<()> {
    let Some(found) = Evidence::find(evidence, CLAIM.name)? else {
        return Ok(());
    };
    let beside = evidence.parent().context("evidence is in a directory")?;
    let by_hand = Path::new("docs").join(PAGE);
    let page = fs::read_to_string(&by_hand)
        .with_context(|| format!("read the words of {}", by_hand.display()))?;
    let (above, rest) = page.split_once(BEGIN).context("the page has no begin")?;
    let (_, below) = rest.split_once(END).context("the page has no end")?;
    let made = made(&found)?;
    fs::write(
        beside.join(PAGE),
        format!("{above}{BEGIN}\n{made}{END}{below}"),
    )?;
    plot::draw(&found.figures, &beside.join(PLOT))
}

fn made(found: &Evidence) -> anyhow::Result<String> {
    let machine = &found.machine;
    ensure!(!found.figures.is_empty(), "there are figures");
    let mut text = format!(
        "\nMeasured at commit `{}` on {}: {}, {} cores, {} GiB, {}, {}, {}, by\n`{}`.\nVerdict on the whole: {}.\n\n\
         ![Cost against the number of tokens]({PLOT})\n\n",
        found.commit,
        found.date,
        machine.processor,
        machine.cores,
        machine.memory_gib,
        machine.kernel,
        machine.file_system,
        machine.rustc,
        found.command,
        found.verdict,
    );
    text += "| figure | goal | measured | verdict | sides |\n|---|---|---|---|---|\n";
    let mut with_goal: Vec<&Figure> = found.figures.iter().collect();
    with_goal.retain(|figure| figure.goal.is_some());
    // P2 before P10.
    with_goal.sort_by_key(|figure| number(&figure.name));
    for figure in with_goal {
        let goal = figure.goal.map(|goal| goal.to_string()).unwrap_or_default();
        let verdict = if figure.holds() {
            "holds"
        } else {
            "falls short"
        };
        writeln!(
            text,
            "| {} | {goal} | {} | {verdict} | {} |",
            figure.name,
            rounded(figure.value),
            figure.sides
        )?;
    }
    for skipped in &found.skipped {
        writeln!(text, "| {skipped} | | | not tried | |")?;
    }
    text += "\nWithout a goal, for comparison:\n\n| figure | measured | sides |\n|---|---|---|\n";
    for figure in &found.figures {
        if figure.goal.is_none() {
            let (name, value) = (&figure.name, rounded(figure.value));
            writeln!(text, "| {name} | {value} | {} |", figure.sides)?;
        }
    }
    text.push('\n');
    for note in &found.notes {
        writeln!(text, "- {note}.")?;
    }
    if !found.notes.is_empty() {
        text.push('\n');
    }
    Ok(text)
}

/// Returns the number of the goal that `name` begins with.
fn number(name: &str) -> u32 {
    let digits = name.trim_start_matches('P').split(' ').next();
    digits
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(u32::MAX)
}
