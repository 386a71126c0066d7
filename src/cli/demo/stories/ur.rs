//! The news in Urdu.

use super::super::plan::{ExpectedOutcome, PlannedItem};

/// The newspaper's feed.
pub(crate) const PIECES: &[PlannedItem] = &[
    PlannedItem {
        slug: "kitab-mela",
        outlet: "akhbar-ur",
        second: 0,
        title: "بندرگاہ کے علاقے میں تین روزہ کتاب میلہ ختم ہو گیا",
        text: "میلے میں ساٹھ سے زائد ناشرین نے حصہ لیا اور بچوں کے لیے خصوصی نشستیں رکھی گئیں۔",
        role: ExpectedOutcome::Before,
    },
    PlannedItem {
        slug: "imdad-ghaza",
        outlet: "akhbar-ur",
        second: 6,
        title: "اسلامی تعاون تنظیم کا غزہ میں انسانی امداد بڑھانے پر زور",
        text: "اسلامی تعاون تنظیم نے ایک بیان میں کہا ہے کہ غزہ میں ہسپتالوں کو ایندھن اور ادویات کی مسلسل فراہمی یقینی بنائی جائے۔\n\
               بیان کے مطابق رکن ممالک امدادی قافلوں کے لیے ایک مشترکہ رابطہ دفتر قائم کریں گے جو ہر دو ہفتے بعد اپنی رپورٹ پیش کرے گا۔",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "tanzeem-e-nau",
        outlet: "akhbar-ur",
        second: 10,
        title: "شہری ٹرانسپورٹ کے محکمے کی تنظیمِ نو کا فیصلہ",
        text: "محکمے نے نئے راستوں اور برقی بسوں کے لیے الگ شعبہ قائم کرنے کا اعلان کیا ہے، جس پر اگلے ماہ سے کام شروع ہوگا۔",
        role: ExpectedOutcome::Other,
    },
    PlannedItem {
        slug: "secretary-general-ur",
        outlet: "akhbar-ur",
        second: 14,
        title: "او آئی سی کے سیکرٹری جنرل کی زیر صدارت رابطہ گروپ کا اجلاس",
        text: "جدہ میں ہونے والے اجلاس میں اسلامی ممالک کے نمائندوں نے تعلیم اور صحت کے مشترکہ منصوبوں کا جائزہ لیا۔\n\
               شرکاء نے اتفاق کیا کہ آئندہ اجلاس میں منصوبوں کے اخراجات اور مدت کی تفصیل پیش کی جائے گی۔",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "taraqqiati-bank",
        outlet: "akhbar-ur",
        second: 24,
        title: "اسلامی ترقیاتی بینک کی جانب سے اسلامی تعاون تنظیم کے رکن ممالک کے لیے پانی کے منصوبے",
        text: "بینک کے مطابق ان منصوبوں سے دیہی علاقوں میں پینے کے صاف پانی کی فراہمی بہتر ہوگی اور مقامی انجینئروں کو تربیت دی جائے گی۔",
        role: ExpectedOutcome::Alerts,
    },
];
