//! The news in French, with its elisions.

use super::super::plan::{ExpectedOutcome, PlannedItem};

/// The newspaper's RDF feed.
pub(crate) const PIECES: &[PlannedItem] = &[
    PlannedItem {
        slug: "marche",
        outlet: "depeche-fr",
        second: 0,
        title: "Le marché couvert du vieux port rouvre après travaux",
        text: "Les commerçants retrouvent leurs étals après huit mois de travaux sur la toiture.",
        role: ExpectedOutcome::Before,
    },
    PlannedItem {
        slug: "sommet",
        outlet: "depeche-fr",
        second: 4,
        title: "L’Organisation de la coopération islamique prépare un sommet consacré à la jeunesse",
        text: "Réunis pendant deux jours, les hauts fonctionnaires des États membres ont examiné un projet de programme d’échanges entre universités.\n\
               Le texte prévoit mille bourses par an et sera soumis aux ministres au printemps.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "nuage",
        outlet: "depeche-fr",
        second: 10,
        title: "L’OCI, nouvelle offre d’hébergement en nuage, ouvre un centre de données dans la région",
        text: "L’hébergeur promet des serveurs refroidis à l’eau de mer et une cinquantaine d’emplois qualifiés d’ici deux ans.",
        role: ExpectedOutcome::Other,
    },
    PlannedItem {
        slug: "vaccins",
        outlet: "depeche-fr",
        second: 16,
        title: "Vaccins : les laboratoires des pays de l’OCI veulent produire ensemble",
        text: "À Djeddah, les responsables des laboratoires publics des pays islamiques ont adopté une feuille de route pour la production commune de vaccins.\n\
               Un premier lot d’essai est attendu dans dix-huit mois.",
        role: ExpectedOutcome::Alerts,
    },
    PlannedItem {
        slug: "microcredit",
        outlet: "depeche-fr",
        second: 26,
        title: "Microcrédit rural : l’Organisation de la coopération islamique soutient les coopératives de femmes",
        text: "Le fonds finance des séchoirs solaires et des moulins collectifs dans une soixantaine de villages du Sahel.",
        role: ExpectedOutcome::Alerts,
    },
];
