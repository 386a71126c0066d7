//! Tests the mail that a press office receives.

use std::sync::Arc;

use jiff::tz::TimeZone;
use url::Url;

use super::{MailContent, content};
use crate::alert::{Alert, HealthEvent, HealthEventKind, ItemAlert, Previous};
use crate::render::{ConceptNames, DisplayNames, RenderSettings, sample};
use crate::text::lang::Lang;

mod contrast;

fn settings() -> RenderSettings {
    RenderSettings {
        public_url: Url::parse("https://marsad.example.org/").ok(),
        timezone: TimeZone::get("Asia/Riyadh").unwrap(),
        smtp_domain: "example.org".to_owned(),
        concepts: Arc::new(concepts()),
        names: Arc::default(),
    }
}

fn concepts() -> ConceptNames {
    let mut names = ConceptNames::default();
    for (lang, name) in [
        ("ar", "منظمة التعاون الإسلامي"),
        ("fr", "Organisation de la coopération islamique"),
        ("en", "Organisation of Islamic Cooperation"),
    ] {
        names.add("oic", Lang::parse(lang).unwrap(), name);
    }
    names
}

fn written(alert: &Alert, lang: &str) -> MailContent {
    content(alert, &sample::channel(lang), &settings())
}

#[test]
fn the_item_keeps_its_language_inside_that_of_the_mail() {
    let mail = written(&sample::item(), "fr");
    assert_eq!((mail.lang.as_str(), mail.dir.as_str()), ("fr", "ltr"));
    assert!(mail.html.contains("<html lang=\"fr\" dir=\"ltr\">"));
    assert!(mail.html.contains("<article dir=\"rtl\" lang=\"ar\">"));
    assert!(mail.subject.starts_with("\u{2068}تحذير من تفاقم") && mail.subject.ends_with("[\u{2068}gaza\u{2069}]"));
    assert!(mail.text.contains("Agence\u{a0}: \u{2068}SPA\u{2069}"), "{}", mail.text);
    assert!(mail.text.contains("Publié le\u{a0}: \u{2068}21 novembre 2026\u{2069}"));
}

#[test]
fn both_parts_have_the_same_content() {
    let mail = written(&sample::item(), "ar");
    let html = mail.html.replace("&#x2f;", "/");
    for expected in [
        "SPA",
        "una-ar",
        "https://example.org/news/41?lan=ar",
        "21 نوفمبر 2026 (11 جمادى الآخرة 1448 هـ)",
        "قراءة الخبر في مصدره",
        "https://marsad.example.org/",
    ] {
        assert!(mail.text.contains(expected), "text lacks {expected}: {}", mail.text);
        assert!(html.contains(expected), "html lacks {expected}: {html}");
    }
    assert_eq!(mail.dir, "rtl");
}

#[test]
fn matched_words_are_marked_and_everything_is_escaped() {
    let mail = written(&sample::item(), "en");
    let mark = "<mark class=\"mark\" style=\"background:#ffe89a;color:#1b1e23;padding:0 .1em\">غزة</mark>";
    assert!(mail.html.contains(mark));
    assert!(mail.html.contains("&lt;وأثرها&gt; &amp; ما بعدها") && !mail.html.contains("<وأثرها>"));
    let Alert::Item(mut elsewhere) = sample::item() else { panic!("an item") };
    elsewhere.hits[0].matches[0].context = "خبر آخر عن غزة اليوم".to_owned();
    assert!(written(&Alert::Item(elsewhere), "en").text.contains("خبر آخر عن *غزة* اليوم"));
    for remote in ["<img", "<script", "<link", "url("] {
        assert!(!mail.html.contains(remote), "{remote}");
    }
}

#[test]
fn a_hostile_headline_cannot_forge_a_header_or_markup() {
    let Alert::Item(mut alert) = sample::item() else { panic!("an item") };
    alert.item.title = "a\r\nBcc: x@example.org\u{202e}\u{0}\"><script>alert(1)</script>{{7*7}}".to_owned();
    alert.item.author = Some("x</td><img src=http://example.org>".to_owned());
    let mail = written(&Alert::Item(alert), "en");
    assert!(!mail.subject.chars().any(|c| c.is_control() || c == '\u{202e}'), "{:?}", mail.subject);
    assert!(mail.subject.contains("{{7*7}}"));
    assert!(!mail.html.contains("<script") && !mail.html.contains("<img"));
    assert!(!mail.html.contains('\u{202e}') && !mail.text.contains('\u{202e}'));
}

