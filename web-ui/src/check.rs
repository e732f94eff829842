//! Checks that a page's source, texts and icons match. Each page has a test that calls them.

use fluent_bundle::FluentResource;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The source of this crate, whose components show texts and icons too.
const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
const SPRITE: &str = include_str!("../assets/icons.svg");

/// Returns the texts that are never used, and the ids that are used but not defined. `source` is the page's
/// source folder.
///
/// # Errors
/// If the folder cannot be read, or the texts do not parse.
pub fn texts(texts: &str, source: &Path) -> Result<Vec<String>, String> {
    FluentResource::try_new(texts.to_owned()).map_err(|(_, errors)| format!("{errors:?}"))?;
    let ids = texts.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
    let defined: BTreeSet<&str> = ids.filter_map(|line| line.split_once(" =").map(|(id, _)| id)).collect();
    let all = rust_source(source)? + &rust_source(Path::new(SHARED))?;
    // Collect the string literals that look like an id, and those directly inside t(…), tr(…) and
    // with_amount(…).
    let literals: BTreeSet<&str> = all.split('"').skip(1).step_by(2).collect();
    let mut faults: Vec<String> =
        defined.iter().filter(|id| !literals.contains(*id)).map(|id| format!("unused text: {id}")).collect();
    for call in ["t(\"", "tr(\"", "with_amount(\""] {
        for (position, _) in all.match_indices(call) {
            let before = all[..position].chars().next_back().unwrap_or(' ');
            let id = all[position + call.len()..].split('"').next().unwrap_or_default();
            let is_call = !before.is_alphanumeric() && before != '_' && before != '.';
            if is_call && !defined.contains(id) {
                faults.push(format!("undefined text: {id}"));
            }
        }
    }
    Ok(faults)
}

/// Returns the faults of a translation: missing texts, texts that are not in the original, and texts with
/// other variables.
///
/// # Errors
/// If a file does not parse.
pub fn translation(original: &str, translated: &str) -> Result<Vec<String>, String> {
    let (original, translated) = (variables(original)?, variables(translated)?);
    let lacking = original.keys().filter(|id| !translated.contains_key(*id));
    let mut faults: Vec<String> = lacking.map(|id| format!("{id} is not translated")).collect();
    for (id, variables) in &translated {
        match original.get(id) {
            None => faults.push(format!("{id} is not in the original")),
            Some(expected) if expected != variables => {
                faults.push(format!("{id} has {variables:?} instead of {expected:?}"));
            }
            Some(_) => {}
        }
    }
    Ok(faults)
}

/// Returns the variables of each text.
fn variables(texts: &str) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    FluentResource::try_new(texts.to_owned()).map_err(|(_, errors)| format!("{errors:?}"))?;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut id = String::new();
    for line in texts.lines() {
        if line.starts_with(|first: char| first.is_ascii_lowercase()) {
            id = line.split_once(" =").map(|(id, _)| id.to_owned()).unwrap_or_default();
            found.entry(id.clone()).or_default();
        }
        let names = line
            .split('$')
            .skip(1)
            .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect::<String>());
        if !line.starts_with('#') {
            found.entry(id.clone()).or_default().extend(names);
        }
    }
    found.remove("");
    Ok(found)
}

/// Returns the icons that the pages use but the sprite lacks, and the icons of the sprite that no page uses.
/// `sources` are the pages' source folders.
///
/// # Errors
/// If a folder cannot be read.
pub fn icons(sources: &[&Path]) -> Result<Vec<String>, String> {
    let mut source = rust_source(Path::new(SHARED))?;
    for folder in sources {
        source.push_str(&rust_source(folder)?);
    }
    let ids: BTreeSet<&str> =
        SPRITE.split("symbol id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let unused = ids.iter().filter(|id| !source.contains(&format!("\"{id}\"")));
    let mut faults: Vec<String> = unused.map(|id| format!("unused icon: {id}")).collect();
    let named = source.split("<Icon name=\"").skip(1).filter_map(|rest| rest.split('"').next());
    faults.extend(named.filter(|name| !ids.contains(name)).map(|name| format!("undefined icon: {name}")));
    Ok(faults)
}

fn rust_source(folder: &Path) -> Result<String, String> {
    let mut source = String::new();
    for entry in std::fs::read_dir(folder).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.is_dir() {
            source.push_str(&rust_source(&path)?);
        } else if !path.ends_with("tests.rs") && !path.ends_with("check.rs") {
            source.push_str(&std::fs::read_to_string(&path).map_err(|error| error.to_string())?);
        }
    }
    Ok(source)
}
