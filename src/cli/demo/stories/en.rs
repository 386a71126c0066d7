//! The news in English.

use super::super::plan::{ExpectedOutcome, PlannedItem};

/// The wire's JSON feed and the development press room.
pub(crate) const PIECES: &[PlannedItem] = &[
    PlannedItem {
        slug: "lighthouse",
        outlet: "wire-en",
        second: 0,
        title: "Old lighthouse to reopen as a museum of navigation",
        text: "The lighthouse will show charts, lamps and logbooks from two centuries of coastal trade.",
        role: ExpectedOutcome::Before,
    },
    PlannedItem {
        slug: "aid-corridor",
        outlet: "wire-en",
        second: 6,
        title: "OIC Secretary-General welcomes new aid corridor to Gaza",
        text: "The Secretary-General of the Organisation of Islamic Cooperation welcomed the opening of a corridor for food and medical supplies, and asked member states to keep it supplied through the winter.\n\
               A coordination office will publish the number of lorries every day.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "insurance",
        outlet: "wire-en",
        second: 14,
        title: "State insurance office opens consultation on flood policies",
        text: "The Office of the Insurance Commissioner (OIC) will hear home owners, brokers and engineers before it proposes new rules for flood policies in river towns.",
        role: ExpectedOutcome::Other,
    },
    PlannedItem {
        slug: "science-prize",
        outlet: "wire-en",
        second: 20,
        title: "Young scientists from the Organization of Islamic Cooperation present low-cost water sensors",
        text: "COMSTECH brought twelve teams together in Islamabad to show sensors that measure salt and nitrate in wells for the price of a bus ticket.\n\
               The designs will be published under an open licence.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "aid-corridor",
        outlet: "wire-en",
        second: 22,
        title: "OIC Secretary-General welcomes new aid corridor to Gaza",
        text: "The Secretary-General of the Organisation of Islamic Cooperation welcomed the opening of a corridor for food and medical supplies, and asked member states to keep it supplied through the winter.\n\
               A coordination office will publish the number of lorries every morning. The first list counted forty.",
        role: ExpectedOutcome::Revision,
    },
    PlannedItem {
        slug: "harvest",
        outlet: "bank-en",
        second: 0,
        title: "Harvest insurance pilot ends its second season",
        text: "The pilot covered nine thousand farms and paid out after the late frost in spring.",
        role: ExpectedOutcome::Before,
    },
    PlannedItem {
        slug: "rural-clinics",
        outlet: "bank-en",
        second: 18,
        title: "Islamic Development Bank approves financing for rural clinics in four OIC member countries",
        text: "The Islamic Development Bank will finance ninety rural clinics with solar power and cold storage for vaccines.\n\
               Work begins after the rainy season, and local builders will be trained on the sites.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "women-in-trade",
        outlet: "bank-en",
        second: 26,
        title: "Women traders of the Organisation of Islamic Cooperation agree on a shared export label",
        text: "Cooperatives from eleven countries will sell textiles and dried fruit under one label, with common tests and one catalogue.",
        role: ExpectedOutcome::Alerts,
    },
];
