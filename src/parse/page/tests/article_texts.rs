//! Tests which lines of a page are the text of its article: what must be kept, and what must be left out.

use super::*;

const FIRST: &str = "The harbour council voted on Monday for a second lighthouse on the northern cape of the island.";
const SECOND: &str = "Keepers of the old tower will train the crew of the new one until the lamps are lit in autumn.";
const THIRD: &str = "Skippers asked for a fog signal as well, which the council will discuss at its meeting in June.";
const FOURTH: &str = "The cost is shared by three towns, and the ministry pays for the road that leads up to the cape.";
const FIFTH: &str = "Work begins as soon as the surveyors have marked the ground, which should take them two weeks.";
const FOREIGN: &str = "A museum in another town shows maps of rivers and bridges from two centuries until the winter.";
const TITLE: &str = "Harbour council votes for a second lighthouse";

/// The text of an article with this body.
fn text(body: &str) -> String {
    let page = format!(
        "<html lang=en><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1>\
         <div class=entry-content>{body}</div></article></body></html>"
    );
    an_article(&page).text
}

fn paragraphs(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("<p>{text}</p>")).collect()
}

fn assert_text(body: &str, kept: &[&str], left_out: &[&str]) {
    let text = text(body);
    for line in kept {
        assert!(text.contains(line), "{line} is missing for {body}: {text}");
    }
    for line in left_out {
        assert!(!text.contains(line), "{line} is kept for {body}: {text}");
    }
}

#[test]
fn a_marker_within_the_text_does_not_end_it() {
    let (before, after) = (paragraphs(&[FIRST, SECOND, THIRD]), paragraphs(&[FOURTH, FIFTH]));
    for marker in [
        "<p><b>Read more:</b> <a href=/1>Museum shows maps of rivers</a></p>",
        "<p>Lesen Sie auch</p><p><a href=/1>Museum shows maps of rivers</a></p>",
        "<p>Don't miss</p>",
        "<p>Share this</p>",
        "<h3>Related articles</h3><ul><li><a href=/1>Museum shows maps of rivers</a><li><a href=/2>Bridge is painted</a></ul>",
        "<p>اقرأ أيضاً: <a href=/1>Museum shows maps of rivers</a></p>",
    ] {
        assert_text(&format!("{before}{marker}{after}"), &[FIRST, FOURTH, FIFTH], &["Museum shows"]);
    }
}

#[test]
fn a_marker_before_other_texts_ends_the_text() {
    let before = paragraphs(&[FIRST, SECOND, THIRD, FOURTH]);
    for after in [
        format!("<h3>Related articles</h3><p>{FOREIGN}</p><p>{FOREIGN}</p>"),
        format!("<p>Read more</p><div class=teasers><div><a href=/1>Museum shows maps</a><p>{FOREIGN}</p></div></div>"),
        format!(
            "<h3>More stories</h3><p><a href=/1>Museum shows maps of rivers</a></p><p>{FOREIGN}</p>\
             <p><a href=/2>Bridge is painted in green</a></p><p>{FOREIGN}</p>"
        ),
        format!("<p>Comments</p><p>{FOREIGN}</p>"),
    ] {
        assert_text(&format!("{before}{after}"), &[FIRST, FOURTH], &[FOREIGN, "Museum shows"]);
    }
}

#[test]
fn a_box_that_a_marker_begins_is_left_out_as_a_whole() {
    let box_of = |heading: &str| format!("<div><h4>{heading}</h4><p>{FOREIGN}</p><p>See the museum.</p></div>");
    for heading in ["Related stories", "This content is reserved for subscribers", "Jetzt abonnieren und weiterlesen"] {
        let body = format!("{}{}{}", paragraphs(&[FIRST]), box_of(heading), paragraphs(&[SECOND, THIRD, FOURTH]));
        assert_text(&body, &[FIRST, SECOND, FOURTH], &[FOREIGN, "See the museum"]);
    }
    let heading = box_of("What the museum shows");
    assert_text(&format!("{}{heading}", paragraphs(&[FIRST, SECOND])), &[FOREIGN], &[]);
}

#[test]
fn a_list_of_links_is_text_only_if_a_sentence_introduces_it() {
    let list = "<ul><li><a href=/p/1>Survey of the ground on the cape</a></li><li><a href=/p/2>Letter of the keepers</a></li></ul>";
    let body = |before: &str| format!("{}{before}{list}{}", paragraphs(&[FIRST, SECOND]), paragraphs(&[THIRD]));
    assert_text(&body("<p>The council published two papers:</p>"), &["Survey of the ground", THIRD], &[]);
    for before in ["", "<p>See also:</p>", "<p>The council published two papers.</p>"] {
        assert_text(&body(before), &[FIRST, THIRD], &["Survey of the ground"]);
    }
    let contents = list.replace("/p/", "#part-");
    assert_text(&format!("<p>In this article:</p>{contents}{}", paragraphs(&[FIRST, SECOND])), &[FIRST], &["Survey"]);
}

