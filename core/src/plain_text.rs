//! Checks of untrusted texts before they are shown to people.

/// Returns whether a text is one line without control characters and without bidirectional formatting
/// characters. Such characters could rearrange the sentence in which the text is shown.
#[must_use]
pub fn is_plain_line(text: &str) -> bool {
    let breaks = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    !text.chars().any(breaks)
}

/// Returns whether a text is one plain line (see [`is_plain_line`]) of at most `max` characters.
#[must_use]
pub fn is_short_line(text: &str, max: usize) -> bool {
    text.chars().count() <= max && is_plain_line(text)
}
