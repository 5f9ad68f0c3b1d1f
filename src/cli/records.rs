//! Records: given once by a verb, printed as a table, JSON, JSON lines or CSV with the same field names.

use std::io::{self, Write};
use std::iter;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::cell::Cell;
use super::cleared::ClearedBuffer;
use super::exit::CliError;
use super::json::{self, Layout};
use super::output::{Format, Output, Undelivered};

/// How many bytes are gathered before they are written, so that most answers are one write.
const CHUNK: usize = 64 * 1024;

/// How many rows of a table are laid out together.
const ROWS: usize = 1_000;

/// How many spaces stand between two columns of a table.
const GAP: u16 = 2;

/// How much of a single record the CSV writer holds, in a buffer that nobody clears: too little to be of use where it
/// is of a secret.
const SCRAP: usize = 8;

/// The fields of a record type, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns {
    /// All of them, as they are in JSON.
    pub(crate) all: &'static [&'static str],
    /// Those that a table shows unless it is told others.
    pub(crate) table: &'static [&'static str],
}

impl Columns {
    /// Returns the fields to print: those that `--columns` names, in that order, or what is usual for `format`.
    pub(crate) fn choose(
        &self,
        chosen: Option<&str>,
        format: Format,
    ) -> Result<Selection, CliError> {
        let names: Vec<&str> = match chosen {
            Some(list) => list.split(',').map(str::trim).collect(),
            None if format == Format::Table => self.table.to_vec(),
            None => self.all.to_vec(),
        };
        let mut selection = Selection(Vec::with_capacity(names.len()));
        for wanted in names {
            let place = self.all.iter().position(|&name| name == wanted);
            let Some((place, &name)) = place.and_then(|at| Some((at, self.all.get(at)?))) else {
                return Err(
                    CliError::usage("`--columns` names a column that there is not")
                        .with_hint(format!("the columns are {}", self.all.join(", "))),
                );
            };
            if selection.0.iter().any(|&(_, known)| known == name) {
                return Err(CliError::usage(format!("`--columns` names `{name}` twice")));
            }
            selection.0.push((place, name));
        }
        Ok(selection)
    }
}

/// The fields that are printed, by their place in the record.
#[derive(Clone, Debug)]
pub(crate) struct Selection(Vec<(usize, &'static str)>);

impl Selection {
    fn cells<'a>(&'a self, row: &'a [Cell]) -> impl Iterator<Item = (&'static str, &'a Cell)> {
        self.0
            .iter()
            .map(|&(place, name)| (name, row.get(place).unwrap_or(&Cell::Null)))
    }
}

struct Object<'a>(&'a Selection, &'a [Cell]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.0.len()))?;
        for (name, cell) in self.0.cells(self.1) {
            map.serialize_entry(name, cell)?;
        }
        map.end()
    }
}

impl Output {
    /// Begins a list of records; each row holds all cells of the record type, in the order of its [`Columns`].
    pub(crate) fn records(&self, selection: Selection) -> RecordWriter<'_> {
        let sink = Sink::of(self);
        let body = match self.format() {
            Format::Table => {
                let names = selection.0.iter().map(|&(_, name)| name.to_owned());
                Body::Table(sink, Block::under(Some(names.collect())))
            }
            Format::Json => Body::Json(sink, 0),
            Format::Jsonl => Body::Jsonl(sink),
            Format::Csv => Body::Csv(Box::new(csv::Writer::from_writer(sink)), Header::Due),
        };
        RecordWriter { selection, body }
    }

    /// Writes one record: in JSON an object instead of an array, in a table one line for each field.
    pub(crate) fn record(&self, selection: Selection, row: Vec<Cell>) -> Result<(), Undelivered> {
        match self.format() {
            Format::Json | Format::Jsonl => self.json(&Object(&selection, &row)),
            Format::Table => {
                let mut block = Block::under(None);
                let lines = selection
                    .cells(&row)
                    .map(|(name, cell)| vec![name.to_owned(), cell.in_table()]);
                block.rows.extend(lines);
                self.raw(block.lay_out(self.width()).as_bytes())
            }
            Format::Csv => {
                let table = csv::WriterBuilder::new()
                    .buffer_capacity(SCRAP)
                    .from_writer(Sink::of(self));
                let body = Body::Csv(Box::new(table), Header::Due);
                let mut writer = RecordWriter { selection, body };
                writer.push(&row)?;
                writer.finish()
            }
        }
    }
}

