//! The house rules, read off the source: a rule that nothing runs is a wish.
//!
//! Each checker is a function over source text, so that it can be shown to fail on text that breaks its rule.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

#[path = "architecture/house.rs"]
mod house;
#[path = "architecture/messages.rs"]
mod messages;
#[path = "architecture/names.rs"]
mod names;
#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/properties.rs"]
mod properties;
#[path = "architecture/reliability.rs"]
mod reliability;
#[path = "architecture/scrub.rs"]
mod scrub;
#[path = "architecture/sizes.rs"]
mod sizes;
#[path = "architecture/words.rs"]
mod words;

use std::path::{Path, PathBuf};

/// A source file with its module path (`deliver::retry`; empty for the crate's root).
struct File {
    path: PathBuf,
    module: String,
    text: String,
}

/// Every file below `folder` of the repository.
fn files(folder: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root).unwrap().to_owned();
                found.push(File { module: module(&path), path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// `src/deliver/retry.rs` is `deliver::retry`, `src/deliver/mod.rs` is `deliver`.
fn module(path: &Path) -> String {
    let without = path.with_extension("");
    let parts: Vec<_> = without.iter().skip(1).map(|part| part.to_string_lossy().into_owned()).collect();
    let parts: Vec<_> = parts.into_iter().filter(|part| !matches!(part.as_str(), "mod" | "lib")).collect();
    parts.join("::")
}

/// The files of the crate that are not compiled for tests alone.
fn sources() -> Vec<File> {
    let files = files("src");
    let for_tests: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let own = if file.module.is_empty() { String::new() } else { format!("{}::", file.module) };
            scrub::test_files(&scrub::scrubbed(&file.text)).into_iter().map(move |name| format!("{own}{name}"))
        })
        .collect();
    let is_test = |module: &str| {
        for_tests
            .iter()
            .any(|test| module == test || module.strip_prefix(test.as_str()).is_some_and(|m| m.starts_with("::")))
    };
    files.into_iter().filter(|file| !is_test(&file.module)).collect()
}

fn nothing(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn imports_point_down_the_house() {
    let sources = sources();
    let modules: Vec<&str> = sources.iter().map(|file| file.module.as_str()).collect();
    let problems: Vec<String> = sources
        .iter()
        .flat_map(|file| {
            let code = scrub::without_tests(&scrub::scrubbed(&file.text));
            house::climbs(&file.module, &code, &modules)
                .into_iter()
                .map(|what| format!("{}: {what}", file.path.display()))
        })
        .collect();
    nothing(&problems);
}

/// Pairs of files that may use each other, each with the reason.
const MUTUAL: &[(&str, &str, &str)] = &[];

/// The files that each file names, by module. A folder's `mod.rs` is the door of its folder: what lies in the folder may
/// use the door's types, and the door may use what lies in the folder.
fn imports(sources: &[File]) -> std::collections::BTreeMap<String, std::collections::BTreeSet<String>> {
    let modules: Vec<&str> = sources.iter().map(|file| file.module.as_str()).collect();
    sources
        .iter()
        .map(|file| {
            let code = scrub::without_tests(&scrub::scrubbed(&file.text));
            let used = paths::named(&file.module, &code)
                .into_iter()
                .filter_map(|path| house::owner(&path, &modules).map(str::to_owned))
                .filter(|other| *other != file.module)
                .collect();
            (file.module.clone(), used)
        })
        .collect()
}

#[test]
fn no_two_files_import_each_other() {
    let sources = sources();
    let imports = imports(&sources);
    let mut problems = Vec::new();
    for (one, used) in &imports {
        for other in used.iter().filter(|other| *other > one) {
            let back = imports.get(other).is_some_and(|used| used.contains(one));
            let excepted = MUTUAL.iter().any(|(a, b, _)| a == one && b == other);
            if back && !excepted {
                problems.push(format!("`{one}` and `{other}` import each other"));
            }
        }
    }
    nothing(&problems);
}

#[test]
fn generated_input_is_in_modules_called_properties() {
    let problems: Vec<String> = files("src")
        .iter()
        .filter_map(|file| {
            let what = properties::misplaced(&file.module, &scrub::scrubbed(&file.text))?;
            Some(format!("{} {what}", file.path.display()))
        })
        .collect();
    nothing(&problems);
}

/// Names that more than one type may have, each with the reason.
const SHARED_NAMES: &[(&str, &str)] = &[];

#[test]
fn each_type_name_is_defined_once() {
    let mut places: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    for file in sources() {
        for name in names::types(&scrub::scrubbed(&file.text)) {
            places.entry(name).or_default().push(file.path.display().to_string());
        }
    }
    let problems: Vec<String> = places
        .into_iter()
        .filter(|(name, places)| places.len() > 1 && !SHARED_NAMES.iter().any(|(shared, _)| shared == name))
        .map(|(name, places)| format!("`{name}` is defined in {}", places.join(", ")))
        .collect();
    assert!(SHARED_NAMES.len() <= 10);
    nothing(&problems);
}

#[test]
fn every_module_has_a_floor_in_the_house() {
    let homeless: Vec<String> =
        sources().iter().filter(|file| house::floor(&file.module).is_none()).map(|file| file.module.clone()).collect();
    nothing(&homeless);
}

#[test]
fn each_library_of_the_outside_is_used_in_its_own_place() {
    let problems: Vec<String> = sources()
        .iter()
        .flat_map(|file| {
            words::misplaced(&file.module, &scrub::scrubbed(&file.text))
                .into_iter()
                .map(|what| format!("{}: {what}", file.path.display()))
        })
        .collect();
    nothing(&problems);
}

#[test]
fn what_decides_neither_waits_nor_touches_the_world() {
    let problems: Vec<String> = sources()
        .iter()
        .filter(|file| house::decides(&file.module))
        .flat_map(|file| {
            let code = scrub::without_tests(&scrub::scrubbed(&file.text));
            words::worldly(&code).into_iter().map(|what| format!("{}: {what}", file.path.display()))
        })
        .collect();
    nothing(&problems);
}

#[test]
fn the_store_remembers_and_decides_no_policy() {
    let problems: Vec<String> = sources()
        .iter()
        .filter(|file| file.module.starts_with("store"))
        .flat_map(|file| {
            let code = scrub::without_tests(&scrub::scrubbed(&file.text));
            words::policy(&code).into_iter().map(|what| format!("{}: {what}", file.path.display()))
        })
        .collect();
    nothing(&problems);
}

#[test]
fn nothing_is_left_undone_or_silenced() {
    let problems: Vec<String> = ["src", "tests", "examples"]
        .iter()
        .filter(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).is_dir())
        .flat_map(|folder| files(folder))
        .filter(|file| !file.path.starts_with("tests/architecture"))
        .flat_map(|file| {
            words::unfinished(&file.text).into_iter().map(move |what| format!("{}: {what}", file.path.display()))
        })
        .collect();
    nothing(&problems);
}

