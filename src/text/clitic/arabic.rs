//! Arabic: (و|ف)? (ب|ك|ل)? (ال)? before a noun, pronouns, dual and plural after it.

use super::words;
use super::{Article, Candidate, Cut, Form, Kind, Start, Suffix, ends, spells};
use crate::text::token::Letter;

/// The places where a stem may begin, besides the first letter.
pub fn starts(word: &[Letter], out: &mut Vec<Start>) {
    let folded = |i: usize| word.get(i).map_or(' ', |l| l.folded);
    let plain = |i: usize| word.get(i).is_some_and(|l| l.original == l.folded);
    let conjunction = matches!(folded(0), 'و' | 'ف') && plain(0) && word.len() > 2;
    for base in 0..=usize::from(conjunction) {
        let before = (base > 0).then(|| folded(0));
        if base > 0 {
            out.push(Start { at: 1, article: Article::No, clitic: before });
        }
        article(word, base, before, out);
        let preposition = folded(base);
        if !matches!(preposition, 'ب' | 'ك' | 'ل') || word.len() < base + 3 {
            continue;
        }
        out.push(Start { at: base + 1, article: Article::No, clitic: Some(preposition) });
        article(word, base + 1, Some(preposition), out);
        if preposition == 'ل' && folded(base + 1) == 'ل' && word.len() > base + 3 {
            out.push(Start { at: base + 2, article: Article::Contracted, clitic: Some('ل') });
        }
    }
}

/// A start behind the article, where it stands with its alef bare and two letters follow.
pub fn article(word: &[Letter], at: usize, clitic: Option<char>, out: &mut Vec<Start>) {
    if let [alef, lam, _, _, ..] = &word[at..]
        && matches!(alef.original, 'ا' | 'ٱ')
        && lam.folded == 'ل'
    {
        out.push(Start { at: at + 2, article: Article::Whole, clitic });
    }
}

const IN_HEH: &[(&str, Suffix)] = &[("ه", Suffix::Pronoun), ("اته", Suffix::Feminine)];
const IN_ALEF: &[(&str, Suffix)] = &[
    ("ا", Suffix::Tanween),
    ("ها", Suffix::Pronoun),
    ("نا", Suffix::Pronoun),
    ("هما", Suffix::Pronoun),
    ("اتها", Suffix::Feminine),
    ("اتنا", Suffix::Feminine),
    ("اتهما", Suffix::Feminine),
    ("يها", Suffix::Construct),
    ("ينا", Suffix::Construct),
    ("يهما", Suffix::Construct),
    ("وها", Suffix::Construct),
    ("وهما", Suffix::Construct),
];
const IN_MEEM: &[(&str, Suffix)] = &[
    ("هم", Suffix::Pronoun),
    ("كم", Suffix::Pronoun),
    ("اتهم", Suffix::Feminine),
    ("اتكم", Suffix::Feminine),
    ("يهم", Suffix::Construct),
    ("وهم", Suffix::Construct),
];
const IN_NOON: &[(&str, Suffix)] =
    &[("هن", Suffix::Pronoun), ("ان", Suffix::Dual), ("ين", Suffix::Dual), ("ون", Suffix::Masculine)];
const IN_WAW: &[(&str, Suffix)] = &[("و", Suffix::Construct)];
const IN_YEH: &[(&str, Suffix)] = &[("ي", Suffix::Construct)];
const IN_TEH: &[(&str, Suffix)] = &[("ات", Suffix::Feminine)];

/// The places where a stem may end, besides the last letter.
pub fn cuts(word: &[Letter], out: &mut Vec<Cut>) {
    let tails = match word.last().map(|l| l.folded) {
        Some('ه') => IN_HEH,
        Some('ا') => IN_ALEF,
        Some('م') => IN_MEEM,
        Some('ن') => IN_NOON,
        Some('و') => IN_WAW,
        Some('ي') => IN_YEH,
        Some('ت') => IN_TEH,
        _ => return,
    };
    for (tail, suffix) in tails.iter().filter(|(tail, _)| ends(word, tail)) {
        out.push(Cut { at: word.len() - tail.chars().count(), suffix: *suffix });
    }
}

/// The stems of a word in Arabic letters, besides the word itself.
pub fn forms(word: &[Letter], forms: &mut Vec<Form>) {
    let count = word.len();
    let Some(last) = word.last() else { return };
    if last.folded == 'ه' && count > 2 {
        forms.push(Form::with(count - 1, 'ت', Kind::Open));
        forms.push(Form::kept(count - 1, Kind::Short));
    }
    if last.hamza && last.folded == 'ا' {
        forms.push(Form::with(count, 'ي', Kind::Hamza));
        forms.push(Form::with(count, 'و', Kind::Hamza));
    }
    if last.original == 'ى' && count > 2 {
        forms.push(Form::with(count - 1, 'ا', Kind::Alef));
    }
    if last.original == 'ا' && count > 3 {
        forms.push(Form::kept(count - 1, Kind::Short));
    }
    for (i, letter) in word.iter().enumerate().skip(1).filter(|(_, l)| matches!(l.original, 'ئ' | 'ؤ' | 'أ')) {
        for seat in ['ي', 'و', 'ا'].into_iter().filter(|s| *s != letter.folded) {
            forms.push(Form { other: Some((i, seat)), ..Form::kept(count, Kind::Seat) });
        }
    }
    if is_article(word) {
        forms.extend_from_within(..);
        let half = forms.len() / 2;
        forms[half..].iter_mut().for_each(|form| form.bare = true);
    }
}

