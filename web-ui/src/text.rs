//! The texts that a page shows. They are in its file of texts and are formatted by Project Fluent, which knows the plural rules of each
//! language.

pub use fluent_bundle::FluentValue;
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use std::cell::OnceCell;
use unic_langid::LanguageIdentifier;

thread_local! {
    static TEXTS: OnceCell<FluentBundle<FluentResource>> = const { OnceCell::new() };
}

/// Sets the page's texts and their language, such as `en`, once, before the first is shown. Later calls change nothing.
pub fn init(texts: &str, language: &str) {
    TEXTS.with(|cell| {
        cell.get_or_init(|| bundle(texts, language));
    });
}

fn bundle(texts: &str, language: &str) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new(vec![language.parse::<LanguageIdentifier>().unwrap_or_default()]);
    // Turn off bidi isolation marks: they would be part of labels that are compared and copied. The mint refuses names and descriptions
    // with characters that turn the direction of writing.
    bundle.set_use_isolating(false);
    // A test parses the file. If a message does not parse in the page, only that message is missing.
    let resource = FluentResource::try_new(texts.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let _ = bundle.add_resource(resource);
    bundle
}

/// Returns the text with this id.
#[must_use]
pub fn t(id: &str) -> String {
    tr(id, [])
}

/// Returns the text with this id and these arguments. Returns the id itself if it is unknown, which a test rules out.
#[must_use]
pub fn tr<const N: usize>(id: &str, parts: [(&'static str, FluentValue<'_>); N]) -> String {
    let arguments: FluentArgs<'_> = parts.into_iter().collect();
    TEXTS.with(|cell| {
        let texts = cell.get();
        let Some((texts, pattern)) = texts.and_then(|texts| Some((texts, texts.get_message(id)?.value()?)))
        else {
            return id.to_owned();
        };
        // A missing argument is shown as its name, which a test rules out.
        texts.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    })
}