#[test]
fn no_test_sleeps() {
    let problems: Vec<String> = files("tests")
        .iter()
        .chain(&files("src"))
        .filter(|file| !file.path.starts_with("tests/architecture"))
        .filter(|file| {
            let code = scrub::scrubbed(&file.text);
            let tests = if file.path.starts_with("tests") { code } else { scrub::only_tests(&code) };
            words::sleeps(&tests)
        })
        .map(|file| file.path.display().to_string())
        .collect();
    nothing(&problems);
}

/// True for a file that holds unit tests and nothing else: its module is declared for tests alone.
fn is_test(file: &File, sources: &[File]) -> bool {
    let declares = |parent: &str, name: &str| {
        let text = sources.iter().find(|file| file.module == parent).map_or("", |file| &file.text);
        text.contains(&format!("#[cfg(test)]\nmod {name};")) || text.contains(&format!("#[cfg(test)]\npub mod {name};"))
    };
    let parts: Vec<&str> = file.module.split("::").collect();
    (1..=parts.len()).any(|n| declares(&parts[..n - 1].join("::"), parts[n - 1]))
}

#[test]
fn files_and_functions_stay_small() {
    let sources = sources();
    let own = |file: &File| file.text.lines().count() - scrub::only_tests(&scrub::scrubbed(&file.text)).lines().count();
    let mut lengths: Vec<usize> = sources.iter().filter(|file| !is_test(file, &sources)).map(own).collect();
    lengths.sort_unstable();
    let mut problems: Vec<String> = sources
        .iter()
        .filter(|file| file.text.lines().count() > sizes::FILE)
        .map(|file| format!("{}: {} lines", file.path.display(), file.text.lines().count()))
        .collect();
    for file in &sources {
        let code = scrub::without_tests(&scrub::scrubbed(&file.text));
        let long = sizes::functions(&code).into_iter().filter(|(_, lines)| *lines > sizes::FUNCTION);
        problems.extend(long.map(|(name, lines)| format!("{}: fn {name} has {lines} lines", file.path.display())));
    }
    let median = lengths[lengths.len() / 2];
    if median > sizes::MEDIAN {
        problems.push(format!("the median file has {median} lines without its unit tests"));
    }
    nothing(&problems);
}

#[test]
fn a_module_is_named_by_a_noun_of_the_domain() {
    let problems: Vec<String> = sources().iter().filter_map(|file| words::vague(&file.module)).collect();
    nothing(&problems);
}

#[test]
fn a_file_s_place_is_its_module() {
    assert_eq!(module(Path::new("src/deliver/mod.rs")), "deliver");
    assert_eq!(module(Path::new("src/deliver/retry.rs")), "deliver::retry");
    assert_eq!(module(Path::new("src/lib.rs")), "");
}

#[test]
fn every_test_that_the_page_of_faults_names_exists() {
    let sources =
        ["src", "tests", "fuzz/targets"].into_iter().flat_map(files).map(|file| file.text).collect::<Vec<_>>();
    nothing(&reliability::page_problems(&sources));
}
