//! Columns for people.

use crate::eval::percent;

/// Rows of text as columns: the first `left` ones begin at the left, the others end at the right.
pub fn columns(rows: &[Vec<String>], left: usize) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A share in percent, or a dash for a share of nothing.
pub fn share(part: usize, of: usize) -> String {
    percent(part, of).map_or("-".to_owned(), |percent| format!("{percent:.1}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_and_numbers_end_at_the_same_place() {
        let rows = [["a", "5", "x"], ["long", "10.5", ""]];
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        assert_eq!(columns(&rows, 1), "  a        5  x\n  long  10.5");
        assert_eq!((share(1, 4), share(0, 0)), ("25.0".to_owned(), "-".to_owned()));
    }
}
