//! Within each folder, files and folders import each other in one direction, so that they can be read in
//! order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The path of a module below its crate, one name per folder; empty for `lib.rs` and `main.rs`.
type Module = Vec<String>;

/// Which parts of a folder import which other parts of it, with an import as an example.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn no_parts_of_a_folder_import_each_other_in_a_circle() {
    let mut circles = Vec::new();
    for source in crates() {
        let modules = modules_of(&source);
        assert!(!modules.is_empty(), "{} has no sources", source.display());
        for (folder, imports) in imports_by_folder(&modules) {
            let place = source.join(folder.join("/"));
            circles.extend(circle_in(&imports).map(|circle| format!("{}: {circle}", place.display())));
        }
    }
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found() {
    let module = |path: &[&str], text: &str| {
        (path.iter().map(|name| (*name).to_owned()).collect::<Module>(), text.to_owned())
    };
    let modules = BTreeMap::from([
        module(&["pay"], "use crate::{clock, ledger::{self, Draft}};"),
        module(&["ledger"], "pub mod rows;"),
        module(&["ledger", "rows"], "fn read() { crate::events::publish() } // use crate::pay;"),
        module(&["events"], "use super::pay::Order;"),
        module(&["clock"], "use std::time::Instant;"),
    ]);
    let imports = imports_by_folder(&modules);
    let circle = circle_in(&imports[&Vec::new()]).expect("pay, ledger and events import each other");
    assert_eq!(
        circle,
        "events → pay (crate::pay::Order) → ledger (crate::ledger) → events (crate::events::publish)"
    );
}

/// The `src` folders of all crates of the workspace.
fn crates() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folders = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path().join("src"));
    let crates: Vec<_> =
        folders.filter(|source| source.parent().unwrap().join("Cargo.toml").exists()).collect();
    assert!(crates.len() > 10, "too few crates were found");
    crates
}

/// Reads every file of a crate but its tests.
fn modules_of(source: &Path) -> BTreeMap<Module, String> {
    let mut modules = BTreeMap::new();
    let mut folders = vec![source.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let below = path.strip_prefix(source).unwrap().with_extension("");
            let mut module: Module = below.iter().map(|name| name.to_string_lossy().into_owned()).collect();
            if path.extension().is_none_or(|ending| ending != "rs") || module.last().unwrap() == "tests" {
                continue;
            }
            if ["mod", "lib", "main"].contains(&module.last().unwrap().as_str()) {
                module.pop();
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            modules.entry(module).or_insert_with(String::new).push_str(code);
        }
    }
    modules
}

/// Groups the imports of all modules by the folder that holds both ends. A module and its own parts may
/// import each other.
fn imports_by_folder(modules: &BTreeMap<Module, String>) -> BTreeMap<Module, Imports> {
    let mut folders: BTreeMap<Module, Imports> = BTreeMap::new();
    for (module, text) in modules {
        for path in paths_in(text) {
            let Some(path) = from_root(module, &path) else { continue };
            let is_module = |length: &usize| modules.contains_key(&path[..*length]);
            let target = &path[..(1..=path.len()).rev().find(is_module).unwrap_or(0)];
            let shared = module.iter().zip(target).take_while(|(own, other)| own == other).count();
            if let (Some(own), Some(other)) = (module.get(shared), target.get(shared)) {
                let imports = folders.entry(module[..shared].to_vec()).or_default();
                let example = format!("crate::{}", path.join("::"));
                imports.entry(own.clone()).or_default().entry(other.clone()).or_insert(example);
            }
        }
    }
    folders
}

/// Finds the paths of `use` declarations, and those that begin with `crate` or `super` elsewhere.
fn paths_in(text: &str) -> Vec<Vec<String>> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n");
    let mut paths = Vec::new();
    for (start, _) in code.match_indices("use ") {
        let before = code[..start].lines().next_back().unwrap_or_default().trim();
        let declaration = code[start + 4..].split(';').next().unwrap();
        let is_path = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_:{},*".contains(c);
        if (before.is_empty() || before.starts_with("pub")) && declaration.chars().all(is_path) {
            expand(&[], declaration, &mut paths);
        }
    }
    for word in code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
        if word.starts_with("crate::") || word.starts_with("super::") {
            paths.push(names(word));
        }
    }
    paths
}

/// Expands a tree such as `a::{b, c::{d, e}}` to its paths.
fn expand(prefix: &[String], tree: &str, paths: &mut Vec<Vec<String>>) {
    let Some((head, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap();
        return paths.push([prefix, &names(path)].concat());
    };
    let prefix = [prefix, &names(head)].concat();
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&prefix, &inner[start..at], paths);
                start = (at + 1).min(inner.len());
            }
            _ => {}
        }
    }
}

fn names(path: &str) -> Vec<String> {
    path.split("::")
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty() && name != "self")
        .collect()
}

/// Makes a path start at the crate's root; `None` for paths of other crates. A path that begins with a name
/// is treated as one of the module's own parts, and resolves to nothing if it belongs to another crate.
fn from_root(module: &Module, path: &[String]) -> Option<Vec<String>> {
    let supers = path.iter().take_while(|name| *name == "super").count();
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "super" => Some([&module[..module.len().saturating_sub(supers)], &path[supers..]].concat()),
        _ => Some([module.as_slice(), path].concat()),
    }
}

/// Describes a circle among the parts of a folder, if there is one.
fn circle_in(imports: &Imports) -> Option<String> {
    let mut done = BTreeSet::new();
    imports.keys().find_map(|start| walk(start, imports, &mut Vec::new(), &mut done))
}

fn walk<'a>(
    part: &'a str,
    imports: &'a Imports,
    way: &mut Vec<(&'a str, &'a str)>,
    done: &mut BTreeSet<&'a str>,
) -> Option<String> {
    if let Some(start) = way.iter().position(|(from, _)| *from == part) {
        let steps = way[start..].iter().zip(way[start + 1..].iter().map(|(from, _)| *from).chain([part]));
        let steps: Vec<_> = steps.map(|((_, example), to)| format!("{to} ({example})")).collect();
        return Some(format!("{part} → {}", steps.join(" → ")));
    }
    if !done.insert(part) {
        return None;
    }
    for (target, example) in imports.get(part).into_iter().flatten() {
        way.push((part, example));
        if let Some(circle) = walk(target, imports, way, done) {
            return Some(circle);
        }
        way.pop();
    }
    None
}
