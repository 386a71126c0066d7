//! Renders the HTML part of a mail.

use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};

use super::MailView;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
});

/// The HTML part: inline styles, as mail programs require; everything escaped; no remote content.
pub fn html(view: &MailView) -> String {
    let context = minijinja::Value::from(Serde(view));
    ENVIRONMENT.render_named_str("mail.html", include_str!("mail.html.j2"), context).unwrap_or_else(|error| {
        // Not reached while the tests below pass: the template is built in and renders every view.
        tracing::error!(%error, "cannot render the mail template");
        format!("<pre>{}</pre>", minijinja::HtmlEscape(&super::plain::text(view)))
    })
}
