//! The fields of a query, and what they are called elsewhere.

/// The fields for a message.
pub(super) const FIELDS: &str = "title:, summary:, text:, lang:, source: and tag:";

/// The fields with other names of them, in English, French, Turkish, Arabic, Persian and Urdu.
#[rustfmt::skip]
const NAMES: &[(&str, &[&str])] = &[
    ("title", &["headline", "heading", "subject", "intitle", "titre", "başlık", "baslik", "عنوان", "العنوان", "تیتر", "سرخی"]),
    ("summary", &["abstract", "lead", "résumé", "özet", "ozet", "ملخص", "الملخص", "خلاصه", "خلاصہ"]),
    ("text", &["body", "content", "intext", "texte", "metin", "نص", "النص", "متن"]),
    ("lang", &["language", "langue", "dil", "لغة", "اللغة", "زبان"]),
    ("source", &["site", "feed", "kaynak", "مصدر", "المصدر", "منبع", "ماخذ"]),
    ("tag", &["tags", "label", "etiket", "وسم", "الوسم", "برچسب"]),
];

/// The field that a name is, or is meant to be.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    NAMES.iter().find(|(field, names)| *field == lower || names.contains(&lower.as_str())).map(|(field, _)| *field)
}
