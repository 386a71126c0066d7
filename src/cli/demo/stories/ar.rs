//! The news in Arabic.

use super::super::plan::{ExpectedOutcome, PlannedItem};

/// The agency's wire and the newspaper's category page.
pub(crate) const PIECES: &[PlannedItem] = &[
    PlannedItem {
        slug: "jadwal",
        outlet: "anba-ar",
        second: 0,
        title: "الأمانة العامة لمنظمة التعاون الإسلامي تعلن جدول اجتماعاتها للشهر المقبل",
        text: "أعلنت الأمانة العامة جدول اجتماعاتها للشهر المقبل، ويضم أحد عشر اجتماعاً فنياً وورشتي عمل.",
        role: ExpectedOutcome::Before,
    },
    PlannedItem {
        slug: "tall",
        outlet: "anba-ar",
        second: 0,
        title: "ميناء الساحل يستقبل أول رحلة للعبّارات الكهربائية",
        text: "استقبل ميناء الساحل صباح اليوم أول رحلة تجريبية للعبّارات الكهربائية، وعلى متنها مئة راكب.",
        role: ExpectedOutcome::Before,
    },
    PlannedItem {
        slug: "dawra-istithnaiyya",
        outlet: "anba-ar",
        second: 2,
        title: "مجلس وزراء خارجية دول منظمة التعاون الإسلامي يعقد دورة استثنائية بشأن غزة",
        text: "جدة – عُقدت في مقر الأمانة العامة دورة استثنائية لمجلس وزراء الخارجية خُصصت لبحث الأوضاع الإنسانية في قطاع غزة، بمشاركة وفود من الدول الأعضاء وممثلين عن وكالات الإغاثة.\n\
               ودعا المشاركون إلى فتح المعابر أمام قوافل المساعدات بصورة منتظمة، وإلى تزويد المستشفيات الميدانية بالوقود والدواء، واتفقوا على تشكيل فريق متابعة يرفع تقاريره إلى المجلس كل أسبوعين.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "amn-ghithai",
        outlet: "anba-ar",
        second: 6,
        title: "الأمين العام لمنظمة التعاون الإسلامي يستقبل وفداً من خبراء الأمن الغذائي",
        text: "استقبل الأمين العام لمنظمة التعاون الإسلامي في مكتبه بجدة وفداً من خبراء الأمن الغذائي في الدول الأعضاء، وبحث معهم سبل إنشاء مخزون احتياطي مشترك من الحبوب.\n\
               وقدّم الوفد دراسة أولية عن كلفة التخزين والنقل في أربع مناطق جغرافية، على أن تُعرض نتائجها النهائية على الاجتماع الوزاري المعني بالزراعة في الربيع المقبل.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "iqtisadi",
        outlet: "anba-ar",
        second: 8,
        title: "منظمة التعاون الاقتصادي تنظّم ملتقى لخبراء السياحة الجبلية",
        text: "ينظّم خبراء السياحة ملتقى عن الطرق الجبلية القديمة وسبل حمايتها، ويستمر ثلاثة أيام بمشاركة أدلاء محليين وشركات صغيرة.",
        role: ExpectedOutcome::Other,
    },
    PlannedItem {
        slug: "khitat-kawarith",
        outlet: "anba-ar",
        second: 14,
        title: "الأمم المتحدة ومنظمة التعاون الإسلامي توقّعان خطة عمل مشتركة للاستجابة للكوارث",
        text: "وقّع ممثلو الجانبين خطة عمل تمتد ثلاث سنوات، تشمل تدريب فرق الإنقاذ وتبادل خرائط المخاطر وإنشاء سجل موحد للمتطوعين.\n\
               وتبدأ المرحلة الأولى في المناطق المعرّضة للفيضانات، على أن تُقيَّم نتائجها في اجتماع يُعقد بعد ستة أشهر.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "nashra-412",
        outlet: "anba-ar",
        second: 20,
        title: "النشرة الأسبوعية، العدد ٤١٢: خبراء المياه بمنظمة التعاون الإسلامي يناقشون إدارة الأحواض المشتركة",
        text: "الثلاثاء ٣ نوفمبر ٢٠٢٦\n\
               ناقش خبراء المياه يوم الثلاثاء 3 نوفمبر 2026 مشروع دليل فني لإدارة الأحواض المشتركة، وأوصوا بتوحيد طرق القياس بين محطات الرصد.\n\
               وتضم النشرة في عددها رقم 412 ملخصاً للتوصيات الاثنتي عشرة، ومواعيد الجلسات المقبلة في ١٠ و١٧ نوفمبر.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "nadwa-raqmiyya",
        outlet: "category-ar",
        second: 0,
        title: "ندوة عن حفظ المخطوطات في عصر الرقمنة",
        text: "اختتمت ندوة حفظ المخطوطات أعمالها بعرض تجارب خمس مكتبات في التصوير الرقمي والفهرسة المشتركة.",
        role: ExpectedOutcome::Before,
    },
    PlannedItem {
        slug: "taqa-shamsiyya",
        outlet: "category-ar",
        second: 4,
        title: "البنك الإسلامي للتنمية يموّل محطات للطاقة الشمسية في ثلاث دول أعضاء بمنظمة التعاون الإسلامي",
        text: "يشمل التمويل إنشاء محطات صغيرة تخدم القرى البعيدة عن الشبكة، وتدريب فنيين محليين على تشغيلها وصيانتها، ومن المقرر أن تعمل أولى المحطات قبل نهاية العام المقبل بحسب بيان صدر اليوم.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "bitulat-nashiin",
        outlet: "category-ar",
        second: 8,
        title: "انطلاق بطولة كرة القدم للناشئين على ملاعب الساحل",
        text: "انطلقت البطولة بمشاركة اثني عشر فريقاً، وتستمر أسبوعين، وتُقام مبارياتها مساء كل يوم على ثلاثة ملاعب.",
        role: ExpectedOutcome::Other,
    },
    PlannedItem {
        slug: "comstech-minah",
        outlet: "category-ar",
        second: 12,
        title: "كومستيك تفتح باب التقديم لمنح الباحثات الشابات",
        text: "فتحت اللجنة الدائمة للتعاون العلمي والتكنولوجي التابعة لمنظمة التعاون الإسلامي باب التقديم لمنح بحثية مخصصة للباحثات الشابات في علوم البحار والصحة العامة، ويُغلق باب التقديم في نهاية الشهر.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "maktabat-quds",
        outlet: "category-ar",
        second: 18,
        title: "حملة أهلية لترميم مكتبات البلدة القديمة تعود للقدس بعد توقف عامين",
        text: "تستأنف الحملة عملها بفريق من المرممين المتطوعين، وتبدأ بجرد المخطوطات المتضررة من الرطوبة ثم تجليدها وتصويرها، وتدعو أصحاب المكتبات الخاصة إلى الانضمام إليها.",
        role: ExpectedOutcome::Alerts,
    },
];

/// The aggregator: what others wrote, under its own addresses.
pub(crate) const COPIES: &[PlannedItem] = &[
    PlannedItem {
        slug: "p-1000",
        outlet: "aggregator-ar",
        second: 0,
        title: "مواعيد القطارات الليلية تتغير ابتداء من الأحد",
        text: "تتغير مواعيد القطارات الليلية على الخط الساحلي ابتداء من يوم الأحد، وتُنشر الجداول الجديدة في المحطات.",
        role: ExpectedOutcome::Before,
    },
    PlannedItem {
        slug: "p-1001",
        outlet: "aggregator-ar",
        second: 8,
        title: "",
        text: "",
        role: ExpectedOutcome::Reprint("dawra-istithnaiyya"),
    },
];
