//! Tests which words match a term, with the list in `words.txt`.

use super::*;

/// Which forms a watched word matches and which not, by language.
#[test]
fn words_match_through_their_own_forms_only() {
    let mut wrong = Vec::new();
    for line in include_str!("words.txt").lines().filter(|l| !l.starts_with('#')) {
        let [lang, watched, text, found] = line.split('|').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let text = text.replace("\\n", "\n");
        if matches(&any(&[watched]), lang, &text).is_empty() == (found == "yes") {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
