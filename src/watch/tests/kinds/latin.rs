//! Kinds of French and English word forms.

use super::check;

#[test]
fn a_feminine_that_is_another_word_does_not_match() {
    check(
        "fr",
        &[
            ("national", "l'assemblée nationale"),
            ("président", "la présidente élue"),
            ("candidat", "une candidate écologiste"),
            ("avocat", "son avocate a réagi"),
            ("américain", "une société américaine"),
            ("étranger", "la presse étrangère"),
            ("réfugié", "une réfugiée syrienne"),
            ("humanitaire", "des aides humanitaires"),
            ("important", "une décision importante"),
            ("expert", "une experte de l'ONU"),
            ("premier", "la première fois"),
            ("élu", "les élues locales"),
            ("général", "l'assemblée générale"),
            ("voisin", "la région voisine"),
        ],
        &[
            ("capital", "la capitale syrienne"),
            ("médecin", "la médecine d'urgence"),
            ("rapport", "il rapporte les faits à la presse"),
            ("profit", "cela profite à l'armée"),
            ("transport", "le navire transporte du blé"),
            ("document", "il documente les faits avérés"),
            ("regard", "elle regarde à l'est"),
            ("contact", "il contacte la préfecture"),
            ("dessin", "il dessine une région"),
            ("vaccin", "on vaccine les élèves"),
            ("signal", "le ministre signale un décès"),
            ("support", "elle supporte le blocus"),
            ("accord", "il accorde un délai"),
            ("respect", "il respecte la trêve"),
        ],
    );
}

#[test]
fn an_accented_e_is_no_mute_e() {
    check(
        "fr",
        &[
            ("accord", "des accords signés"),
            ("blessé", "deux blessées graves"),
            ("déporté", "une déportée"),
            ("rapport", "les rapports annuels"),
            ("engagé", "les engagées"),
            ("condamné", "elle est condamnée"),
        ],
        &[
            ("accord", "un délai accordé"),
            ("rapport", "les faits rapportés"),
            ("accident", "un terrain accidenté"),
            ("instrument", "un dossier instrumenté"),
            ("attent", "un geste attenté"),
            ("commandant", "un raid commandanté"),
            ("transport", "des civils transportés"),
        ],
    );
}

#[test]
fn a_name_does_not_match_the_name_in_s() {
    for lang in ["en", "fr"] {
        check(
            lang,
            &[
                ("Steven", "Steven arrived"),
                ("Palestinian", "the Palestinians"),
                ("Stevens", "Ambassador Stevens"),
                ("Muslim", "Muslims of the region"),
                ("minister", "two ministers"),
                ("William", "William of Orange"),
            ],
            &[
                ("Steven", "Ambassador Stevens spoke"),
                ("William", "Mr Williams left"),
                ("Roger", "Rogers resigned"),
                ("Peter", "General Peters"),
                ("Edward", "Senator Edwards"),
                ("Robert", "Justice Roberts"),
                ("Richard", "Keith Richards"),
                ("Daniel", "Stormy Daniels"),
                ("Philip", "Philips Electronics"),
            ],
        );
    }
}

#[test]
fn a_possessive_matches() {
    check(
        "en",
        &[
            ("Steven", "Steven's speech"),
            ("Peter", "Peter's brother"),
            ("Gaza", "Gaza's hospitals"),
            ("minister", "the minister's office"),
            ("minister", "the ministers' meeting"),
            ("Council", "the Council’s statement"),
            ("OIC", "the OIC's members"),
        ],
        &[
            ("Steven", "Ambassador Stevens's speech"),
            ("Peter", "General Peters' order"),
            ("state", "the estate's owner"),
            ("aid", "the raid's aftermath"),
            ("port", "the report's authors"),
            ("Gaza", "a Gazan's house"),
        ],
    );
}
