//! The faults of a text that is not TOML, and their messages.

use std::ops::Range;

use crate::config::report::{InvalidValue, wrong};

/// A fault and its place.
#[derive(Debug)]
pub(super) struct LocatedFault {
    pub(super) kind: SyntaxFault,
    pub(super) span: Range<usize>,
    /// The key whose value is at fault, as a message names it.
    pub(super) key: String,
}

/// What is wrong.
#[derive(Debug)]
pub(super) enum SyntaxFault {
    /// A list without its `]`.
    UnclosedList,
    /// A list in round brackets.
    RoundBrackets,
    /// A table without its `}`.
    UnclosedTable,
    /// A text without this closing mark.
    UnclosedText(&'static str),
    /// A key in quotes without this closing mark.
    UnclosedKey(&'static str),
    /// A header without its brackets, and how it is written correctly.
    UnclosedHeader(String),
    /// A header whose brackets differ in number, and how it is written correctly.
    HeaderBrackets(String),
    /// Quotes of a word processor.
    TypographicQuotes(char),
    /// A space or mark that an editor does not show.
    InvisibleCharacter(char),
    /// A control character.
    ControlCharacter(char),
    /// A line that ends with a carriage return only.
    CarriageReturn,
    /// A key without `=`.
    MissingEquals,
    /// A key with `:` instead of `=`.
    Colon,
    /// A key with `==`.
    TwoEquals,
    /// A key without a value.
    MissingValue,
    /// A line that begins with neither a key nor a header.
    NoKey,
    /// A closing bracket without its opening one.
    ClosesNothing(char),
    /// A value without quotes.
    BareWord,
    /// A truth value that is not written as TOML writes it.
    TruthValue,
    /// An element of a list without quotes.
    BareElement,
    /// Two elements of a list without a comma.
    MissingComma,
    /// Two keys of a table without a comma.
    MissingCommaInTable,
    /// Two commas in a row.
    ExtraComma,
    /// A mark of another script, or a semicolon, in the place of a comma.
    ForeignComma(char),
    /// Such a mark where nothing belongs.
    ExtraMark(char),
    /// Such a mark after a text outside a list.
    MarkAfterValue(char),
    /// A text with this quote that ends at a quote inside it, or begins at the quote that ends the text before it.
    QuoteInText(char),
    /// A comma outside a list.
    CommaAfterValue,
    /// Something after a complete value.
    TextAfterValue,
    /// Something after a header.
    TextAfterHeader,
    /// A backslash that begins no escape.
    InvalidEscape,
}

impl SyntaxFault {
    /// The message and its remedy; `key` is the key in backquotes, or its description.
    pub(super) fn explained(&self, key: &str) -> InvalidValue {
        self.of_brackets(key)
            .or_else(|| self.of_commas(key))
            .or_else(|| self.of_characters(key))
            .unwrap_or_else(|| self.of_values(key))
    }

    /// The key for an example: `id` for "`id`".
    fn example(key: &str) -> &str {
        key.strip_prefix('`').and_then(|key| key.strip_suffix('`')).unwrap_or("KEY")
    }

    fn of_brackets(&self, key: &str) -> Option<InvalidValue> {
        Some(match self {
            Self::UnclosedList => {
                wrong(format!("the list of {key} is not closed"), format!("close the list of {key} with `]`"))
            }
            Self::RoundBrackets => {
                let remedy = format!("write {} = [\"…\", \"…\"]", Self::example(key));
                wrong(format!("the list of {key} is in round brackets"), remedy)
            }
            Self::UnclosedTable => {
                wrong(format!("the table of {key} is not closed"), format!("close the table of {key} with `}}`"))
            }
            Self::UnclosedText(mark) => {
                wrong(format!("a text of {key} is not closed"), format!("close the text of {key} with `{mark}`"))
            }
            Self::UnclosedKey(mark) => wrong("a key in quotes is not closed", format!("close the key with `{mark}`")),
            Self::UnclosedHeader(correct) => wrong("the header of a table is not closed", format!("write {correct}")),
            Self::HeaderBrackets(correct) => {
                wrong("the header of a table opens and closes with different brackets", format!("write {correct}"))
            }
            Self::ClosesNothing(']') => {
                wrong("`]` closes no list", "remove it, or open the list with `[` after the `=` of its key")
            }
            Self::ClosesNothing(bracket) => wrong(
                format!("`{bracket}` closes no table"),
                "remove it, or open the table with `{` after the `=` of its key",
            ),
            _ => return None,
        })
    }

    fn of_commas(&self, key: &str) -> Option<InvalidValue> {
        Some(match self {
            Self::MissingComma => {
                wrong(format!("a comma is missing in the list of {key}"), "write `,` before this element")
            }
            Self::MissingCommaInTable => {
                wrong(format!("a comma is missing in the table of {key}"), "write `,` before this key")
            }
            Self::ExtraComma => wrong(format!("two commas in a row in the list of {key}"), "remove one `,`"),
            Self::ForeignComma(mark) => {
                wrong(format!("{key} has `{mark}` instead of a comma"), format!("write `,` for `{mark}`"))
            }
            Self::ExtraMark(mark) => {
                wrong(format!("an extra `{mark}` in the value of {key}"), format!("remove the `{mark}`"))
            }
            Self::MarkAfterValue(mark) => wrong(
                format!("`{mark}` follows the value of {key}"),
                format!("remove it, or write a list: {} = [\"…\", \"…\"]", Self::example(key)),
            ),
            _ => return None,
        })
    }

    fn of_characters(&self, key: &str) -> Option<InvalidValue> {
        Some(match self {
            Self::TypographicQuotes(quote) => wrong(
                format!("{key} has the typographic quote `{quote}`"),
                "these are typographic quotes; write \" before and after the text",
            ),
            Self::InvisibleCharacter(c) => wrong(
                format!("the invisible character {} is outside quotes", code(*c)),
                "delete it, and type a space if one is needed",
            ),
            Self::ControlCharacter('\0') => wrong(
                "the file contains the control character U+0000, as a file in UTF-16 does",
                "save the file as UTF-8",
            ),
            Self::ControlCharacter(c) => {
                wrong(format!("the file contains the control character {}", code(*c)), "delete it")
            }
            Self::CarriageReturn => wrong(
                "a line ends with a carriage return only",
                "save the file with the line ends of Unix (LF) or Windows (CRLF)",
            ),
            Self::QuoteInText('\'') => wrong(
                format!("a text of {key} in single quotes ends at an apostrophe inside it"),
                "write the text in double quotes: \"…\", or, if it has both, in three single quotes: '''…'''",
            ),
            Self::QuoteInText(_) => wrong(
                format!("a text of {key} has a quote too many or too few"),
                "close each text with `\"`, and write `\\\"` for a quote inside a text",
            ),
            Self::InvalidEscape => wrong(
                format!("a text of {key} has a `\\` that begins no escape"),
                "write `\\\\` for a backslash, or put the text in single quotes: '…'",
            ),
            _ => return None,
        })
    }

    fn of_values(&self, key: &str) -> InvalidValue {
        let example = Self::example(key);
        match self {
            Self::Colon => wrong(format!("{key} has `:` instead of `=`"), format!("write {example} = …")),
            Self::TwoEquals => wrong(format!("{key} has more than one `=`"), format!("write {example} = …")),
            Self::MissingEquals => wrong(format!("{key} has no `=`"), format!("write {example} = …")),
            Self::MissingValue => {
                wrong(format!("{key} has no value"), format!("write {example} = \"…\", or remove the line"))
            }
            Self::TruthValue => wrong(format!("the value of {key} is neither true nor false"), "write true or false"),
            Self::BareWord => {
                wrong(format!("the value of {key} has no quotes"), format!("write {example} = \"…\" with quotes"))
            }
            Self::BareElement => wrong(
                format!("a text in the list of {key} has no quotes"),
                format!("write {example} = [\"…\"] with quotes around each text"),
            ),
            Self::CommaAfterValue => wrong(
                format!("a comma follows the value of {key}"),
                format!("remove the comma, or write a list: {example} = [\"…\", \"…\"]"),
            ),
            Self::TextAfterValue => wrong(
                format!("more text follows the value of {key}"),
                "write each key on a line of its own, and begin a comment with `#`",
            ),
            Self::TextAfterHeader => {
                wrong("more text follows the header", "write each key on a line of its own, below the header")
            }
            _ => wrong(
                "the line begins with neither a key nor a header",
                "write KEY = VALUE or [SECTION], and begin a comment with `#`",
            ),
        }
    }
}

/// A character by its code point: `U+00A0`.
fn code(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}
