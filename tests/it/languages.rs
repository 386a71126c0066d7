//! Tests reports of one event in several languages.

use jiff::SignedDuration;
use marsad::store::{ItemQuery, StoryMember};

use super::world::{World, body, feed, watch};

/// A language, a headline and a body.
type Report = (&'static str, &'static str, &'static str);

const ARABIC: Report = (
    "ar",
    "240 مليون دولار من البنك الإسلامي للتنمية لتحلية المياه في موريتانيا",
    "نواكشوط – وقع البنك الإسلامي للتنمية اتفاقية قرض لبناء محطة لتحلية مياه البحر شمال العاصمة. وقال مديره الإقليمي كريم \
     بنسودة إن المحطة ستزود 300 ألف نسمة بالمياه. وحضرت الوزيرة سلمى الداه مراسم التوقيع.",
);

const TURKISH: Report = (
    "tr",
    "Moritanya’ya tuzdan arındırma tesisi için 240 milyon dolar kredi",
    "NUAKŞOT – İslam Kalkınma Bankası, deniz suyunu tuzdan arındıracak tesis için kredi anlaşmasını imzaladı. Bölge müdürü \
     Kerim Bensuda, 300 bin kişinin içme suyuna kavuşacağını söyledi. Törene Bakan Selma Daddah da katıldı.",
);

const ENGLISH: Report = (
    "en",
    "Bank lends Mauritania 240 million dollars for desalination plant",
    "NOUAKCHOTT – The Islamic Development Bank signed a loan for a desalination plant north of the capital on Monday. Its \
     regional director, Karim Bensouda, said that 300,000 people would have drinking water. Minister Salma Daddah thanked \
     the bank.",
);

/// Fewer names and numbers, in other words.
const SHORT: Report = (
    "en",
    "Mauritania signs loan of 240 million dollars for desalination plant",
    "Lenders from Jeddah will pay for clean water north of the capital, the Islamic Development Bank confirmed in the \
     evening. Karim Bensouda called the agreement a beginning.",
);

/// The same bank, persons, city and number, but another event.
const OTHER: Report = (
    "en",
    "Bank trains 240 unemployed Mauritanians",
    "NOUAKCHOTT – The Islamic Development Bank opened a vocational training centre for young people out of work on Monday. \
     Its regional director, Karim Bensouda, handed out the first certificates. Minister Salma Daddah thanked the bank.",
);

/// The words that every report has one of.
const ANY: &str = "any = [\"البنك\", \"Bankası\", \"bank\", \"lenders\"]";

/// A world with a source for each report, after quiet first visits, and a watch with further keys.
async fn world(reports: &[Report], keys: &str) -> World {
    let feeds: String =
        reports.iter().enumerate().map(|(n, report)| spoken(report, &feed(&id(n), &format!("/{n}")))).collect();
    let watch = watch("watched", "bank", &["desk", "press"]).replace("any = [\"bank\"]", ANY);
    let world = World::with(&format!("{feeds}{watch}{keys}\n")).await;
    for n in 0..reports.len() {
        world.site.feed(&format!("/{n}"), &[("old", "Old lighthouse reopens", "An older text.")]);
        world.visit(&id(n)).await;
    }
    world
}

fn id(n: usize) -> String {
    format!("paper{n}")
}

/// A source in the language of a report.
fn spoken((lang, ..): &Report, source: &str) -> String {
    source.replace("lang = \"en\"", &format!("lang = \"{lang}\""))
}

/// The source of this number publishes a report.
async fn publish(world: &World, n: usize, (_, title, text): Report) {
    world.wait(SignedDuration::from_mins(11));
    let slug = blake3::hash(text.as_bytes()).to_hex();
    world.site.feed(&format!("/{n}"), &[(&slug, title, text)]);
    world.bring(&id(n)).await;
}

/// The story of the item with this headline: its sources, and those of reports in other languages.
async fn story(world: &World, title: &str) -> (Vec<String>, Vec<String>) {
    let items = world.pipeline.store.items(&ItemQuery { limit: 100, ..ItemQuery::default() }).await.unwrap();
    let item = items.iter().find(|(_, item)| item.item.title == title).unwrap_or_else(|| panic!("no item {title}"));
    let members = world.pipeline.store.story(&item.1.id).await.unwrap();
    let (own, other): (Vec<StoryMember>, Vec<StoryMember>) =
        members.into_iter().partition(|member| member.likeness.is_none());
    assert!(other.is_sorted_by_key(|member| member.first_seen));
    let sources = |members: Vec<StoryMember>| members.into_iter().map(|member| member.source.as_str().to_owned());
    (sources(own).collect(), sources(other).collect())
}

#[tokio::test]
async fn reports_of_one_event_in_three_languages_all_alert_and_name_each_other() {
    for once_per in ["text", "story"] {
        let reports = [ARABIC, TURKISH, ENGLISH];
        let mut world = world(&reports, &format!("once_per = \"{once_per}\"")).await;
        for (n, report) in reports.into_iter().enumerate() {
            publish(&world, n, report).await;
            world.restart().await;
        }
        assert_eq!(world.alerted(), reports.map(|(_, title, _)| title), "{once_per}");
        let also: Vec<Vec<String>> = world.receiver.letters().iter().map(|letter| also(&body(letter))).collect();
        assert_eq!(also, [&[][..], &["paper0 ar"], &["paper0 ar", "paper1 tr"]], "{once_per}");
        let last = world.mailbox.mails().pop().unwrap().text();
        assert!(last.contains("127.0.0.1 (ar), 127.0.0.1 (tr)"), "{last}");
        for (n, (_, title, _)) in reports.into_iter().enumerate() {
            let others = (0..3).filter(|other| *other != n).map(id).collect();
            assert_eq!(story(&world, title).await, (vec![id(n)], others), "{title}");
        }
    }
}

/// The other reports that a payload names.
fn also(payload: &serde_json::Value) -> Vec<String> {
    assert_eq!(payload["data"]["story"]["items"], 1, "a report in another language is no item of the story");
    let also = payload["data"]["story"]["also"].as_array().unwrap();
    let text = |report: &serde_json::Value, key: &str| report[key].as_str().unwrap().to_owned();
    also.iter().map(|report| format!("{} {}", text(report, "source"), text(report, "lang"))).collect()
}

#[tokio::test]
async fn a_copy_names_the_reports_to_which_its_text_is_linked() {
    let world = world(&[ARABIC, ENGLISH, ENGLISH], "once_per = \"item\"").await;
    publish(&world, 0, ARABIC).await;
    publish(&world, 1, ENGLISH).await;
    let copy = format!("(Wire) {}", ENGLISH.2);
    publish(&world, 2, ("en", "A loan for clean water", copy.leak())).await;
    assert_eq!(story(&world, "A loan for clean water").await, (vec![id(1), id(2)], vec![id(0)]));
    assert_eq!(story(&world, ARABIC.1).await, (vec![id(0)], vec![id(1), id(2)]));
}

#[tokio::test]
async fn another_event_of_the_same_persons_is_not_linked() {
    let world = world(&[ARABIC, OTHER], "").await;
    publish(&world, 0, ARABIC).await;
    publish(&world, 1, OTHER).await;
    assert_eq!(world.alerted().len(), 2);
    assert_eq!(story(&world, OTHER.1).await.1, [""; 0]);
}

#[tokio::test]
async fn a_better_report_replaces_a_worse_one_and_not_the_reverse() {
    for (first, second) in [(SHORT, ENGLISH), (ENGLISH, SHORT)] {
        let world = world(&[ARABIC, first, second], "").await;
        publish(&world, 0, ARABIC).await;
        publish(&world, 1, first).await;
        assert_eq!(story(&world, ARABIC.1).await.1, [id(1)], "{} is linked", first.1);
        publish(&world, 2, second).await;
        let best = if first == ENGLISH { id(1) } else { id(2) };
        assert_eq!(story(&world, ARABIC.1).await.1, [best], "after {}", second.1);
        assert_eq!(world.alerted().len(), 3);
    }
}

#[tokio::test]
async fn reports_are_linked_within_48_hours() {
    for (hours, links) in [(47, 1), (49, 0)] {
        let world = world(&[ARABIC, ENGLISH], "").await;
        publish(&world, 0, ARABIC).await;
        world.wait(SignedDuration::from_hours(hours));
        publish(&world, 1, ENGLISH).await;
        assert_eq!(story(&world, ENGLISH.1).await.1.len(), links, "after {hours} hours");
        assert_eq!(world.alerted().len(), 2);
    }
}

#[tokio::test]
async fn a_revised_report_is_compared_again() {
    let world = world(&[ARABIC, ENGLISH], "").await;
    publish(&world, 0, ARABIC).await;
    let revise = async |title: &str, text: &str| {
        world.wait(SignedDuration::from_mins(11));
        world.site.feed("/1", &[("news", title, text)]);
        world.bring(&id(1)).await;
    };
    let (_, title, text) = ENGLISH;
    revise("Bank speaks", "The Islamic Development Bank spoke on Monday. Minister Salma Daddah thanked the bank.")
        .await;
    assert_eq!(story(&world, "Bank speaks").await.1, [""; 0]);
    revise(
        title,
        &format!("The Islamic Development Bank spoke on Monday. Minister Salma Daddah thanked the bank. {text}"),
    )
    .await;
    assert_eq!(story(&world, title).await.1, [id(0)]);
    revise("Bank speaks", "The Islamic Development Bank spoke on Monday. Minister Salma Daddah thanked the bank.")
        .await;
    assert_eq!(story(&world, "Bank speaks").await.1, [""; 0]);
}
