//! Tests how bulletins are split into items.

use super::*;

fn news(n: usize, day: usize) -> String {
    format!("<p><b>الأمين العام يلتقي الوفد رقم {n}</b></p><p>جدة، {day} نوفمبر 2025</p><p>{PROSE}</p>")
}

#[test]
fn a_bulletin_is_divided_at_its_separators() {
    let body = |parts: &[String]| {
        format!("<h1>نشرة الأخبار 12</h1><div class=entry-content>{}</div>", parts.join("<p>********</p>"))
    };
    let parts = [news(1, 18), news(2, 17), news(3, 16)];
    let parsed = bulletin(None, &body(&parts));
    assert_eq!(
        titles(&parsed),
        ["الأمين العام يلتقي الوفد رقم 1", "الأمين العام يلتقي الوفد رقم 2", "الأمين العام يلتقي الوفد رقم 3"]
    );
    assert_eq!(parsed.items[1].published.as_ref().unwrap().at.to_string(), "2025-11-17");
    assert_eq!(titles(&bulletin(Some("***"), &body(&parts))), titles(&parsed));
    let [one, two, three] = parts;
    let later = bulletin(None, &body(&[news(9, 19), one, two, three]));
    let addresses = |parsed: &Parsed| parsed.items.iter().map(|item| item.address.clone().unwrap()).collect::<Vec<_>>();
    assert_eq!(addresses(&later)[1..], addresses(&parsed), "a section added at the top changes no other address");
}

#[test]
fn the_title_of_the_page_is_not_part_of_the_first_item() {
    let parts: Vec<String> = (1..4).map(|n| news(n, 20 - n)).collect();
    let page =
        format!("<title>نشرة المركز</title><body><main><h1>النشرة الأسبوعية</h1>{}</main>", parts.join("<p>***</p>"));
    let parsed = bulletin(Some("***"), &page);
    assert_eq!(parsed.items.len(), 3, "{:?}", titles(&parsed));
    assert_eq!(parsed.items[0].title, "الأمين العام يلتقي الوفد رقم 1");
    assert!(!parsed.items[0].text.contains("النشرة الأسبوعية"), "{}", parsed.items[0].text);
}

#[test]
fn a_bulletin_is_divided_at_its_headings_and_by_a_selector() {
    let part = |n: usize| {
        format!("<h3>News item number {n} of the bulletin</h3><p>Jeddah, 1{n} November 2025</p><p>{PROSE}</p>")
    };
    let page = format!("<h1>Weekly bulletin</h1><div class=entry-content>{}{}{}</div>", part(1), part(2), part(3));
    for split in [None, Some("h3")] {
        let parsed = bulletin(split, &page);
        assert_eq!(parsed.items.len(), 3, "{split:?} {:?}", titles(&parsed));
        assert!(parsed.items.iter().all(|item| item.published.is_some()));
    }
}

#[test]
fn a_bulletin_is_divided_at_its_numbers_and_rules() {
    let numbered =
        |n: usize| format!("<p>{n}- لقاء الأمين العام مع الوفد رقم {n}</p><p>جدة، 1{n} نوفمبر 2025</p><p>{PROSE}</p>");
    let page = |parts: &[String], between: &str| {
        format!("<h1>نشرة الأخبار 12</h1><div class=post-content>{}</div>", parts.join(between))
    };
    let parsed = bulletin(None, &page(&[numbered(1), numbered(2), numbered(3)], ""));
    assert_eq!(parsed.items.len(), 3, "{:?}", titles(&parsed));
    assert_eq!(parsed.items[0].title, "لقاء الأمين العام مع الوفد رقم 1");
    assert_eq!(bulletin(None, &page(&[news(1, 18), news(2, 17)], "<hr>")).items.len(), 2);
}

