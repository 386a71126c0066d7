//! Acronyms written with points: `U.N.`, `O. I. C.`.

/// The most letters of such an acronym. Chosen by hand: a longer run is an enumeration.
const MOST: usize = 8;
/// From so many letters on, initials with spaces between them are an acronym and not those of a person. Chosen by hand.
const SURE: usize = 3;

/// How many bytes at the start of `text` are single letters with a point behind each; 0 where these are no acronym.
///
/// With spaces between them, two letters before a capitalised word are taken for a person's: `A. I. Kuprin`.
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
        if count > MOST {
            return 0;
        }
    }
    let next = text[end..].trim_start().chars().next();
    let of_a_person = spaced == Some(true) && count < SURE && next.is_none_or(char::is_uppercase);
    if count < 2 || of_a_person { 0 } else { end }
}

fn is_initial(c: char) -> bool {
    c.is_alphabetic() && !c.is_lowercase()
}
