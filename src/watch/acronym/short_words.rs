//! Lists ordinary short words that look like an acronym in a headline in capitals.

use crate::text::lang::{Lang, has_function_words, is_function_word};

/// Words of up to five letters that occur in headlines, in addition to the function words that identify a language.
/// Folded. Chosen by hand: conjunctions, pronouns, prepositions, short verb forms, and nouns that are also acronyms of
/// organisations in the news.
#[rustfmt::skip]
const SHORT: &[(&str, &str)] = &[
    ("en", "a i an am are as be been but can car map spa aid aids all any ask get go got had has have how if it its let \
        led may me my no nor not now off one or our out own per put set she so some than that them then they this too \
        two up was we were what when why will you your act add age ago arm arms art bad ban bar bid big bus cap cup cut \
        day eat end era eye far few fit gas got gun hit hot ice ill job law low mad man men net new oil old pay port \
        raid raw red rise row run sea see sit six son sun tax ten top try war way win yes yet"),
    ("fr", "a ai ait as ont es ete eu eue eus eut car va vas vais vont ira or ou mais ni si se sa son ses ma mon mes ta \
        ton tes me te tu il ils elle on nous vous leur lui y ce cet cette ces ca ci que quoi dont pas plus peu tout tous \
        tres trop bien mal non oui sans sous vers chez hors lors puis donc ainsi aussi alors etre etes sont soit sera \
        fait faut dit doit peut veut vit vu vue mis mise pris prit tue tues an ans mai mars bas bon cas but fin feu fils \
        jour loi mer mort nord sud est pays paix roi rue soir vie voix ami amis air arme armes art bras spa map nom"),
    ("tr", "ama ne ki mi mu de da ya her en o biz siz ben sen var yok cok son iki uc on el al ver ol et at gun ay yil is \
        su ev kan can car ab ad az bas bey dis don dun eski gel git hak ic il kim kez not oy ust yol"),
];

/// English words after which `us` is always the pronoun. Chosen by hand.
const VERBS: &str = "tell tells told give gives gave let lets help helps show shows teach join follow contact ask asks \
    bring send lead save make makes take remind like between among all both";
/// English words after which `us` is the pronoun unless a noun follows, and after which `who` is a name. Chosen by
/// hand.
const PREPOSITIONS: &str = "to for with of from about against at by on near behind around upon after before";
/// English words that may follow the pronoun `us`, in addition to function words. Chosen by hand.
const AFTER: &str = "all a an it this that what why how when more now not";

/// True if a folded word is a short word of a language.
pub(super) fn is_short_word(word: &str, lang: &Lang) -> bool {
    // `us` and `who` are decided by their neighbours.
    let known = |(of, words): &(&str, &str)| *of == lang.as_str() && has(words, word);
    !matches!(word, "us" | "who") && (is_function_word(word, lang) || SHORT.iter().any(known))
}

/// True if a folded word is a short word of a language whose function words occur in the text.
pub(super) fn is_short_word_of(word: &str, text: &str) -> bool {
    let mut langs = SHORT.iter().filter_map(|(lang, _)| Lang::parse(lang).ok());
    langs.any(|lang| is_short_word(word, &lang) && has_function_words(text, &lang))
}

/// True if a folded word is the pronoun `us` or `who` and not the name in capitals, judged by the words before and
/// after it in its clause.
pub(super) fn is_pronoun(word: &str, before: Option<&str>, after: Option<&str>) -> bool {
    match (word, before) {
        ("us", Some(before)) => {
            let ends =
                after.is_none_or(|after| has(AFTER, after) || has(PREPOSITIONS, after) || has("and the in is", after));
            has(VERBS, before) || has(PREPOSITIONS, before) && ends
        }
        ("who", Some(before)) => !has(PREPOSITIONS, before) && before != "the",
        _ => false,
    }
}

fn has(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|known| known == word)
}
