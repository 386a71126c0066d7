//! Hostile answers: one row for each, with its number in the list of threats.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

/// One hostile answer, and how a visit to it ends.
pub struct Row {
    pub name: &'static str,
    /// The key of the source: `feed`, `page`, `article`, `bulletin`, `sitemap`.
    pub kind: &'static str,
    pub media: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub bytes: Vec<u8>,
    pub ends: Ends,
}

/// How a visit ends.
pub enum Ends {
    /// With an error that contains this.
    Refused(&'static str),
    /// With this many items.
    Found(usize),
    /// With one item, which alerts with this headline.
    Alerted(&'static str),
    /// In any way, without harm.
    Anyhow,
}

use Ends::{Alerted, Anyhow, Found, Refused};

fn row(name: &'static str, kind: &'static str, bytes: impl Into<Vec<u8>>, ends: Ends) -> Row {
    let media = if matches!(kind, "feed" | "sitemap") { "application/xml" } else { "text/html" };
    Row { name, kind, media, headers: Vec::new(), bytes: bytes.into(), ends }
}

fn coded(name: &'static str, coding: &str, bytes: Vec<u8>, ends: Ends) -> Row {
    Row { headers: vec![("content-encoding", coding.to_owned())], ..row(name, "feed", bytes, ends) }
}

fn labelled(name: &'static str, media: &'static str, bytes: Vec<u8>, ends: Ends) -> Row {
    Row { media, ..row(name, "feed", bytes, ends) }
}

fn rss(items: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>t</title><link>http://x.example/</link>{items}</channel></rss>")
}

/// A feed of one item at an address of its own.
fn one(title: &str, more: &str) -> String {
    let address = format!("http://x.example/{}", &blake3::hash(title.as_bytes()).to_hex()[..8]);
    rss(&format!("<item><title>{title}</title><link>{address}</link>{more}</item>"))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Every row, without the harmless feed.
pub fn all() -> Vec<Row> {
    [bombs(), encodings(), markup(), items(), pages(), words(), walls()].into_iter().flatten().collect()
}

fn bombs() -> Vec<Row> {
    let zeros = vec![b' '; 9 << 20];
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(&zeros).unwrap();
    let mut brotli = Vec::new();
    brotli::BrotliCompress(&mut &zeros[..], &mut brotli, &brotli::enc::BrotliEncoderParams::default()).unwrap();
    vec![
        coded("H05 gzip bomb", "gzip", gzip(&zeros), Refused("8388608")),
        coded("H05 deflate bomb", "deflate", zlib.finish().unwrap(), Refused("8388608")),
        coded("H05 brotli bomb", "br", brotli, Refused("8388608")),
        coded("H05 three codings", "gzip, gzip, br", b"x".to_vec(), Refused("coding")),
        coded("H05 an unknown coding", "zstd", b"x".to_vec(), Refused("coding")),
        row("H05 gzip bomb without a header", "feed", gzip(&zeros), Refused("8388608")),
        row("H05 gzip within gzip", "feed", gzip(&gzip(&zeros)), Refused("8388608")),
        row("H06 more than the bound", "feed", vec![b'x'; (8 << 20) + 1], Refused("8388608")),
    ]
}

fn encodings() -> Vec<Row> {
    let arabic = |declared: &str, title: &str| {
        let xml = format!("<?xml version=\"1.0\" encoding=\"{declared}\"?>{}", one(title, ""));
        encoding_rs::WINDOWS_1256.encode(&xml).0.into_owned()
    };
    let wide: Vec<u8> = one("A wide council", "").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut torn = one("A torn council \u{fffd}", "").into_bytes();
    let at = torn.windows(3).position(|three| three == "\u{fffd}".as_bytes()).unwrap();
    torn.splice(at..at + 3, [0xff, 0xed, 0xa0, 0x80, 0]);
    vec![
        labelled(
            "H08 windows-1256 labelled utf-8",
            "application/xml; charset=utf-8",
            arabic("utf-8", "مجلس council في جدة"),
            Alerted("مجلس council في جدة"),
        ),
        row("H08 UTF-16 without a mark", "feed", wide, Alerted("A wide council")),
        labelled(
            "H08 header against declaration",
            "text/xml; charset=iso-8859-1",
            arabic("windows-1256", "لقاء council في الرياض"),
            Alerted("لقاء council في الرياض"),
        ),
        row("H08 a surrogate, a NUL and half a letter", "feed", torn, Found(1)),
    ]
}

fn markup() -> Vec<Row> {
    let laughs = "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>\
                  <!ENTITY x SYSTEM 'file:///etc/passwd'><!ENTITY % p SYSTEM 'http://127.0.0.1:1/x'>%p;]>";
    let long = format!("<!DOCTYPE r [<!ENTITY a '{}'>]>", "x".repeat(100_000));
    let attributes: String = (0..100_000).map(|n| format!(" a{n}='1'")).collect();
    let spaces: String = (0..100_000).map(|n| format!(" xmlns:p{n}='urn:{n}'")).collect();
    vec![
        row(
            "H09 entities in entities",
            "feed",
            laughs.to_owned() + &one("A laughing council&c;&x;", ""),
            Alerted("A laughing council"),
        ),
        row("H09 one long entity often", "feed", long + &one(&"&a;".repeat(100_000), ""), Anyhow),
        row("H10 depth", "feed", one("A deep council", &"<a>".repeat(1_000_000)), Found(1)),
        row(
            "H10 depth within a text",
            "feed",
            rss(&format!("<item><title>t{}</title></item>", "<b>".repeat(500_000))),
            Found(1),
        ),
        row("H10 attributes", "feed", rss(&format!("<item{attributes}><title>x</title></item>")), Found(1)),
        row("H10 namespaces", "feed", rss(&format!("<item{spaces}><title>x</title></item>")), Found(1)),
        row(
            "H10 seven megabytes in one text",
            "feed",
            one("y", &format!("<description>{}</description>", "x".repeat(7 << 20))),
            Found(1),
        ),
        row(
            "H10 references without end",
            "feed",
            one("z", &format!("<description>{}</description>", "&#1;&".repeat(1 << 20))),
            Found(1),
        ),
        row("H10 sections that never close", "feed", rss(&"<item><![CDATA[</title>".repeat(100_000)), Anyhow),
        row("H10 quotes that never close", "feed", rss(&"<item a='".repeat(200_000)), Anyhow),
        row("H10 JSON depth", "feed", format!("{{\"items\":{}", "[".repeat(500_000)), Refused("not a feed")),
    ]
}

fn items() -> Vec<Row> {
    let many: String = (0..100_000).map(|n| format!("<item><guid>{n}</guid></item>")).collect();
    let long = "م".repeat(1 << 20);
    let dates = [
        "Thu, 00 Foo 0000 99:99:99 +9999",
        "9999-12-31T23:59:59Z",
        "32 رمضان 1447",
        "۳۲ آبان ۹۹۹۹",
        "-1",
        "2036-01-01",
    ];
    let dated: String = dates
        .iter()
        .enumerate()
        .map(|(n, date)| format!("<item><title>dated {n}</title><pubDate>{date}</pubDate></item>"))
        .collect();
    vec![
        row("H14 100,000 items", "feed", rss(&many), Found(500)),
        row(
            "H14 one guid 10,000 times",
            "feed",
            rss(&"<item><title>t</title><guid>1</guid></item>".repeat(10_000)),
            Found(500),
        ),
        row(
            "H14 a title, guid and link of 2 MB",
            "feed",
            rss(&format!("<item><title>{long}</title><guid>{long}</guid><link>http://x.example/{long}</link></item>")),
            Found(1),
        ),
        row("H14 nothing in an item", "feed", rss("<item><title></title></item><item/>"), Found(0)),
        row("H24 days that cannot be", "feed", rss(&dated), Found(dates.len())),
        row(
            "H23 a sitemap that names itself",
            "sitemap",
            "<sitemapindex><sitemap><loc>/h</loc></sitemap></sitemapindex>",
            Anyhow,
        ),
    ]
}

fn pages() -> Vec<Row> {
    let fonts: String = (0..5_000).map(|n| format!("<font a{n}=1><p>")).collect();
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=1")).collect();
    let anchors = format!("{}{}{}", "<a href=/1>".repeat(20_000), "<i>".repeat(20_000), "</a>".repeat(20_000));
    let list: String = (0..20_000)
        .map(|n| {
            format!(
                "<div class=c{}><h2><a href='/news/{n}'>A headline long enough to be one, number {n}</a></h2></div>",
                n % 7
            )
        })
        .collect();
    let script = format!("<script type='application/ld+json'>{}</script>", "[".repeat(500_000));
    let mut rows = Vec::new();
    for kind in ["page", "article", "bulletin"] {
        rows.extend([
            row("H11 84 kB that grow to 12 million nodes", kind, fonts.clone(), Refused("too costly")),
            row("H11 depth", kind, "<div>".repeat(100_000), Refused("nested")),
            row("H11 formatting that never closes", kind, "<b><p>".repeat(100_000), Refused("too costly")),
            row("H11 attributes", kind, format!("<p{attributes}>"), Refused("attributes")),
            row("H11 tables", kind, "<table>x".repeat(10_000), Anyhow),
            row("H11 anchors crossed with italics", kind, anchors.clone(), Anyhow),
            row("H11 links without number", kind, list.clone(), Anyhow),
            row("H11 JSON depth in a script", kind, script.clone(), Anyhow),
            row("H12 stars without number", kind, "***<br>".repeat(50_000), Anyhow),
            row("H23 a page of links to itself", kind, "<a href=''>Next page of the same</a>".repeat(20_000), Anyhow),
        ]);
    }
    rows
}

fn words() -> Vec<Row> {
    vec![
        row(
            "H15 a script in a headline",
            "feed",
            one("A &lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;plain council", ""),
            Alerted("A plain council"),
        ),
        row(
            "H15 an address that is a script",
            "feed",
            rss("<item><title>A scripted council</title><link>javascript:alert(1)</link></item>"),
            Alerted("A scripted council"),
        ),
        row(
            "H16 what a terminal or a template obeys",
            "feed",
            one("A {{7*7}} council \u{1b}]0;x\u{7} %s ${x}\u{2028}", ""),
            Alerted("A {{7*7}} council ]0;x %s ${x}"),
        ),
        row(
            "H17 letters that turn and pile up",
            "feed",
            one("A \u{202e}turned\u{202c} council\u{2066}\u{200f}", ""),
            Alerted("A turned council"),
        ),
    ]
}

fn walls() -> Vec<Row> {
    let challenge = "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>";
    let login = "<html><head><title>Sign in</title></head><body><form><input type=password></form></body></html>";
    vec![
        Row { media: "text/html", ..row("H27 a challenge for a feed", "feed", challenge, Refused("asks for a human")) },
        row("H27 a challenge for a page", "page", challenge, Refused("asks for a human")),
        Row { media: "text/html", ..row("H27 a login for a feed", "feed", login, Refused("login")) },
        row(
            "H27 a page that is gone and says 200",
            "page",
            "<html><title>404</title><h1>Not found</h1></html>",
            Found(0),
        ),
    ]
}
