//! Which language a text without a trustworthy declaration is in: by letters, small words and trigrams.

use super::Letters;

const ARABIC: &[whatlang::Lang] = &[whatlang::Lang::Ara, whatlang::Lang::Pes, whatlang::Lang::Urd];
const LATIN: &[whatlang::Lang] = &[whatlang::Lang::Tur, whatlang::Lang::Fra, whatlang::Lang::Eng];

/// Letters that a neighbour of the three languages writes and none of them does.
const NEIGHBOURS: &[(&str, &str)] =
    &[("ug", "ۇۈۋڭ"), ("ckb", "ەێۆڕڵ"), ("ps", "ځڅډړږښګڼۍټې"), ("sd", "ٻڄڃڏڌٺٽڀڳڱڻٿڦڊڍڪ")];

/// What a text in Arabic letters is in.
pub(super) fn arabic_script(text: &str, seen: &Letters) -> Option<&'static str> {
    let neighbour = NEIGHBOURS.iter().find(|(_, own)| {
        let count = text.chars().filter(|c| own.contains(*c)).count();
        count * 40 >= seen.arabic && count > 0
    });
    let small = by_small_words(text, ARABIC_WORDS);
    if let Some((tag, _)) = neighbour.filter(|_| seen.urdu * 20 < seen.arabic) {
        Some(tag)
    } else if small == Some("ps") {
        small
    } else if seen.urdu > 0 && (seen.urdu * 20 >= seen.arabic || small == Some("ur")) {
        Some("ur")
    } else if seen.western > seen.eastern && seen.persian * 20 < seen.arabic {
        Some("ar")
    } else if seen.persian + seen.eastern > 0 && seen.western * 4 <= seen.eastern + seen.persian {
        Some(small.filter(|tag| *tag == "ur").unwrap_or("fa"))
    } else {
        guess(text, ARABIC, ARABIC_WORDS, 20)
    }
}

/// What a text in Latin letters is in.
pub(super) fn latin_script(text: &str) -> Option<&'static str> {
    let has = |letters: &str| text.chars().any(|c| letters.contains(c));
    // Azerbaijani, Kurdish, Romanian, Turkmen, Spanish, Portuguese and German have letters that no Turkish, French or
    // English text has, names aside.
    if has("əƏ") || (has("şŞ") && has("êÊăĂțȚýÝňŇ")) || has("ñÑ¿¡ãÃõÕß") {
        return None;
    }
    if has("ğĞıİşŞ") {
        // A Turkish name makes no Turkish text: Erdoğan.
        let few = text.chars().filter(|c| "ğĞıİşŞ".contains(*c)).count() < 3;
        return match by_small_words(text, LATIN_WORDS) {
            None | Some("tr") => Some("tr"),
            Some(small) => Some(small).filter(|small| few && matches!(*small, "fr" | "en")),
        };
    }
    guess(text, LATIN, LATIN_WORDS, 40)
}

/// What trigrams say, when they are sure and the small words do not say otherwise. The list keeps them from answers
/// nobody here would want; a text in a language outside it is told apart by words that are frequent in each.
fn guess(text: &str, among: &[whatlang::Lang], words: Words, least: usize) -> Option<&'static str> {
    let small = by_small_words(text, words);
    let known = |tag: &&str| matches!(*tag, "ar" | "fa" | "ur" | "tr" | "fr" | "en");
    if text.chars().filter(|c| c.is_alphabetic()).count() < least {
        return small.filter(known);
    }
    let free = whatlang::detect(text)?;
    let info = whatlang::Detector::with_allowlist(among.to_vec()).detect(text)?;
    // Sure among all languages that it is another one: no answer rather than the nearest of the six.
    let foreign = free.is_reliable() && !among.contains(&free.lang());
    let said = tag(info.lang());
    let claims = claims(text, words);
    let most = claims.last().map_or(0, |(most, _)| *most);
    let shared = most > 0 && claims.contains(&(most, said));
    let alike = free.lang() == info.lang() && (shared || (most == 0 && free.is_reliable()));
    ((small == Some(said) || alike) && !foreign).then_some(said)
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

/// Languages and the small words that are frequent in them.
type Words = &'static [(&'static str, &'static str)];

const ARABIC_WORDS: Words = &[
    ("ar", "في من إلى الى على عن التي الذي بين أن مع بعد قبل خلال"),
    ("fa", "در از را این است شد برای های کرد که می با تا یک خود"),
    ("ur", "کا کی کے نے میں اور ہے سے کو پر"),
    ("ps", "د په کې ته چې نه یې سره له څخه"),
];

#[rustfmt::skip]
const LATIN_WORDS: Words = &[
    ("tr", "ve ile için bir bu olarak yeni son dakika durum bugün dün türkiye gazze filistin haberleri sonra oldu"),
    ("fr", "le la les des du et à aux dans une un sur l d au en pour par est avec qui contre après entre de"),
    ("en", "the of and to in for with on is at by from after over against says new amid as meets meet hits his her news visits talks"),
    ("es", "el la los las del y en una un por con para al se que es de su a contra tras entre nueva nuevo"),
    ("pt", "o a os as do da dos das e em um uma no na ao por para com que de não após"),
    ("it", "il lo la gli i di del della dei e in un una per con da al alla che nel sono dopo"),
    ("de", "der die das und in im den dem von mit auf ein eine für zu nach bei ist gegen trifft"),
    ("nl", "de het een en in van op voor met is te aan door naar bij"),
    ("ms", "di dan yang untuk dengan ke dari pada ini itu dalam akan tidak oleh kepada bertemu umum hadiri presiden menteri perdana luar"),
    ("sq", "i e të në me për nga dhe një së"),
    ("bs", "u i na za se od s je o da iz posjeti"),
    ("sw", "ya wa na kwa ni katika za la cha"),
    ("so", "ee oo iyo ka ku waa uu soo"),
    ("ha", "ya da na ta a ga ne ce sun"),
    ("uz", "va bilan uchun bu bir oʻz"),
];

/// The language of a short text by the small words that it has most of; none where two claim it alike.
fn by_small_words(text: &str, words: Words) -> Option<&'static str> {
    match claims(text, words).as_slice() {
        [.., second, first] if first.0 > second.0 => Some(first.1),
        _ => None,
    }
}

/// How many of its small words each language finds in a text, the fewest first.
fn claims(text: &str, words: Words) -> Vec<(usize, &'static str)> {
    let lower = text.to_lowercase();
    let all: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let count = |small: &str| all.iter().filter(|w| small.split(' ').any(|s| s == **w)).count();
    let mut claims: Vec<(usize, &str)> = words.iter().map(|(lang, small)| (count(small), *lang)).collect();
    claims.sort_unstable();
    claims
}
