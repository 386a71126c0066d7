//! Generates feeds of ordinary parts, and of parts that feed-rs drops or changes.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::sample::select;

/// Text between tags.
fn text() -> impl Strategy<Value = String> {
    let word = select(vec![
        "القمة",
        "council",
        "&amp;",
        "&lt;b&gt;x&lt;/b&gt;",
        "&#1576;",
        "&amp;nbsp;",
        "\n\n",
        "  ",
        "\r\n",
        "a &amp;amp; b",
        "«خبر»",
        "&#8217;",
        "&quot;q&quot;",
        "سياسة.",
        "cafÃ©",
        "&amp;lt;i&amp;gt;",
        "می\u{200c}آیند",
        "\u{a0}",
        "&#160;",
        "…",
        "&gt;",
        "'",
        "<![CDATA[<p>one & two</p><br/>]]>",
        "<![CDATA[&#8230; <b>b</b>]]>",
        "<!-- c -->",
        "<![CDATA[]]>",
        "[...]",
        "ط§ظ„ظ‚ط¯ط³",
        "The post x appeared first on y.",
        "\t",
    ]);
    vec(word, 0..7).prop_map(|words| words.join(" "))
}

fn address() -> impl Strategy<Value = String> {
    let odd = select(vec![
        "",
        " ",
        "/ar/1",
        "//b.example/x",
        "a/b",
        "www.example.org/1",
        "javascript:x",
        "mailto:a@example.org",
        "https://",
        "urn:uuid:1",
        "https://x.example/a b",
        "HTTPS://X.example/%7e",
        "\nhttps://x.example/1\n",
        "https://x.example/?a=1&amp;b=2",
        "<![CDATA[https://x.example/2]]>",
        "https://x.example:99999/",
        "https://x.example/خبر",
        "#a",
        "https://x.example/1&#8203;",
        "\u{202a}https://x.example/1\u{202c}",
        "https://x.example/1\u{ad}",
    ]);
    prop_oneof![6 => (1..50_u8).prop_map(|n| format!("https://x.example/{n}")), 1 => odd.prop_map(str::to_owned)]
}

fn date() -> impl Strategy<Value = &'static str> {
    select(vec![
        "Fri, 21 Nov 2025 10:15:00 +0300",
        "2025-11-21T07:15:00Z",
        "2025-11-21",
        "",
        "never",
        "<![CDATA[2025-11-20]]>",
        "21/11/2025",
        "الجمعة 21 نوفمبر 2025",
        "2036-01-01",
        " 2025-11-19 ",
        "1763709300",
    ])
}

fn element(name: &'static str, content: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    content.prop_map(move |content| format!("<{name}>{content}</{name}>"))
}

fn dates(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    (select(names), date()).prop_map(|(name, date)| format!("<{name}>{date}</{name}>"))
}

fn name() -> impl Strategy<Value = &'static str> {
    select(vec![
        "Amina Sow",
        "واس",
        "desk@example.org",
        "desk@example.org (Amina Sow)",
        "Amina Sow &lt;desk@example.org&gt;",
        "",
        " ",
        "»a@b.example",
        "<![CDATA[هيئة التحرير]]>",
        "A &amp; B",
        " desk@example.org (A) ",
    ])
}

