use std::collections::{BTreeSet, HashSet};

use super::*;
use crate::text::lang::Lang;

/// A language, a headline and a body.
type Report = (&'static str, &'static str, &'static str);

/// A bank lends money for a desalination plant.
const LOAN: [Report; 6] = [
    (
        "en",
        "Bank lends Mauritania 240 million dollars for desalination plant",
        "NOUAKCHOTT – The Islamic Development Bank signed a loan for a desalination plant north of the capital on \
         Monday. Its regional director, Karim Bensouda, said that 300,000 people would have drinking water. Minister \
         Salma Daddah thanked the bank.",
    ),
    (
        "fr",
        "Mauritanie : 240 millions de dollars pour le dessalement de l’eau",
        "Nouakchott – La Banque islamique de développement a signé lundi un prêt pour une usine de dessalement. Selon \
         son directeur régional, Karim Bensouda, 300 000 habitants en profiteront. La ministre Salma Daddah a salué \
         l’accord.",
    ),
    (
        "tr",
        "Moritanya’ya tuzdan arındırma tesisi için 240 milyon dolar kredi",
        "NUAKŞOT – İslam Kalkınma Bankası, deniz suyunu tuzdan arındıracak tesis için kredi anlaşmasını imzaladı. \
         Bölge müdürü Kerim Bensuda, 300 bin kişinin içme suyuna kavuşacağını söyledi. Törene Bakan Selma Daddah da \
         katıldı.",
    ),
    (
        "ar",
        "240 مليون دولار من البنك الإسلامي للتنمية لتحلية المياه في موريتانيا",
        "نواكشوط – وقع البنك الإسلامي للتنمية اتفاقية قرض لبناء محطة لتحلية مياه البحر شمال العاصمة. وقال مديره \
         الإقليمي كريم بنسودة إن المحطة ستزود 300 ألف نسمة بالمياه. وحضرت الوزيرة سلمى الداه مراسم التوقيع.",
    ),
    (
        "fa",
        "بانک توسعه اسلامی ۲۴۰ میلیون دلار برای آب شیرین‌کن موریتانی وام داد",
        "نواکشوت – بانک توسعه اسلامی قرارداد وام کارخانه شیرین‌سازی آب دریا را امضا کرد. کریم بنسوده، مدیر منطقه‌ای \
         بانک، گفت ۳۰۰ هزار نفر آب آشامیدنی خواهند داشت. سلما داده، وزیر آب، نیز حضور داشت.",
    ),
    (
        "ur",
        "موریطانیہ: کھارے پانی کو میٹھا بنانے کے لیے 240 ملین ڈالر قرض",
        "نواکشوط: اسلامی ترقیاتی بینک نے سمندری پانی کو قابل استعمال بنانے کے پلانٹ کے لیے قرض کے معاہدے پر دستخط کر \
         دیے۔ علاقائی ڈائریکٹر کریم بنسودہ نے کہا کہ تین لاکھ افراد کو پینے کا پانی ملے گا۔ وزیر سلمیٰ داداہ بھی موجود \
         تھیں۔",
    ),
];

/// The same bank, persons, city and number; but it opens a centre for the unemployed.
const TRAINING: [Report; 6] = [
    (
        "en",
        "Bank trains 240 unemployed Mauritanians",
        "NOUAKCHOTT – The Islamic Development Bank opened a vocational training centre for young people out of work on \
         Monday. Its regional director, Karim Bensouda, handed out the first certificates. Minister Salma Daddah \
         thanked the bank.",
    ),
    (
        "fr",
        "Mauritanie : un centre de formation pour 240 chômeurs",
        "Nouakchott – La Banque islamique de développement a inauguré lundi un centre de formation pour les jeunes. Son \
         directeur régional, Karim Bensouda, a remis les premiers certificats. La ministre Salma Daddah a salué \
         l’initiative.",
    ),
    (
        "tr",
        "Moritanya’da 240 işsiz gence meslek eğitimi",
        "NUAKŞOT – İslam Kalkınma Bankası, gençler için mesleki eğitim merkezi açtı. Bölge müdürü Kerim Bensuda ilk \
         belgeleri dağıttı. Törene Bakan Selma Daddah da katıldı.",
    ),
    (
        "ar",
        "البنك الإسلامي للتنمية يدرب 240 عاطلا في موريتانيا",
        "نواكشوط – افتتح البنك الإسلامي للتنمية مركزا لتدريب الشباب العاطلين عن العمل. وسلم مديره الإقليمي كريم بنسودة \
         الشهادات الأولى. وحضرت الوزيرة سلمى الداه حفل الافتتاح.",
    ),
    (
        "fa",
        "آموزش ۲۴۰ جوان بیکار در موریتانی",
        "نواکشوت – بانک توسعه اسلامی مرکز کارآموزی جوانان را افتتاح کرد. کریم بنسوده، مدیر منطقه‌ای بانک، نخستین \
         گواهینامه‌ها را داد. سلما داده، وزیر کار، نیز حضور داشت.",
    ),
    (
        "ur",
        "موریطانیہ: 240 بے روزگار نوجوانوں کی تربیت",
        "نواکشوط: اسلامی ترقیاتی بینک نے بے روزگار نوجوانوں کے لیے تربیتی مرکز کا افتتاح کر دیا۔ علاقائی ڈائریکٹر کریم \
         بنسودہ نے پہلی اسناد تقسیم کیں۔ وزیر سلمیٰ داداہ بھی موجود تھیں۔",
    ),
];

/// A flood at one place, and one at another; the same spokesman and number.
const FLOODS: [[Report; 3]; 2] = [
    [
        (
            "en",
            "Floods in Mosul kill 14",
            "BAGHDAD – Floods swept through Mosul on Tuesday and killed 14 people, civil defence spokesman Haytham \
             Darraji said. Some 2,300 families left their homes.",
        ),
        (
            "ar",
            "مقتل 14 شخصا في فيضانات الموصل",
            "بغداد – قال هيثم الدراجي الناطق باسم الدفاع المدني إن الفيضانات في الموصل أسفرت عن مقتل 14 شخصا الثلاثاء \
             ونزوح 2300 أسرة.",
        ),
        (
            "tr",
            "Musul’da sel: 14 ölü",
            "BAĞDAT – Sivil savunma sözcüsü Heysem Derraci, salı günü Musul’daki selde 14 kişinin öldüğünü söyledi. \
             2.300 aile evini terk etti.",
        ),
    ],
    [
        (
            "en",
            "Floods in Basra kill 14",
            "BAGHDAD – Floods swept through Basra on Tuesday and killed 14 people, civil defence spokesman Haytham \
             Darraji said. Some 2,300 families left their homes.",
        ),
        (
            "ar",
            "مقتل 14 شخصا في فيضانات البصرة",
            "بغداد – قال هيثم الدراجي الناطق باسم الدفاع المدني إن الفيضانات في البصرة أسفرت عن مقتل 14 شخصا الثلاثاء \
             ونزوح 2300 أسرة.",
        ),
        (
            "tr",
            "Basra’da sel: 14 ölü",
            "BAĞDAT – Sivil savunma sözcüsü Heysem Derraci, salı günü Basra’daki selde 14 kişinin öldüğünü söyledi. \
             2.300 aile evini terk etti.",
        ),
    ],
];

fn features((lang, headline, body): Report) -> EventFeatures {
    EventFeatures::of_parts(headline, body, Lang::parse(lang).ok().as_ref())
}

/// Every pair of two lists in two languages, with its likeness.
fn pairs(one: &[Report], two: &[Report]) -> Vec<(&'static str, &'static str, f64)> {
    let all = one.iter().flat_map(|a| two.iter().map(move |b| (*a, *b))).filter(|(a, b)| a.0 != b.0);
    all.map(|(a, b)| (a.0, b.0, cross_language(&features(a), &features(b)))).collect()
}

#[test]
fn reports_of_one_event_are_linked_in_every_pair_of_languages() {
    for (a, b, likeness) in pairs(&LOAN, &LOAN).into_iter().chain(pairs(&FLOODS[0], &FLOODS[0])) {
        assert!(likeness >= LINK, "{a} {b} {likeness}");
    }
}

#[test]
fn another_event_with_the_same_body_city_persons_and_number_is_not_linked() {
    for (a, b, likeness) in pairs(&LOAN, &TRAINING) {
        assert!(likeness < LINK, "{a} {b} {likeness}");
    }
}

#[test]
fn an_event_at_another_place_is_not_linked() {
    for (a, b, likeness) in pairs(&FLOODS[0], &FLOODS[1]) {
        assert!(likeness < LINK, "{a} {b} {likeness}");
    }
}

#[test]
fn thousands_are_read_as_each_language_writes_them() {
    for (lang, body) in [
        ("en", "some 2,300 families"),
        ("fr", "quelque 2 300 familles"),
        ("fr", "quelque 2\u{202f}300 familles"),
        ("tr", "2.300 aile"),
        ("ar", "نحو ٢٬٣٠٠ أسرة"),
        ("fa", "حدود ۲۳۰۰ خانواده"),
    ] {
        let numbers = features((lang, "", body)).numbers;
        assert_eq!(numbers.into_iter().collect::<Vec<_>>(), [2300], "{body}");
    }
}

#[test]
fn the_order_of_two_reports_does_not_matter() {
    for (a, b) in LOAN.iter().zip(TRAINING.iter().cycle().skip(1)) {
        let (a, b) = (features(*a), features(*b));
        assert!((cross_language(&a, &b) - cross_language(&b, &a)).abs() < f64::EPSILON);
    }
}

#[test]
fn reports_in_one_language_or_in_one_without_tables_are_not_linked() {
    let (headline, body) = (LOAN[0].1, LOAN[0].2);
    let english = features(LOAN[0]);
    assert!(cross_language(&english, &english) < f64::EPSILON);
    let german = EventFeatures::of_parts(headline, body, Lang::parse("de").ok().as_ref());
    assert!(cross_language(&english, &german) < f64::EPSILON);
    assert!(cross_language(&english, &EventFeatures::of_parts(headline, body, None)) < f64::EPSILON);
    assert!(cross_keys(&german).is_empty());
}

#[test]
fn reports_of_one_event_share_a_key_in_every_pair_of_languages() {
    let keys: Vec<Vec<u32>> = LOAN.iter().map(|report| cross_keys(&features(*report))).collect();
    for (one, a) in keys.iter().enumerate() {
        assert!(a.len() <= cross_keys::MAX_KEYS);
        for (two, b) in keys.iter().enumerate() {
            assert!(a.iter().any(|key| b.contains(key)), "{} {}", LOAN[one].0, LOAN[two].0);
        }
    }
}

#[test]
fn a_long_text_has_few_words_to_compare() {
    let words: Vec<String> = (0..100_000).map(|n| format!("كلم{n}ات")).collect();
    let many = features_of_body(&words.join(" "));
    assert!(many.names.len() <= 600, "{}", many.names.len());
    let one = features_of_body(&"بنسودة ".repeat(100_000));
    assert!(one.names.len() <= 3, "{}", one.names.len());
    assert!(features_of_body(&"بنسد".repeat(100_000)).names.is_empty());
}

fn features_of_body(body: &str) -> EventFeatures {
    EventFeatures::of_parts("", body, Lang::parse("ar").ok().as_ref())
}

#[test]
fn every_line_of_a_table_names_one_concept_in_six_languages() {
    for table in [include_str!("topics.txt"), include_str!("places.txt"), include_str!("no_names.txt")] {
        let mut names = HashSet::new();
        let lines: Vec<&str> = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        for line in &lines {
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            assert!(columns.len() == 7 && columns.iter().all(|column| !column.is_empty()), "{line}");
            assert!(columns[1..].iter().flat_map(|c| c.split(',')).all(|w| !w.trim().is_empty()), "{line}");
            assert!(names.insert(columns[0].trim_start_matches('~').split('<').next().unwrap()), "{line}");
        }
        let countries: BTreeSet<&str> = lines
            .iter()
            .filter_map(|line| line.split(" |").next()?.split_once('<'))
            .map(|(_, country)| country)
            .collect();
        for country in countries {
            assert!(names.contains(country), "{country}");
        }
    }
}
