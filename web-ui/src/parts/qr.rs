//! A text as a QR code.

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Texts above this length, in bytes, get the lowest error correction.
const LONG: usize = 300;
/// Width of the light border, in modules. Scanners require it.
const QUIET_ZONE: usize = 4;

/// Draws the dark modules as one SVG path. Returns the size in modules and the path, or `None` if the text is
/// too long.
fn path(text: &str) -> Option<(usize, String)> {
    // Long texts are only shown on screens, where no part is covered. Fewer modules are easier to scan.
    let level = if text.len() > LONG { EcLevel::L } else { EcLevel::M };
    let code = QrCode::with_error_correction_level(text, level).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (place % width + QUIET_ZONE, place / width + QUIET_ZONE);
            write!(path, "M{x} {y}h1v1h-1z").ok()?;
        }
    }
    Some((width + 2 * QUIET_ZONE, path))
}

#[component]
pub fn Qr(
    #[prop(into)] text: String,
    /// The accessible label: what scanning the code does.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    path(&text).map(|(size, path)| {
        view! {
            <svg class="qr" role="img" aria-label=label viewBox=format!("0 0 {size} {size}") shape-rendering="crispEdges">
                <path d=path></path>
            </svg>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn a_checkout_url_fits_a_small_code_and_long_texts_are_rejected() {
        let (size, drawn) =
            path("https://mint.example/#pay=pay_AgICAgICAgICAgICAgICAg..").unwrap_or_default();
        assert!(size <= 41 && drawn.starts_with("M4 4h1v1h-1z"), "{size}");
        assert_eq!(path(&"x".repeat(5000)), None);
    }
}
