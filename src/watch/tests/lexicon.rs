//! Tests the concepts of `config/lexicon`.

use super::*;

const FILES: &[&str] = &[
    include_str!("../../../config/lexicon/oic.toml"),
    include_str!("../../../config/lexicon/members.toml"),
    include_str!("../../../config/lexicon/observers.toml"),
    include_str!("../../../config/lexicon/causes.toml"),
];

fn strings(value: &toml::Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// The shipped concepts.
fn shipped() -> Vec<Concept> {
    let mut concepts = Vec::new();
    for file in FILES {
        let table: toml::Table = file.parse().expect("TOML");
        for (name, value) in table["concept"].as_table().expect("a table") {
            let mut concept = Concept { name: name.clone(), ..Concept::default() };
            for (key, value) in value.as_table().expect("a table") {
                if key == "near" {
                    concept.near =
                        value.as_table().expect("a table").iter().map(|(k, v)| (k.clone(), strings(v))).collect();
                } else {
                    concept.names.insert(Lang::parse(key).expect("a language"), strings(value));
                }
            }
            concepts.push(concept);
        }
    }
    concepts
}

/// Sentences with the name and the affixes of its language.
fn sentences(lang: &str, name: &str) -> Vec<String> {
    match lang {
        "ar" => {
            let contracted = name
                .strip_prefix("ال")
                .map_or_else(|| format!("ل{name}"), |rest| format!("لل{}", rest.strip_prefix('ل').unwrap_or(rest)));
            vec![format!("قال إن و{name} اليوم"), format!("جاء في «ب{name}»، أمس"), format!("رسالة {contracted} أمس")]
        }
        "fa" => vec![format!("به گزارش {name}، امروز"), format!("در نشست {name} گفت")],
        "ur" => vec![format!("آج {name} میں کہا")],
        "tr" => vec![
            format!("Bugün {name}'nin açıklaması"),
            format!(
                "dün {} toplandı",
                name.replace('i', "İ").replace('ı', "I").to_uppercase().replace("I\u{307}", "İ")
            ),
        ],
        "fr" => vec![format!("aujourd’hui l’{name} annonce"), format!("le {} annonce", name.to_uppercase())],
        _ => vec![format!("yesterday the {name}’s work"), format!("the {}, too", name.to_uppercase())],
    }
}

#[test]
fn every_name_finds_itself_in_a_sentence() {
    let concepts = shipped();
    let mut missed = Vec::new();
    for concept in &concepts {
        let watches = compiled(&[any(&[&format!("@{}", concept.name)])], std::slice::from_ref(concept));
        for (lang, names) in &concept.names {
            for name in names {
                let near = concept.near.get(name).map(|n| n.join(" ")).unwrap_or_default();
                for sentence in sentences(lang.as_str(), name) {
                    if hits(&watches, lang.as_str(), "", &format!("{sentence} {near}")).is_empty() {
                        missed.push(format!("@{} {lang}: {sentence}", concept.name));
                    }
                }
            }
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn the_lexicon_is_valid_and_complete() {
    let concepts = shipped();
    let count = |file: &str| file.matches("\n[concept.").count() - file.matches(".near]").count();
    assert_eq!(count(FILES[1]), 57, "member states");
    let (_, warnings) = Watches::compile(&[any(&["@oic"])], &concepts).expect("valid");
    assert_eq!(warnings, []);
    for concept in &concepts {
        assert_eq!(concept.names.len(), 6, "{} has a name in each language", concept.name);
    }
}

#[test]
fn ambiguous_names_do_not_match_where_they_mean_something_else() {
    let concepts = shipped();
    for (concept, lang, text) in [
        ("oic", "en", "The OIC on duty signed the insurance form"),
        ("oic", "fr", "Les images de conteneurs OCI sont publiées par le registre"),
        ("turkiye", "en", "Roast turkey for dinner"),
        ("mali", "tr", "Şirketin mali tabloları açıklandı"),
        ("mali", "ar", "أعلنت الشركة عن نظام مالي جديد"),
        ("jordan", "en", "Michael Jordan scored again"),
        ("oman", "ar", "وصل الوفد إلى عمّان قادما من جدة"),
        ("qatar", "ar", "قطر الدائرة خمسة سنتيمترات"),
        ("egypt", "tr", "Mısır ve buğday fiyatları arttı"),
        ("una", "fr", "una"),
        ("guinea", "en", "Guinea pigs and Papua New Guinea"),
    ] {
        let watches = compiled(&[any(&[&format!("@{concept}")])], &concepts);
        assert!(hits(&watches, lang, "", text).is_empty(), "@{concept} in {text}");
    }
}
