//! Writes a name as its consonants, so that its spellings in two scripts are equal: Erdoğan, أردوغان and اردوان.
//!
//! Vowels, `w`, `y`, ع and the weak letters are left out, because transcriptions differ in them. The other letters fall
//! into eleven classes, chosen by hand:
//!
//! | class | Latin | Arabic script |
//! |---|---|---|
//! | `B` | b p | ب پ |
//! | `F` | f ph v | ف |
//! | `G` | g gh j dj, Turkish c | ج گ غ ژ |
//! | `H` | h kh | ح خ ه |
//! | `K` | k q c | ك ق |
//! | `S` | s z th, c before e and i | س ص ث ز ذ ظ |
//! | `T` | t d th dh | ت ط ٹ د ڈ ض |
//! | `X` | sh ch ş ç | ش چ |
//! | `L` `M` `N` `R` | l m n r | ل م ن ر |

use super::event_language::EventLanguage;
use crate::text::words::WordLetter;

/// The fewest consonants of a key without its `H`s. Chosen by hand: shorter keys are equal by chance.
const MIN_WITHOUT_H: usize = 3;

/// Groups of Latin letters that stand for one sound, in the order in which they are replaced. A capital is a class.
const GROUPS: [(&str, &str); 16] = [
    ("tch", "X"),
    ("sch", "X"),
    ("sh", "X"),
    ("ch", "X"),
    ("kh", "H"),
    ("gh", "G"),
    ("dh", "T"),
    ("ph", "F"),
    ("dj", "G"),
    ("zh", "G"),
    ("ck", "K"),
    ("qu", "K"),
    ("ce", "S"),
    ("ci", "S"),
    ("cy", "S"),
    ("x", "KS"),
];

/// The keys of a word of the Arabic script: one, and a second if it contains an `H` that may be silent.
pub(super) fn of_arabic(word: &str) -> Vec<String> {
    let mut key = without_repeats(word.replace("تش", "ش").chars().filter_map(arabic_class));
    // A final ه is a vowel in most names.
    if word.ends_with('ه') && key.ends_with('H') {
        key.pop();
    }
    with_silent_h(vec![key])
}

/// The keys of a word of the Latin script: `v` is ف in some transcriptions and و in others, `th` is ت or ث, and `h` may be
/// silent.
pub(super) fn of_latin(letters: &[WordLetter], language: EventLanguage) -> Vec<String> {
    let words = if language == EventLanguage::Turkish {
        vec![turkish(letters)]
    } else {
        ["T", "S"].iter().map(|th| grouped(letters, th)).collect()
    };
    let mut keys: Vec<String> = Vec::new();
    for key in words.iter().flat_map(|word| [latin_key(word, Some('F')), latin_key(word, None)]) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    with_silent_h(keys)
}

/// The key of a word in which groups of letters are classes already; `v` is the class of that letter.
fn latin_key(word: &str, v: Option<char>) -> String {
    let class = |c| if c == 'v' { v } else { latin_class(c) };
    let mut key = without_repeats(word.chars().filter_map(class));
    if key.len() > 2 && key.ends_with('H') {
        key.pop();
    }
    key
}

/// The Latin letters, with Turkish ones as classes.
fn turkish(letters: &[WordLetter]) -> String {
    let class = |letter: &WordLetter| match letter.original {
        'ç' | 'Ç' | 'ş' | 'Ş' => "X".to_owned(),
        'c' | 'C' => "G".to_owned(),
        'ğ' | 'Ğ' => String::new(),
        _ if letter.folded == 'x' => "KS".to_owned(),
        _ => letter.folded.to_string(),
    };
    letters.iter().map(class).collect()
}

fn grouped(letters: &[WordLetter], th: &str) -> String {
    let word: String = letters.iter().map(|letter| letter.folded).collect();
    let word = word.replace("th", th);
    GROUPS.iter().fold(word, |word, (letters, class)| word.replace(letters, class))
}

