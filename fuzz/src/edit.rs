//! Damage to a file.

/// The size of a page of SQLite.
const PAGE: usize = 4096;

/// Makes one change to `file`, as five bytes say: where (three of them), how, and by what.
pub fn edit(file: &mut Vec<u8>, edit: &[u8]) {
    if file.is_empty() {
        return;
    }
    let place = usize::from(edit[0]) << 16 | usize::from(edit[1]) << 8 | usize::from(edit[2]);
    let place = place % file.len();
    let page = place / PAGE * PAGE;
    let end = file.len().min(page + PAGE);
    match edit[3] % 6 {
        0 => file[place] ^= edit[4],
        1 => file[place] = edit[4],
        2 => file.truncate(place),
        3 => file[page..end].fill(edit[4]),
        4 => {
            let last = file.len() - (end - page);
            file.copy_within(page..end, last.min(usize::from(edit[4]) * PAGE));
        }
        _ => file.extend_from_within(page..end),
    }
}
