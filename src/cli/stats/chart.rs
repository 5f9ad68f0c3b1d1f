//! Numbers with bars, for terminals.

use std::ffi::OsString;

use super::super::escape::escape;

/// The least width of a terminal on which bars are drawn.
const NARROWEST: usize = 60;

/// The most columns that a bar takes.
const LONGEST: usize = 40;

/// The most columns that a name takes; a longer one is cut.
const WIDEST_NAME: usize = 32;

/// A titled list of numbers.
pub(crate) struct Section {
    title: &'static str,
    lines: Vec<Line>,
    bars: Bars,
}

#[derive(PartialEq, Eq)]
enum Bars {
    Drawn,
    Absent,
}

impl Section {
    /// Makes one whose numbers are compared by bars.
    pub(crate) fn chart(title: &'static str, lines: Vec<Line>) -> Self {
        Self {
            title,
            lines,
            bars: Bars::Drawn,
        }
    }

    /// Makes one of numbers that have nothing to do with each other.
    pub(crate) fn plain(title: &'static str, lines: Vec<Line>) -> Self {
        Self {
            title,
            lines,
            bars: Bars::Absent,
        }
    }
}

/// One number, or a text in its place, and what it is of.
pub(crate) struct Line {
    name: String,
    shown: String,
    count: Option<u64>,
}

impl Line {
    /// Makes a line of a number.
    pub(crate) fn new(name: impl Into<String>, count: u64) -> Self {
        Self {
            name: name.into(),
            shown: count.to_string(),
            count: Some(count),
        }
    }

    /// Makes a line of a number that is part of another.
    pub(crate) fn part(name: impl Into<String>, count: u64, all: u64) -> Self {
        Self {
            shown: format!("{count} of {all}"),
            ..Self::new(name, count)
        }
    }

    /// Makes a line of a text.
    pub(crate) fn text(name: impl Into<String>, text: String) -> Self {
        Self {
            name: name.into(),
            shown: text,
            count: None,
        }
    }
}

/// How bars are drawn, if they are.
pub(crate) struct Chart {
    width: Option<usize>,
    glyphs: Glyphs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Glyphs {
    Unicode,
    Ascii,
}

impl Chart {
    /// Makes the chart for a terminal of `width` columns, or for none; `environment` tells what it can show.
    pub(crate) fn for_terminal(
        width: Option<u16>,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Self {
        // POSIX: the first of these that is set and not empty.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .filter_map(|name| environment(name))
            .find(|value| !value.is_empty())
            .and_then(|value| value.into_string().ok())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let glyphs = if locale.ends_with("utf-8") || locale.ends_with("utf8") {
            Glyphs::Unicode
        } else {
            Glyphs::Ascii
        };
        let width = width.map(usize::from).filter(|width| *width >= NARROWEST);
        Self { width, glyphs }
    }

    /// Returns the lines of `sections`; those without lines are left out.
    pub(crate) fn draw(&self, sections: &[Section]) -> String {
        let mut text = String::new();
        for section in sections.iter().filter(|section| !section.lines.is_empty()) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(section.title);
            text.push('\n');
            self.draw_section(section, &mut text);
        }
        text
    }

    fn draw_section(&self, section: &Section, text: &mut String) {
        let names: Vec<String> = (section.lines.iter())
            .map(|line| shortened(&escape(&line.name)))
            .collect();
        let columns = |text: &str| text.chars().count();
        let counts = || section.lines.iter().filter(|line| line.count.is_some());
        let name_width = names.iter().map(|name| columns(name)).max().unwrap_or(0);
        let count_width = counts().map(|line| columns(&line.shown)).max().unwrap_or(0);
        let most = counts().filter_map(|line| line.count).max().unwrap_or(0);
        let before = name_width + count_width + 6;
        let room = self.width.map_or(0, |width| width.saturating_sub(before));
        for (name, line) in names.iter().zip(&section.lines) {
            let shown = escape(&line.shown);
            let padding = " ".repeat(name_width.saturating_sub(columns(name)));
            let row = match line.count {
                None => format!("  {name}{padding}  {shown}"),
                Some(count) => {
                    let bar = match section.bars {
                        Bars::Drawn => self.bar(count, most, room.min(LONGEST)),
                        Bars::Absent => String::new(),
                    };
                    format!("  {name}{padding}  {shown:>count_width$}  {bar}")
                }
            };
            text.push_str(row.trim_end());
            text.push('\n');
        }
    }