#[test]
fn a_revision_shows_the_previous_headline() {
    let Alert::Item(mut alert) = sample::item() else { panic!("an item") };
    alert.previous =
        Some(Previous {
            revision: 1, title: "العنوان الأول".to_owned(), summary: String::new(), changes: Vec::new()
        });
    let mail = written(&Alert::Item(alert), "tr");
    assert!(mail.subject.starts_with("Güncellendi: "));
    assert!(mail.text.contains("Önceki başlık: \u{2068}العنوان الأول\u{2069}"));
}

#[test]
fn a_revision_shows_removed_and_added_words_and_isolates_their_directions() {
    let mail = written(&sample::revised(), "fr");
    assert!(mail.text.contains("Ce qui a changé\u{a0}:\n- titre\u{a0}:\n  \u{2068}"), "{}", mail.text);
    assert!(mail.text.contains(" \u{2068}[-القدس-]\u{2069} \u{2068}{+غزة+}\u{2069} "), "{}", mail.text);
    assert!(mail.text.contains("[…] \u{2068}said\u{2069} \u{2068}{+<b>سازمان</b> OIC+}\u{2069}"), "{}", mail.text);
    let html = mail.html.replace("&#x2f;", "/");
    let style =
        |name: &str| html.split(&format!("<{name} class=")).nth(1).unwrap().split('>').next().unwrap().to_owned();
    let (del, ins) = (style("del"), style("ins"));
    assert!(
        html.contains(&format!("<del class={del}><bdi>القدس</bdi></del> <ins class={ins}><bdi>غزة</bdi></ins> <bdi>"))
    );
    assert!(html.contains("&lt;b&gt;سازمان&lt;/b&gt; OIC") && html.contains("<p dir=\"rtl\" lang=\"ar\""));
    assert!(!html.contains('\u{202e}') && !mail.text.contains('\u{202e}'));
    let isolates = |c: char| mail.text.matches(c).count();
    assert_eq!(isolates('\u{2068}'), isolates('\u{2069}'), "every isolate ends");
}

#[test]
fn an_item_without_a_summary_shows_the_beginning_of_its_text() {
    let Alert::Item(mut alert) = sample::item() else { panic!("an item") };
    alert.item.summary = String::new();
    alert.item.text = format!("بداية النص {}", "كلمة ".repeat(2_000));
    let mail = written(&Alert::Item(alert), "ar");
    assert!(mail.text.contains("بداية النص") && mail.html.contains("بداية النص"));
    assert!(mail.text.len() < 8_000);
}

#[test]
fn an_event_is_a_mail_too() {
    let mail = written(&sample::event(), "fa");
    assert_eq!(mail.subject, "[marsad] \u{2068}una-ar cannot be read: una-oic.org answers with status 503\u{2069}");
    assert!(mail.html.contains("<article dir=\"ltr\" lang=\"en\">"));
    assert!(mail.text.contains("failures: \u{2068}3\u{2069}"));
}

#[test]
fn a_concept_is_named_in_the_language_of_the_reader() {
    let Alert::Item(mut alert) = sample::item() else { panic!("an item") };
    let found = &mut alert.hits[0].matches[0];
    (found.term, found.concept) = ("OIC".to_owned(), Some("oic".to_owned()));
    let shown = |alert: &ItemAlert, lang: &str| {
        let text = written(&Alert::Item(Box::new(alert.clone())), lang).text.replace(['\u{2068}', '\u{2069}'], "");
        assert!(!text.contains('@'), "{text}");
        text
    };
    assert!(shown(&alert, "fr").contains("- gaza / Organisation de la coopération islamique / OIC (titre)"));
    assert!(shown(&alert, "ar").contains("- gaza / منظمة التعاون الإسلامي / OIC (العنوان)"));
    assert!(shown(&alert, "tr").contains("- gaza / Organisation of Islamic Cooperation / OIC (başlık)"));
    alert.hits[0].matches[0].term = "Organisation of Islamic Cooperation".to_owned();
    assert!(shown(&alert, "en").contains("- gaza / Organisation of Islamic Cooperation (headline)"));
    alert.hits[0].matches[0].concept = Some("unknown".to_owned());
    assert!(shown(&alert, "fr").contains("- gaza / Organisation of Islamic Cooperation (titre)"));
}