/// The word begins with the article and not with a hamza: القدس, not ألمانيا.
fn is_article(word: &[Letter]) -> bool {
    matches!(word, [alef, lam, _, _, ..] if matches!(alef.original, 'ا' | 'ٱ') && lam.folded == 'ل')
}

/// The strict look.
pub fn stands(c: &Candidate<'_>) -> bool {
    before(c) && after(c) && same_letters(c) && !is_function_word(c)
}

/// What stands before the stem may stand before this word.
fn before(c: &Candidate<'_>) -> bool {
    let stem = c.stem();
    if c.form.bare {
        // ل and a word with the article: للقدس, and للجنة for a stem that begins with ل itself.
        let absorbed = c.start.article == Article::No && c.start.clitic == Some('ل') && stem[0].folded == 'ل';
        return c.role.first && (c.start.article == Article::Contracted || absorbed);
    }
    let glued = match (c.start.article, c.start.clitic) {
        (Article::Whole | Article::Contracted, _) => {
            return stem.len() >= 2 && !words::NAMES.iter().any(|n| spells(stem, n));
        }
        (Article::No, None) => return true,
        (Article::No, Some(clitic)) => clitic,
    };
    let enough = match glued {
        'ك' if is_name(stem) => 3,
        'ك' => 4,
        'ف' => 3,
        _ => 2,
    };
    stem.len() >= enough && !(c.role.first && c.role.last && is_own_word(c))
}

/// The word with the letter before the stem is a word of its own: لجنة is not ل + جنة. In a phrase the words that
/// follow tell the two apart.
fn is_own_word(c: &Candidate<'_>) -> bool {
    let from = c.start.at - 1;
    let rest = &c.word[from..];
    let until = c.cut.at - from;
    words::OWN_WORDS.iter().any(|own| match own.strip_suffix('ه') {
        Some(base) => {
            let count = base.chars().count();
            let feminine = |after: &[Letter]| match after {
                [one, ..] if matches!(one.folded, 'ه' | 'ت') => true,
                [alef, teh, ..] => (alef.folded, teh.folded) == ('ا', 'ت'),
                _ => false,
            };
            rest.len() > count && spells(&rest[..count], base) && feminine(&rest[count..])
        }
        None => spells(&rest[..until], own),
    })
}

/// What stands after the stem may stand after this word.
fn after(c: &Candidate<'_>) -> bool {
    let stem = c.stem();
    let bare_noun = c.start.article == Article::No;
    let tail = c.tail();
    if c.cut.suffix != Suffix::None && ["جده", "مالي", "بون", "قطر"].iter().any(|n| spells(c.watched, n)) {
        // جدته is his grandmother and not his Jeddah, قطرها its diameter.
        return false;
    }
    match c.cut.suffix {
        Suffix::None => matches!(c.form.kind, Kind::Whole | Kind::Seat),
        // An explicit ة is never a pronoun: مصر is not in مصرّة.
        Suffix::Pronoun => {
            let written = tail[0].original != 'ة' && (tail.len() > 1 || stem.len() > 2);
            let kind = c.form.kind != Kind::Short && (c.form.kind != Kind::Whole || !ends_in_teh(c));
            bare_noun && !c.form.bare && c.role.last && stem.len() > 2 && written && kind
        }
        Suffix::Dual => dual(c),
        Suffix::Masculine => stem.len() > 3 && matches!(c.form.kind, Kind::Whole | Kind::Seat) && !is_place(c),
        Suffix::Construct => construct(c),
        Suffix::Feminine => feminine(c),
        Suffix::Tanween => {
            let carries = tail[0].tanween || stem.last().is_some_and(|l| l.tanween);
            let last = stem[stem.len() - 1];
            // روسيا is no Russian.
            let adjective = is_nisba(c) && stem.len() > 3 && !is_country(c);
            let open = matches!(last.folded, 'ي' | 'ا') && last.original != 'ئ' && !adjective;
            let sure = carries || (stem.len() > 2 && !open && !(stem.len() == 3 && is_name(stem)));
            let alef = tail[0].original == 'ا' && !tail[0].hamza;
            bare_noun && c.form.kind == Kind::Whole && !ends_in_teh(c) && alef && sure
        }
        _ => false,
    }
}

fn ends_in_teh(c: &Candidate<'_>) -> bool {
    c.watched.last().is_some_and(|l| l.original == 'ة')
}

