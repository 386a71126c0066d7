//! Tests one text at many sources, and items about one event.

use jiff::SignedDuration;
use marsad::store::{ItemQuery, StoryMember};

use super::site::Page;
use super::world::{World, feed, source, watch};

const TITLE: &str = "الأمين العام لمنظمة التعاون الإسلامي يستقبل وزيرة الموانئ في موريتانيا";

const TEXT: &str = "استقبل معالي الأمين العام لمنظمة التعاون الإسلامي، السيد إدريس كريموف، في مقر الأمانة العامة بجدة يوم \
    الأحد معالي وزيرة الموانئ في موريتانيا السيدة هالة بنت المختار والوفد المرافق لها. وبحث الجانبان تمويل رصيف جديد \
    في ميناء «نواذيبو» تبلغ كلفته ثمانية وأربعين مليون دولار، يدفع البنك الإسلامي للتنمية نصفها على مدى ست سنوات. \
    وقالت الوزيرة إن أعمال الحفر تبدأ قبل موسم الأمطار، وإن ثلاثمائة من أبناء المدينة سيجدون فيها عملا. وأشاد الأمين \
    العام بما أنجزته موريتانيا في إصلاح أسطول الصيد، ودعا الدول الأعضاء إلى إيفاد المهندسين والمدربين، على أن يلتقي \
    الجانبان مرة أخرى في نواكشوط في الربيع المقبل للنظر في سير العمل وفواتير الشركات.";

/// `text` in letters and marks that other desks use.
fn respelled(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The text as twenty sources print it.
fn editions() -> Vec<(&'static str, String)> {
    let cut = TEXT.split(' ').take(48).collect::<Vec<_>>().join(" ");
    let plain = |text: String| (TITLE, text);
    vec![
        ("رصيف جديد في نواذيبو على طاولة التعاون الإسلامي", TEXT.to_owned()),
        plain(format!("جدة - {TEXT}")),
        plain(format!("(وكالة الساحل) {TEXT}")),
        plain(format!("{cut} …")),
        plain(respelled(TEXT, &[("ي", "ی"), ("ك", "ک")])),
        plain(respelled(TEXT, &[("أ", "ا"), ("إ", "ا"), ("آ", "ا")])),
        plain(respelled(TEXT, &[("العام ", "العـــام "), ("جديد", "جديدٍ"), ("وفد", "وَفْد")])),
        plain(respelled(TEXT, &[("«", "\u{201c}"), ("»", "\u{201d}")])),
        plain(respelled(TEXT, &[("معالي ", ""), ("السيدة ", ""), ("السيد ", "")])),
        plain(format!("{TEXT} اقرأ أيضا: العبارة تحتفظ بمواعيد الشتاء.")),
        plain(format!("نواكشوط (الوكالة الموريتانية) - {TEXT}")),
        plain(format!("{TEXT} (انتهى)")),
        plain(respelled(TEXT, &[("ة ", "ه "), ("ى ", "ي ")])),
        plain(respelled(TEXT, &[("استقبل معالي", "التقى معالي")])),
        plain(respelled(TEXT, &[("إدريس كريموف", "ادريس كاريموف")])),
        plain(respelled(TEXT, &[("، ", " ، "), (". ", ".\n\n")])),
        plain(respelled(TEXT, &[(" وفواتير الشركات", "")])),
        plain(format!("عاجل | {TEXT} تحرير: قسم الأخبار. تصوير: أرشيف.")),
        ("الأمين العام ووزيرة الموانئ في موريتانيا يبحثان تمويل رصيف نواذيبو", TEXT.to_owned()),
        plain(respelled(TEXT, &[("يوم الأحد ", "الأحد "), ("مرة أخرى ", "مجددا ")])),
    ]
}

/// A world of feeds with these ids, after quiet first visits, and a watch with further keys.
async fn world(sources: &[String], term: &str, keys: &str) -> World {
    let feeds: String = sources.iter().map(|id| feed(id, &format!("/{id}"))).collect();
    let world = World::with(&format!("{feeds}{}{keys}\n", watch("watched", term, &["desk"]))).await;
    for id in sources {
        world.site.feed(&format!("/{id}"), &[(&format!("{id}-old"), "Old lighthouse reopens", "An older text.")]);
        world.visit(id).await;
    }
    world
}

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{prefix}{n}")).collect()
}

