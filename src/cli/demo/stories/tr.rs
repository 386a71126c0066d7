//! The news in Turkish, with suffixes after an apostrophe and without one.

use super::super::plan::{ExpectedOutcome, PlannedItem};

/// The news site's feed.
pub(crate) const PIECES: &[PlannedItem] = &[
    PlannedItem {
        slug: "vapur",
        outlet: "haber-tr",
        second: 0,
        title: "Körfezde vapur seferleri kış tarifesine geçiyor",
        text: "Yeni tarifede sabah saatlerine iki sefer eklendi; akşam seferleri yarım saat öne alındı.",
        role: ExpectedOutcome::Before,
    },
    PlannedItem {
        slug: "kudus-toplantisi",
        outlet: "haber-tr",
        second: 2,
        title: "İslam İşbirliği Teşkilatı'nın Kudüs toplantısı İstanbul'da başladı",
        text: "Üye ülkelerden gelen heyetler, iki gün sürecek toplantıda Kudüs'teki okul ve hastanelerin ihtiyaçlarını görüşüyor.\n\
               Açılış oturumunda, eğitim bursları için ortak bir fon kurulması ve çalışmaların altı ayda bir gözden geçirilmesi önerildi.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "ekonomik",
        outlet: "haber-tr",
        second: 12,
        title: "Ekonomik İşbirliği Teşkilatı demiryolu çalıştayı düzenliyor",
        text: "Çalıştayda yük trenlerinin sınır geçişlerinde bekleme sürelerini kısaltacak yeni bir elektronik belge tanıtılacak.",
        role: ExpectedOutcome::Other,
    },
    PlannedItem {
        slug: "gazze-cagrisi",
        outlet: "haber-tr",
        second: 18,
        title: "İİT'den Gazze'ye kesintisiz insani yardım çağrısı",
        text: "İslam ülkelerinin temsilcileri, yardım konvoylarının düzenli geçişi için ortak bir takvim hazırlanmasını istedi.\n\
               Açıklamada sahra hastanelerine yakıt ve ilaç desteğinin sürdürüleceği, sonuçların iki haftada bir duyurulacağı belirtildi.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "kadin-istihdami",
        outlet: "haber-tr",
        second: 24,
        title: "Kadın istihdamı raporu İslam İşbirliği Teşkilatına üye ülkelerin bakanlarına sunuldu",
        text: "Raporda kreş desteği, uzaktan çalışma ve meslek eğitimi başlıklarında on öneri yer alıyor; taslak bahar toplantısında oylanacak.",
        role: ExpectedOutcome::Alerts,
    },
];
