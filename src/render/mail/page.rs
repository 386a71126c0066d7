//! The letter's HTML part.

use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};

use super::MailView;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
});

/// The HTML part: styles inline, as mail programs ask; everything escaped; nothing loaded from anywhere.
pub fn html(sheet: &MailView) -> String {
    let context = minijinja::Value::from(Serde(sheet));
    ENVIRONMENT.render_named_str("mail.html", include_str!("mail.html.j2"), context).unwrap_or_else(|error| {
        // Not reached while the tests below pass: the template is ours and takes every sheet.
        tracing::error!(%error, "mail template does not render");
        format!("<pre>{}</pre>", minijinja::HtmlEscape(&super::plain::text(sheet)))
    })
}
