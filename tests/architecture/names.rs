//! The names of types: each stands for one thing in the whole crate.

/// The structs, enums, traits, unions and type aliases that code defines, outside of `impl` and `trait` blocks.
pub fn types(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut opened_by: Vec<bool> = Vec::new();
    let mut head = String::new();
    for c in code.chars() {
        match c {
            '{' => {
                opened_by.push(is_implementation(&head));
                depth += usize::from(is_implementation(&head));
                if depth == 0 {
                    names.extend(defined(&head));
                }
                head.clear();
            }
            '}' => {
                if opened_by.pop() == Some(true) {
                    depth -= 1;
                }
                head.clear();
            }
            ';' => {
                if depth == 0 {
                    names.extend(defined(&head));
                }
                head.clear();
            }
            _ => head.push(c),
        }
    }
    names
}

fn is_implementation(head: &str) -> bool {
    words(head).any(|word| word == "impl" || word == "trait") && !words(head).any(|word| word == "fn")
}

fn defined(head: &str) -> Option<String> {
    let mut words = words(head).skip_while(|word| !matches!(*word, "struct" | "enum" | "union" | "type" | "trait"));
    words.next()?;
    words.next().filter(|name| name.starts_with(char::is_uppercase)).map(str::to_owned)
}

fn words(head: &str) -> impl Iterator<Item = &str> {
    head.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[test]
fn definitions_are_found_and_associated_types_are_not() {
    let code = "pub struct A;\nenum B { C }\nimpl Iterator for A { type Item = B; fn f() {} }\ntype D = B;\nstruct E<T>(T);\n\
                #[derive(Debug)] pub(crate) struct F { g: u8 }\nfn h() { struct I; }";
    assert_eq!(types(code), ["A", "B", "D", "E", "F", "I"]);
}