/// The watched word ends in ي, and is mostly an adjective: its ات makes a noun of its own (رياضيات).
fn is_nisba(c: &Candidate<'_>) -> bool {
    c.watched.last().is_some_and(|l| matches!(l.original, 'ي' | 'ی' | 'ى'))
}

/// How many letters the stem has, bare hamzas included.
fn size(c: &Candidate<'_>) -> usize {
    c.stem().len() + c.stem().iter().filter(|l| l.hamza).count()
}

/// `ان`, `ين`: after an opened ة, or after a noun of four letters; of three where the article makes it a noun.
/// Names of places have no dual: البحرين is not two seas.
fn dual(c: &Candidate<'_>) -> bool {
    if is_place(c) {
        return false;
    }
    let count = size(c);
    match c.form.kind {
        Kind::Open => true,
        Kind::Whole if ends_in_teh(c) => false,
        Kind::Whole if is_nisba(c) => c.tail()[0].folded == 'ي' && count > 3,
        Kind::Whole | Kind::Seat => count > 3 || (count == 3 && c.start.article != Article::No),
        Kind::Hamza => true,
        _ => false,
    }
}

/// Without its noon: مسؤولو المنظمة, قمتي, مواطنيها. A bare ي would be the nisba, so it needs an opened ة.
fn construct(c: &Candidate<'_>) -> bool {
    if c.start.article != Article::No {
        return false;
    }
    if c.tail().len() > 1 {
        let ending = c.stem()[c.stem().len() - 1].folded;
        let noun = c.form.kind == Kind::Whole && c.stem().len() > 3 && !matches!(ending, 'ي' | 'ه' | 'ا');
        let opened = c.form.kind == Kind::Open && c.tail()[0].folded == 'ي';
        return c.role.last && (noun || opened) && !c.form.bare && !is_name(c.stem());
    }
    match (c.form.kind, c.tail()[0].folded) {
        (Kind::Open, 'ي') => true,
        (Kind::Whole, 'و') => {
            let stem = c.stem();
            let participle = stem.len() == 4 && stem[0].folded == 'م';
            (stem.len() > 4 || participle) && !matches!(stem[stem.len() - 1].folded, 'ي' | 'ه' | 'ا')
        }
        _ => false,
    }
}

/// `ات` takes the place of ة; after a noun without it the noun has four letters or more: قطرات is not قطر.
fn feminine(c: &Candidate<'_>) -> bool {
    let pronoun = c.tail().len() > 2;
    let noun = match c.form.kind {
        Kind::Short => c.watched.last().is_some_and(|l| l.folded == 'ه'),
        // مستشفيات, but not رياضيات.
        Kind::Whole if c.watched.last().is_some_and(|l| l.original == 'ى') => size(c) > 3,
        Kind::Whole | Kind::Seat => size(c) > 3 && !ends_in_teh(c) && !is_nisba(c) && !is_place(c),
        _ => false,
    };
    noun && !(pronoun && (!c.role.last || c.start.article != Article::No))
}

/// The letters as they came agree: where a short word differs by a bare hamza alone, it is another word (ماء, ما).
fn same_letters(c: &Candidate<'_>) -> bool {
    let skip = if c.form.bare { 2 } else { 0 };
    let watched = c.watched.get(skip..).unwrap_or_default();
    let stem = c.stem();
    let seats = watched.iter().zip(stem).all(|(a, b)| {
        a.folded == b.folded || is_hamza(a.original) == is_hamza(b.original) || c.form.kind != Kind::Seat
    });
    let short = watched.len() <= 3 && c.form.kind == Kind::Whole;
    seats
        && !(short
            && watched
                .iter()
                .zip(stem)
                .any(|(a, b)| a.hamza != b.hamza && !is_hamza(a.original) && !is_hamza(b.original)))
}

fn is_hamza(c: char) -> bool {
    matches!(c, 'أ' | 'إ' | 'ؤ' | 'ئ')
}

/// على is written with ى everywhere but in Egypt and is never the name علي.
fn is_function_word(c: &Candidate<'_>) -> bool {
    let same = c.watched.last().zip(c.stem().last()).is_some_and(|(a, b)| a.original == b.original);
    let own = c.stem().last().is_some_and(|l| l.original == 'ى');
    own && !same && ["علي", "الي", "حتي", "لدي", "متي", "سوي", "مني"].iter().any(|w| spells(c.stem(), w))
}

/// The word with its alef is the name of a country: روسيا.
fn is_country(c: &Candidate<'_>) -> bool {
    words::NAMES.iter().any(|name| spells(&c.word[c.start.at..], name))
}

/// The name of a place or the like, which has no plural of its own.
fn is_name(stem: &[Letter]) -> bool {
    words::NAMES.iter().chain(words::PLACES).any(|name| spells(stem, name))
}

/// A name that looks like a dual or a plural, article left off.
fn is_place(c: &Candidate<'_>) -> bool {
    let name = &c.word[c.start.at..];
    words::PLACES.iter().any(|place| spells(name, place))
}
