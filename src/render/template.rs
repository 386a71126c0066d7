//! Templates of webhook bodies.

/// The text of a shipped template.
#[must_use]
pub fn shipped(name: &str) -> Option<&'static str> {
    matches!(name, "slack" | "discord" | "teams" | "telegram" | "ntfy").then_some("{}")
}

/// Whether a template compiles.
///
/// # Errors
/// What is wrong with it.
pub fn check(text: &str) -> Result<(), String> {
    minijinja::Environment::new().template_from_str(text).map(|_| ()).map_err(|error| error.to_string())
}
