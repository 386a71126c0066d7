//! Lays out the tables of listings, so that a row fits the terminal.

use unicode_width::UnicodeWidthStr;

use super::{cut, isolated};

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    title: &'static str,
    fit: ColumnFit,
}

/// What happens to the cells of a column if a row does not fit the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ColumnFit {
    /// They stay whole.
    Whole,
    /// They are cut; an ellipsis marks the cut.
    Cut,
    /// They are cut without an ellipsis: the beginning of an id can be typed instead of the id.
    Prefix,
    /// They get the rest of the row, or a line of their own below it.
    Text,
}

/// The gap between two columns.
const GAP: usize = 2;

/// Cells are not cut to fewer columns than this. Chosen by hand: 8 characters of an id after `msg_`.
const MIN_CELL: usize = 12;

/// With fewer columns than this, a text gets a line of its own. Chosen by hand.
const MIN_TEXT: usize = 24;

/// How far a text on its own line is indented.
const INDENT: usize = 2;

impl Column {
    /// A column of numbers, times or words that stays whole.
    pub(crate) const fn whole(title: &'static str) -> Self {
        Self { title, fit: ColumnFit::Whole }
    }

    /// A column of names.
    pub(crate) const fn name(title: &'static str) -> Self {
        Self { title, fit: ColumnFit::Cut }
    }

    /// A column of ids.
    pub(crate) const fn id(title: &'static str) -> Self {
        Self { title, fit: ColumnFit::Prefix }
    }

    /// The last column, of running text.
    pub(crate) const fn text(title: &'static str) -> Self {
        Self { title, fit: ColumnFit::Text }
    }
}

/// The columns of a terminal that a text takes. Most terminals give lam and alef a column each, although they join to
/// one letter; a mark that has no width of its own takes none.
pub(super) fn width(text: &str) -> usize {
    let lam = |c: char| matches!(c, '\u{644}' | '\u{6b5}'..='\u{6b8}' | '\u{76a}' | '\u{8a6}' | '\u{8c7}');
    text.split_inclusive(lam).map(UnicodeWidthStr::width).sum()
}

/// The lines of a table; with a `limit`, no line takes more columns.
pub(super) fn lines(columns: &[Column], rows: &[Vec<String>], limit: Option<usize>) -> Vec<String> {
    let mut widths: Vec<usize> = (0..columns.len()).map(|at| widest(columns, rows, at)).collect();
    let is_below = limit.is_some_and(|limit| fit(columns, &mut widths, limit));
    let shown = if is_below { columns.len().saturating_sub(1) } else { columns.len() };
    let titles = columns.iter().map(|column| column.title.to_owned()).collect::<Vec<_>>();
    let mut lines = vec![line(&columns[..shown], &titles, &widths)];
    for row in rows {
        lines.push(line(&columns[..shown], row, &widths));
        if let Some(text) = row.last().filter(|text| is_below && !text.is_empty()) {
            let room = limit.map_or(usize::MAX, |limit| limit.saturating_sub(INDENT));
            lines.push(format!("{:INDENT$}{}", "", isolated(&cut(text, room))));
        }
    }
    lines
}

fn widest(columns: &[Column], rows: &[Vec<String>], at: usize) -> usize {
    rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0).max(width(columns[at].title))
}

fn line(columns: &[Column], cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for ((column, cell), most) in columns.iter().zip(cells).zip(widths) {
        let cell = match column.fit {
            ColumnFit::Prefix if width(cell) > *most => cell.chars().take(*most).collect(),
            _ => cut(cell, *most),
        };
        line.push_str(&isolated(&cell));
        line.extend(std::iter::repeat_n(' ', (most + GAP).saturating_sub(width(&cell))));
    }
    line.trim_end().to_owned()
}

