//! Property tests with generated input are in modules called `properties`, and nothing else is.

/// What is wrong with the place of the property tests in scrubbed code of a module.
pub fn misplaced(module: &str, code: &str) -> Option<&'static str> {
    let generated = code.find("proptest! {");
    let inner = code.find("mod properties {");
    let own = module.rsplit("::").next() == Some("properties");
    match generated {
        Some(at) if !own && inner.is_none_or(|inner| inner > at) => {
            Some("has tests with generated input outside a module called `properties`")
        }
        None if own => Some("is called `properties` and has no test with generated input"),
        _ => None,
    }
}

#[test]
fn property_tests_elsewhere_and_other_tests_under_their_name_are_found() {
    let generated = "proptest! {\n    #[test]\n    fn f(n in 0..9) {}\n}\n";
    assert!(misplaced("date::tests", generated).is_some());
    assert!(misplaced("date::properties", "#[test]\nfn f() {}\n").is_some());
    assert_eq!(misplaced("date::properties", generated), None);
    assert_eq!(misplaced("text::fold", &format!("mod tests {{}}\nmod properties {{\n{generated}}}\n")), None);
}
