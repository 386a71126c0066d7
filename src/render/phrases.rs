//! The labels of a mail, in the languages of its readers.

use crate::alert::Field;
use crate::text::lang::Lang;

/// The labels in one language. `{}` stands for a name or a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phrases {
    /// The language, as the mail's `lang`.
    pub lang: &'static str,
    /// The colon after a label, with the space that the language puts before it.
    pub(crate) colon: &'static str,
    /// Before the names of the watches.
    pub watches: &'static str,
    /// Before the subject of a revised item.
    pub revised: &'static str,
    /// Before the headline of the revision before.
    pub before: &'static str,
    /// Before the source's name.
    pub source: &'static str,
    /// Before the agency's name.
    pub agency: &'static str,
    /// Before the names of the other sources of the story.
    pub(crate) carried: &'static str,
    /// Before the author's name.
    pub author: &'static str,
    /// Before the claimed date.
    pub published: &'static str,
    /// Before the date of the first sighting.
    pub first_seen: &'static str,
    /// On the link to the item.
    pub read: &'static str,
    /// Over the list of matches.
    pub found: &'static str,
    /// Above the changes of a revision.
    pub(crate) changed: &'static str,
    /// Below the list of matches, if it is incomplete.
    pub(crate) more: &'static str,
    /// The names of headline, summary and text.
    pub fields: [&'static str; 3],
    /// If only an excerpt was read.
    pub(crate) excerpt: &'static str,
    /// Over an event.
    pub(crate) notice: &'static str,
    /// Over a test of the channel, and before its subject.
    pub(crate) test: &'static str,
    /// Below a test of the channel.
    pub(crate) test_remark: &'static str,
    /// Before the time of an event.
    pub time: &'static str,
    /// At the foot: the channel that sent the mail.
    pub(crate) sent: &'static str,
    /// On the link to the console.
    pub(crate) console: &'static str,
}

impl Phrases {
    /// The labels in `lang`, or in English if there are none.
    pub fn of(lang: &Lang) -> &'static Self {
        ALL.iter().find(|phrases| phrases.lang == lang.as_str()).unwrap_or(&ALL[0])
    }

    /// The name of a field.
    pub(crate) fn field(&self, field: Field) -> &'static str {
        match field {
            Field::Title => self.fields[0],
            Field::Summary => self.fields[1],
            Field::Text => self.fields[2],
        }
    }
}

