use super::*;

const REPORT: &str = "The secretary general of the organisation received at the headquarters on Sunday the foreign minister \
    of Bahrain, who leads a delegation of seven experts. They discussed the preparations for the fifth conference on food \
    security and the state of the granaries in the coastal provinces. The minister handed over a letter from his \
    government and praised the work of the relief fund in the camps along the river.";

fn relation(older: &str, newer: &str) -> Relation {
    compare(&TextProfile::of_parts("", older), &TextProfile::of_parts("", newer)).relation
}

/// The report with one part replaced.
fn with(old: &str, new: &str) -> String {
    assert!(REPORT.contains(old), "{old}");
    REPORT.replace(old, new)
}

#[test]
fn edits_of_a_publisher_make_a_copy() {
    let cut: String = REPORT.split_inclusive(". ").take(1).collect();
    for copy in [
        REPORT.to_owned(),
        format!("JEDDAH (Agencies) – {REPORT}"),
        format!("Jeddah - {REPORT}"),
        format!("{REPORT} Read also: fishermen ask for a longer pier"),
        with("on Sunday", "yesterday"),
        with("discussed", "reviewed"),
        with(" in the coastal provinces", ""),
        cut,
    ] {
        assert_eq!(relation(REPORT, &copy), Relation::SameText, "{copy}");
    }
}

#[test]
fn another_dateline_makes_a_copy() {
    let datelines = ["JEDDAH (Agencies) – ", "Doha - ", "Ankara, Sunday: ", "RABAT — "];
    for (older, newer) in datelines.iter().flat_map(|older| datelines.map(|newer| (older, newer))) {
        assert_eq!(relation(&format!("{older}{REPORT}"), &format!("{newer}{REPORT}")), Relation::SameText, "{newer}");
    }
}

#[test]
fn another_name_number_or_place_is_no_copy() {
    for (old, new) in [
        ("Bahrain", "Kuwait"),
        ("seven experts", "nine experts"),
        ("fifth conference", "sixth conference"),
        ("on Sunday", "on Tuesday"),
    ] {
        assert_ne!(relation(REPORT, &with(old, new)), Relation::SameText, "{new}");
    }
}

const VISIT: &str = "استقبل معالي الأمين العام للمنظمة في مقر الأمانة العامة بجدة وزير خارجية مملكة البحرين الدكتور عبداللطيف الزياني \
    والوفد المرافق له وبحث الجانبان سبل تعزيز التعاون في مجالات الأمن الغذائي وآخر المستجدات في المنطقة.";

#[test]
fn one_template_about_two_visits_is_no_copy() {
    let other = VISIT.replace("مملكة البحرين", "جمهورية مالي").replace("عبداللطيف الزياني", "عبدالله ديوب");
    assert_eq!(relation(VISIT, &other), Relation::Different);
    let person = VISIT.replace("عبداللطيف الزياني", "عبدالله ديوب");
    assert_ne!(relation(VISIT, &person), Relation::SameText);
}

#[test]
fn arabic_spelling_and_courtesy_make_a_copy() {
    let plain = VISIT.replace('أ', "ا").replace("معالي ", "").replace("الدكتور", "د.").replace('ي', "ی");
    assert_eq!(relation(VISIT, &plain), Relation::SameText);
    assert_eq!(relation(&plain, VISIT), Relation::SameText);
}

#[test]
fn a_toll_that_rises_is_a_new_text() {
    let older = "Thirty people died when a ferry sank in the strait on Friday, the coast guard said, and the search goes on \
        with two ships and a helicopter although the weather is bad and the night is dark.";
    assert_ne!(relation(older, &older.replace("Thirty", "Forty")), Relation::SameText);
    let words = older.replace("Thirty people died", "At least 30 people died");
    assert_eq!(relation(older, &words), Relation::SameText);
}

#[test]
fn a_report_that_goes_on_is_a_new_text_and_an_extended_lead_is_not() {
    let more = "In the evening the council announced that it will send the fund three ships with wheat, and that the river \
        provinces elect a governor in spring. Two parties boycott the vote. Observers from the union arrive next week, \
        its envoy told reporters at the airport before he left for the capital.";
    assert_ne!(relation(REPORT, &format!("{REPORT} {more} {more}")), Relation::SameText);
    assert_eq!(
        relation(REPORT, &format!("{REPORT} In the evening the council announced a dinner.")),
        Relation::SameText
    );
}

