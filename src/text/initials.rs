//! Recognises acronyms written with full stops: `U.N.`, `O. I. C.`.

/// The most letters of such an acronym. Chosen by hand: a longer run is an enumeration.
const MAX_LETTERS: usize = 8;
/// The fewest initials with spaces between them that are an acronym and not those of a person. Chosen by hand.
const MIN_SPACED: usize = 3;

/// The length in bytes of the single letters at the start of `text` that each end in a full stop; 0 if they are no
/// acronym.
///
/// Two spaced letters before a capitalised word count as a person's initials: `A. I. Kuprin`.
pub(super) fn run(text: &str) -> usize {
    let (mut count, mut end, mut spaced) = (0, 0, None);
    loop {
        let space = text[end..].starts_with(' ');
        if count > 0 && *spaced.get_or_insert(space) != space {
            break;
        }
        let rest = &text[end + usize::from(space && count > 0)..];
        let mut chars = rest.chars();
        let Some(letter) = chars.next().filter(|c| if space { c.is_uppercase() } else { is_initial(*c) }) else {
            break;
        };
        if chars.next() != Some('.') {
            break;
        }
        (count, end) = (count + 1, text.len() - rest.len() + letter.len_utf8() + 1);
        if count > MAX_LETTERS {
            return 0;
        }
    }
    let next = text[end..].trim_start().chars().next();
    let of_a_person = spaced == Some(true) && count < MIN_SPACED && next.is_none_or(char::is_uppercase);
    if count < 2 || of_a_person { 0 } else { end }
}

fn is_initial(c: char) -> bool {
    c.is_alphabetic() && !c.is_lowercase()
}
