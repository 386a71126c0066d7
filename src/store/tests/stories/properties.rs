//! Tests that the order of arrival and restarts do not decide which texts alert.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// The titles and texts of two wire texts, each as six sources print it. The first word of a title names the text.
fn printed() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, text) in [("harbour", HARBOUR), ("schools", SCHOOLS)] {
        let edits = [
            text.to_owned(),
            reprinted(text),
            format!("JEDDAH: {text}"),
            format!("{text} (Wire)"),
            format!("By our correspondent. {text}"),
            excerpt(text, 45),
        ];
        let papers = ["herald", "courier", "mirror", "observer", "gazette", "digest"];
        let titled = edits.into_iter().zip(papers).map(|(edit, paper)| (format!("{name} news in the {paper}"), edit));
        all.extend(titled);
    }
    all
}

async fn bring_all(order: Vec<usize>, restart: usize) {
    let printed = printed();
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let (mut alerted, mut excerpts, mut by_item) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (at, n) in order.into_iter().enumerate() {
        if at == restart {
            let folder = world.store.path().parent().unwrap().to_owned();
            let StoreFixture { store, _folder, at, watches } = world;
            drop(store);
            world = StoreFixture { store: reopened(&folder).await, _folder, at, watches };
        }
        let (title, text) = &printed[n];
        let name = title.split(' ').next().unwrap_or_default();
        let alerts = world.bring(n, title, text).await;
        // A full text alerts although its excerpt did.
        let only_excerpt = by_item.iter().filter(|(of, _)| *of == name).count() == 1 && excerpts.contains(name);
        assert!(alerts == 0 || alerted.insert(name) || only_excerpt, "{title} alerts again");
        if title.ends_with("digest") {
            excerpts.insert(name);
        }
        by_item.push((name, alerts));
    }
    assert_eq!(alerted, BTreeSet::from(["harbour", "schools"]));
    let ids = ids(&world.store).await;
    assert_eq!(ids.len(), by_item.len());
    for (id, (name, alerts)) in ids.iter().zip(&by_item) {
        let story = world.store.story(id).await.unwrap();
        let member = story.iter().find(|member| member.item == *id).unwrap();
        let Some(root) = &member.copy_of else {
            assert_eq!(*alerts, 1, "{name} is no copy");
            continue;
        };
        let covered = ids.iter().zip(&by_item).find(|(id, _)| *id == root).unwrap().1;
        assert_eq!((*alerts, *covered), (0, (*name, 1)), "the text that it copies has alerted");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn each_text_alerts_once_whatever_the_order_and_the_restarts(
        order in Just((0..12).collect::<Vec<usize>>()).prop_shuffle(),
        restart in 0..12_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(bring_all(order, restart));
    }
}