fn latin_class(c: char) -> Option<char> {
    Some(match c {
        'A'..='Z' => c,
        'b' | 'p' => 'B',
        'f' => 'F',
        'g' | 'j' => 'G',
        'h' => 'H',
        'k' | 'q' | 'c' => 'K',
        's' | 'z' => 'S',
        't' | 'd' => 'T',
        'l' | 'm' | 'n' | 'r' => c.to_ascii_uppercase(),
        _ => return None,
    })
}

fn arabic_class(c: char) -> Option<char> {
    Some(match c {
        'ب' | 'پ' => 'B',
        'ف' => 'F',
        'ج' | 'گ' | 'غ' | 'ژ' => 'G',
        'ح' | 'خ' | 'ه' => 'H',
        'ك' | 'ق' => 'K',
        'س' | 'ص' | 'ث' | 'ز' | 'ذ' | 'ظ' => 'S',
        'ت' | 'ط' | 'ٹ' | 'د' | 'ڈ' | 'ض' => 'T',
        'ش' | 'چ' => 'X',
        'ل' => 'L',
        'م' => 'M',
        'ن' | 'ں' => 'N',
        'ر' | 'ڑ' => 'R',
        _ => return None,
    })
}

fn without_repeats(classes: impl Iterator<Item = char>) -> String {
    let mut key = String::new();
    for class in classes.filter(char::is_ascii_uppercase) {
        if !key.ends_with(class) {
            key.push(class);
        }
    }
    key
}

fn with_silent_h(mut keys: Vec<String>) -> Vec<String> {
    for n in 0..keys.len() {
        let mut silent = keys[n].char_indices().filter(|(at, class)| *at == 0 || *class != 'H').map(|(_, class)| class);
        let silent = without_repeats(&mut silent);
        if silent.len() >= MIN_WITHOUT_H && !keys.contains(&silent) {
            keys.push(silent);
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words::WordList;

    fn keys(word: &str, language: EventLanguage) -> Vec<String> {
        let list = WordList::read(word);
        if language.has_capitals() {
            of_latin(list.letters(&list.all()[0]), language)
        } else {
            of_arabic(&list.folded(&list.all()[0]))
        }
    }

    #[test]
    fn a_name_has_a_key_in_common_in_every_language() {
        use EventLanguage::{Arabic, English, French, Persian, Turkish, Urdu};
        for spellings in [
            &[("Cherkaoui", French), ("Sharqawi", English), ("شرقاوي", Arabic)][..],
            &[("Cemal", Turkish), ("Jamal", English), ("جمال", Urdu)],
            &[("Pezeshkian", English), ("Pezeşkiyan", Turkish), ("پزشکیان", Persian), ("بزشكيان", Arabic)],
            &[("Chaudhry", English), ("تشودري", Arabic), ("چوہدری", Urdu)],
            &[("Mohammed", English), ("Muhammet", Turkish), ("محمد", Arabic)],
            &[("Haytham", English), ("Heysem", Turkish), ("هيثم", Arabic)],
            &[("Nathalie", French), ("ناتالي", Arabic)],
            &[("Steven", English), ("ستيفن", Arabic)],
            &[("Steven", English), ("استیون", Persian)],
        ] {
            let all: Vec<Vec<String>> = spellings.iter().map(|(word, language)| keys(word, *language)).collect();
            assert!(all[0].iter().any(|key| all.iter().all(|keys| keys.contains(key))), "{spellings:?} {all:?}");
        }
    }

    #[test]
    fn other_names_have_other_keys() {
        use EventLanguage::{Arabic, English};
        for (latin, arabic) in [("Bakhit", "بوريطة"), ("Rahman", "مروان"), ("Salem", "هيثم")] {
            assert!(!keys(latin, English).iter().any(|key| keys(arabic, Arabic).contains(key)), "{latin} {arabic}");
        }
    }
}
