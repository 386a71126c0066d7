//! Pages in the markup of the themes that most of the sources use, with text of our own.

/// Sentences of a piece of news, in Arabic and in English.
const TEXT: [&str; 2] = [
    "عقد المجلس الوزاري اجتماعه العادي في جدة وناقش مشروع القرار الخاص بالتعليم والصحة والمياه، ودعا الدول الأعضاء إلى الإسهام في صندوق التضامن. ",
    "The council of ministers held its regular meeting in Jeddah and discussed the draft on schools, clinics and water, and asked the member states to give to the fund. ",
];
const HEADLINE: [&str; 2] =
    ["المجلس الوزاري يعتمد مشروع القرار رقم", "The council of ministers adopts draft resolution number"];

/// A theme: its name, how an article stands in it, and how one item of a listing does.
pub struct Theme {
    pub name: &'static str,
    article: &'static str,
    item: &'static str,
}

pub const THEMES: [Theme; 3] = [
    Theme {
        name: "sahifa",
        article: "<article class='post-listing post'><div class=post-inner><h1 class='name post-title entry-title'>{title}</h1>\
                  <p class=post-meta><span class=tie-date>{date}</span></p><div class=entry>{text}<div class=share-post><ul>{share}</ul></div>\
                  <section id=related_posts><div class=block-head><h3>{related}</h3></div>{others}</section></div></div></article>",
        item: "<article class='item-list'><h2 class=post-box-title><a href='/news/{n}/'>{title}</a></h2><p class=post-meta>\
               <span class=tie-date>{date}</span></p><div class=post-thumbnail><a href='/news/{n}/'><img src='/i/{n}.jpg'></a></div>\
               <div class=entry><p>{excerpt}</p><a class=more-link href='/news/{n}/'>{more}</a></div></article>",
    },
    Theme {
        name: "jnews",
        article: "<div class=jeg_inner_content><div class=entry-header><h1 class=jeg_post_title>{title}</h1><div class=jeg_meta_date>\
                  <a href='#'>{date}</a></div></div><div class='jeg_share_top_container'><ul>{share}</ul></div><div class='entry-content'>\
                  <div class=content-inner>{text}<div class=jnews_inline_related_post><h3>{related}</h3>{others}</div>{text}</div></div></div>",
        item: "<article class='jeg_post jeg_pl_md_2'><div class=jeg_thumb><a href='/news/{n}/'><img data-src='/i/{n}.jpg'></a></div>\
               <div class=jeg_postblock_content><h3 class=jeg_post_title><a href='/news/{n}/'>{title}</a></h3><div class=jeg_post_meta>\
               <div class=jeg_meta_date><a href='/news/{n}/'>{date}</a></div></div><div class=jeg_post_excerpt><p>{excerpt}</p></div></div></article>",
    },
    Theme {
        name: "tagdiv",
        article: "<div class='td-post-header'><header class=td-post-title><h1 class=entry-title>{title}</h1><time class='entry-date' \
                  datetime='2025-11-21T07:15:00+00:00'>{date}</time></header></div><div class='td-post-content tagdiv-type'>{text}</div>\
                  <footer><div class=td-post-sharing><ul>{share}</ul></div><div class='td_block_related_posts'><h4>{related}</h4>{others}</div></footer>",
        item: "<div class='td_module_10 td_module_wrap'><div class=td-module-thumb><a href='/news/{n}/'><img src='/i/{n}.jpg'></a></div>\
               <div class=item-details><h3 class='entry-title td-module-title'><a href='/news/{n}/'>{title}</a></h3><div class=td-module-meta-info>\
               <time class='entry-date' datetime='2025-11-{day}T07:15:00+00:00'>{date}</time></div><div class=td-excerpt>{excerpt}</div></div></div>",
    },
];

impl Theme {
    /// A page of one article, some hundred kilobytes of it script and menu as on real sites.
    pub fn article(&self, arabic: bool) -> String {
        let text: String =
            (0..14).map(|n| format!("<p>{}{n}. {}</p>\n", phrase(TEXT, arabic), phrase(TEXT, arabic))).collect();
        let others: String = (0..8).map(|n| self.item(n, arabic)).collect();
        let share =
            "<li><a href='https://social.example.org/share'><i class=fa></i><span>Share</span></a></li>".repeat(8);
        let related = if arabic { "مقالات ذات صلة" } else { "Related articles" };
        let body = self.article.replace("{text}", &text).replace("{others}", &others).replace("{share}", &share);
        framed(&filled(&body.replace("{related}", related), 7, arabic), arabic)
    }

    /// A page that lists so many items between menu, sidebar and footer.
    pub fn listing(&self, items: usize, arabic: bool) -> String {
        let items: String = (0..items).map(|n| self.item(n, arabic)).collect();
        framed(
            &format!(
                "<h1 class=page-title>{}</h1><div class=listing>{items}</div>",
                if arabic { "أخبار" } else { "News" }
            ),
            arabic,
        )
    }

    fn item(&self, n: usize, arabic: bool) -> String {
        filled(self.item, n, arabic)
    }
}

fn phrase(of: [&'static str; 2], arabic: bool) -> &'static str {
    of[usize::from(!arabic)]
}

fn filled(template: &str, n: usize, arabic: bool) -> String {
    let day = 1 + n % 20;
    let date = if arabic { format!("{day} نوفمبر، 2025") } else { format!("November {day}, 2025") };
    template
        .replace("{n}", &format!("{}", 10_000 + n))
        .replace("{title}", &format!("{} {n}", phrase(HEADLINE, arabic)))
        .replace("{date}", &date)
        .replace("{day}", &format!("{day:02}"))
        .replace("{excerpt}", phrase(TEXT, arabic))
        .replace("{more}", if arabic { "أكمل القراءة »" } else { "Read more" })
}

/// What stands round the content of a page: head, menus, a ticker, a sidebar, a footer.
fn framed(main: &str, arabic: bool) -> String {
    let (lang, dir) = if arabic { ("ar", "rtl") } else { ("en", "ltr") };
    let menu: String = (0..60)
        .map(|n| {
            format!(
                "<li id=menu-item-{n} class='menu-item menu-item-type-taxonomy'><a href='/category/{n}/'>{n}</a></li>"
            )
        })
        .collect();
    let popular: String =
        (0..15).map(|n| format!("<li><a href='/old/{n}/'>{} {n}</a></li>", phrase(HEADLINE, arabic))).collect();
    let script =
        "<script>window.widgets = window.widgets || []; widgets.push({ id: 7, html: '<div>' });</script>".repeat(150);
    let style = "<style>.widget-area .block{margin:0 auto;padding:4px}</style>".repeat(200);
    let title = phrase(HEADLINE, arabic);
    format!(
        "<!DOCTYPE html><html lang={lang} dir={dir}><head><meta charset=utf-8><title>{title} 7 | N</title>{style}\
         <meta property='og:title' content='{title} 7'><meta property='article:published_time' content='2025-11-21T07:15:00+00:00'>\
         <script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"headline\":\"{title} 7\",\"datePublished\":\"2025-11-21T07:15:00+00:00\"}}</script>\
         </head><body class=home><header><nav><ul>{menu}</ul></nav><div class=breaking-news><ul>{popular}</ul></div></header>{script}\
         <div id=main-content><div class=content>{main}</div><aside class=sidebar><div class=widget><h4>+</h4><ul>{popular}</ul></div></aside></div>\
         <footer><ul>{menu}</ul></footer>{script}</body></html>"
    )
}
