//! Reader of the tables that lie as CSV files in the folder `tables/` and are embedded: the standard's, and one that was
//! measured.

/// The rows of an embedded table without its header line; cells as text, in the file's column order.
pub fn rows(csv: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    csv.lines().skip(1).filter(|line| !line.trim().is_empty()).map(cells)
}

/// The cells of a line; a comma between double quotes is part of its cell.
fn cells(line: &str) -> Vec<&str> {
    let mut quoted = false;
    let separates = |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    };
    line.split(separates).map(|cell| cell.trim().trim_matches('"')).collect()
}

/// One cell as a number.
///
/// # Panics
/// If the cell is no such number: the tables are part of the program and a test reads each of them.
pub fn number<T: std::str::FromStr>(cell: &str) -> T {
    match cell.parse() {
        Ok(value) => value,
        Err(_) => panic!("embedded table: '{cell}' is not a number"),
    }
}
