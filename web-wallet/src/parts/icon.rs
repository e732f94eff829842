//! An icon of the sprite. It is decorative: text beside it states its meaning.

use leptos::prelude::*;

#[component]
pub(crate) fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" focusable="false">
            <use href=format!("/icons.svg#{name}")></use>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn the_sprite_holds_the_icons_that_are_used() {
        let sprite = include_str!("../../assets/icons.svg");
        let ids = sprite.split("symbol id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let source = crate::text::tests::rust_source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        let dead: BTreeSet<_> = ids.filter(|id| !source.contains(&format!("\"{id}\""))).collect();
        assert!(dead.is_empty(), "icons that nothing shows: {dead:?}");
        for named in source.split("<Icon name=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(sprite.contains(&format!("symbol id=\"{named}\"")), "no icon is called {named}");
        }
    }
}