#[test]
fn a_mail_survives_storage() {
    let mail = written(&sample::item(), "ur");
    assert_eq!(MailContent::from_bytes(&mail.to_bytes()).unwrap(), mail);
    assert_eq!(mail.list_id, "<press.marsad.example.org>");
    assert_eq!(mail.unsubscribe.as_deref(), Some("https://marsad.example.org/"));
    assert!(MailContent::from_bytes(b"{}").is_err());
}

#[test]
fn a_sentence_is_shown_once_and_names_are_those_for_readers() {
    let Alert::Item(mut alert) = sample::item() else { panic!("an item") };
    alert.item.summary = alert.item.title.clone();
    let repeated = alert.hits[0].matches[0].clone();
    alert.hits[0].matches.push(repeated);
    let mut names = DisplayNames::default();
    names.add_source("una-ar", "وكالة يونا");
    names.add_watch("gaza", "قطاع غزة");
    let settings = RenderSettings { names: Arc::new(names), ..settings() };
    let mail = content(&Alert::Item(alert), &sample::channel("ar"), &settings);
    assert_eq!(mail.text.matches("وأثرها").count(), 1, "{}", mail.text);
    assert!(mail.subject.ends_with("[\u{2068}قطاع غزة\u{2069}]"), "{}", mail.subject);
    for part in [&mail.text, &mail.html] {
        assert!(part.contains("وكالة يونا") && !part.contains("una-ar") && !part.contains("gaza"), "{part}");
    }
}

#[test]
fn a_test_is_marked_in_the_language_of_the_mail() {
    let Alert::Event(event) = sample::event() else { panic!("an event") };
    let event = HealthEvent { kind: HealthEventKind::TestPing, message: "TEST: nothing".to_owned(), ..event };
    for (lang, mark, remark) in [
        ("ar", "[marsad] اختبار: ", "هذا اختبار للقناة"),
        ("en", "[marsad] Test: ", "Nothing has happened."),
        ("fa", "[marsad] آزمایش: ", "این آزمایش کانال است"),
        ("fr", "[marsad] Test\u{a0}: ", "Ceci est un test du canal."),
        ("tr", "[marsad] Deneme: ", "Bu, kanalın bir denemesidir."),
        ("ur", "[marsad] آزمائش: ", "یہ چینل کی آزمائش ہے"),
    ] {
        let mail = written(&Alert::Event(event.clone()), lang);
        assert!(mail.subject.starts_with(mark), "{}", mail.subject);
        assert!(mail.text.contains(remark) && mail.html.contains(remark), "{}", mail.text);
    }
}

#[test]
fn h19_the_mail_of_the_largest_digest_stays_within_256_kib_and_names_what_it_leaves_out() {
    for lang in ["ar", "en"] {
        let mail = content(&sample::large_digest(lang), &sample::channel(lang), &RenderSettings::default());
        let size = mail.text.len() + mail.html.len();
        assert!(size <= 256 * 1024, "{size} bytes");
        let listed = mail.text.matches("\n- ").count();
        assert!((20..=100).contains(&listed), "{listed} alerts");
        assert_eq!(mail.html.matches("text-decoration:none").count(), listed, "both parts list the same");
        let more = (500 - listed).to_string();
        assert!(mail.text.contains(&more) && mail.html.contains(&more), "the alerts left out are counted");
        assert!(!mail.html.contains("<x"), "everything is escaped");
    }
}

#[test]
fn each_headline_of_a_digest_keeps_its_own_language_and_direction() {
    let mail = content(&sample::digest("fr"), &sample::channel("fr"), &RenderSettings::default());
    assert!(mail.html.contains("<html lang=\"fr\" dir=\"ltr\">"));
    assert!(mail.html.contains("<div dir=\"rtl\" lang=\"ar\""));
    assert!(mail.text.contains("- \u{2068}تحذير من تفاقم الأزمة"));
    assert!(mail.subject.starts_with("Récapitulatif\u{a0}: 101 alertes"), "{}", mail.subject);
}
