//! Checks of untrusted texts before they are shown to people.

/// Returns whether a text is one line without control characters and without bidirectional formatting
/// characters. Such characters could rearrange the sentence in which the text is shown.
#[must_use]
pub fn is_plain_line(text: &str) -> bool {
    !text.chars().any(rearranges)
}

/// Whether a character breaks a line, controls a terminal, or changes the direction of writing.
fn rearranges(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns whether a text is one plain line (see [`is_plain_line`]) of at most `max` characters.
#[must_use]
pub fn is_short_line(text: &str, max: usize) -> bool {
    text.chars().count() <= max && is_plain_line(text)
}

/// Removes the characters that [`is_plain_line`] rejects, from a text of a stranger that a terminal shows.
#[must_use]
pub fn plain_line_of(text: &str) -> String {
    text.chars().filter(|c| !rearranges(*c)).collect()
}

/// Prefixes a text with an apostrophe if a spreadsheet would interpret it as a formula.
#[must_use]
pub fn spreadsheet_text(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// Whether a URL is one of this machine: `http://localhost`, with a port and a path if it has them.
#[must_use]
pub fn is_localhost(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://localhost") else { return false };
    let rest =
        rest.strip_prefix(':').map_or(rest, |port| port.trim_start_matches(|c: char| c.is_ascii_digit()));
    rest.is_empty() || rest.starts_with(['/', '?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_strangers_rearrange_nothing() {
        assert_eq!(plain_line_of("a\u{1b}[2J\nb\u{202e}c"), "a[2Jbc");
        assert!(
            is_short_line("é".repeat(3).as_str(), 3) && !is_short_line("four", 3) && !is_short_line("a\n", 9)
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", " +1", "-1", "@x", "＝1"] {
            assert_eq!(spreadsheet_text(text), format!("'{text}"));
        }
        assert_eq!(spreadsheet_text("1 - 1"), "1 - 1");
    }

    #[test]
    fn only_localhost_is_localhost() {
        for url in ["http://localhost", "http://localhost:3000/x?y", "http://localhost/#z"] {
            assert!(is_localhost(url), "{url}");
        }
        for url in
            ["http://localhost.evil.example/", "http://localhost:80@evil.example/", "https://localhost", ""]
        {
            assert!(!is_localhost(url), "{url}");
        }
    }
}
