//! Renders the table of `docs/errors.md`, one row per code with an anchor that problem documents link to.

use super::html::{escaped, prose};

const TABLE: &str = include_str!("../../../../docs/errors.md");

/// Returns the body of the page.
pub(super) fn render() -> String {
    let mut rows = String::new();
    for line in TABLE.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [code, status, meaning, remedy] = cells.as_slice() else { continue };
        let code = escaped(code.trim_matches('`'));
        rows.push_str(&format!(
            "<tr id=\"{code}\"><th scope=\"row\"><a href=\"#{code}\"><code>{code}</code></a></th>\
             <td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escaped(status),
            prose(meaning),
            prose(remedy)
        ));
    }
    let intro = TABLE.split("\n\n").nth(1).unwrap_or_default();
    format!(
        "<p>{}</p>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\">Code</th><th scope=\"col\">Status</th>\
         <th scope=\"col\">Meaning</th><th scope=\"col\">What to do</th></tr></thead>\n<tbody>{rows}</tbody></table></div>",
        prose(intro)
    )
}

#[cfg(test)]
mod tests {
    use ecash_core::wire::ErrorCode;

    #[test]
    fn every_problem_finds_its_anchor() {
        let page = super::render();
        for code in ErrorCode::ALL {
            assert!(page.contains(&format!("<tr id=\"{code}\">")), "{code}");
        }
    }
}
