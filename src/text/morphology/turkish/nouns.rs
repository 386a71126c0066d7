//! Lists Turkish nouns whose stem or ending the rules alone would misread. All are folded.

/// Nouns in t that soften it before a vowel; other nouns keep it (kent, kenti).
#[rustfmt::skip]
pub(super) const SOFT_T: &[&str] = &[
    "kanat", "kurt", "yurt", "dort", "kagit", "umut", "bulut", "gecit", "yigit", "armut", "sogut", "ogut", "kilit",
    "tehdit", "cilt", "umit", "senet", "maksat", "murat", "metot", "icat", "inat", "feryat", "imdat", "mabet",
    "mescit", "cihat", "vucut", "mevcut", "hudut", "sehit", "tecrit", "taahhut", "tereddut", "ebat", "cellat",
    "evlat", "itimat", "serhat", "fert", "dert", "mert", "yogurt", "bant", "bent", "adet", "mehmet", "itikat",
    "istinat", "vaat", "sabit", "mucahit", "murit", "akit", "standart", "kasit", "ecdat", "irat", "cesit", "suret",
    "memnut", "mahdut", "mesut", "tezat", "fesat", "mahsut", "mevlit", "nakit", "zabit", "tahdit", "teyit", "tespit",
    "takit", "taklit", "tenkit", "tehcit", "tecdit", "temdit",
];

/// Nouns of one syllable in p and k that soften it.
pub(super) const SOFT_SHORT: &[&str] = &["grup", "kalp", "harp", "darp", "cep", "dip", "kap", "gok", "cok"];

/// Nouns of one syllable in a vowel and ç that soften it.
pub(super) const SOFT_C: &[&str] = &["guc", "uc", "tac", "hac"];

/// Nouns that lose their last vowel before a suffix that begins with one.
#[rustfmt::skip]
pub(super) const VOWEL_DROPPING: &[&str] = &[
    "sehir", "nehir", "fikir", "emir", "sekil", "akil", "metin", "kisim", "omur", "vakit", "hukum", "isim", "cisim",
    "ogul", "omuz", "zehir", "nesil", "sabir", "asir", "devir", "kesif", "beyin", "vakif", "hapis", "kavim", "nakil",
    "zihin", "zulum", "boyun", "burun", "agiz", "izin", "resim", "seyir", "karin", "alin", "gogus", "gonul", "hacim",
    "hasim", "curum", "ilim", "kibir", "lutuf", "muhur", "nabiz", "nutuk", "rahim", "sihir", "tavir", "vasif",
    "zikir", "kahir", "kabir", "kesir", "meyil", "nefis", "ozur", "sukur", "ufuk", "cebir", "fetih", "fikih",
    "haciz", "hayir", "keyif", "sahis", "bahis", "ehil", "kavis", "defin", "nakis", "genis", "beniz", "kasif",
];

/// Nouns that lose their last vowel and soften the consonant after it: kayıt is kayd-.
pub(super) const SOFT_DROPPING: &[&str] = &["kayit", "kayip", "kutup", "nakit", "akit", "ahit", "ayip"];

/// Nouns that double their last consonant before a vowel: hattı, hakkı.
pub(super) const DOUBLING: &[&str] = &["hat", "hak", "his", "sir", "af", "hac", "zam", "zan", "had"];

/// Nouns with a back vowel that take suffixes with front vowels, and do not end in l or at in two syllables.
pub(super) const FRONT: &[&str] = &["kalp", "harp", "harf", "hal", "rol", "gol", "vaat", "saat", "istirak", "idrak"];

/// Words that look like a noun and a suffix: maliye is the ministry of finance and not Mali, banka a bank, belki
/// perhaps.
#[rustfmt::skip]
pub(super) const OWN_WORDS: &[&str] = &[
    "benim", "benin", "dini", "dinle", "yemeni", "cini", "kanada", "ordan", "birden", "bizden", "banka", "marka",
    "nota", "kota", "rota", "drama", "forma", "norma", "posta", "kaza", "hata", "kira", "sira", "arka", "yara",
    "kara", "kale", "kasa", "masa", "para", "bana", "sana", "buna", "suna", "fabrika", "sari", "kapi", "tani", "dizi",
    "belki", "tepki", "etki", "bitki", "tilki", "sanki", "katki", "baski", "turki", "yasa", "kura", "pasta",
];

/// Words that look like a vowel and a possessive m, with every suffix of their own: adam is a man and not "my island".
pub(super) const OWN_STEMS: &[&str] =
    &["adam", "kalem", "maliye", "donem", "islem", "onlem", "eylem", "yontem", "devam"];

/// Nouns of two syllables whose letters are a verb too: çıkardı is "took out".
pub(super) const VERBS: &[&str] = &["cikar", "guven", "karar", "inan", "kapan", "dokun", "yasan"];
