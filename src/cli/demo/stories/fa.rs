//! The news in Persian, in the spellings that Persian sites mix: both forms of yeh and kaf, with and without the
//! zero-width non-joiner.

use super::super::plan::{ExpectedOutcome, PlannedItem};

/// The agency's Atom feed and the topic page.
pub(crate) const PIECES: &[PlannedItem] = &[
    PlannedItem {
        slug: "jadval-fa",
        outlet: "khabar-fa",
        second: 0,
        title: "دبیرخانه سازمان همکاری اسلامی فراخوان عکس خود را تمدید کرد",
        text: "مهلت ارسال آثار به این فراخوان تا پایان ماه آینده تمدید شد.",
        role: ExpectedOutcome::Before,
    },
    PlannedItem {
        slug: "komak-resani",
        outlet: "khabar-fa",
        second: 4,
        title: "دبیرکل سازمان همکاری اسلامی بر ادامهٔ کمک‌رسانی به غزه تأکید کرد",
        text: "دبیرکل در گفت‌وگو با خبرنگاران گفت کاروان‌های امدادی باید بدون وقفه به بیمارستان‌ها و مراکز اسکان برسند.\n\
               به گفتهٔ وی، کشورهای عضو سازوکاری مشترک برای تأمین سوخت و دارو پیش‌بینی کرده‌اند و گزارش پیشرفت کار هر دو هفته یک بار منتشر می‌شود.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "shanghai",
        outlet: "khabar-fa",
        second: 10,
        title: "سازمان همکاری شانگهای کارگاهی دربارهٔ ایمنی راه‌ها برگزار می‌کند",
        text: "در این کارگاه سه‌روزه کارشناسان راه‌داری تجربه‌های خود را دربارهٔ نگهداری پل‌ها و تونل‌ها با یکدیگر در میان می‌گذارند.",
        role: ExpectedOutcome::Other,
    },
    PlannedItem {
        slug: "behdasht",
        outlet: "khabar-fa",
        second: 16,
        title: "نشست كارشناسان بهداشت سازمان همكاري اسلامي در تهران برگزار مي‌شود",
        text: "كارشناسان بهداشت در این نشست دربارهٔ تولید مشترک واكسن و آموزش پزشكان جوان گفت‌وگو مي‌كنند.\n\
               برگزاركنندگان گفته‌اند بیش از چهل پژوهشگر مقاله‌های خود را ارائه خواهند کرد و جمع‌بندی نشست به اجلاس وزیران فرستاده می‌شود.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "safar-0",
        outlet: "topic-fa",
        second: 0,
        title: "گزارشی از پنجاه سال فعالیت سازمان همکاری اسلامی",
        text: "این گزارش روند شکل‌گیری نهادهای تخصصی را در پنج دهه مرور می‌کند.",
        role: ExpectedOutcome::Before,
    },
    PlannedItem {
        slug: "olum",
        outlet: "topic-fa",
        second: 12,
        title: "وزیران علوم کشورهای عضو سازمان همکاری‌ اسلامی دربارهٔ تبادل دانشجو گفت‌وگو کردند",
        text: "وزیران علوم طرحی برای تبادل سالانهٔ هزار دانشجو و به‌رسمیت شناختن متقابل واحدهای درسی را بررسی کردند.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "zanan",
        outlet: "topic-fa",
        second: 22,
        title: "همایش زنان کارآفرین با همکاری سازمان توسعهٔ زنان سازمان همکاری اسلامی آغاز شد",
        text: "در این همایش بیش از دویست کارآفرین از کشورهای گوناگون محصولات و تجربه‌های خود را عرضه می‌کنند.",
        role: ExpectedOutcome::Alerts,
    },
];
