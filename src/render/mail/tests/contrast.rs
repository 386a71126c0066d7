//! Computes the contrast of every text of a mail in light and dark.

use std::collections::HashMap;

use scraper::{ElementRef, Html, Node};

use super::written;
use crate::render::sample;

/// The least contrast of text: level AA of WCAG 2.2 §1.4.3.
const MIN_CONTRAST: f64 = 4.5;

type Color = (u8, u8, u8);

/// Text and background colour.
#[derive(Clone, Copy, Debug)]
struct Colors {
    text: Color,
    background: Color,
}

fn hex(text: &str) -> Option<Color> {
    let digits = text.trim().trim_end_matches("!important").trim().strip_prefix('#')?;
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (digits.len() == 6).then_some(())?;
    Some((byte(0)?, byte(2)?, byte(4)?))
}

/// The relative luminance of WCAG.
fn luminance((r, g, b): Color) -> f64 {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

fn contrast(colors: Colors) -> f64 {
    let (a, b) = (luminance(colors.text), luminance(colors.background));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The colours that declarations set.
fn declared(declarations: &str) -> (Option<Color>, Option<Color>) {
    let value = |wanted: &str| {
        let pairs = declarations.split(';').filter_map(|pair| pair.split_once(':'));
        pairs.filter(|(name, _)| name.trim() == wanted).find_map(|(_, value)| {
            assert!(hex(value).is_some(), "the colour {value:?} is not of the form #rrggbb");
            hex(value)
        })
    };
    (value("color"), value("background"))
}

/// The declarations of each class in the dark scheme.
fn dark_rules(html: &str) -> HashMap<String, String> {
    let (_, dark) = html.split_once("(prefers-color-scheme: dark) {").unwrap();
    let (dark, _) = dark.split_once("</style>").unwrap();
    let rules = dark.lines().filter_map(|line| line.trim().strip_prefix('.')?.split_once('{'));
    rules.map(|(class, rest)| (class.trim().to_owned(), rest.trim_end_matches([' ', '}']).to_owned())).collect()
}

/// Checks every text below an element, and returns how many there are.
fn check(element: ElementRef<'_>, inherited: Option<Colors>, dark: Option<&HashMap<String, String>>) -> usize {
    let inline = declared(element.attr("style").unwrap_or_default());
    let of_class = |class: &str| dark.and_then(|rules| rules.get(class)).map(|rule| declared(rule));
    let class = element.attr("class").and_then(of_class).unwrap_or((None, None));
    let (text, background) = (class.0.or(inline.0), class.1.or(inline.1));
    // A text colour without a background depends on the mail program, and so does the opposite.
    let colors = match (text.or(inherited.map(|c| c.text)), background.or(inherited.map(|c| c.background))) {
        (Some(text), Some(background)) => Some(Colors { text, background }),
        _ => None,
    };
    let mut texts = 0;
    for child in element.children() {
        match child.value() {
            Node::Text(text) if !text.trim().is_empty() => {
                let colors = colors.unwrap_or_else(|| panic!("{text:?} has no colours of its own"));
                let reached = contrast(colors);
                assert!(reached >= MIN_CONTRAST, "{:?}: contrast {reached:.2} of {colors:?}", text.trim());
                texts += 1;
            }
            _ => texts += ElementRef::wrap(child).map_or(0, |child| check(child, colors, dark)),
        }
    }
    texts
}

#[test]
fn every_text_is_readable_in_light_and_dark() {
    for lang in ["ar", "en", "fa", "fr", "tr", "ur"] {
        for alert in [sample::item(), sample::revised(), sample::event()] {
            let html = written(&alert, lang).html;
            let page = Html::parse_document(&html);
            let body = page.select(&scraper::Selector::parse("body").unwrap()).next().unwrap();
            let rules = dark_rules(&html);
            assert!(rules.len() >= 6, "{rules:?}");
            for class in rules.keys().filter(|class| !matches!(class.as_str(), "mark" | "removed" | "added")) {
                assert!(html.contains(&format!("class=\"{class}\"")), "{class} is not used");
            }
            assert!(check(body, None, None) >= 10);
            assert!(check(body, None, Some(&rules)) >= 10);
        }
    }
}

#[test]
fn the_contrast_is_that_of_the_definition() {
    let of = |text: &str, background: &str| {
        contrast(Colors { text: hex(text).unwrap(), background: hex(background).unwrap() })
    };
    assert!((of("#000000", "#ffffff") - 21.0).abs() < 1e-9);
    assert!((of("#777777", "#ffffff") - 4.48).abs() < 0.01);
    assert!((of("#ffffff", "#ffe89a") - 1.2).abs() < 0.05, "what a dark scheme made of the marks");
}