/// Parts of an item of RSS, the ordinary ones first.
fn rss_part() -> impl Strategy<Value = String> {
    let ordinary = prop_oneof![
        element("title", text()),
        element("link", address()),
        element("description", text()),
        element("content:encoded", text()),
        element("category", text()),
        dates(&["pubDate"]),
        (select(vec!["", " isPermaLink='false'", " isPermaLink='true'"]), address())
            .prop_map(|(is, guid)| format!("<guid{is}>{guid}</guid>")),
        name().prop_map(|name| format!("<dc:creator>{name}</dc:creator>")),
        name().prop_map(|name| format!("<author>{name}</author>")),
    ];
    let other = prop_oneof![
        dates(&["dc:date", "updated", "atom:updated", "dcterms:modified", "atom:published", "PubDate", "issued"]),
        element("itunes:summary", text()),
        element("itunes:title", text()),
        element("media:title", text()),
        element("dc:title", text()),
        element("dc:subject", text()),
        name().prop_map(|name| format!("<itunes:author>{name}</itunes:author>")),
        (text(), text()).prop_map(|(a, b)| format!(
            "<media:group><media:title>{a}</media:title><media:description>{b}</media:description></media:group>"
        )),
        (select(vec!["self", "alternate", "replies"]), address())
            .prop_map(|(rel, href)| format!("<atom:link rel='{rel}' href='{}'/>", href.replace(['<', '\''], ""))),
        element("feedburner:origLink", address()),
        (text(), text()).prop_map(|(a, b)| format!("<title>{a}<b>{b}</b> tail</title>")),
        Just("<dc:language>ar</dc:language>".to_owned()),
        Just("<source url='https://s.example/'>Source</source>".to_owned()),
        Just("<image><title>i</title><link>https://i.example/</link></image>".to_owned()),
        Just("<enclosure url='https://x.example/a.mp3' length='1' type='audio/mpeg'/>".to_owned()),
        Just("<x:own xmlns:x='urn:x'><title>inner</title></x:own>".to_owned()),
        Just("<comments>https://x.example/1</comments>".to_owned()),
        Just("stray".to_owned()),
        Just("<description type='xhtml' xml:lang='fr'>d</description>".to_owned()),
    ];
    prop_oneof![8 => ordinary, 1 => other]
}

pub(super) fn rss() -> impl Strategy<Value = String> {
    let root = select(vec![
        "rss version='2.0'",
        "rss version='0.91'",
        "rss",
        "rss version='2.0' xml:base='https://b.example/n/'",
    ]);
    let head = select(vec![
        "",
        "<language>ar-SA</language>",
        "<title>c</title><dc:language>fr</dc:language>",
        "<item xml:lang='fr'/>",
    ]);
    let dc = select(vec![
        "http://purl.org/dc/elements/1.1/",
        "http://purl.org/dc/elements/1.0/",
        "http://purl.org/dc/elements/1.1",
    ]);
    (root, head, dc, vec(vec(rss_part(), 0..9), 0..4)).prop_map(|(root, head, dc, items)| {
        let items: String = items.iter().map(|parts| format!("<item>{}</item>\n", parts.concat())).collect();
        let root_name = root.split(' ').next().unwrap_or_default();
        format!(
            "<?xml version='1.0' encoding='windows-1256'?>\n<{root} xmlns:dc='{dc}' xmlns:dcterms='http://purl.org/dc/terms/' \
             xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:media='http://search.yahoo.com/mrss/' xmlns:atom='http://www.w3.org/2005/Atom' \
             xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'>\
             <channel>{head}{items}</channel></{root_name}>"
        )
    })
}

fn atom_part() -> impl Strategy<Value = String> {
    let kind = || {
        select(vec![
            "",
            " type='text'",
            " type='html'",
            " type='text/plain'",
            " type='image/png'",
            " mode='escaped'",
            " xml:lang='fr'",
        ])
    };
    let constructs = select(vec!["title", "summary", "content"]);
    let xhtml = select(vec![
        "<div xmlns='http://www.w3.org/1999/xhtml'>one\n\ntwo</div>",
        "<div>a <b class=\"x &gt; y\">b</b> &amp;lt; &#160; c<br/></div>",
        "<div><p>1</p><script/>2</div> ",
        "<p>no div</p>",
        "<div>a</div>tail",
        "<div><custom a='1'/>x</div>",
        "<div><item>x</item></div>",
        "<div><br></br>x</div>",
        "<div title='\"'>x<![CDATA[<i>y</i>]]></div>",
        "<div><style>s</style></div>",
        "<div><title>t</title><a href='?a=1&amp;b=2'>l</a></div>",
    ]);
    let links = (
        select(vec!["", " rel='alternate'", " rel='self'", " rel='enclosure'", " REL='alternate'"]),
        select(vec!["", " type='text/html'", " type='application/pdf'"]),
        address(),
    );
    prop_oneof![
        2 => (constructs.clone(), kind(), text()).prop_map(|(name, kind, text)| format!("<{name}{kind}>{text}</{name}>")),
        4 => (constructs.clone(), text()).prop_map(|(name, text)| format!("<{name} type='html'>{text}</{name}>")),
        1 => (constructs, xhtml).prop_map(|(name, xhtml)| format!("<{name} type='xhtml'>{xhtml}</{name}>")),
        4 => links.prop_map(|(rel, kind, href)| format!("<link{rel}{kind} href='{}'/>", href.replace(['<', '\''], ""))),
        2 => element("id", address()),
        3 => dates(&["published", "updated"]),
        1 => dates(&["dc:date", "issued", "modified"]),
        2 => name().prop_map(|name| format!("<author>\n<name>{name}</name><uri>u</uri><email>e@example.org</email></author>")),
        1 => name().prop_map(|name| format!("<dc:creator>{name}</dc:creator>")),
        1 => element("media:title", text()),
        2 => (select(vec!["term='t'", "term='t' label='أ &amp; ب'", "label='l'", "term=''"]), text())
            .prop_map(|(attributes, text)| format!("<category {attributes}>{text}</category>")),
        1 => Just("<source><title>other</title><id>urn:o</id></source><contributor><name>c</name></contributor>".to_owned()),
    ]
}