    /// Returns the bar of `count`, where that of `most` takes `room` columns. What is not nothing is seen.
    fn bar(&self, count: u64, most: u64, room: usize) -> String {
        let parts: u128 = match self.glyphs {
            Glyphs::Unicode => 8,
            Glyphs::Ascii => 1,
        };
        if count == 0 || most == 0 || room == 0 {
            return String::new();
        }
        let whole = u128::try_from(room).unwrap_or(0) * parts;
        let length = (u128::from(count) * whole / u128::from(most)).max(1);
        let full = usize::try_from(length / parts).unwrap_or(room);
        match self.glyphs {
            Glyphs::Ascii => "#".repeat(full),
            Glyphs::Unicode => {
                let mut bar = "█".repeat(full);
                let eighths = usize::try_from(length % parts).unwrap_or(0);
                let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
                bar.push_str(rest.get(eighths).unwrap_or(&""));
                bar
            }
        }
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= WIDEST_NAME {
        return name.to_owned();
    }
    let kept: String = name.chars().take(WIDEST_NAME - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(width: Option<u16>, locale: &str) -> Chart {
        Chart::for_terminal(width, |name| {
            (name == "LANG").then(|| OsString::from(locale))
        })
    }

    fn sections() -> Vec<Section> {
        let lines = vec![
            Line::new("none", 0),
            Line::new("one", 1),
            Line::part("half", 500, 2_000),
            Line::new("most", 1_000),
        ];
        vec![
            Section::chart("Chart", lines),
            Section::chart("Empty", Vec::new()),
            Section::plain(
                "Plain",
                vec![
                    Line::new("number", 7),
                    Line::text("a\u{1b}name", "b\u{9b}c".to_owned()),
                ],
            ),
        ]
    }

    #[test]
    fn bars_fill_the_width_of_a_terminal() {
        insta::assert_snapshot!(chart(Some(80), "C.UTF-8").draw(&sections()), @r"
        Chart
          none            0
          one             1  ▏
          half  500 of 2000  ████████████████████
          most         1000  ████████████████████████████████████████

        Plain
          number       7
          a\u{1b}name  b\u{9b}c
        ");
        insta::assert_snapshot!(chart(Some(60), "C").draw(&sections()), @r"
        Chart
          none            0
          one             1  #
          half  500 of 2000  ###################
          most         1000  #######################################

        Plain
          number       7
          a\u{1b}name  b\u{9b}c
        ");
    }

    #[test]
    fn numbers_stand_alone_where_there_is_no_terminal_or_a_narrow_one() {
        let plain = chart(None, "C.UTF-8").draw(&sections());
        assert_eq!(chart(Some(59), "C.UTF-8").draw(&sections()), plain);
        insta::assert_snapshot!(plain, @r"
        Chart
          none            0
          one             1
          half  500 of 2000
          most         1000

        Plain
          number       7
          a\u{1b}name  b\u{9b}c
        ");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in 60..130 {
            for locale in ["C", "en_GB.utf8"] {
                let mut sections = sections();
                let lines = vec![
                    Line::part("x".repeat(300), 1_000_000, 1_000_000),
                    Line::new("y", 1),
                ];
                sections.push(Section::chart("Wide", lines));
                let text = chart(Some(width), locale).draw(&sections);
                let widest = text.lines().map(|line| line.chars().count()).max();
                assert!(widest.unwrap() <= usize::from(width), "{text}");
            }
        }
    }

    #[test]
    fn first_locale_that_is_set_counts() {
        let glyphs = |set: &[(&str, &str)]| {
            let find = |name: &str| set.iter().find(|(key, _)| *key == name);
            Chart::for_terminal(Some(80), |name| find(name).map(|(_, value)| value.into())).glyphs
        };
        assert_eq!(glyphs(&[]), Glyphs::Ascii);
        assert_eq!(glyphs(&[("LANG", "de_DE.UTF-8")]), Glyphs::Unicode);
        assert_eq!(
            glyphs(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")]),
            Glyphs::Ascii
        );
        assert_eq!(
            glyphs(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")]),
            Glyphs::Unicode
        );
    }
}