const ALL: [Phrases; 6] = [
    Phrases {
        lang: "en",
        colon: ":",
        watches: "Watches",
        revised: "Revised",
        before: "Previous headline",
        source: "Source",
        agency: "Agency",
        carried: "Also carried by",
        author: "Author",
        published: "Published",
        first_seen: "First seen",
        read: "Read the original",
        found: "What was found",
        changed: "What has changed",
        more: "and {} more",
        fields: ["headline", "summary", "text"],
        excerpt: "Only an excerpt of the text was available.",
        notice: "Notice",
        test: "Test",
        test_remark: "This is a test of the channel. Nothing has happened.",
        time: "Time",
        sent: "Sent by marsad through the channel {}",
        console: "Open marsad",
    },
    Phrases {
        lang: "ar",
        colon: ":",
        watches: "الرصد",
        revised: "خبر معدَّل",
        before: "العنوان السابق",
        source: "المصدر",
        agency: "الوكالة",
        carried: "ورد أيضا في",
        author: "الكاتب",
        published: "تاريخ النشر",
        first_seen: "أول رصد",
        read: "قراءة الخبر في مصدره",
        found: "ما عُثر عليه",
        changed: "ما الذي تغيّر",
        more: "و{} غيرها",
        fields: ["العنوان", "الملخص", "النص"],
        excerpt: "لم يتوفر سوى مقتطف من النص.",
        notice: "تنبيه",
        test: "اختبار",
        test_remark: "هذا اختبار للقناة، ولم يحدث شيء.",
        time: "الوقت",
        sent: "أرسله marsad عبر القناة {}",
        console: "فتح marsad",
    },
    Phrases {
        lang: "fa",
        colon: ":",
        watches: "رصد",
        revised: "خبر ویرایش‌شده",
        before: "عنوان پیشین",
        source: "منبع",
        agency: "خبرگزاری",
        carried: "همچنین در",
        author: "نویسنده",
        published: "تاریخ انتشار",
        first_seen: "نخستین مشاهده",
        read: "خواندن خبر در منبع",
        found: "یافته‌ها",
        changed: "آنچه تغییر کرده است",
        more: "و {} مورد دیگر",
        fields: ["عنوان", "خلاصه", "متن"],
        excerpt: "تنها گزیده‌ای از متن در دسترس بود.",
        notice: "اعلان",
        test: "آزمایش",
        test_remark: "این آزمایش کانال است و اتفاقی نیفتاده است.",
        time: "زمان",
        sent: "ارسال marsad از کانال {}",
        console: "باز کردن marsad",
    },
    Phrases {
        lang: "ur",
        colon: ":",
        watches: "نگرانی",
        revised: "ترمیم شدہ خبر",
        before: "سابقہ سرخی",
        source: "ذریعہ",
        agency: "خبر رساں ادارہ",
        carried: "یہ خبر یہاں بھی",
        author: "مصنف",
        published: "تاریخ اشاعت",
        first_seen: "پہلی بار دیکھی گئی",
        read: "اصل خبر پڑھیں",
        found: "کیا ملا",
        changed: "کیا بدلا",
        more: "اور مزید {}",
        fields: ["سرخی", "خلاصہ", "متن"],
        excerpt: "متن کا صرف اقتباس دستیاب تھا۔",
        notice: "اطلاع",
        test: "آزمائش",
        test_remark: "یہ چینل کی آزمائش ہے، کچھ نہیں ہوا۔",
        time: "وقت",
        sent: "marsad نے چینل {} کے ذریعے بھیجا",
        console: "marsad کھولیں",
    },
    Phrases {
        lang: "tr",
        colon: ":",
        watches: "İzlemeler",
        revised: "Güncellendi",
        before: "Önceki başlık",
        source: "Kaynak",
        agency: "Ajans",
        carried: "Ayrıca yer veren",
        author: "Yazar",
        published: "Yayım tarihi",
        first_seen: "İlk görülme",
        read: "Haberi kaynağında oku",
        found: "Bulunanlar",
        changed: "Ne değişti",
        more: "ve {} tane daha",
        fields: ["başlık", "özet", "metin"],
        excerpt: "Metnin yalnızca bir bölümü alınabildi.",
        notice: "Bildirim",
        test: "Deneme",
        test_remark: "Bu, kanalın bir denemesidir. Bir şey olmadı.",
        time: "Zaman",
        sent: "marsad tarafından {} kanalıyla gönderildi",
        console: "marsad’ı aç",
    },
    Phrases {
        lang: "fr",
        colon: "\u{a0}:",
        watches: "Veilles",
        revised: "Mise à jour",
        before: "Titre précédent",
        source: "Source",
        agency: "Agence",
        carried: "Également publié par",
        author: "Auteur",
        published: "Publié le",
        first_seen: "Repéré le",
        read: "Lire l’original",
        found: "Ce qui a été trouvé",
        changed: "Ce qui a changé",
        more: "et {} de plus",
        fields: ["titre", "résumé", "texte"],
        excerpt: "Seul un extrait du texte était disponible.",
        notice: "Avis",
        test: "Test",
        test_remark: "Ceci est un test du canal. Il ne s’est rien passé.",
        time: "Heure",
        sent: "Envoyé par marsad sur le canal {}",
        console: "Ouvrir marsad",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_of_the_readers_has_its_words_and_the_others_get_english() {
        for tag in ["ar", "fa", "ur", "tr", "fr", "en"] {
            let phrases = Phrases::of(&Lang::parse(tag).unwrap());
            assert_eq!(phrases.lang, tag);
            assert!(phrases.more.contains("{}") && phrases.sent.contains("{}"));
        }
        assert_eq!(Phrases::of(&Lang::parse("id").unwrap()).lang, "en");
    }
}
