//! The words of a digest, in the languages of its readers.

use crate::alert::digest::DigestReason;
use crate::text::lang::Lang;

/// The words in one language. `{}` stands for a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DigestPhrases {
    /// The language.
    pub(super) lang: &'static str,
    /// The name of a digest.
    pub(super) title: &'static str,
    /// A number of alerts, for the plural categories zero, one, two, few, many and other of Unicode CLDR.
    alerts: [&'static str; 6],
    /// Why alerts were gathered: a flood, the limit of mails, quiet hours.
    reasons: [&'static str; 3],
    /// Before the number of sources.
    pub(super) sources: &'static str,
    /// Before the number of healthy sources.
    pub(super) healthy: &'static str,
    /// Before the number of the others.
    pub(super) unhealthy: &'static str,
    /// Before the number of deliveries that wait.
    pub(super) pending: &'static str,
    /// Before the number of alerts that are not listed.
    pub(super) more: &'static str,
}

impl DigestPhrases {
    /// The words in `lang`, or in English if there are none.
    pub(super) fn of(lang: &Lang) -> &'static Self {
        ALL.iter().find(|phrases| phrases.lang == lang.as_str()).unwrap_or(&ALL[0])
    }

    /// A number of alerts in words.
    pub(super) fn alerts(&self, number: usize) -> String {
        let category = match (number, number % 100) {
            (0, _) => 0,
            (1, _) => 1,
            (2, _) => 2,
            (_, 3..=10) => 3,
            (_, 11..) => 4,
            _ => 5,
        };
        self.alerts[category].replace("{}", &number.to_string())
    }

    /// Why alerts were gathered; none for the set times, which the reader chose.
    pub(super) fn reason(&self, reason: DigestReason) -> Option<&'static str> {
        match reason {
            DigestReason::Flood => Some(self.reasons[0]),
            DigestReason::Limit => Some(self.reasons[1]),
            DigestReason::Quiet => Some(self.reasons[2]),
            DigestReason::Schedule => None,
        }
    }
}

const ALL: [DigestPhrases; 6] = [
    DigestPhrases {
        lang: "en",
        title: "Digest",
        alerts: ["no alerts", "1 alert", "{} alerts", "{} alerts", "{} alerts", "{} alerts"],
        reasons: [
            "A source brought many items at once.",
            "You have had 20 mails within an hour. Further alerts are gathered.",
            "These alerts came in during the quiet hours.",
        ],
        sources: "Sources",
        healthy: "healthy",
        unhealthy: "with problems",
        pending: "messages waiting",
        more: "and {} more",
    },
    DigestPhrases {
        lang: "ar",
        title: "النشرة",
        alerts: ["لا تنبيهات", "تنبيه واحد", "تنبيهان", "{} تنبيهات", "{} تنبيهًا", "{} تنبيه"],
        reasons: [
            "نشر أحد المصادر أخبارًا كثيرة دفعة واحدة.",
            "وصلتك 20 رسالة خلال ساعة، فجُمعت التنبيهات التالية.",
            "وردت هذه التنبيهات خلال ساعات الهدوء.",
        ],
        sources: "المصادر",
        healthy: "سليمة",
        unhealthy: "بها مشكلات",
        pending: "رسائل في الانتظار",
        more: "و{} غيرها",
    },
    DigestPhrases {
        lang: "fa",
        title: "بولتن",
        alerts: ["بدون هشدار", "{} هشدار", "{} هشدار", "{} هشدار", "{} هشدار", "{} هشدار"],
        reasons: [
            "یک منبع شمار زیادی خبر را یک‌باره منتشر کرد.",
            "در یک ساعت 20 نامه دریافت کرده‌اید؛ هشدارهای بعدی یک‌جا می‌آیند.",
            "این هشدارها در ساعت‌های سکوت رسیده‌اند.",
        ],
        sources: "منابع",
        healthy: "سالم",
        unhealthy: "دارای مشکل",
        pending: "پیام‌های در انتظار",
        more: "و {} مورد دیگر",
    },
    DigestPhrases {
        lang: "ur",
        title: "خبرنامہ",
        alerts: ["کوئی اطلاع نہیں", "{} اطلاع", "{} اطلاعات", "{} اطلاعات", "{} اطلاعات", "{} اطلاعات"],
        reasons: [
            "ایک ذریعے نے بہت سی خبریں ایک ساتھ شائع کیں۔",
            "آپ کو ایک گھنٹے میں 20 ای میل مل چکی ہیں؛ مزید اطلاعات یکجا کی گئی ہیں۔",
            "یہ اطلاعات خاموشی کے اوقات میں موصول ہوئیں۔",
        ],
        sources: "ذرائع",
        healthy: "درست",
        unhealthy: "مسائل کے ساتھ",
        pending: "منتظر پیغامات",
        more: "اور مزید {}",
    },
    DigestPhrases {
        lang: "tr",
        title: "Bülten",
        alerts: ["bildirim yok", "{} bildirim", "{} bildirim", "{} bildirim", "{} bildirim", "{} bildirim"],
        reasons: [
            "Bir kaynak aynı anda çok sayıda haber yayımladı.",
            "Bir saat içinde 20 e-posta aldınız; sonraki bildirimler bir araya getirildi.",
            "Bu bildirimler sessiz saatlerde geldi.",
        ],
        sources: "Kaynaklar",
        healthy: "sorunsuz",
        unhealthy: "sorunlu",
        pending: "bekleyen iletiler",
        more: "ve {} tane daha",
    },
    DigestPhrases {
        lang: "fr",
        title: "Récapitulatif",
        alerts: ["aucune alerte", "{} alerte", "{} alertes", "{} alertes", "{} alertes", "{} alertes"],
        reasons: [
            "Une source a publié de nombreux articles à la fois.",
            "Vous avez reçu 20 courriels en une heure\u{a0}: les alertes suivantes sont regroupées.",
            "Ces alertes sont arrivées pendant les heures de silence.",
        ],
        sources: "Sources",
        healthy: "en bon état",
        unhealthy: "en difficulté",
        pending: "messages en attente",
        more: "et {} de plus",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_of_the_readers_has_its_words_and_counts_in_its_own_way() {
        for tag in ["ar", "fa", "ur", "tr", "fr", "en"] {
            let phrases = DigestPhrases::of(&Lang::parse(tag).unwrap());
            assert_eq!(phrases.lang, tag);
            assert!(phrases.more.contains("{}") && phrases.alerts(21).contains("21"), "{tag}");
        }
        let arabic = DigestPhrases::of(&Lang::parse("ar").unwrap());
        let counted = [0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111].map(|number| arabic.alerts(number));
        let expected = [
            "لا تنبيهات",
            "تنبيه واحد",
            "تنبيهان",
            "3 تنبيهات",
            "10 تنبيهات",
            "11 تنبيهًا",
            "99 تنبيهًا",
            "100 تنبيه",
            "102 تنبيه",
            "103 تنبيهات",
            "111 تنبيهًا",
        ];
        assert_eq!(counted, expected);
    }

    #[test]
    fn the_number_of_mails_in_the_words_is_the_limit() {
        let limit = crate::alert::digest::MAILS_PER_HOUR.to_string();
        assert!(ALL.iter().all(|phrases| phrases.reasons[1].contains(&limit)));
    }
}
