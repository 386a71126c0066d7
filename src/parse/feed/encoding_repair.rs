//! Repairs UTF-8 that was decoded as a code page and encoded again: `Ø§Ù„Ù‚Ø¯Ø³`, `ط§ظ„ظ‚ط¯ط³`.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252, WINDOWS_1256};

/// The repaired text if its bytes in the code page are valid UTF-8, else the text unchanged. Correct text does not pass
/// that test: each of its letters would have to begin or continue a sequence by chance.
pub(super) fn repaired(text: &str) -> Cow<'_, str> {
    // Every letter that indicates windows-1252 begins with this byte, and most texts of the sources have none.
    if text.as_bytes().contains(&0xc3) && looks_like_windows_1252(text) {
        return re_decoded(text, WINDOWS_1252);
    }
    if ["ط§", "ظ„", "ط§ظ", "ظ…", "ط±"].iter().filter(|pair| text.contains(*pair)).count() > 1 {
        return re_decoded(text, WINDOWS_1256);
    }
    text.into()
}

fn looks_like_windows_1252(text: &str) -> bool {
    let pairs = text.chars().zip(text.chars().skip(1));
    pairs.into_iter().any(|(a, b)| matches!(a, 'Ã' | 'Â' | 'Ø' | 'Ù' | 'Û' | 'Ú' | 'â' | 'Ä' | 'Å') && !b.is_ascii())
}

fn re_decoded<'t>(text: &'t str, page: &'static Encoding) -> Cow<'t, str> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        if page == WINDOWS_1252 && matches!(c, '\u{80}'..='\u{ff}') {
            bytes.push(u8::try_from(u32::from(c)).unwrap_or(b'?'));
            continue;
        }
        let mut buffer = [0; 4];
        let (encoded, _, unmappable) = page.encode(c.encode_utf8(&mut buffer));
        if unmappable {
            return text.into();
        }
        bytes.extend_from_slice(&encoded);
    }
    String::from_utf8(bytes).map_or(text.into(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_was_decoded_twice_is_mended_and_french_is_left_alone() {
        assert_eq!(repaired("Ø§Ù„Ù‚Ø¯Ø³"), "القدس");
        assert_eq!(repaired("LâÉté à Âge"), "LâÉté à Âge");
        assert_eq!(repaired("cafÃ©"), "café");
        let doubled = WINDOWS_1256.decode_without_bom_handling("القدس عاصمة".as_bytes()).0.into_owned();
        assert_eq!(repaired(&doubled), "القدس عاصمة");
        assert_eq!(repaired("طار الطائر في ظل الظهر"), "طار الطائر في ظل الظهر");
    }
}