/// A source publishes an item.
async fn publish(world: &World, source: &str, title: &str, text: &str) {
    world.wait(SignedDuration::from_mins(7));
    let slug = format!("{source}-{}", blake3::hash(text.as_bytes()).to_hex());
    world.site.feed(&format!("/{source}"), &[(&slug, title, text)]);
    world.bring(source).await;
}

/// The story of the newest item.
async fn story(world: &World) -> Vec<StoryMember> {
    let newest = world.pipeline.store.items(&ItemQuery { limit: 1, ..ItemQuery::default() }).await.unwrap();
    world.pipeline.store.story(&newest[0].1.id).await.unwrap()
}

#[tokio::test]
async fn h28_a_text_that_twenty_sources_edit_alerts_once_and_its_story_lists_them_in_order_of_time() {
    let sources = names("paper", 20);
    let mut world = world(&sources, "منظمة التعاون الإسلامي", "").await;
    for (n, (source, (title, text))) in sources.iter().zip(editions()).enumerate() {
        publish(&world, source, title, &text).await;
        assert_eq!(world.alerted().len(), 1, "{source} prints: {text}");
        if n == 4 {
            world.restart().await;
        }
    }
    let story = story(&world).await;
    assert_eq!(story.iter().map(|member| member.source.as_str()).collect::<Vec<_>>(), sources);
    assert!(story.is_sorted_by_key(|member| member.first_seen));
    let first = &story[0].item;
    assert!(story.iter().all(|member| member.item == *first || member.copy_of.as_ref() == Some(first)), "{story:#?}");
}

#[tokio::test]
async fn each_of_twenty_copies_alerts_under_once_per_item() {
    let sources = names("paper", 20);
    let world = world(&sources, "منظمة التعاون الإسلامي", "once_per = \"item\"").await;
    for (source, (title, text)) in sources.iter().zip(editions()) {
        publish(&world, source, title, &text).await;
    }
    assert_eq!(world.alerted().len(), 20);
}

/// A report of a meeting in the words of a template.
fn meeting(guest: &str, country: &str, subject: &str) -> (String, String) {
    let title = format!("Secretary general receives {guest}");
    let text = format!(
        "The secretary general of the council, Idris Karimov, received {guest} of {country} at the seat of the council \
         in Jeddah today. The two sides discussed {subject} and ways to strengthen the cooperation between the council \
         and {country}. The secretary general praised the role of {country} in the council, and the guest thanked him \
         for the warm reception and expressed the wish to deepen the relations further in the coming period."
    );
    (title, text)
}

#[tokio::test]
async fn two_meetings_in_the_words_of_one_template_both_alert() {
    let sources = names("paper", 2);
    let world = world(&sources, "council", "").await;
    let first = meeting("minister Halima Danjuma", "Benin", "the harbour of Cotonou");
    let second = meeting("ambassador Nargis Yusupova", "Tajikistan", "schools in the valley of Rasht");
    for ((title, text), source) in [(&first, 0), (&second, 0), (&first, 1), (&second, 1)] {
        publish(&world, &sources[source], title, &format!("{}{text}", ["", "JEDDAH - "][source])).await;
    }
    assert_eq!(world.alerted(), [first.0, second.0]);
}

