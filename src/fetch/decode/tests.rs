//! Tests documents with the encodings and labels of real servers.

use encoding_rs::WINDOWS_1254;

use super::*;

const ARABIC: &str = "عقدت منظمة التعاون الإسلامي اجتماعا طارئا في جدة، لبحث الأوضاع في قطاع غزة والقدس الشريف";
const PERSIAN: &str =
    "وزیران خارجه کشورهای اسلامی در نشست فوق العاده جده درباره غزه گفتگو کردند و پیام پاکستان را شنیدند";
const TURKISH: &str = "İslam İşbirliği Teşkilatı Dışişleri Bakanları Gazze için olağanüstü toplandı, çağrı yapıldı";
const FRENCH: &str = "L’Organisation de la coopération islamique « condamne fermement » l’agression à Gaza";

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, bad) = encoding.encode(text);
    assert!(!bad, "the sample has no such letters in {}", encoding.name());
    bytes.into_owned()
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

fn feed(declaration: &str, title: &str) -> String {
    format!("<?xml version=\"1.0\"{declaration}?><rss><channel><title>{title}</title></channel></rss>")
}

fn read(bytes: &[u8], content_type: &str) -> Decoded {
    let hints = EncodingHints { content_type, ..EncodingHints::default() };
    let decoded = decode(bytes, &hints);
    assert_eq!(decode_owned(bytes.to_vec(), &hints), decoded, "without a copy, the text is the same");
    decoded
}

#[test]
fn a_document_is_decoded_whatever_its_labels_say() {
    let plain = feed("", ARABIC);
    let says = |label: &str| feed(&format!(" encoding=\"{label}\""), ARABIC);
    for (why, bytes, content_type, text) in [
        ("nothing said", encoded(WINDOWS_1256, &plain), "text/xml", &plain),
        ("header says", encoded(WINDOWS_1256, &plain), "text/xml; charset=windows-1256", &plain),
        ("utf-8 labelled 1256", plain.clone().into_bytes(), "text/xml; charset=windows-1256", &plain),
        ("1256 labelled utf-8", encoded(WINDOWS_1256, &says("utf-8")), "text/xml; charset=utf-8", &says("utf-8")),
        ("an alias", encoded(WINDOWS_1256, &says("windows1256")), "", &says("windows1256")),
        ("header by default", encoded(WINDOWS_1256, &says("cp1256")), "x/y; charset=iso-8859-1", &says("cp1256")),
        ("Latin by default", encoded(WINDOWS_1256, &plain), "text/html; charset=iso-8859-1", &plain),
        ("utf8mb4", says("utf8mb4").into_bytes(), "text/xml; charset=utf8mb4", &says("utf8mb4")),
        (
            "iso-8859-6",
            encoded(ISO_8859_6, &plain.replace('،', "")),
            "x/y; charset=ISO-8859-6",
            &plain.replace('،', ""),
        ),
        ("utf-16 declared utf-8", utf16(&says("utf-8"), true), "text/xml; charset=utf-8", &says("utf-8")),
        ("utf-16 big end first", utf16(&plain, false), "text/xml", &plain),
        ("8 bits declared utf-16", encoded(WINDOWS_1256, &says("utf-16")), "", &says("utf-16")),
    ] {
        let decoded = read(&bytes, content_type);
        assert_eq!((&decoded.text, decoded.replaced), (text, 0), "{why}: {}", decoded.encoding);
    }
}

#[test]
fn a_byte_order_mark_beats_every_label_and_is_removed() {
    let utf32: Vec<u8> = "\u{feff}<a>غزة".chars().flat_map(|c| (c as u32).to_be_bytes()).collect();
    let little: Vec<u8> = "<a>غزة".chars().flat_map(|c| (c as u32).to_le_bytes()).collect();
    for bytes in [utf16("\u{feff}<a>غزة", true), utf16("\u{feff}<a>غزة", false), "\u{feff}<a>غزة".into(), utf32, little]
    {
        assert_eq!(read(&bytes, "text/xml; charset=windows-1256").text, "<a>غزة");
    }
}

