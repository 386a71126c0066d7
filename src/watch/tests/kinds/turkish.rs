//! Kinds of Turkish word forms.

use super::check;

#[test]
fn a_final_consonant_softens_only_where_turkish_does() {
    check(
        "tr",
        &[
            ("kitap", "yeni kitabı çıktı"),
            ("çocuk", "bir çocuğun sesi"),
            ("grup", "silahlı grubun üyeleri"),
            ("kent", "kentin merkezinde"),
            ("konut", "konuta zam geldi"),
            ("yurt", "yurdun dört yanında"),
            ("kanat", "uçağın kanadında"),
            ("renk", "bayrağın rengi"),
            ("hesap", "banka hesabına yatırıldı"),
            ("şehit", "şehidin ailesi"),
            ("evlat", "evladını kaybetti"),
            ("mektup", "açık mektubunda"),
            ("tehdit", "güvenlik tehdidi"),
            ("adet", "bin adedi teslim edildi"),
            ("ahenk", "toplumun ahengi bozuldu"),
            ("borç", "dış borcun faizi"),
        ],
        &[
            ("kent", "kendi ülkesine döndü"),
            ("konut", "bu konuda anlaştık"),
            ("sevk", "halkın sevgi gösterisi"),
            ("York", "işçiler yorgun düştü"),
            ("yat", "ağır yada hafif"),
            ("maç", "bu maca koştu, maşallah"),
            ("sert", "tehlikeli serde"),
            ("kart", "karda mahsur kaldı"),
            ("park", "köşede pargın"),
            ("at", "adı geçen"),
            ("top", "tobu"),
        ],
    );
}

#[test]
fn a_name_keeps_its_letters() {
    check(
        "tr",
        &[
            ("Arap", "Arap ülkeleri"),
            ("Arap", "Arap'ın evi"),
            ("Emir", "Emir'in ziyareti"),
            ("Zeynep", "Zeynep'in sözleri"),
            ("Mehmet", "Mehmet'e verildi"),
            ("Irak", "Irak'a gitti"),
            ("Filistin", "Filistinde yaşam"),
        ],
        &[
            ("Arap", "yolda bir araba yandı"),
            ("Emir", "Emre açıklama yaptı"),
            ("Ahmet", "Ahmedi cemaati"),
            ("Sinop", "Sinoba"),
            ("Recep", "recebi"),
            ("Metin", "Metne eklendi"),
        ],
    );
}

#[test]
fn some_nouns_lose_their_last_vowel() {
    check(
        "tr",
        &[
            ("izin", "geçiş izni verildi"),
            ("resim", "çocuğun resmi asıldı"),
            ("seyir", "maçın seyri değişti"),
            ("hapis", "on yıl hapse mahkum"),
            ("fikir", "fikrimizi söyledik"),
            ("özür", "özrü kabul edildi"),
            ("kayıt", "yeni kaydını yaptırdı"),
            ("nakit", "nakdi yardım"),
            ("hacim", "ticaret hacmi arttı"),
            ("şahıs", "iki şahsın kimliği"),
            ("lütuf", "bir lütfu"),
            ("izin", "izinler iptal"),
        ],
        &[
            ("deniz", "denzi"),
            ("bakır", "bakrı"),
            ("sınır", "sınrı"),
            ("izin", "iznik gölü"),
            ("Kadir", "kadro açıklandı"),
            ("demir", "demri"),
        ],
    );
}

#[test]
fn possessives_of_the_first_and_second_person_match() {
    check(
        "tr",
        &[
            ("ülke", "benim güzel ülkem"),
            ("ülke", "ülkenizin geleceği"),
            ("halk", "halkınızın iradesi"),
            ("devlet", "devletinize saygı"),
            ("aile", "ailemden uzak"),
            ("bölge", "bölgemizdeki gelişmeler"),
            ("karar", "kararınızı bekliyoruz"),
            ("mesaj", "mesajlarınızda"),
            ("ülke", "ülkelerimizin dostluğu"),
        ],
        &[
            ("ada", "o adam geldi"),
            ("kale", "bir kalem aldı"),
            ("yapı", "yapım şirketi"),
            ("tanı", "yeni tanım"),
            ("sayı", "nüfus sayımı"),
            ("de", "denizin dibi"),
        ],
    );
}