pub(super) fn atom() -> impl Strategy<Value = String> {
    let root = select(vec![
        "",
        " xml:lang='ar'",
        " xml:base='https://b.example/n/'",
        " xmlns:media='http://search.yahoo.com/mrss/'",
    ]);
    let space = select(vec!["http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"]);
    (root, space, vec(vec(atom_part(), 0..8), 0..4)).prop_map(|(root, space, entries)| {
        let entries: String = entries.iter().map(|parts| format!("<entry>{}</entry>\n", parts.concat())).collect();
        format!(
            "<feed xmlns='{space}' xmlns:dc='http://purl.org/dc/elements/1.1/'{root}><title>f</title>{entries}</feed>"
        )
    })
}

pub(super) fn rdf() -> impl Strategy<Value = String> {
    let about = select(vec!["", " rdf:about='https://x.example/1'", " rdf:about='urn:1'"]);
    let part = prop_oneof![
        element("title", text()),
        element("link", prop_oneof![4 => Just("https://x.example/1".to_owned()), 1 => address()]),
        element("description", text()),
        element("dc:description", text()),
        element("content:encoded", text()),
        dates(&["dc:date", "pubDate"]),
    ];
    (about, vec(vec(part, 0..6), 0..3)).prop_map(|(about, items)| {
        let items: String = items.iter().map(|parts| format!("<item{about}>{}</item>", parts.concat())).collect();
        format!(
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/' \
             xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><dc:language>fr</dc:language></channel>{items}</rdf:RDF>"
        )
    })
}

pub(super) fn json() -> impl Strategy<Value = String> {
    let words = select(vec!["القمة & <b>x</b>", "council &amp; y", "", " ", "one\n\ntwo", "123", "A &#8217; B"]);
    let key = select(vec!["title", "summary", "content_html", "content_text", "id", "language"]);
    let member = prop_oneof![
        4 => (key, words.clone()).prop_map(|(key, text)| (key, serde_json::json!(text))),
        2 => (select(vec!["url", "external_url", "id"]), address()).prop_map(|(key, text)| (key, serde_json::json!(text))),
        2 => (select(vec!["date_published", "date_modified", "date"]), date()).prop_map(|(key, text)| (key, serde_json::json!(text))),
        1 => vec(words, 0..4).prop_map(|tags| ("tags", serde_json::json!(tags))),
        1 => name().prop_map(|name| ("authors", serde_json::json!([{ "name": name }, { "name": "B" }]))),
        1 => name().prop_map(|name| ("author", serde_json::json!({ "name": name }))),
        1 => Just(("attachments", serde_json::json!([{ "url": "https://x.example/a", "mime_type": "audio/mpeg" }]))),
        1 => Just(("url", serde_json::Value::Null)),
        1 => Just(("id", serde_json::json!(7))),
    ];
    let head = select(vec!["", "\"language\":\"ar\",", "\"authors\":[{\"name\":\"Root\"}],"]);
    (head, vec(vec(member, 0..7), 0..4)).prop_map(|(head, items)| {
        let items: Vec<String> = items
            .into_iter()
            .map(|members| {
                serde_json::Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
                    .to_string()
            })
            .collect();
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"f\",{head}\"items\":[{}]}}",
            items.join(",")
        )
    })
}