#[test]
fn a_linked_sentence_is_text_and_a_linked_headline_is_not() {
    let body =
        |line: &str| format!("{}<p><a href=/1>{line}</a></p>{}", paragraphs(&[FIRST, SECOND]), paragraphs(&[THIRD]));
    assert_text(&body(FOREIGN), &[FOREIGN, THIRD], &[]);
    let headline = FOREIGN.trim_end_matches('.');
    assert_text(&body(headline), &[THIRD], &[headline]);
}

#[test]
fn the_standfirst_is_part_of_the_text_and_captions_and_bylines_are_not() {
    let standfirst = "The new tower will stand on the cape, and the old one becomes a school for its keepers.";
    let page = |between: &str| {
        format!(
            "<title>{TITLE}</title><main><h1>{TITLE}</h1>{between}<div class=article-body>{}</div></main>",
            paragraphs(&[FIRST, SECOND, THIRD])
        )
    };
    for between in [
        format!("<h2 class=x-sub>{standfirst}</h2>"),
        format!("<div><p>{standfirst}</p></div><div>By Ann Field</div>"),
        format!("<p class=standfirst>{standfirst}</p>"),
    ] {
        let text = an_article(&page(&between)).text;
        assert!(text.starts_with(standfirst) && text.contains(FIRST), "{between}: {text}");
        assert!(!text.contains("Ann Field"), "{text}");
    }
    for between in [
        format!("<figure><img><figcaption>{standfirst}</figcaption></figure>"),
        format!("<div class=page-lead><figure><img><div>{standfirst}</div></figure></div>"),
        format!("<figure><img><p class=description>{standfirst}</p></figure>"),
        format!("<div><img><div>{standfirst}</div></div>"),
        format!("<p><a href=/1>{standfirst}</a></p>"),
        format!("<nav><p>{standfirst}</p></nav>"),
    ] {
        assert!(an_article(&page(&between)).text.starts_with(FIRST), "{between}");
    }
}

#[test]
fn captions_galleries_and_repeated_lines_are_left_out() {
    for caption in [
        format!("<figure><img><figcaption>{FOREIGN}</figcaption></figure>"),
        format!("<div class=wp-caption><img><p class=wp-caption-text>{FOREIGN}</p></div>"),
        format!("<div><p class=photo-caption>{FOREIGN}</p><div class=overlay><p>{FOREIGN}</p></div></div>"),
        format!("<div class=image-gallery><span>1 / 8</span><p>{FOREIGN}</p><span>Back to gallery</span></div>"),
    ] {
        let body = format!("{}{caption}{}", paragraphs(&[FIRST, SECOND]), paragraphs(&[THIRD]));
        assert_text(&body, &[FIRST, THIRD], &[FOREIGN, "Back to gallery"]);
    }
    let twice = format!("<div class=desk>{0}</div><div class=phone>{0}</div>", paragraphs(&[FIRST, SECOND]));
    assert_eq!(text(&twice).matches(FIRST).count(), 1);
    let table = format!("<figure><table><tr><td>{FOREIGN}</td></tr></table></figure>");
    assert_text(&format!("{}{table}", paragraphs(&[FIRST, SECOND])), &[FOREIGN], &[]);
}

#[test]
fn text_in_regions_that_look_like_boilerplate_is_kept() {
    for region in [
        format!("<blockquote class=twitter-tweet><p>{FOREIGN}</p>Union (@union) <a href=/s>May 4</a></blockquote>"),
        format!("<div class='embed twitter'><blockquote><p>{FOREIGN}</p></blockquote></div>"),
        format!("<p class=paywall>{FOREIGN}</p>"),
        format!("<div class=paywall><p>{FOREIGN}</p><p>{FIFTH}</p></div>"),
        format!("<aside class=wide><p>{FOREIGN}</p></aside>"),
        format!("<div class=faq><button>Why?</button><div aria-hidden=true><p>{FOREIGN}</p></div></div>"),
        format!("<div class=ad-container><div></div><p>{FOREIGN}</p><p>{FIFTH}</p></div>"),
        format!("<div id=ad6ed79d-88fd-4c8e-a27a-1f0b2c3d4e5f><p>{FOREIGN}</p></div>"),
    ] {
        let body = format!("{}{region}{}", paragraphs(&[FIRST, SECOND]), paragraphs(&[THIRD, FOURTH]));
        assert_text(&body, &[FIRST, FOREIGN, FOURTH], &[]);
    }
}

#[test]
fn boilerplate_is_still_left_out() {
    for region in [
        format!("<div class=ad>{FOREIGN}</div>"),
        format!("<div class=paywall><p>{FOREIGN}</p><form><input></form></div>"),
        format!("<aside><p>{FOREIGN}</p><button>Sign up</button></aside>"),
        format!("<aside class=newsletter><p>{FOREIGN}</p></aside>"),
        format!("<div class=promo><p>{FOREIGN}</p><p>{FOREIGN}</p></div>"),
        format!("<div hidden><p>{FOREIGN}</p></div>"),
        format!("<div class=modal aria-hidden=true><p>{FOREIGN}</p></div>"),
        format!("<div id=comments class='comments-area wide no-sidebar post-comments'><p>{FOREIGN}</p></div>"),
    ] {
        let body = format!("{}{region}{}", paragraphs(&[FIRST, SECOND]), paragraphs(&[THIRD, FOURTH]));
        assert_text(&body, &[FIRST, FOURTH], &[FOREIGN]);
    }
    let after = format!("{}<aside><p>{FOREIGN}</p></aside>", paragraphs(&[FIRST, SECOND]));
    assert_text(&after, &[FIRST], &[FOREIGN]);
}

