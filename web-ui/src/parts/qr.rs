//! A text as a QR code.

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Length above which a text gets the least error correction, in bytes.
const LONG: usize = 300;
/// Light modules around the code, which scanners need.
const QUIET_ZONE: usize = 4;

/// Draws the dark modules as one path. Returns its size too. `None` if the text is too long.
fn path(text: &str) -> Option<(usize, String)> {
    // A long text is shown on a screen, where nothing covers a part of it; fewer modules are easier to scan.
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
    /// What scanning it does.
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
    fn an_address_fits_a_small_code_and_a_book_none() {
        let (size, drawn) =
            path("https://mint.example/#pay=pay_AgICAgICAgICAgICAgICAg..").unwrap_or_default();
        assert!(size <= 41 && drawn.starts_with("M4 4h1v1h-1z"), "{size}");
        assert_eq!(path(&"x".repeat(5000)), None);
    }
}