/// Narrows the columns until a row takes at most `limit` columns. True if the text gets a line of its own.
fn fit(columns: &[Column], widths: &mut [usize], limit: usize) -> bool {
    let natural = widths.to_vec();
    let Some(text) = columns.iter().position(|column| column.fit == ColumnFit::Text) else {
        narrow(columns, widths, limit);
        return false;
    };
    widths[text] = natural[text].min(MIN_TEXT);
    narrow(columns, widths, limit);
    if let Some(left) = limit.checked_sub(total(widths)) {
        widths[text] = natural[text].min(widths[text] + left);
        return false;
    }
    widths.copy_from_slice(&natural);
    narrow(&columns[..text], &mut widths[..text], limit);
    true
}

/// Narrows the widest columns that may be cut, until a row takes at most `limit` columns.
fn narrow(columns: &[Column], widths: &mut [usize], limit: usize) {
    while total(widths) > limit {
        let may_be_cut =
            |at: &usize| matches!(columns[*at].fit, ColumnFit::Cut | ColumnFit::Prefix) && widths[*at] > MIN_CELL;
        let Some(widest) = (0..columns.len()).filter(may_be_cut).max_by_key(|at| widths[*at]) else { return };
        widths[widest] -= 1;
    }
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] =
        [Column::whole("STATE"), Column::name("CHANNEL"), Column::id("ID"), Column::text("LAST FAILURE")];

    fn table(limit: Option<usize>, failure: &str) -> Vec<String> {
        let row = ["delivered", "the-channel-of-the-press", "msg_0123456789abcdefghijkl", failure];
        lines(&COLUMNS, &[row.map(str::to_owned).to_vec()], limit)
    }

    #[test]
    fn a_pipe_gets_every_cell_whole() {
        let row = "delivered  the-channel-of-the-press  msg_0123456789abcdefghijkl  the host is unreachable from here";
        assert_eq!(table(None, "the host is unreachable from here")[1], row);
    }

    #[test]
    fn a_row_that_does_not_fit_is_cut_at_names_ids_and_texts() {
        for limit in 40..120 {
            for failure in ["", "status 503", "the host is unreachable from here", "انقطع الاتصال بالخادم قبل الرد"]
            {
                for line in table(Some(limit), failure) {
                    assert!(width(&line) <= limit, "{limit}: {line:?}");
                }
            }
        }
        let narrow = table(Some(80), "the host is unreachable from here");
        assert_eq!(narrow[1], "delivered  the-channel-of-the-p…  msg_0123456789abcdef  the host is unreachable…");
        let id = |line: &str| line.split_whitespace().nth(2).unwrap_or_default().to_owned();
        assert!("msg_0123456789abcdefghijkl".starts_with(&id(&narrow[1])), "{narrow:?}");
    }

    #[test]
    fn a_text_without_room_gets_a_line_below_its_row() {
        let lines = table(Some(50), "the host is unreachable from here, and from there too");
        assert_eq!(lines[0], "STATE      CHANNEL              ID");
        assert_eq!(lines[1], "delivered  the-channel-of-the…  msg_0123456789abcd");
        assert_eq!(lines[2], "  the host is unreachable from here, and from the…");
        assert_eq!(table(Some(50), "").len(), 2);
    }

    #[test]
    fn lam_and_alef_take_a_column_each_and_marks_take_none() {
        assert_eq!((width("لا"), width("الإسلامي"), width("غَزَّة"), width("\u{200f}a\u{2068}b\u{2069}")), (2, 8, 3, 2));
        let rows = ["منظمة التعاون الإسلامي", "Islamic Cooperation"].map(|title| vec![title.to_owned(), "x".to_owned()]);
        let lines = lines(&[Column::whole("TITLE"), Column::whole("X")], &rows, None);
        // One character takes one column here, but for the isolates of the right-to-left title.
        let place = |line: &str| line.chars().filter(|c| !matches!(c, '\u{2068}' | '\u{2069}')).position(|c| c == 'x');
        assert_eq!((place(&lines[1]), place(&lines[2])), (Some(24), Some(24)));
    }
}