#[test]
fn the_copula_matches() {
    check(
        "tr",
        &[
            ("parti", "biz büyük bir partiyiz"),
            ("düzey", "en üst düzeydedir"),
            ("avukat", "babası avukattı"),
            ("sorun", "bu küresel bir sorundur"),
            ("ülke", "güçlü bir ülkeyiz"),
            ("bakan", "eski bakandı"),
            ("başkent", "Ankara başkenttir"),
            ("gündem", "konu gündemdeydi"),
            ("öğretmen", "hepimiz öğretmeniz"),
        ],
        &[
            ("yaz", "mektup yazdı"),
            ("kır", "camı kırdı"),
            ("kaz", "maçı kazdı"),
            ("art", "fiyat arttı"),
            ("savaş", "cephede savaştı"),
            ("yarış", "atletler yarıştı"),
            ("ben", "yüzünde beniz"),
        ],
    );
}

#[test]
fn suffixes_agree_with_the_vowels() {
    check(
        "tr",
        &[
            ("saat", "kol saati"),
            ("kontrol", "sınır kontrolü"),
            ("kalp", "sporcunun kalbi durdu"),
            ("petrol", "petrolün fiyatı"),
            ("dikkat", "dikkatini çekti"),
            ("harf", "ilk harfi"),
            ("rol", "arabulucu rolü"),
            ("mart", "martın sonunda"),
            ("hal", "bu halin devamı"),
            ("festival", "festivale katıldı"),
            ("adet", "adetleri"),
        ],
        &[
            ("adet", "adeta yıkıldı"),
            ("mart", "Martin konuştu"),
            ("kol", "bir koli yardım"),
            ("kart", "kartel üyeleri"),
            ("bal", "Bali adası"),
            ("mal", "mali tablolar"),
            ("millet", "milletlar"),
            ("kal", "kale arkası"),
        ],
    );
}

#[test]
fn a_borrowed_noun_in_a_is_not_a_dative() {
    check(
        "tr",
        &[
            ("banka", "bankanın müdürü"),
            ("bankası", "Merkez Bankası"),
            ("mark", "markı bozdurdu"),
            ("marka", "markanın değeri"),
            ("not", "notlar açıklandı"),
            ("hat", "demir yolu hattı"),
            ("park", "parka gitti"),
            ("form", "formu doldurun"),
        ],
        &[
            ("Bank", "banka şubesi"),
            ("mark", "ünlü marka"),
            ("not", "nota verildi"),
            ("kot", "ihracat kota"),
            ("kaz", "trafik kaza"),
            ("hat", "hata yaptı"),
            ("form", "yeni forma"),
            ("post", "posta kutusu"),
            ("kir", "ev kira"),
        ],
    );
}

#[test]
fn the_suffix_ki_matches() {
    check(
        "tr",
        &[
            ("bölge", "bölgedekilerin talebi"),
            ("hafta", "geçen haftaki toplantı"),
            ("yıl", "bu yılki bütçe"),
            ("dün", "dünkü açıklama"),
            ("Ankara", "Ankara'dakiler"),
            ("ülke", "ülkemizdeki durum"),
            ("zirve", "zirvedeki liderler"),
            ("şirket", "şirketinki"),
        ],
        &[
            ("bel", "belki gelir"),
            ("tep", "sert tepki"),
            ("et", "etki alanı"),
            ("til", "kurnaz tilki"),
            ("san", "sanki yokmuş"),
            ("bit", "bitki örtüsü"),
        ],
    );
}
