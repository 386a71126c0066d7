//! Text that was UTF-8, was decoded as a code page, and was encoded again: `Ø§Ù„Ù‚Ø¯Ø³`, `ط§ظ„ظ‚ط¯ط³`.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252, WINDOWS_1256};

/// The text as it was meant, where its bytes under the code page are UTF-8; else the text as it came. No text that
/// was meant as it stands passes that test: each of its letters would have to begin or continue a sequence by chance.
pub(super) fn mended(text: &str) -> Cow<'_, str> {
    // Every letter that betrays windows-1252 begins with this byte, and most texts of the sources have none.
    if text.as_bytes().contains(&0xc3) && betrays_western(text) {
        return undone(text, WINDOWS_1252);
    }
    if ["ط§", "ظ„", "ط§ظ", "ظ…", "ط±"].iter().filter(|pair| text.contains(*pair)).count() > 1 {
        return undone(text, WINDOWS_1256);
    }
    text.into()
}

fn betrays_western(text: &str) -> bool {
    let pairs = text.chars().zip(text.chars().skip(1));
    pairs.into_iter().any(|(a, b)| matches!(a, 'Ã' | 'Â' | 'Ø' | 'Ù' | 'Û' | 'Ú' | 'â' | 'Ä' | 'Å') && !b.is_ascii())
}

fn undone<'t>(text: &'t str, page: &'static Encoding) -> Cow<'t, str> {
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
        assert_eq!(mended("Ø§Ù„Ù‚Ø¯Ø³"), "القدس");
        assert_eq!(mended("LâÉté à Âge"), "LâÉté à Âge");
        assert_eq!(mended("cafÃ©"), "café");
        let doubled = WINDOWS_1256.decode_without_bom_handling("القدس عاصمة".as_bytes()).0.into_owned();
        assert_eq!(mended(&doubled), "القدس عاصمة");
        assert_eq!(mended("طار الطائر في ظل الظهر"), "طار الطائر في ظل الظهر");
    }
}