#[test]
fn every_part_of_the_body_is_read_and_no_other_article() {
    let part = |texts: &[&str]| format!("<div class=row><div class=article__body>{}</div></div>", paragraphs(texts));
    let page = |rest: &str| {
        format!("<title>{TITLE}</title><article><h1>{TITLE}</h1>{}{rest}</article>", part(&[FIRST, SECOND]))
    };
    assert!(an_article(&page(&part(&[THIRD, FOURTH]))).text.contains(FOURTH));
    let next = format!(
        "<div class=row><h2><a href=/1>Museum shows maps</a></h2><div class=article__body>{}</div></div>",
        paragraphs(&[FOREIGN, FOREIGN])
    );
    assert!(!an_article(&page(&next)).text.contains(FOREIGN));
    let lines = format!(
        "<title>{TITLE}</title><h1>{TITLE}</h1><div><p class=post-text>{FIRST}</p><p class=post-text>{SECOND}<br>{THIRD}\
         <br>{FOURTH}</p><p class=post-text>{FIFTH}</p></div>"
    );
    let text = an_article(&lines).text;
    assert!(text.contains(FIRST) && text.contains(FIFTH), "{text}");
}

#[test]
fn comments_are_not_the_text_of_a_short_post() {
    let comment = format!("<li class=comment><div class=comment-body><p>{FOREIGN}</p><p>{FOREIGN}</p></div></li>");
    let page = format!(
        "<title>{TITLE}</title><main><article><h1>{TITLE}</h1><p>{FIRST} {SECOND}</p></article>\
         <div id=comments class='comments-area post-comments no-sidebar'><ul>{}</ul></div></main>",
        comment.repeat(3)
    );
    let text = an_article(&page).text;
    assert!(text.contains(FIRST) && !text.contains(FOREIGN), "{text}");
}

#[test]
fn a_consent_notice_is_never_the_text() {
    let notice: String = (1..7)
        .map(|n| {
            format!("<p>We and our {n}00 partners keep data on your device, such as cookies, to know readers.</p>")
        })
        .collect();
    let named = format!("<div id=onetrust-consent class=cookie-banner><h2>We value your privacy</h2>{notice}</div>");
    for (before, after) in [(named.as_str(), ""), ("", named.as_str())] {
        for body in [paragraphs(&[FIRST, SECOND]), paragraphs(&[FIRST])] {
            let page = format!(
                "<title>{TITLE}</title><body>{before}<main><h1>{TITLE}</h1><div class=page-content>{body}</div></main>{after}"
            );
            let text = an_article(&page).text;
            assert!(text.contains(FIRST) && !text.contains("partners"), "{text}");
        }
    }
    for only in [named, format!("<div class=box>{notice}</div>")] {
        let page = format!("<title>{TITLE}</title><body><h1>{TITLE}</h1>{only}</body>");
        assert_eq!(an_article(&page).text, "", "{only}");
    }
}

#[test]
fn a_text_under_its_headline_need_not_repeat_the_headlines_words() {
    let title = "Ministers conclude emergency summit concerning humanitarian corridors";
    let body = paragraphs(&[FOREIGN, THIRD, FIFTH]);
    let under = format!("<title>{title}</title><main><h1>{title}</h1><div class=entry-content>{body}</div></main>");
    assert_eq!(an_article(&under).text_state, TextState::Full);
    let headed = format!(
        "<title>{title}</title><h1>{title}</h1><div><h1>Museum</h1><div class=entry-content>{body}</div></div>"
    );
    assert_ne!(an_article(&headed).text_state, TextState::Full);
}

#[test]
fn a_byline_is_left_out_and_a_sentence_or_an_agency_is_not() {
    let before = |line: &str| format!("{line}{}", paragraphs(&[FIRST, SECOND, THIRD]));
    for line in [
        "<p>By Ann Field and Bob Stone</p>",
        "<p>بقلم: محمد أحمد</p>",
        "<div class=technicalline>Tue 25.11.25 | 14:07 | By Ann Field</div>",
        "<p>25 November 2025, 14:07</p>",
        "<h3>Town council Harbour council votes for a second lighthouse</h3>",
    ] {
        assert!(text(&before(line)).starts_with(FIRST), "{line}: {}", text(&before(line)));
    }
    for line in ["By land and by sea the guests arrived at the cape.", "By Reuters", "Budget of 2025"] {
        assert!(text(&before(&format!("<p>{line}</p>"))).starts_with(line), "{line}");
    }
}
