//! Reads headers and keys.

use std::ops::Range;

use super::fault::{LocatedFault, SyntaxFault};
use crate::config::keys::{is_known, is_section, is_shown, named};

/// The sections of which a file may have several.
const REPEATED: [&str; 3] = ["source", "watch", "channel"];

/// Quotes that word processors and keyboards write instead of `"` and `'`.
const TYPOGRAPHIC: &[char] = &['“', '”', '„', '‟', '«', '»', '‘', '’', '‚', '‛', '‹', '›', '″', '′', '＂', '`', '´'];

/// Marks that take the place of a comma: those of Arabic and Chinese keyboards, and semicolons.
pub(super) const FOREIGN_COMMAS: &[char] = &[';', '،', '؛', '，', '、', '；'];

/// A reader of a text that is not TOML.
pub(super) struct SyntaxScan<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// The keys of the value that is read, from the outermost to the innermost table.
    pub(super) path: Vec<String>,
}

/// The result of reading something: nothing, or the first fault.
pub(super) type Scanned<T = ()> = Result<T, LocatedFault>;

/// The first fault of a text.
pub(super) fn first_fault(text: &str) -> Option<LocatedFault> {
    let mut scan = SyntaxScan { text, at: 0, path: Vec::new() };
    if let Some(fault) = scan.control_character() {
        return Some(fault);
    }
    while scan.at < text.len() {
        if let Err(fault) = scan.statement() {
            return Some(fault);
        }
    }
    None
}