/// Prints records as they come, so that a million of them take no memory; a table waits for the widths of some.
///
/// Nothing is written before the first 64 KiB are full or [`RecordWriter::finish`] is called, so that an early
/// failure leaves stdout empty. Dropped without `finish` it writes no more.
pub(crate) struct RecordWriter<'a> {
    selection: Selection,
    body: Body<'a>,
}

enum Body<'a> {
    Table(Sink<'a>, Block),
    Json(Sink<'a>, u64),
    Jsonl(Sink<'a>),
    Csv(Box<csv::Writer<Sink<'a>>>, Header),
}

#[derive(PartialEq, Eq)]
enum Header {
    Due,
    Written,
}

impl RecordWriter<'_> {
    /// Adds a record.
    pub(crate) fn push(&mut self, row: &[Cell]) -> Result<(), Undelivered> {
        let object = Object(&self.selection, row);
        match &mut self.body {
            Body::Table(sink, block) => {
                let cells = self.selection.cells(row);
                block
                    .rows
                    .push(cells.map(|(_, cell)| cell.in_table()).collect());
                if block.rows.len() == ROWS {
                    block.write_to(sink)?;
                }
            }
            Body::Json(sink, count) => {
                let json = json::to_vec(&object, Layout::Pretty, 1).map_err(io::Error::from)?;
                sink.write_all(if *count == 0 { b"[\n  " } else { b",\n  " })?;
                sink.write_all(&json)?;
                *count = count.saturating_add(1);
            }
            Body::Jsonl(sink) => {
                let json = json::to_vec(&object, Layout::Compact, 0).map_err(io::Error::from)?;
                sink.write_all(&json)?;
                sink.write_all(b"\n")?;
            }
            Body::Csv(writer, header) => {
                write_header(writer, header, &self.selection)?;
                let cells = self.selection.cells(row);
                write_row(writer, cells.map(|(_, cell)| cell))?;
            }
        }
        Ok(())
    }

    /// Ends the list and delivers what is left of it.
    pub(crate) fn finish(self) -> Result<(), Undelivered> {
        match self.body {
            Body::Table(mut sink, mut block) => {
                block.write_to(&mut sink)?;
                sink.deliver()
            }
            Body::Json(mut sink, count) => {
                sink.write_all(if count == 0 { b"[]\n" } else { b"\n]\n" })?;
                sink.deliver()
            }
            Body::Jsonl(sink) => sink.deliver(),
            Body::Csv(mut writer, mut header) => {
                write_header(&mut writer, &mut header, &self.selection)?;
                let sink = writer
                    .into_inner()
                    .map_err(csv::IntoInnerError::into_error)?;
                sink.deliver()
            }
        }
    }
}

fn write_header(
    writer: &mut csv::Writer<Sink<'_>>,
    header: &mut Header,
    selection: &Selection,
) -> io::Result<()> {
    if *header == Header::Due {
        writer
            .write_record(selection.0.iter().map(|&(_, name)| name))
            .map_err(cause)?;
        *header = Header::Written;
    }
    Ok(())
}

/// Writes one row of CSV.
pub(crate) fn write_row<'a, W: Write>(
    writer: &mut csv::Writer<W>,
    cells: impl Iterator<Item = &'a Cell>,
) -> io::Result<()> {
    for cell in cells {
        writer
            .write_field(cell.in_csv().as_bytes())
            .map_err(cause)?;
    }
    writer.write_record(None::<&[u8]>).map_err(cause)
}

/// Returns the error of the write itself: wrapped, it would lose its kind.
pub(crate) fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::other("a record has the wrong number of fields"),
    }
}

/// Gathers what is written into chunks.
pub(crate) struct Sink<'a> {
    output: &'a Output,
    buffer: ClearedBuffer,
}

impl<'a> Sink<'a> {
    /// Begins to gather what goes to stdout.
    pub(crate) fn of(output: &'a Output) -> Self {
        Self {
            output,
            buffer: ClearedBuffer::default(),
        }
    }

