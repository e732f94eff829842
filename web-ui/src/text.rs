//! The texts of a page. Project Fluent formats them with the plural rules of their language.

pub use fluent_bundle::FluentValue;
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use std::cell::OnceCell;
use unic_langid::LanguageIdentifier;

thread_local! {
    static TEXTS: OnceCell<FluentBundle<FluentResource>> = const { OnceCell::new() };
}

/// Sets the page's texts and their language, such as `en`. Must be called before the first text is shown;
/// later calls change nothing.
pub fn init(texts: &str, language: &str) {
    TEXTS.with(|cell| {
        cell.get_or_init(|| bundle(texts, language));
    });
}

fn bundle(texts: &str, language: &str) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new(vec![language.parse::<LanguageIdentifier>().unwrap_or_default()]);
    // Disable bidi isolation marks, because labels are compared and copied. This is safe: the mint rejects
    // names and descriptions that contain characters which change the writing direction.
    bundle.set_use_isolating(false);
    // A test ensures that all texts parse. A text that does not parse is missing from the bundle.
    let resource = FluentResource::try_new(texts.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let _ = bundle.add_resource(resource);
    bundle
}

/// Returns the text with this id.
#[must_use]
pub fn t(id: &str) -> String {
    tr(id, [])
}

/// Returns the text with this id and these arguments. Returns the id itself if it is unknown; tests rule that
/// out.
#[must_use]
pub fn tr<const N: usize>(id: &str, parts: [(&'static str, FluentValue<'_>); N]) -> String {
    let arguments: FluentArgs<'_> = parts.into_iter().collect();
    TEXTS.with(|cell| {
        let texts = cell.get();
        let Some((texts, pattern)) = texts.and_then(|texts| Some((texts, texts.get_message(id)?.value()?)))
        else {
            return id.to_owned();
        };
        // A missing argument is formatted as its name; tests rule that out.
        texts.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    })
}