#[test]
fn the_language_or_the_country_helps_the_guess() {
    for (encoding, text, lang, host) in [
        (WINDOWS_1256, ARABIC, Some("ar"), "a.org"),
        (WINDOWS_1256, "منظمة التعاون", Some("ar"), "a.org"),
        (WINDOWS_1256, "منظمة التعاون", None, "www.spa.gov.sa"),
        (WINDOWS_1254, TURKISH, Some("tr"), "a.com"),
        (WINDOWS_1254, TURKISH, None, "aa.com.tr"),
        (WINDOWS_1252, FRENCH, Some("fr"), "a.org"),
        (WINDOWS_1252, FRENCH, None, "aps.dz"),
    ] {
        let lang = lang.map(|tag| Lang::parse(tag).unwrap());
        let hints = EncodingHints { lang: lang.as_ref(), host, ..EncodingHints::default() };
        let decoded = decode(&encoded(encoding, text), &hints);
        assert_eq!(decoded.text, text, "{} at {host}", decoded.encoding);
    }
}

#[test]
fn french_under_a_latin_label_stays_french() {
    let bytes = encoded(WINDOWS_1252, FRENCH);
    assert_eq!(read(&bytes, "text/html; charset=iso-8859-1").text, FRENCH);
}

#[test]
fn a_few_invalid_bytes_do_not_turn_utf_8_into_a_code_page() {
    let mut bytes = feed("", PERSIAN).into_bytes();
    let at = bytes.len() - 40;
    bytes.splice(at..at, [0x92]);
    let decoded = read(&bytes, "text/xml; charset=windows-1256");
    assert_eq!((decoded.encoding, decoded.replaced), ("UTF-8", 1));
    assert!(decoded.text.contains("وزیران خارجه"));
    let cut = &ARABIC.as_bytes()[..ARABIC.len() - 1];
    assert_eq!(read(cut, "").encoding, "UTF-8");
}

#[test]
fn stray_nuls_and_lone_surrogates_decode_the_same_every_time() {
    let nuls = [&[0, 0, 0][..], feed("", ARABIC).as_bytes(), &[0]].concat();
    let lone = [utf16("\u{feff}<a>", true), vec![0x00, 0xd8], utf16("غزة", true)].concat();
    let surrogate = [ARABIC.as_bytes(), &[0xed, 0xa0, 0x80]].concat();
    for (bytes, encoding, replaced) in
        [(nuls, "UTF-8", 0), (lone, "UTF-16LE", 1), (surrogate, "UTF-8", 3), (vec![0; 5000], "UTF-8", 0)]
    {
        let decoded = read(&bytes, "text/xml");
        assert_eq!((decoded.encoding, decoded.replaced), (encoding, replaced));
        assert_eq!(decoded, read(&bytes, "text/xml"));
    }
}

#[test]
fn the_configured_encoding_wins() {
    let hints = EncodingHints {
        forced: Some(WINDOWS_1256),
        content_type: "text/xml; charset=utf-8",
        ..EncodingHints::default()
    };
    assert_eq!(decode(&encoded(WINDOWS_1256, "غزة"), &hints).text, "غزة");
}

#[test]
fn a_gzip_file_is_unpacked_twice_at_most_and_within_its_limit() {
    use std::io::Write;
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let once = gzip(b"text");
    assert_eq!(unpack(b"text", 10).unwrap().0.as_ref(), b"text");
    assert_eq!(unpack(&gzip(&once), 100).unwrap().0.as_ref(), b"text");
    assert_eq!(unpack(&gzip(&gzip(&once)), 100).unwrap().0.as_ref(), once);
    assert_eq!(unpack(&gzip(&vec![0; 1 << 20]), 1000), Err(CodingError::TooLarge));
}
