//! Places in texts that the operator has written.

/// Returns the line and the column of the byte at `offset` in `text`, both from 1, the column in characters.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |end| end.saturating_add(1));
    let column = before.get(start..).unwrap_or_default().chars().count();
    (line.saturating_add(1), column.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let text = "a\n\u{e9}b\n";
        for (offset, place) in [
            (0, (1, 1)),
            (1, (1, 2)),
            (2, (2, 1)),
            (4, (2, 2)),
            (6, (3, 1)),
            // Beyond the text, and within a character, it is the end.
            (7, (3, 1)),
            (3, (3, 1)),
        ] {
            assert_eq!(line_and_column(text, offset), place, "{offset}");
        }
    }
}
