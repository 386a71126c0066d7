//! Guesses the language of a text without a trustworthy declaration: by letters, function words and trigrams.

use super::{LetterCounts, MIN_TEXT_LETTERS, URDU_SHARE, function_words};

const ARABIC: &[whatlang::Lang] = &[whatlang::Lang::Ara, whatlang::Lang::Pes, whatlang::Lang::Urd];
const LATIN: &[whatlang::Lang] = &[whatlang::Lang::Tur, whatlang::Lang::Fra, whatlang::Lang::Eng];

/// The supported languages; related ones are recognised by their own letters.
const OURS: &[&str] = &["ar", "fa", "ur", "tr", "fr", "en"];

/// Letters that a related language has and the three languages lack.
const NEIGHBOURS: &[(&str, &str)] =
    &[("ug", "ۇۈۋڭ"), ("ckb", "ەێۆڕڵ"), ("ps", "ځڅډړږښګڼۍټې"), ("sd", "ٻڄڃڏڌٺٽڀڳڱڻٿڦڊڍڪ")];

/// The smallest share of exclusive letters that proves a related language, as one in so many. Chosen by hand.
const RELATED_SHARE: usize = 40;

/// The fewest Turkish letters that names alone do not explain. Chosen by hand.
const MIN_TURKISH: usize = 3;

/// The language of a text in Arabic letters.
pub(super) fn arabic_script(text: &str, letters: &LetterCounts) -> Option<&'static str> {
    let neighbour = NEIGHBOURS.iter().find(|(_, own)| {
        let count = text.chars().filter(|c| own.contains(*c)).count();
        // Kurdish and Uyghur write ھ too.
        count * RELATED_SHARE >= letters.arabic
            && count > 0
            && (letters.urdu * URDU_SHARE < letters.arabic || count >= letters.urdu)
    });
    let counts = function_words::OF_ARABIC.counts(text);
    let frequent = counts.most();
    let sure = |tag| frequent == Some(tag) && counts.of(tag) > 1;
    let articles =
        text.split_whitespace().filter(|word| word.trim_start_matches(['و', 'ب', 'ل', '«']).starts_with("ال"));
    let arabic = letters.definite > 0 || frequent == Some("ar") || articles.count() > 0;
    let long = letters.arabic >= MIN_TEXT_LETTERS;
    if let Some((tag, _)) = neighbour {
        Some(tag)
    } else if frequent == Some("ps") {
        frequent
    } else if letters.urdu > 0 && (letters.urdu * URDU_SHARE >= letters.arabic || frequent == Some("ur")) {
        Some("ur")
    } else if letters.western > letters.eastern
        && letters.persian * URDU_SHARE < letters.arabic
        && frequent != Some("fa")
        && arabic
    {
        Some("ar")
    } else if letters.persian + letters.eastern > 0 && letters.western * 4 <= letters.eastern + letters.persian {
        match frequent {
            _ if sure("ur") => Some("ur"),
            Some("ar" | "ur") => None,
            _ => Some("fa").filter(|_| letters.heh > 0 || sure("fa") || long),
        }
    } else if long {
        guess(text, ARABIC, &counts, MIN_TEXT_LETTERS)
    } else {
        frequent.filter(|tag| sure(tag))
    }
}

/// The language of a text in Latin letters. Function words decide most texts, at a tenth of the cost of the trigrams of
/// forty languages.
pub(super) fn latin_script(text: &str) -> Option<&'static str> {
    if let Some(found) = function_words::dominant(text) {
        return found;
    }
    let has = |any: &str| text.chars().any(|c| any.contains(c));
    // Azerbaijani, Kurdish, Romanian, Turkmen, Spanish, Portuguese and German have letters that no Turkish, French or
    // English text has, except in names.
    if has("əƏ") || (has("şŞ") && has("êÊăĂțȚýÝňŇ")) || has("ñÑ¿¡ãÃõÕß") {
        return None;
    }
    let counts = function_words::OF_LATIN.counts(text);
    if has("ğĞıİşŞ") {
        let turkish = |word: &str| word.chars().filter(|c| "ğĞıİşŞ".contains(*c)).count();
        let few = turkish(text) < MIN_TURKISH;
        // A Turkish name does not make a text Turkish: Erdoğan.
        let is_name = |word: &str| word.chars().skip(1).any(char::is_lowercase) && word.starts_with(char::is_uppercase);
        let names_only = few && text.split_whitespace().all(|word| turkish(word) == 0 || is_name(word));
        return match counts.most() {
            Some("tr") => Some("tr"),
            None => Some("tr").filter(|_| !names_only),
            Some(frequent) => Some(frequent).filter(|frequent| few && matches!(*frequent, "fr" | "en")),
        };
    }
    guess(text, LATIN, &counts, MIN_TEXT_LETTERS)
}

/// The language found by trigrams, if they are reliable and the function words agree. The allow-list excludes languages
/// without sources; a text outside it is recognised by function words.
fn guess(
    text: &str,
    among: &[whatlang::Lang],
    counts: &function_words::FunctionWordCounts,
    least: usize,
) -> Option<&'static str> {
    let frequent = counts.most();
    let known = |tag: &&str| OURS.contains(tag);
    if counts.are_foreign(OURS) {
        return None;
    }
    if text.chars().filter(|c| c.is_alphabetic()).count() < least {
        // One function word may be part of a name: Des Moines. Together with a French accent, it is French.
        let accents = |tag: &str| tag == "fr" && text.chars().any(|c| "éèêçœîûÉÈÊÇ".contains(c));
        return frequent.filter(known).filter(|tag| counts.of(tag) > 1 || accents(tag));
    }
    let free = whatlang::detect(text)?;
    let ours = among.contains(&free.lang());
    // Reliably another language: no answer rather than the nearest of the six.
    if !ours && free.is_reliable() {
        return None;
    }
    let nearest = || whatlang::Detector::with_allowlist(among.to_vec()).detect(text).map(|info| info.lang());
    let found = tag(if ours { free.lang() } else { nearest()? });
    let alike = ours && (counts.none_above(found) || (counts.is_empty() && free.is_reliable()));
    (frequent == Some(found) || alike).then_some(found)
}

fn tag(lang: whatlang::Lang) -> &'static str {
    match lang {
        whatlang::Lang::Ara => "ar",
        whatlang::Lang::Pes => "fa",
        whatlang::Lang::Urd => "ur",
        whatlang::Lang::Tur => "tr",
        whatlang::Lang::Fra => "fr",
        _ => "en",
    }
}
