//! Converts text to HTML.

/// Escapes text, so that it contains no markup.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Escapes text, and marks up text between backticks as code.
pub(super) fn prose(text: &str) -> String {
    let mut html = String::new();
    for (number, part) in escaped(text).split('`').enumerate() {
        if number % 2 == 1 {
            html.push_str(&format!("<code>{part}</code>"));
        } else {
            html.push_str(part);
        }
    }
    html
}

/// Returns a complete page. `title` and `body` must be HTML.
pub(super) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · eCash mint</title>\
         <link rel=\"stylesheet\" href=\"/docs/style.css\"></head>\n<body><header><nav aria-label=\"Pages\">\
         <a href=\"/\">Wallet</a> <a href=\"/docs\">API reference</a> <a href=\"/docs/errors\">Error codes</a> \
         <a href=\"/openapi.json\">openapi.json</a></nav></header>\n<main><h1>{title}</h1>\n{body}\n</main></body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{escaped, prose};

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(escaped("a<b & \"c\""), "a&lt;b &amp; &quot;c&quot;");
        assert_eq!(prose("use `x<y`, then"), "use <code>x&lt;y</code>, then");
    }
}
