//! Reads values.

use super::fault::SyntaxFault;
use super::statement::{FOREIGN_COMMAS, Scanned, SyntaxScan};

/// Whether a value is a text, after which a stray quote is the likeliest fault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadValue {
    /// A text, with its quote.
    Text(char),
    Other,
}

/// The longest word without quotes that is examined, in bytes. Chosen by hand: no number or date is longer.
const MAX_WORD: usize = 64;

/// The keys whose value is true or false.
const TRUTHS: &[&str] = &["enabled", "obey_robots", "plurals", "print", "urgent"];

/// The letters after a backslash (TOML 1.1).
const ESCAPES: &str = "btnfre\"\\xuU";

impl SyntaxScan<'_> {
    pub(super) fn value(&mut self) -> Scanned<ReadValue> {
        self.blanks();
        match self.peek() {
            Some('"') => self.string(if self.rest().starts_with("\"\"\"") { "\"\"\"" } else { "\"" }),
            Some('\'') => self.string(if self.rest().starts_with("'''") { "'''" } else { "'" }),
            Some('[') => self.list().map(|()| ReadValue::Other),
            Some('{') => self.inline_table().map(|()| ReadValue::Other),
            Some('(') => self.fault_here(SyntaxFault::RoundBrackets),
            _ => self.bare(SyntaxFault::BareWord).map(|()| ReadValue::Other),
        }
    }

    fn string(&mut self, mark: &'static str) -> Scanned<ReadValue> {
        let start = self.at;
        let opening = start..start + mark.len();
        let inner = if mark.len() == 1 { &self.line_rest()[1..] } else { &self.rest()[mark.len()..] };
        let mut chars = inner.char_indices();
        while let Some((at, c)) = chars.next() {
            if c == '\\' && mark.starts_with('"') {
                let escaped = chars.next().map(|(_, c)| c);
                let continues = |c: char| mark.len() == 3 && c.is_whitespace();
                if escaped.is_some_and(|c| !ESCAPES.contains(c) && !continues(c)) {
                    return self.fault(SyntaxFault::InvalidEscape, opening);
                }
            } else if inner[at..].starts_with(mark) {
                self.at = opening.end + at + mark.len();
                // A text may end with quotes before its closing mark.
                while mark.len() == 3 && self.rest().starts_with(&mark[..1]) {
                    self.at += 1;
                }
                return Ok(ReadValue::Text(if mark.starts_with('"') { '"' } else { '\'' }));
            }
        }
        self.fault(SyntaxFault::UnclosedText(mark), opening)
    }

    /// A number, a date or a truth value; `otherwise` is the fault of any other word.
    fn bare(&mut self, otherwise: SyntaxFault) -> Scanned {
        self.unexpected_character()?;
        let line = self.line_rest();
        let word = &line[..line.find(ends_word).unwrap_or(line.len())];
        let span = self.at..self.at + word.len();
        if word.is_empty() {
            return self.fault_here(SyntaxFault::MissingValue);
        }
        if word.len() > MAX_WORD || format!("x = {word}").parse::<toml::Table>().is_err() {
            let truth = self.path.last().is_some_and(|key| TRUTHS.contains(&key.as_str()));
            return self.fault(if truth { SyntaxFault::TruthValue } else { otherwise }, span);
        }
        self.at = span.end;
        Ok(())
    }

    fn list(&mut self) -> Scanned {
        let open = self.at..self.at + 1;
        self.at += 1;
        // `comma`: an element may follow. The list of a text that is not TOML may begin with a comma too.
        let (mut last, mut comma) = (None, true);
        loop {
            self.blanks();
            match self.peek() {
                Some(']') => {
                    self.at += 1;
                    return Ok(());
                }
                Some('#') => self.comment(),
                Some('\n') => {
                    self.at += 1;
                    if self.begins_a_header() || self.begins_a_key() {
                        return self.fault(SyntaxFault::UnclosedList, open);
                    }
                }
                Some(',') if comma => return self.fault_here(SyntaxFault::ExtraComma),
                Some(',') => {
                    comma = true;
                    self.at += 1;
                }
                Some(mark) if FOREIGN_COMMAS.contains(&mark) => return self.foreign_comma(mark, comma),
                None | Some('}' | '=') => return self.fault(SyntaxFault::UnclosedList, open),
                Some(_) if comma => {
                    let start = self.at;
                    last = Some((start, self.element()?, self.at));
                    comma = false;
                }
                Some(_) => return self.after_element(last),
            }
        }
    }

    fn element(&mut self) -> Scanned<ReadValue> {
        match self.peek() {
            Some('"' | '\'' | '[' | '{') => self.value(),
            _ => self.bare(SyntaxFault::BareElement).map(|()| ReadValue::Other),
        }
    }

    /// The fault of something that follows an element without a comma.
    fn after_element(&self, last: Option<(usize, ReadValue, usize)>) -> Scanned {
        self.unexpected_character()?;
        let next = self.peek().unwrap_or_default();
        let begins_a_value = matches!(next, '"' | '\'' | '[' | '{') || next.is_ascii_digit();
        match last {
            Some((start, ReadValue::Text(quote), end)) if end == self.at || !begins_a_value => {
                self.fault(SyntaxFault::QuoteInText(quote), start..start + 1)
            }
            _ => self.fault_here(SyntaxFault::MissingComma),
        }
    }

    fn inline_table(&mut self) -> Scanned {
        let open = self.at..self.at + 1;
        self.at += 1;
        let (mut comma, mut new_line) = (true, false);
        loop {
            self.blanks();
            match self.peek() {
                Some('}') => {
                    self.at += 1;
                    return Ok(());
                }
                Some('#') => self.comment(),
                Some('\n') => {
                    self.at += 1;
                    new_line = true;
                    if self.begins_a_header() {
                        return self.fault(SyntaxFault::UnclosedTable, open);
                    }
                }
                Some(',') if comma => return self.fault_here(SyntaxFault::ExtraComma),
                Some(',') => {
                    (comma, new_line) = (true, false);
                    self.at += 1;
                }
                Some(mark) if FOREIGN_COMMAS.contains(&mark) => return self.foreign_comma(mark, comma),
                None | Some(']') => return self.fault(SyntaxFault::UnclosedTable, open),
                Some(_) if !comma && new_line => return self.fault(SyntaxFault::UnclosedTable, open),
                Some(_) if !comma => return self.fault_here(SyntaxFault::MissingCommaInTable),
                Some(_) => {
                    self.entry()?;
                    (comma, new_line) = (false, false);
                }
            }
        }
    }

    /// A key of a table with its value.
    fn entry(&mut self) -> Scanned {
        let length = self.path.len();
        let keys = self.key()?;
        self.path.extend(keys);
        self.value()?;
        self.path.truncate(length);
        Ok(())
    }

    /// What may follow a value on its line: a comment.
    pub(super) fn end_of_value(&mut self, value: ReadValue) -> Scanned {
        let end = self.at;
        self.blanks();
        self.unexpected_character()?;
        match self.peek() {
            None | Some('\n') => Ok(()),
            Some('#') => {
                self.comment();
                Ok(())
            }
            Some(',') => self.fault_here(SyntaxFault::CommaAfterValue),
            Some(bracket @ (']' | '}')) => self.fault_here(SyntaxFault::ClosesNothing(bracket)),
            Some(mark) if FOREIGN_COMMAS.contains(&mark) => self.fault_here(match value {
                ReadValue::Text(_) => SyntaxFault::MarkAfterValue(mark),
                ReadValue::Other => SyntaxFault::ExtraMark(mark),
            }),
            Some(_) => match value {
                ReadValue::Text(quote) if end == self.at => self.fault_here(SyntaxFault::QuoteInText(quote)),
                _ => self.fault_here(SyntaxFault::TextAfterValue),
            },
        }
    }

    /// The fault of a mark in the place of a comma, after an element or (`comma`) before one.
    fn foreign_comma(&self, mark: char, comma: bool) -> Scanned {
        self.fault_here(if comma { SyntaxFault::ExtraMark(mark) } else { SyntaxFault::ForeignComma(mark) })
    }
}

/// True for what ends a word without quotes.
fn ends_word(c: char) -> bool {
    matches!(c, ',' | ']' | '}' | '#' | ' ' | '\t') || FOREIGN_COMMAS.contains(&c)
}
