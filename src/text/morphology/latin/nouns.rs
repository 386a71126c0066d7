//! Lists French and English nouns and endings that the rules alone would misread. All are folded.

/// Endings of French adjectives, and of nouns for persons, that take a mute e.
#[rustfmt::skip]
pub(super) const FEMININE: &[&str] = &[
    "al", "ol", "il", "ain", "ant", "ent", "int", "and", "ond", "aud", "ard", "ier", "ger", "cher", "ieur", "eur", "er",
    "ert", "ect", "act", "inct", "ait", "uit", "it", "iat", "et", "un", "an", "in",
];

/// Nouns of other endings for persons, with a feminine.
pub(super) const PERSONS: &[&str] =
    &["candidat", "avocat", "soldat", "magistrat", "laureat", "renegat", "delicat", "ingrat", "adequat", "idiot"];

/// Nouns with those endings whose form in e is another word: a capital city, medicine, or a verb.
#[rustfmt::skip]
pub(super) const OTHER_FEMININE: &[&str] = &[
    "capital", "signal", "canal", "profil", "journal", "medecin", "bassin", "vaccin", "dessin", "destin", "jardin",
    "chemin", "patin", "terrain", "regard", "retard", "hasard", "placard", "concert", "transfert", "desert",
    "respect", "contact", "impact", "aspect", "credit", "profit", "debit", "delit", "conduit", "exploit", "habit",
    "projet", "budget", "objet", "accident", "argent", "montant", "instant", "diamant", "volcan", "ocean", "commun",
    "fusil", "conseil", "travail", "appareil", "reveil", "danger", "sommeil", "courrier", "dossier", "papier",
    "quartier", "chantier", "atelier", "million", "declin", "festin", "butin", "satin", "cabinet", "secteur",
    "moteur", "valeur", "couleur", "chaleur", "douleur", "hauteur", "largeur", "longueur", "erreur", "terreur",
    "second", "plafond", "district", "verdict", "conflit", "circuit", "produit", "esprit", "appetit",
];

/// Given names that are a family name with an s.
#[rustfmt::skip]
pub(super) const NAMES: &[&str] = &[
    "steven", "stephen", "roger", "peter", "william", "edward", "richard", "robert", "philip", "phillip", "daniel",
    "michael", "andrew", "matthew", "simon", "jacob", "walter", "martin", "adam", "david", "evan", "owen", "john",
    "abram", "collin", "colin", "nichol", "benjamin", "samuel", "alan", "allen", "arnold", "harold", "hugh",
    "clement", "isaac", "joseph", "josh", "ken", "leon", "maxwell", "perkin", "hopkin", "watkin", "wilkin", "dawkin",
    "hawkin", "jenkin", "rick", "rob", "sam", "tim", "tom", "will", "jean", "jacque", "georg", "george", "charle",
    "gille", "yve", "hugue", "brook", "parson", "sander", "saunder", "roderick", "frederick", "gibbon", "simmon",
];
