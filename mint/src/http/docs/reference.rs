//! Renders the OpenAPI description as a page: operations first, then the types that they use.

use super::html::{escaped, prose};
use serde_json::Value;
use utoipa::openapi::OpenApi;

/// Returns the body of the page.
pub(super) fn render(description: &OpenApi) -> String {
    // A description can always be converted to JSON: `openapi` serves it as JSON.
    let api = serde_json::to_value(description).unwrap_or_default();
    let operations: Vec<_> = entries(&api["paths"])
        .flat_map(|(path, methods)| {
            entries(methods).map(move |(method, operation)| (path, method, operation))
        })
        .collect();
    let mut html = format!("<p>{}</p>\n<ul class=\"index\">", prose(text(&api["info"]["description"])));
    for (path, method, operation) in &operations {
        let id = text(&operation["operationId"]);
        html.push_str(&format!(
            "<li><a href=\"#{id}\"><b>{}</b> {}</a></li>",
            method.to_uppercase(),
            escaped(path)
        ));
    }
    html.push_str("</ul>\n");
    for (path, method, operation) in operations {
        html.push_str(&operation_section(path, method, operation));
    }
    html.push_str("<h2>Types</h2>\n");
    for (name, schema) in entries(&api["components"]["schemas"]) {
        html.push_str(&type_section(name, schema));
    }
    html
}

/// Says which credentials an operation needs. Of several alternatives, an empty one makes them optional.
fn credentials(security: &Value) -> String {
    let alternatives: Vec<_> =
        security.as_array().into_iter().flatten().filter_map(Value::as_object).collect();
    let named: Vec<_> = alternatives
        .iter()
        .flat_map(|schemes| schemes.iter())
        .map(|(scheme, scopes)| match (scheme.as_str(), scopes[0].as_str()) {
            ("api_key", Some(scope)) => format!("an API key with the scope <code>{}</code>", escaped(scope)),
            _ => "the account token".to_owned(),
        })
        .collect();
    if named.is_empty() {
        return String::new();
    }
    let verb = if alternatives.iter().any(|schemes| schemes.is_empty()) { "Takes" } else { "Needs" };
    format!("<p>{verb} <code>Authorization: Bearer</code> with {}.</p>", named.join(" or "))
}

fn operation_section(path: &str, method: &str, operation: &Value) -> String {
    let mut html = format!(
        "<section id=\"{}\"><h2><b>{}</b> <code>{}</code></h2><p>{}</p>",
        text(&operation["operationId"]),
        method.to_uppercase(),
        escaped(path),
        prose(text(&operation["summary"]))
    );
    html.push_str(&credentials(&operation["security"]));
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    for parameter in parameters {
        html.push_str(&format!(
            "<p><code>{}</code> ({}): {}</p>",
            escaped(text(&parameter["name"])),
            escaped(text(&parameter["in"])),
            prose(text(&parameter["description"]))
        ));
    }
    if let Some(body) = json_type(&operation["requestBody"]) {
        html.push_str(&format!("<p>Request: {body}</p>"));
    }
    html.push_str("<ul>");
    for (status, response) in entries(&operation["responses"]) {
        html.push_str(&format!("<li><b>{}</b> {}", escaped(status), prose(text(&response["description"]))));
        if let Some(body) = json_type(response) {
            html.push_str(&format!(" {body}"));
        }
        html.push_str("</li>");
    }
    html.push_str("</ul></section>\n");
    html
}

fn type_section(name: &str, schema: &Value) -> String {
    let mut html = format!("<section id=\"type-{name}\"><h3>{name}</h3>");
    html.push_str(&format!("<p>{}</p>", prose(text(&schema["description"]))));
    if schema["properties"].is_object() {
        html.push_str("<dl>");
        for (field, property) in entries(&schema["properties"]) {
            let required =
                schema["required"].as_array().is_some_and(|list| list.iter().any(|item| item == field));
            html.push_str(&format!(
                "<dt><code>{}</code> {}{}</dt><dd>{}</dd>",
                escaped(field),
                type_of(property),
                if required { "" } else { ", may be absent" },
                prose(description_of(property))
            ));
        }
        html.push_str("</dl>");
    } else {
        html.push_str(&format!("<p>{}</p>", type_of(schema)));
    }
    html.push_str("</section>\n");
    html
}

/// Returns a field's description, which is in the property itself or in the alternative that is not null.
fn description_of(property: &Value) -> &str {
    let within = || property["oneOf"].as_array().into_iter().flatten().map(|one| text(&one["description"]));
    Some(text(&property["description"]))
        .into_iter()
        .chain(within())
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

/// Describes a type in words, and links to it if it has a name.
fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("<a href=\"#type-{name}\">{name}</a>");
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> =
            values.iter().map(|value| format!("<code>{}</code>", escaped(text(value)))).collect();
        return format!("one of {}", values.join(", "));
    }
    if let Some(alternatives) = schema["oneOf"].as_array().or_else(|| schema["allOf"].as_array()) {
        let named = alternatives.iter().filter(|one| one["type"] != "null").map(type_of);
        return named.collect::<Vec<_>>().join(" or ");
    }
    if schema["items"].is_object() {
        return format!("list of {}", type_of(&schema["items"]));
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).filter(|kind| *kind != "null").collect(),
        kind => vec![text(kind)],
    };
    escaped(&kinds.join(" or "))
}

fn json_type(value: &Value) -> Option<String> {
    let mut schemas = entries(&value["content"]).map(|(_, content)| &content["schema"]);
    schemas.next().filter(|schema| !schema.is_null()).map(type_of)
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
