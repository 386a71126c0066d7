//! Recognizes lines that end an article or begin something else: `إقرأ أيضاً`, `کلمات کلیدی`, `À lire aussi`.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::fold;

/// What a line announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineMarker {
    /// Links to other articles: related, similar, most read.
    Others,
    /// An invitation to follow the site on another platform; only this line.
    Promo,
    /// Keywords, tags, comments: this line, and everything after it near the end of a text.
    Tail,
    /// Share buttons and newsletters: this line, and everything after it if no text follows.
    Share,
    /// A subscription that the site asks for before it shows the rest: this line, and the box that it begins.
    Wall,
}

/// The longest line that is a marker by itself, in characters. Chosen by hand.
const MAX_LINE: usize = 70;
/// The longest line that is searched for a marker, in characters. Chosen by hand.
const MAX_SEARCHED: usize = 400;
/// The most words that may follow a marker of several words on its line. Chosen by hand.
const MAX_REST_WORDS: usize = 3;

/// Openings of lines that introduce other articles, folded.
static OTHERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    folded_all(
        "اقرا ايضا|اقرا المزيد|اقرا كذلك|إقرأ أيضا|اقرؤوا ايضا|اقراوا ايضا|قد يعجبك|قد يهمك|ربما يعجبك|\
         مقالات مشابهه|مقالات ذات صله|مواضيع مشابهه|مواضيع ذات صله|موضوعات متعلقه|موضوعات ذات صله|\
         مواضيع متعلقه|اخبار متعلقه|اخبار ذات صله|اخبار مشابهه|الاكثر قراءه|الاكثر مشاهده|طالع ايضا|\
         شاهد ايضا|لمزيد من الاخبار|المزيد من الاخبار|ذات صله|متعلقات|الاخبار المتعلقه|مواد ذات صله|\
         للمزيد|تابع ايضا|تابعوا ايضا|اخر الاخبار|احدث الاخبار|اخترنا لك|المقال السابق|المقال التالي|\
         الخبر السابق|الخبر التالي|بيشتر بخوانيد|بيشتر بدانيد|اخبار مرتبط|مطالب مرتبط|خبرهاي مرتبط|\
         همچنين بخوانيد|بخوانيد|مطالب مشابه|اخبار مشابه|پربازديد|پربيننده|مطالب پيشنهادي|اخبار پيشنهادي|\
         يه بهي پڑهيں|مزيد پڑهيں|متعلقه خبريں|مزيد خبريں|يه بھي پڑھيں|مزيد پڑھيں|ilgili haber|\
         ilgili haberler|ilginizi cekebilir|benzer haberler|diger haberler|bunlar da ilginizi|cok okunan|\
         en cok okunan|a lire aussi|lire aussi|a lire egalement|lire egalement|articles similaires|\
         articles lies|sur le meme sujet|voir aussi|les plus lus|a voir aussi|read also|also read|\
         read more|read next|related articles|related news|related stories|related posts|related topics|\
         related content|related|see also|more from|more stories|more on this|most read|most popular|\
         you may also like|you might also like|recommended for you|up next|editor's picks|don't miss|\
         trending|what to read next|recommended stories|recommended|lea tambien|leer tambien|\
         te puede interesar|noticias relacionadas|leia tambem|leggi anche|lesen sie auch|mehr zum thema|\
         das konnte sie auch interessieren|baca juga|lees ook|mas noticias|articulos relacionados|\
         ultime notizie|potrebbe interessarti",
    )
});

/// Openings of lines that end a text.
static TAIL: LazyLock<Vec<String>> = LazyLock::new(|| {
    folded_all(
        "كلمات دلاليه|كلمات مفتاحيه|الكلمات المفتاحيه|الكلمات الدلاليه|وسوم|الوسوم|هاشتاق|اترك تعليق|\
         اضف تعليق|التعليقات|تعليقات|كليدواژه|كليد واژه|برچسب|كلمات كليدي|انتهاي پيام|ارسال نظر|نظر شما|\
         ديدگاه|نظرات|ٹيگز|etiketler|anahtar kelimeler|yorumlar|yorum yap|mots cles|mots-cles|commentaires|\
         keywords|tags|tags:|leave a comment|leave a reply|comments|join the conversation|copyright|\
         all rights reserved|جميع الحقوق محفوظه|temas relacionados|etiquetas|post a comment|schlagworte|\
         kommentare|comentarios|commenti",
    )
});

/// Openings of lines that ask the reader to share the text or to follow the site.
static SHARE: LazyLock<Vec<String>> = LazyLock::new(|| {
    folded_all(
        "شارك الخبر|شارك المقال|شارك هذا|شارك علي|تابعونا علي|تابعنا علي|لمتابعه|partager cet article|\
         partager l'article|share this|share on|share article|share story|follow us on|sign up for|\
         subscribe to|artikel teilen|teilen auf|compartir|condividi|paylas|bagikan|اشتراك گذاري",
    )
});

/// Finds any part of a folded line that asks for a subscription before the rest is shown, in one search.
#[expect(clippy::expect_used, reason = "a proof: an alternation of escaped words")]
static ANY_WALL: LazyLock<Regex> = LazyLock::new(|| {
    let parts = folded_all(
        "reserved for subscribers|for subscribers only|subscribers only|exclusive to subscribers|\
         already a subscriber|already subscribed|subscribe to continue|subscribe to keep reading|\
         subscribe to read|subscribe now to|sign in to continue reading|log in to continue|\
         register to continue|to continue reading this|create a free account to|reserve aux abonnes|\
         reserves aux abonnes|deja abonne|abonnez-vous pour|nur fur abonnenten|\
         jetzt abonnieren|bereits abonnent|weiterlesen mit|exklusiv fur abonnenten|solo para suscriptores|\
         exclusivo para suscriptores|ya eres suscriptor|suscribete para|riservato agli abbonati|\
         sei gia abbonato|abbonati per|exclusivo para assinantes|ja e assinante|sadece aboneler|\
         aboneler icin|للمشتركين فقط|محتوي حصري للمشتركين|اشترك لمتابعه القراءه|سجل الدخول لمتابعه|\
         ويژه مشتركان|voor abonnees|al abonnee",
    );
    let parts: Vec<String> = parts.iter().map(|part| regex::escape(part)).collect();
    Regex::new(&parts.join("|")).expect("escaped words")
});