#[test]
fn long_texts_that_differ_only_far_down_are_two_texts() {
    let letter = |n: usize| "abcdefghijklmnopqrstuvwxyz".chars().nth(n % 26).unwrap();
    let word = |first: char, n: usize| [first, letter(n / 676), letter(n / 26), letter(n)].iter().collect::<String>();
    let words = |first: char, count: usize| (0..count).map(|n| word(first, n) + " ").collect::<String>();
    let (start, end) = (words('s', 1_490), words('e', 400));
    let whole = format!("{start}{end}");
    assert_eq!(relation(&whole, &format!("Jeddah - {whole} Read also: ferries")), Relation::SameText);
    assert_eq!(relation(&whole, &start), Relation::SameText);
    assert_ne!(relation(&whole, &format!("{start}{}", words('o', 400))), Relation::SameText);
    assert_ne!(relation(&start, &whole), Relation::SameText);
    // Beyond 64 KiB nothing is read, and nothing is claimed.
    let endless = words('s', 17_000);
    assert_ne!(relation(&endless, &format!("{endless}and more")), Relation::SameText);
}

#[test]
fn a_wall_under_two_headlines_is_no_copy() {
    let wall = "Registered users can read up to three reports. Enter your details below for immediate access. The password \
        must be at least eight characters long and contain one capital letter and one of the following characters.";
    let page = |headline: &str| TextProfile::of_parts(headline, wall);
    let (wheat, tin) = (page("Wheat harvest slows in the north"), page("Tin to outperform other metals"));
    assert_ne!(compare(&wheat, &tin).relation, Relation::SameText);
}

#[test]
fn a_headline_with_the_name_of_the_site_is_one_headline() {
    let body = "The tide was low and the wind came from the west, so that the boats stayed in the harbour until noon. \
        Then the crews went out and came back with more than they could sell on the market of the old town.";
    let page = |headline: &str| TextProfile::of_parts(headline, body);
    let (plain, named) = (page("Notes of a coast guard"), page("Notes of a coast guard | The Shore Gazette"));
    assert_eq!(compare(&plain, &named).relation, Relation::SameText);
}

#[test]
fn a_body_that_begins_with_its_headline_is_copied_under_another_one() {
    let headline = "The boats of the old town stayed in the harbour";
    let body =
        format!("{headline} until noon because of the wind. Then the crews went out and came back with mackerel.");
    let (older, newer) =
        (TextProfile::of_parts(headline, &body), TextProfile::of_parts("Wind keeps crews ashore", &body));
    assert_eq!(compare(&older, &newer).relation, Relation::SameText);
    assert_eq!(compare(&newer, &older).relation, Relation::SameText);
}

#[test]
fn joined_and_divided_persian_compounds_are_one_text() {
    let divided = "شرکت‌کنندگان در نشست سازمان همکاری اسلامی خواستار کمک‌های انسانی بیشتر برای آوارگان شدند و \
        تصمیم‌های کمیته را پذیرفتند و گفت‌وگوها ادامه می‌یابد و گزارش آن‌ها منتشر می‌شود.";
    let joined = divided.replace('\u{200c}', "");
    assert_eq!(relation(divided, &joined), Relation::SameText);
    assert_eq!(relation(&joined, divided), Relation::SameText);
}

#[test]
fn other_words_for_one_event_are_one_story() {
    let older = TextProfile::of_parts(
        "Ferry sinks in the strait of Bonifacio",
        "A ferry with 300 passengers sank on Friday in \
        the strait of Bonifacio. Fishermen rescued most of them, the coast guard of Sardinia said.",
    );
    let newer = TextProfile::of_parts(
        "Fishermen rescue passengers of sunken ferry",
        "Fishermen from Sardinia have saved most \
        passengers of the ferry that sank in the strait of Bonifacio, according to the coast guard.",
    );
    let other = TextProfile::of_parts(
        "Elections begin in spring",
        "The river provinces elect a governor; two parties boycott \
        the vote and observers of the union arrive next week.",
    );
    assert_eq!(compare(&older, &newer).relation, Relation::SameStory);
    assert_eq!(compare(&older, &other).relation, Relation::Different);
}

#[test]
fn extreme_texts_end() {
    let repeated = TextProfile::of_parts("", &"tide ".repeat(5_000));
    let phrases = TextProfile::of_parts("", &"the tide and the moon and the sea ".repeat(500));
    let empty = TextProfile::of_parts("", "");
    assert_eq!(compare(&repeated, &repeated).relation, Relation::SameText);
    assert_eq!(compare(&phrases, &phrases).relation, Relation::SameText);
    assert_eq!(compare(&empty, &repeated).relation, Relation::Different);
}
