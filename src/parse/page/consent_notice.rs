//! Recognizes a notice about cookies or consent in place of an article's text.

use std::sync::LazyLock;

use crate::parse::share::{MAJORITY, is_over};
use crate::text::fold;

/// How much of a paragraph is searched, in characters. Chosen by hand.
const MAX_SEARCHED: usize = 600;
/// The shortest paragraph that counts, in characters. Chosen by hand: shorter ones are labels.
const MIN_PARAGRAPH: usize = 40;

/// What such notices say, folded.
static PHRASES: LazyLock<Vec<String>> = LazyLock::new(|| {
    "we value your privacy|we use cookies|uses cookies|use of cookies|our partners|we and our|and its partners|\
     partners store|partners process|store and/or access|information on a device|on your device|cookie policy|accept all cookies|\
     manage your preferences|legitimate interest|withdraw your consent|your consent|consent to the|\
     nous utilisons des cookies|utilise des cookies|utilisons des cookies|nos partenaires|votre consentement|\
     accepter les cookies|verwendet cookies|verwenden cookies|unsere partner|ihre einwilligung|cookie-einstellungen|\
     utilizamos cookies|usamos cookies|utiliza cookies|nuestros socios|su consentimiento|utilizziamo i cookie|\
     utilizza cookie|nostri partner|tuo consenso|cerez kullan|cerezler|cerez politikasi|gizliliginize|onayiniz|\
     ملفات تعريف الارتباط|ملفات الارتباط|نستخدم الكوكيز|سياسه الخصوصيه|شركاؤنا|شركايا|موافقتك|خصوصيتك|\
     كوكيها|حريم خصوصي شما|gebruiken cookies|gebruikt cookies|onze partners|uw toestemming|menggunakan cookie"
        .split('|')
        .map(fold::fold)
        .collect()
});

/// True if most paragraphs of a text speak of cookies or consent to the reader.
pub(super) fn is_notice(text: &str) -> bool {
    let paragraphs = || text.lines().filter(|line| line.chars().count() >= MIN_PARAGRAPH);
    let speaks = |line: &&str| {
        let folded = fold::fold(&line.chars().take(MAX_SEARCHED).collect::<String>());
        PHRASES.iter().any(|phrase| folded.contains(phrase.as_str()))
    };
    // An article has no such phrase in its first paragraph, so that most texts are read no further.
    paragraphs().next().is_some_and(|first| speaks(&first))
        && is_over(paragraphs().filter(speaks).count(), MAJORITY, paragraphs().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_about_cookies_is_no_text() {
        for text in [
            "We value your privacy and that of your household.\nWe and our 700 partners keep data on your device, such as cookies.",
            "Nous utilisons des cookies pour mesurer l'audience de ce site.",
            "نحن نستخدم ملفات تعريف الارتباط لتحسين تجربتك على هذا الموقع الإلكتروني.",
        ] {
            assert!(is_notice(text), "{text}");
        }
    }

    #[test]
    fn an_article_about_cookies_is_a_text() {
        let article = "The ministry said that the site uses cookies without asking its visitors.\n\
            A court in the capital heard the case for three days and will decide it in the spring.\n\
            The owner of the site said that it had asked a lawyer before it opened its doors.";
        assert!(!is_notice(article) && !is_notice(""));
    }
}
