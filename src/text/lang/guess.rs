//! Which language a text without a trustworthy declaration is in: by letters, small words and trigrams.

use super::{LetterCounts, TELLING, function_words};

const ARABIC: &[whatlang::Lang] = &[whatlang::Lang::Ara, whatlang::Lang::Pes, whatlang::Lang::Urd];
const LATIN: &[whatlang::Lang] = &[whatlang::Lang::Tur, whatlang::Lang::Fra, whatlang::Lang::Eng];

/// The languages that are told from others; neighbours that are known by letters of their own aside.
const OURS: &[&str] = &["ar", "fa", "ur", "tr", "fr", "en"];

/// Letters that a neighbour of the three languages writes and none of them does.
const NEIGHBOURS: &[(&str, &str)] =
    &[("ug", "ۇۈۋڭ"), ("ckb", "ەێۆڕڵ"), ("ps", "ځڅډړږښګڼۍټې"), ("sd", "ٻڄڃڏڌٺٽڀڳڱڻٿڦڊڍڪ")];

/// What a text in Arabic letters is in.
pub(super) fn arabic_script(text: &str, seen: &LetterCounts) -> Option<&'static str> {
    let neighbour = NEIGHBOURS.iter().find(|(_, own)| {
        let count = text.chars().filter(|c| own.contains(*c)).count();
        // Kurdish and Uyghur write ھ too.
        count * 40 >= seen.arabic && count > 0 && (seen.urdu * 20 < seen.arabic || count >= seen.urdu)
    });
    let claims = function_words::OF_ARABIC.claims(text);
    let small = claims.most();
    let sure = |tag| small == Some(tag) && claims.of(tag) > 1;
    let articles =
        text.split_whitespace().filter(|word| word.trim_start_matches(['و', 'ب', 'ل', '«']).starts_with("ال"));
    let arabic = seen.definite > 0 || small == Some("ar") || articles.count() > 0;
    let long = seen.arabic >= TELLING;
    if let Some((tag, _)) = neighbour {
        Some(tag)
    } else if small == Some("ps") {
        small
    } else if seen.urdu > 0 && (seen.urdu * 20 >= seen.arabic || small == Some("ur")) {
        Some("ur")
    } else if seen.western > seen.eastern && seen.persian * 20 < seen.arabic && small != Some("fa") && arabic {
        Some("ar")
    } else if seen.persian + seen.eastern > 0 && seen.western * 4 <= seen.eastern + seen.persian {
        match small {
            _ if sure("ur") => Some("ur"),
            Some("ar" | "ur") => None,
            _ => Some("fa").filter(|_| seen.heh > 0 || sure("fa") || long),
        }
    } else if long {
        guess(text, ARABIC, &claims, TELLING)
    } else {
        small.filter(|tag| sure(tag))
    }
}

/// What a text in Latin letters is in. The most are told by their commonest words, at a tenth of what the trigrams of
/// forty languages cost.
pub(super) fn latin_script(text: &str) -> Option<&'static str> {
    if let Some(told) = function_words::throughout(text) {
        return told;
    }
    let has = |letters: &str| text.chars().any(|c| letters.contains(c));
    // Azerbaijani, Kurdish, Romanian, Turkmen, Spanish, Portuguese and German have letters that no Turkish, French or
    // English text has, names aside.
    if has("əƏ") || (has("şŞ") && has("êÊăĂțȚýÝňŇ")) || has("ñÑ¿¡ãÃõÕß") {
        return None;
    }
    let claims = function_words::OF_LATIN.claims(text);
    if has("ğĞıİşŞ") {
        let turkish = |word: &str| word.chars().filter(|c| "ğĞıİşŞ".contains(*c)).count();
        let few = turkish(text) < 3;
        // A Turkish name makes no Turkish text: Erdoğan.
        let is_name = |word: &str| word.chars().skip(1).any(char::is_lowercase) && word.starts_with(char::is_uppercase);
        let names_only = few && text.split_whitespace().all(|word| turkish(word) == 0 || is_name(word));
        return match claims.most() {
            Some("tr") => Some("tr"),
            None => Some("tr").filter(|_| !names_only),
            Some(small) => Some(small).filter(|small| few && matches!(*small, "fr" | "en")),
        };
    }
    guess(text, LATIN, &claims, 40)
}

/// What trigrams say, when they are sure and the small words do not say otherwise. The list keeps them from answers
/// nobody here would want; a text in a language outside it is told apart by words that are frequent in each.
fn guess(
    text: &str,
    among: &[whatlang::Lang],
    claims: &function_words::FunctionWordCounts,
    least: usize,
) -> Option<&'static str> {
    let small = claims.most();
    let known = |tag: &&str| OURS.contains(tag);
    if claims.are_foreign(OURS) {
        return None;
    }
    if text.chars().filter(|c| c.is_alphabetic()).count() < least {
        // One function word may stand in a name: Des Moines. With an accent of French beside it, it is French.
        let accents = |tag: &str| tag == "fr" && text.chars().any(|c| "éèêçœîûÉÈÊÇ".contains(c));
        return small.filter(known).filter(|tag| claims.of(tag) > 1 || accents(tag));
    }
    let free = whatlang::detect(text)?;
    let ours = among.contains(&free.lang());
    // Sure among all languages that it is another one: no answer rather than the nearest of the six.
    if !ours && free.is_reliable() {
        return None;
    }
    let nearest = || whatlang::Detector::with_allowlist(among.to_vec()).detect(text).map(|info| info.lang());
    let said = tag(if ours { free.lang() } else { nearest()? });
    let alike = ours && (claims.none_above(said) || (claims.is_empty() && free.is_reliable()));
    (small == Some(said) || alike).then_some(said)
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
