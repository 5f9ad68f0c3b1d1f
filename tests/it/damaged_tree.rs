//! Damage to the pages of an SQLite file that leaves every row readable.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

/// Has the root of `table` lead to its first page once more in the place of its last one, so that rows come again: the
/// mildest of the rings that a tree of pages can have. There have to be some pages of them.
pub(crate) fn repeat_first_page(path: &Path, table: &str) {
    let (root, size): (u16, u16) = Connection::open(path)
        .unwrap()
        .query_row(
            "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = ?1",
            [table],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let (root, size) = (usize::from(root), usize::from(size));
    let mut file = fs::read(path).unwrap();
    let page = &mut file[(root - 1) * size..root * size];
    // SQLite's file format, 1.6: an interior page of a table; the last page below it; the place of its first cell, which
    // begins with the page that is the first below it.
    assert_eq!(page[0], 5, "there are several pages");
    let cell = usize::from(u16::from_be_bytes([page[12], page[13]]));
    page.copy_within(cell..cell + 4, 8);
    fs::write(path, file).unwrap();
}