impl<'a> SyntaxScan<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The rest of the line, without its end.
    pub(super) fn line_rest(&self) -> &'a str {
        let rest = self.rest();
        rest[..rest.find('\n').unwrap_or(rest.len())].trim_end_matches('\r')
    }

    /// Skips spaces, tabs and the carriage return before a line feed.
    pub(super) fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
    }

    pub(super) fn fault<T>(&self, kind: SyntaxFault, span: Range<usize>) -> Scanned<T> {
        Err(LocatedFault { kind, span, key: self.key_name() })
    }

    /// A fault at the character that comes next.
    pub(super) fn fault_here<T>(&self, kind: SyntaxFault) -> Scanned<T> {
        let width = self.peek().map_or(0, char::len_utf8);
        self.fault(kind, self.at..self.at + width)
    }

    /// The key for a message: dotted if a report may show all of its parts, else the outermost part.
    fn key_name(&self) -> String {
        match self.path.first() {
            None => "the line".to_owned(),
            Some(_) if self.path.iter().all(|key| is_shown(key)) => format!("`{}`", self.path.join(".")),
            Some(outermost) => named(outermost),
        }
    }

    fn control_character(&self) -> Option<LocatedFault> {
        let mut chars = self.text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let kind = match c {
                '\n' | '\t' => continue,
                '\r' if chars.peek().is_some_and(|(_, next)| *next == '\n') => continue,
                '\r' => SyntaxFault::CarriageReturn,
                '\u{0}'..='\u{1f}' | '\u{7f}' => SyntaxFault::ControlCharacter(c),
                _ => continue,
            };
            return Some(LocatedFault { kind, span: at..at + 1, key: String::new() });
        }
        None
    }

    /// A header, a key with its value, a comment or an empty line.
    fn statement(&mut self) -> Scanned {
        self.path.clear();
        self.blanks();
        match self.peek() {
            None => return Ok(()),
            Some('\n') => self.at += 1,
            Some('#') => self.comment(),
            Some('[') => self.header()?,
            Some(bracket @ (']' | '}')) => return self.fault_here(SyntaxFault::ClosesNothing(bracket)),
            Some(_) => {
                let keys = self.key()?;
                self.path = keys;
                let text = self.value()?;
                self.end_of_value(text)?;
            }
        }
        Ok(())
    }

    pub(super) fn comment(&mut self) {
        self.at += self.line_rest().len();
    }

    fn header(&mut self) -> Scanned {
        let line = self.line_rest();
        let opening = line.len() - line.trim_start_matches('[').len();
        let end = line[opening..].find([']', '#', '=']).map_or(line.len(), |at| opening + at);
        let closing = line[end..].len() - line[end..].trim_start_matches(']').len();
        let span = self.at..self.at + line[..end + closing].trim_end().len();
        let correct = correct_header(line[opening..end].trim(), opening);
        if closing == 0 {
            return self.fault(SyntaxFault::UnclosedHeader(correct), span);
        }
        if opening != closing || opening > 2 {
            return self.fault(SyntaxFault::HeaderBrackets(correct), span);
        }
        self.at += end + closing;
        self.blanks();
        match self.peek() {
            None | Some('\n') => Ok(()),
            Some('#') => {
                self.comment();
                Ok(())
            }
            Some(_) => self.fault_here(SyntaxFault::TextAfterHeader),
        }
    }

    /// The parts of a key, up to and with its `=`.
    pub(super) fn key(&mut self) -> Scanned<Vec<String>> {
        let start = self.at;
        let mut parts = Vec::new();
        loop {
            self.blanks();
            parts.push(self.key_part()?);
            self.blanks();
            self.unexpected_character()?;
            if self.peek() != Some('.') {
                break;
            }
            self.at += 1;
        }
        let outer = std::mem::replace(&mut self.path, parts);
        let span = start..start + self.text[start..self.at].trim_end().len();
        let follows = self.line_rest().trim_start_matches(['=', ':', ' ', '\t']);
        let nothing = follows.is_empty() || follows.starts_with('#');
        let assigned = self.peek() == Some('=') && !nothing;
        if !assigned && !self.path.iter().all(|key| is_known(key)) {
            // A word that is given no value may be a secret.
            self.path.clear();
        }
        match self.peek() {
            Some('=') if self.rest().starts_with("==") => self.fault(SyntaxFault::TwoEquals, span),
            Some('=') if nothing => self.fault(SyntaxFault::MissingValue, span),
            Some('=') => {
                self.at += 1;
                Ok(std::mem::replace(&mut self.path, outer))
            }
            Some(':') => self.fault(SyntaxFault::Colon, span),
            _ => self.fault(SyntaxFault::MissingEquals, span),
        }
    }

    fn key_part(&mut self) -> Scanned<String> {
        let (start, line) = (self.at, self.line_rest());
        if let Some(mark) = ["\"", "'"].into_iter().find(|mark| line.starts_with(mark)) {
            let Some(length) = line[1..].find(mark) else {
                return self.fault(SyntaxFault::UnclosedKey(mark), start..start + 1);
            };
            self.at += length + 2;
            return Ok(line[1..=length].to_owned());
        }
        let length = line.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(line.len());
        if length == 0 {
            self.unexpected_character()?;
            return self.fault_here(SyntaxFault::NoKey);
        }
        self.at += length;
        Ok(line[..length].to_owned())
    }

    /// A fault if an invisible character or a typographic quote comes next.
    pub(super) fn unexpected_character(&self) -> Scanned {
        match self.peek() {
            Some(c) if is_invisible(c) => self.fault_here(SyntaxFault::InvisibleCharacter(c)),
            Some(c) if TYPOGRAPHIC.contains(&c) => self.fault_here(SyntaxFault::TypographicQuotes(c)),
            _ => Ok(()),
        }
    }

    /// True if the line begins with a header of a known section.
    pub(super) fn begins_a_header(&self) -> bool {
        let line = self.line_rest().trim();
        let inner = line.trim_start_matches('[');
        let name = inner.split(']').next().unwrap_or_default();
        line.starts_with('[') && name.split('.').next().is_some_and(|key| is_section(key.trim()))
    }

    /// True if the line begins with a key and its `=`, which no line within a list does.
    pub(super) fn begins_a_key(&self) -> bool {
        let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '\t');
        let mut quote = None;
        for c in self.line_rest().trim_start().chars() {
            match quote {
                Some(open) if open == c => quote = None,
                Some(_) => {}
                None if matches!(c, '"' | '\'') => quote = Some(c),
                None if bare(c) => {}
                None => return c == '=',
            }
        }
        false
    }
}

/// The header as it is written correctly; its brackets alone if a report must not show the name.
fn correct_header(name: &str, brackets: usize) -> String {
    let mut keys = name.split('.').map(|key| key.trim().trim_matches(['"', '\'']));
    let first = keys.next().unwrap_or_default();
    let shown = is_section(first) && keys.all(is_shown);
    let double = if shown { REPEATED.contains(&name) } else { brackets > 1 };
    let name = if shown { name } else { "…" };
    if double { format!("[[{name}]]") } else { format!("[{name}]") }
}

/// Spaces and marks that an editor does not show, and that come with text from a web page or a word processor.
pub(in crate::config) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}')
        || matches!(c, '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}')
}