/// The longest line that asks for a subscription, in characters. Chosen by hand.
const MAX_WALL: usize = 120;

/// Headings of lists of the most read items, folded.
static MOST_READ: LazyLock<Vec<String>> = LazyLock::new(|| {
    folded_all(
        "الاكثر قراءه|الاكثر مشاهده|الاكثر تداولا|الاكثر زياره|پربازديد|پربيننده|پرمخاطب|cok okunan|en cok okunan|\
         les plus lus|les plus consultes|most read|most popular|most viewed|trending|popular posts|popular news",
    )
});

/// Headings of lists of the latest items of the whole site, folded.
static LATEST: LazyLock<Vec<String>> = LazyLock::new(|| {
    folded_all(
        "اخر الاخبار|احدث الاخبار|اخرين اخبار|اخرين خبرها|تازه ترين|جديدترين|تازه ترين خبرين|son haberler|\
         son dakika|son eklenen|latest|recent posts|recent news|dernieres nouvelles|dernieres actualites|derniers articles|\
         a la une",
    )
});

/// True for the heading of a list of the most read items.
#[must_use]
pub(crate) fn is_most_read(heading: &str) -> bool {
    heading.chars().count() <= MAX_LINE && begins_with_any(&folded(heading), &[&MOST_READ])
}

/// True for the heading of a list that covers the whole site: latest, most read, or related items.
#[must_use]
pub(crate) fn is_sitewide_heading(heading: &str) -> bool {
    heading.chars().count() <= MAX_LINE && begins_with_any(&folded(heading), &[&MOST_READ, &LATEST, &OTHERS])
}

fn begins_with_any(folded: &str, lists: &[&[String]]) -> bool {
    lists.iter().flat_map(|names| names.iter()).any(|name| folded.starts_with(name.as_str()))
}

/// The longest line that can be an invitation, in characters. Chosen by hand.
const MAX_PROMO: usize = 160;
/// The verbs of an invitation, folded.
static INVITATIONS: LazyLock<Vec<String>> = LazyLock::new(|| {
    folded_all(
        "تابعوا|تابعونا|تابعنا|تابع|اشترك|انضم|حمّل|عضو|دنبال|follow|join|subscribe|download|suivez|\
         takip|abone|rejoignez|पढ़ें|डाउनलोड|जुड़ें",
    )
});
/// The platforms of an invitation, folded.
static PLATFORMS: LazyLock<Vec<String>> = LazyLock::new(|| {
    folded_all(
        "google news|جوجل نيوز|غوغل نيوز|أخبار جوجل|واتساب|واتس آب|تيليجرام|تلغرام|تليجرام|تلگرام|\
         telegram|whatsapp|قناتنا|our app|تطبيق|ऐप|व्हाट्सएप",
    )
});

/// What a line announces; none for a line of the text.
///
/// ```
/// use marsad::parse::page::boilerplate_phrases::{LineMarker, marker};
/// assert_eq!(marker("Read also: the council met"), Some(LineMarker::Others));
/// assert_eq!(marker("The council met in May."), None);
/// ```
#[must_use]
pub fn marker(line: &str) -> Option<LineMarker> {
    if line.chars().count() > MAX_SEARCHED {
        return None;
    }
    let short = line.chars().count() <= MAX_LINE;
    let folded = folded(line);
    let begins = |names: &[String]| {
        names.iter().any(|name| folded.strip_prefix(name.as_str()).is_some_and(|rest| is_end(rest, short, name)))
    };
    let invites = || {
        let has = |names: &[String]| names.iter().any(|name| folded.contains(name.as_str()));
        line.chars().count() <= MAX_PROMO && has(&INVITATIONS) && has(&PLATFORMS)
    };
    let asks = || line.chars().count() <= MAX_WALL && ANY_WALL.is_match(&folded);
    if begins(&OTHERS) {
        Some(LineMarker::Others)
    } else if begins(&TAIL) {
        Some(LineMarker::Tail)
    } else if begins(&SHARE) {
        Some(LineMarker::Share)
    } else if asks() {
        Some(LineMarker::Wall)
    } else if invites() {
        Some(LineMarker::Promo)
    } else {
        None
    }
}

/// True if `rest` is what follows a marker: nothing or little on a short line, or the text after a colon.
fn is_end(rest: &str, short: bool, name: &str) -> bool {
    let bare = rest.trim_start_matches(|c: char| c.is_whitespace());
    let labelled = bare.starts_with([':', '：', '|', '-', '–', '»', '/', '…', '؛']);
    labelled
        || short
            && (bare.is_empty()
                || rest.starts_with([' ', '.', '!', '؟', '?'])
                    && name.contains(' ')
                    && bare.split(' ').count() <= MAX_REST_WORDS)
}

fn folded_all(names: &str) -> Vec<String> {
    names.split('|').map(folded).collect()
}

fn folded(line: &str) -> String {
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    fold::fold(line).split_whitespace().collect::<Vec<_>>().join(" ")
}