#[tokio::test]
async fn a_watch_whose_word_only_the_copy_has_alerts_for_the_copy_once() {
    let sources = names("paper", 3);
    let world = world(&sources, "نواذيبو على طاولة", "").await;
    let editions = editions();
    publish(&world, &sources[0], TITLE, &editions[1].1).await;
    assert!(world.alerted().is_empty());
    publish(&world, &sources[1], editions[0].0, &editions[0].1).await;
    publish(&world, &sources[2], editions[0].0, &editions[2].1).await;
    assert_eq!(world.alerted(), [editions[0].0]);
}

#[tokio::test]
async fn once_per_can_change_without_a_repeated_or_a_lost_alert() {
    let sources = names("paper", 4);
    let feeds: String = sources.iter().map(|id| feed(id, &format!("/{id}"))).collect();
    let configured =
        |once_per: &str| format!("{feeds}{}once_per = \"{once_per}\"\n", watch("watched", "council", &["desk"]));
    let mut world = world(&sources, "council", "once_per = \"item\"").await;
    let (title, text) = meeting("minister Halima Danjuma", "Benin", "the harbour of Cotonou");
    publish(&world, &sources[0], &title, &text).await;
    for (n, (once_per, alerts)) in [("text", 1), ("story", 1), ("item", 2)].into_iter().enumerate() {
        world.reconfigure(&configured(once_per)).await;
        let dateline = ["JEDDAH - ", "JEDDAH (Wire) - ", "(Wire) "][n];
        publish(&world, &sources[n + 1], &title, &format!("{dateline}{text}")).await;
        assert_eq!(world.alerted().len(), alerts, "once_per = {once_per}");
    }
}

const EXCERPT: &str =
    "The council of Lamu met on Sunday evening and heard complaints of forty fishermen about the ropes.";

const REST: &str = "Divers have found the wreck of a Portuguese caravel below the fort. Its bronze cannon and nine boxes of \
    porcelain will be shown in the museum of Mombasa, whose curator Fatuma Njeri called them the finest discovery since \
    the great storm. Schools may visit the hall free of charge, and the harbour master will close the bay for anchors.";

#[tokio::test]
async fn full_text_that_arrives_late_counts_as_the_text_of_its_item() {
    const TITLE: &str = "Council of Lamu hears fishermen";
    let sources = format!("{}{}", source("page", "page", "/list", ""), feed("wire", "/wire"));
    let world = World::with(&format!("{sources}{}", watch("watched", "museum", &["desk"]))).await;
    let card = |slug: &str, title: &str, lead: &str| {
        format!("<article><h2><a href=\"/{slug}\">{title}</a></h2><p>{lead}</p></article>")
    };
    let old = ["Old lighthouse opens its doors", "Ferry keeps its winter hours", "Fish market moves to the east"];
    let old: String =
        old.iter().map(|title| card(&title.replace(' ', "-"), title, "Lamps, charts and ropes.")).collect();
    let list = |news: &str| {
        world.site.set("/list", "text/html", &format!("<html lang=en><body><main>{news}{old}</main></body></html>"));
    };
    list("");
    world.site.feed("/wire", &[("wire-old", "Old lighthouse reopens", "An older text.")]);
    world.bring("page").await;
    world.bring("wire").await;
    list(&card("news", TITLE, &format!("{EXCERPT} …")));
    world.site.put("/news", Page { status: 503, ..Page::default() });
    world.bring("page").await;
    world.wait(SignedDuration::from_secs(121));
    world.follow().await;
    world.deliver().await;
    assert!(world.alerted().is_empty(), "the excerpt has no word of the watch");
    let text = format!("<h1>{TITLE}</h1><p>{EXCERPT}</p><p>{REST}</p>");
    world.site.set("/news", "text/html", &format!("<html lang=en><body><article>{text}</article></body></html>"));
    world.wait(SignedDuration::from_mins(10));
    world.follow().await;
    world.deliver().await;
    assert_eq!(world.alerted(), [TITLE]);
    // No word of the excerpt leads to it.
    publish(&world, "wire", "Porcelain from the sea", REST).await;
    assert_eq!(world.alerted(), [TITLE]);
    assert_eq!(story(&world).await.len(), 2);
}