#[test]
fn an_article_with_headings_is_not_a_bulletin() {
    let page = format!(
        "<h1>اجتماع اللجنة الدائمة لدعم التعليم</h1><div class=entry-content><p>{PROSE}<h2>خلفية</h2><p>{PROSE}<hr><h2>ماذا بعد</h2><p>{PROSE}</div>"
    );
    let parsed = bulletin(None, &page);
    assert_eq!(parsed.items.len(), 1);
    assert!(parsed.degraded.is_some_and(|why| why.contains("boundaries")));
}

#[test]
fn a_bulletin_is_recognized_by_datelines_and_not_by_dates_in_sentences() {
    let page = |opening: &dyn Fn(usize) -> String| {
        let part =
            |n: usize| format!("<h4>News item number {n} of the bulletin</h4><p>{}</p><p>{PROSE}</p>", opening(n));
        format!("<h1>Weekly bulletin</h1><div class=entry-content>{}{}{}</div>", part(1), part(2), part(3))
    };
    let dateline = bulletin(None, &page(&|n| format!("JEDDAH, 1{n} November 2025 (UNA) - {PROSE}")));
    assert_eq!(dateline.items.len(), 3);
    assert_eq!(dateline.items[1].published.as_ref().unwrap().at.to_string(), "2025-11-12");
    assert_eq!(bulletin(None, &page(&|n| format!("On 1{n} November 2025 the council met again."))).items.len(), 1);
}

#[test]
fn a_live_blog_is_one_article_and_comments_are_not_items() {
    let posts: String = (1..5)
        .map(|n| {
            format!(
                "<div class=c><h3>What happened as number {n}</h3><span>1{n} November 2025</span><p>{PROSE}</p></div>"
            )
        })
        .collect();
    let body = format!("<p>{PROSE}<p>{PROSE}<p>{PROSE}<div id=comments>{posts}</div>");
    for body in [posts.replace("class=c", "class=live-post"), body] {
        let page = format!("<h1>Council meets on education</h1><div class=entry-content>{body}</div>");
        assert_eq!(bulletin(None, &page).items.len(), 1, "{body}");
    }
}

#[test]
fn a_broken_selector_of_a_bulletin_is_named() {
    let error = read(SourceKind::Bulletin { split: Some("div >".to_owned()) }, "<p>x").unwrap_err();
    assert!(matches!(error, ParseError::Selector { selector, .. } if selector == "div >"));
}

#[test]
fn a_bulletin_is_divided_at_its_bullets_and_list_entries() {
    let headline = |n: usize| format!("دیدار دبیر کل با هیئت شماره {n}");
    let bullet = |n: usize| format!("<p>🔹 {}</p><p>۱{n} آبان ۱۴۰۴</p><p>{PROSE}</p>", headline(n));
    let entry = |n: usize| format!("<li>{}<br>۱{n} آبان ۱۴۰۴<br>{PROSE}</li>", headline(n));
    for body in [(1..5).map(bullet).collect::<String>(), format!("<ul>{}</ul>", (1..5).map(entry).collect::<String>())]
    {
        let page = format!("<html lang=fa><h1>بولتن خبری</h1><div class=entry-content>{body}</div>");
        let parsed = bulletin(None, &page);
        assert_eq!(parsed.items.len(), 4, "{body}: {:?}", titles(&parsed));
        assert_eq!(parsed.items[0].title, headline(1));
        assert!(parsed.items.iter().all(|item| item.published.is_some()));
    }
}

#[test]
fn an_article_with_bullets_or_with_dates_here_and_there_is_not_a_bulletin() {
    let bullets = format!("<p>{PROSE}</p><p>• بند اول</p><p>• بند دوم</p><p>• بند سوم</p><p>{PROSE}</p>");
    let dates = format!(
        "<h2>Background</h2><p>London, 3 May 2025</p><p>{PROSE}</p><h2>What happens next</h2><p>{PROSE}</p>\
         <p>Paris, 7 May 2025</p><p>{PROSE}</p><h2>The vote</h2><p>{PROSE}</p>"
    );
    for body in [bullets, dates] {
        let page = format!("<h1>Council meets on education</h1><div class=entry-content>{body}</div>");
        assert_eq!(bulletin(None, &page).items.len(), 1, "{body}");
    }
}
