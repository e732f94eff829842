//! The language of the page: the one that the person chose, or the first of the browser's languages that is
//! available.
//!
//! English is compiled in. The texts of the other languages are separate files, loaded on demand. If a file
//! cannot be loaded, the page is in English.

use crate::text::ENGLISH;
use gloo_net::http::Request;
use web_sys::Storage;

/// The key of the chosen language in the browser's local storage.
const CHOICE: &str = "language";

/// A language that the page is available in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Language {
    /// The BCP 47 code.
    pub(crate) code: &'static str,
    /// The name in the language itself, for the list of choices.
    pub(crate) name: &'static str,
    /// The value of the attribute `dir`: `ltr` or `rtl`.
    dir: &'static str,
}

/// All available languages. The first one is the fallback.
pub(crate) const LANGUAGES: [Language; 4] = [
    Language { code: "en", name: "English", dir: "ltr" },
    Language { code: "es", name: "Español", dir: "ltr" },
    Language { code: "de", name: "Deutsch", dir: "ltr" },
    Language { code: "ar", name: "العربية", dir: "rtl" },
];

/// Returns the language to show.
pub(crate) fn wanted() -> Language {
    let chosen = storage().and_then(|storage| storage.get_item(CHOICE).ok().flatten());
    let navigator = web_sys::window().map(|window| window.navigator().languages());
    let offered = navigator.iter().flat_map(js_sys::Array::iter).filter_map(|language| language.as_string());
    first_known(chosen.into_iter().chain(offered))
}

/// Returns the first available language, ignoring regions.
fn first_known(codes: impl IntoIterator<Item = String>) -> Language {
    let known = |code: String| {
        let base = code.split('-').next().unwrap_or_default().to_ascii_lowercase();
        LANGUAGES.into_iter().find(|language| language.code == base)
    };
    codes.into_iter().find_map(known).unwrap_or(LANGUAGES[0])
}

/// Loads the texts of the wanted language, and sets the document's `lang` and `dir` accordingly.
pub(crate) async fn load() {
    let wanted = wanted();
    let texts = if wanted.code == "en" { None } else { texts_of(wanted).await };
    let shown = if texts.is_some() { wanted } else { LANGUAGES[0] };
    if let Some(root) = web_sys::window().and_then(|window| window.document()?.document_element()) {
        // Ignore errors: only screen readers and the writing direction depend on these attributes.
        let _ = root.set_attribute("lang", shown.code);
        let _ = root.set_attribute("dir", shown.dir);
    }
    ecash_web_ui::text::init(texts.as_deref().unwrap_or(ENGLISH), shown.code);
}

async fn texts_of(language: Language) -> Option<String> {
    let response = Request::get(&format!("/text/{}.ftl", language.code)).send().await.ok()?;
    if response.ok() { response.text().await.ok() } else { None }
}

/// Stores the choice, and reloads the page in that language.
pub(crate) fn choose(code: &str) {
    if let Some(storage) = storage() {
        // If storing fails, the page reloads in the previous language.
        let _ = storage.set_item(CHOICE, code);
    }
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::first_known;

    #[test]
    fn the_first_available_language_is_shown() {
        let shown = |codes: &[&str]| first_known(codes.iter().map(|code| (*code).to_owned())).code;
        assert_eq!(shown(&["fr-CA", "de-AT", "es"]), "de");
        assert_eq!(shown(&["AR-eg"]), "ar");
        assert_eq!(shown(&["fr"]), "en");
        assert_eq!(shown(&[]), "en");
    }
}