    /// Writes what is left.
    pub(crate) fn deliver(self) -> Result<(), Undelivered> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.output.raw(&self.buffer)
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.write_all(bytes)?;
        if self.buffer.len() >= CHUNK {
            let sent = self.output.raw(&self.buffer);
            self.buffer.clear();
            sent.map_err(|error| match error {
                Undelivered::ReaderGone => io::ErrorKind::BrokenPipe.into(),
                Undelivered::Failed(error) | Undelivered::FileFailed(error) => error,
            })?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The rows of a table that are laid out together.
struct Block {
    /// The first line, until it has been laid out.
    header: Option<Vec<String>>,
    rows: Vec<Vec<String>>,
    /// How wide each column was in the blocks before.
    widths: Vec<u16>,
}

impl Block {
    fn under(header: Option<Vec<String>>) -> Self {
        Self {
            header,
            rows: Vec::new(),
            widths: Vec::new(),
        }
    }

    /// Takes the rows out and lays them out for `sink`.
    fn write_to(&mut self, sink: &mut Sink<'_>) -> io::Result<()> {
        // A header without rows is mail from cron about nothing.
        if self.rows.is_empty() {
            return Ok(());
        }
        let text = self.lay_out(sink.output.width());
        sink.write_all(text.as_bytes())
    }

    /// Takes the rows out, as aligned columns: folded to `width` where there is one, and else at least as wide as before.
    fn lay_out(&mut self, width: Option<u16>) -> String {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.force_no_tty();
        match width {
            Some(width) => table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        if let Some(header) = self.header.take() {
            table.set_header(header);
        }
        table.add_rows(self.rows.drain(..));
        if width.is_none() {
            let widths = table.column_max_content_widths();
            let before = self.widths.iter().copied().chain(iter::repeat(0));
            self.widths = iter::zip(widths, before)
                .map(|(now, before)| now.max(before))
                .collect();
            let with_gap = |width: &u16| Width::Fixed(width.saturating_add(GAP));
            table.set_constraints(
                self.widths
                    .iter()
                    .map(with_gap)
                    .map(ColumnConstraint::Absolute),
            );
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, GAP));
        }
        let mut text = String::new();
        for line in table.lines() {
            text.push_str(line.trim_end_matches(' '));
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::exit::Exit;
    use super::super::output::Look;
    use super::super::output::testing::{broken, capture};
    use super::*;

    use jiff::Timestamp;
    use serde_json::value::RawValue;

    const COLUMNS: Columns = Columns {
        all: &["id", "user", "uses", "live", "expires_at", "policy"],
        table: &["id", "user", "expires_at"],
    };

    fn look(format: Format) -> Look {
        Look {
            format: Some(format),
            ..Look::default()
        }
    }

    fn rows() -> Vec<Vec<Cell>> {
        let raw = RawValue::from_string(r#"{"z": 1, "a": []}"#.to_owned()).unwrap();
        vec![
            vec![
                "7gk2m9x4qd".into(),
                "alice".into(),
                3.into(),
                true.into(),
                Timestamp::UNIX_EPOCH.into(),
                Cell::Json(raw),
            ],
            vec![
                "8a".into(),
                "=cmd|\"x\",\u{1b}".into(),
                0.into(),
                false.into(),
                None::<Timestamp>.into(),
                Cell::Null,
            ],
        ]
    }

    fn print(format: Format, columns: Option<&str>, width: Option<u16>) -> String {
        let (output, stdout, _) = capture(look(format), width);
        let selection = COLUMNS.choose(columns, format).unwrap();
        let mut writer = output.records(selection);
        for row in rows() {
            writer.push(&row).unwrap();
        }
        assert_eq!(stdout.text(), "", "nothing before the end");
        writer.finish().unwrap();
        stdout.text()
    }

    #[test]
    fn table_is_aligned_and_escaped() {
        insta::assert_snapshot!(print(Format::Table, None, None), @r#"
        id          user             expires_at
        7gk2m9x4qd  alice            1970-01-01T00:00:00Z
        8a          =cmd|"x",\u{1b}  -
        "#);
    }

    #[test]
    fn long_table_is_printed_in_blocks_that_stay_aligned() {
        let (output, stdout, _) = capture(look(Format::Table), None);
        let selection = COLUMNS.choose(Some("id,user,uses"), Format::Table).unwrap();
        let mut writer = output.records(selection);
        let row = |id: &str, user: &str| [Cell::from(id), Cell::from(user), 1.into()];
        writer.push(&row("7gk2m9x4qd", "alice")).unwrap();
        for _ in 1..ROWS {
            writer.push(&row("7g", "al")).unwrap();
        }
        assert!(matches!(&writer.body, Body::Table(_, block) if block.rows.is_empty()));
        writer.push(&row("7g", "somebody")).unwrap();
        writer.finish().unwrap();
        let text = stdout.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + ROWS + 1);
        assert_eq!(lines[0], "id          user   uses");
        assert_eq!(lines[ROWS], "7g          al     1");
        assert_eq!(lines[ROWS + 1], "7g          somebody  1");
    }

    #[test]
    fn table_fits_the_terminal() {
        let text = print(Format::Table, None, Some(30));
        assert!(
            text.lines().all(|line| line.chars().count() <= 30),
            "{text}"
        );
        assert!(text.contains("7gk2"), "{text}");
    }

    #[test]
    fn json_is_one_array_in_the_order_of_the_fields() {
        insta::assert_snapshot!(print(Format::Json, None, None), @r#"
        [
          {
            "id": "7gk2m9x4qd",
            "user": "alice",
            "uses": 3,
            "live": true,
            "expires_at": "1970-01-01T00:00:00Z",
            "policy": {
              "z": 1,
              "a": []
            }
          },
          {
            "id": "8a",
            "user": "=cmd|\"x\",\u001b",
            "uses": 0,
            "live": false,
            "expires_at": null,
            "policy": null
          }
        ]
        "#);
    }

    #[test]
    fn jsonl_is_one_object_a_line() {
        insta::assert_snapshot!(print(Format::Jsonl, None, None), @r#"
        {"id":"7gk2m9x4qd","user":"alice","uses":3,"live":true,"expires_at":"1970-01-01T00:00:00Z","policy":{"z":1,"a":[]}}
        {"id":"8a","user":"=cmd|\"x\",\u001b","uses":0,"live":false,"expires_at":null,"policy":null}
        "#);
    }

    #[test]
    fn csv_is_quoted_and_guarded() {
        insta::assert_snapshot!(print(Format::Csv, None, None), @r#"
        id,user,uses,live,expires_at,policy
        7gk2m9x4qd,alice,3,true,1970-01-01T00:00:00Z,"{""z"":1,""a"":[]}"
        8a,"'=cmd|""x"",\u{1b}",0,false,,
        "#);
    }

    #[test]
    fn columns_are_chosen_and_ordered() {
        assert_eq!(
            print(Format::Csv, Some("uses, id"), None),
            "uses,id\n3,7gk2m9x4qd\n0,8a\n"
        );
        let error = COLUMNS.choose(Some("id,sekrit"), Format::Json).unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        let hint = error.hint.unwrap();
        assert_eq!(
            hint,
            "the columns are id, user, uses, live, expires_at, policy"
        );
        assert!(!error.message.contains("sekrit"));
        assert!(COLUMNS.choose(Some("id,id"), Format::Json).is_err());
        assert!(COLUMNS.choose(Some(""), Format::Json).is_err());
    }

    #[test]
    fn no_records_are_still_an_answer() {
        for (format, expected) in [
            (Format::Table, ""),
            (Format::Json, "[]\n"),
            (Format::Jsonl, ""),
            (Format::Csv, "id,user,uses,live,expires_at,policy\n"),
        ] {
            let (output, stdout, _) = capture(look(format), None);
            let selection = COLUMNS.choose(None, format).unwrap();
            output.records(selection).finish().unwrap();
            assert_eq!(stdout.text(), expected);
        }
    }

    #[test]
    fn one_record_is_an_object_or_a_line_for_each_field() {
        for (format, expected) in [
            (Format::Table, "id    8a\nlive  false\n"),
            (Format::Json, "{\n  \"id\": \"8a\",\n  \"live\": false\n}\n"),
            (Format::Jsonl, "{\"id\":\"8a\",\"live\":false}\n"),
            (Format::Csv, "id,live\n8a,false\n"),
        ] {
            let (output, stdout, _) = capture(look(format), None);
            let selection = COLUMNS.choose(Some("id,live"), format).unwrap();
            output.record(selection, rows().remove(1)).unwrap();
            assert_eq!(stdout.text(), expected);
        }
    }

    #[test]
    fn long_lists_are_written_as_they_come() {
        for format in [Format::Json, Format::Jsonl, Format::Csv] {
            let (output, stdout, _) = capture(look(format), None);
            let selection = COLUMNS.choose(None, format).unwrap();
            let mut writer = output.records(selection);
            for _ in 0..2_000 {
                for row in rows() {
                    writer.push(&row).unwrap();
                }
            }
            assert!(stdout.text().len() >= CHUNK);
            writer.finish().unwrap();
            if format == Format::Json {
                let list: Vec<serde_json::Value> = serde_json::from_str(&stdout.text()).unwrap();
                assert_eq!(list.len(), 4_000);
            }
        }
    }

    #[test]
    fn list_stops_when_the_reader_has_gone() {
        for format in [Format::Json, Format::Jsonl, Format::Csv] {
            let (output, _, _) = broken(look(format), io::ErrorKind::BrokenPipe);
            let selection = COLUMNS.choose(None, format).unwrap();
            let mut writer = output.records(selection);
            let row = rows().remove(0);
            let stopped = (0..5_000).find_map(|_| writer.push(&row).err());
            assert!(
                matches!(stopped, Some(Undelivered::ReaderGone)),
                "{stopped:?}"
            );
        }
    }
}
