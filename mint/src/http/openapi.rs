//! `/openapi.json`, generated from the handlers.

use axum::http::header;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::Modify;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Content, ContentBuilder, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Required, Response,
    ResponseBuilder, Type,
};

const JSON_TYPE: &str = "application/json";
const PROBLEM_TYPE: &str = "application/problem+json";
/// Name of the schema of problem documents.
const PROBLEM: &str = "Problem";

#[derive(utoipa::OpenApi)]
#[openapi(modifiers(&Credentials), info(
    title = "eCash mint",
    version = "1",
    description = "Anonymous digital cash: RSA blind signatures (RFC 9474). Binary values are base64url \
        without padding, times RFC 3339 UTC. Errors are application/problem+json with a stable code."
))]
pub(super) struct Description;

/// Declares what requests authenticate with.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, description: &mut OpenApi) {
        let bearer = |what: &str| {
            SecurityScheme::Http(
                HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(what)).build(),
            )
        };
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("account_token", bearer("The account token: 32 bytes in base64url."));
        components
            .add_security_scheme("api_key", bearer("An API key of a merchant: `ek_live_…` or `ek_test_…`."));
    }
}

/// Adds to each operation the errors that all operations like it may return, and gives all errors their media
/// type.
pub(super) fn complete(mut description: OpenApi) -> OpenApi {
    for (path, item) in &mut description.paths.paths {
        let limited = !path.starts_with("/health");
        for operation in operations(item) {
            let mut common = vec![("503", "`overloaded`, `unavailable`")];
            if limited {
                common.extend([("400", "`malformed_request`"), ("429", "`rate_limited`")]);
            }
            if operation.request_body.is_some() {
                common.extend([("408", "`request_timeout`"), ("413", "`body_too_large`")]);
            }
            for (status, codes) in common {
                let responses = &mut operation.responses.responses;
                responses.entry(status.to_owned()).or_insert_with(|| problem(codes).into());
            }
            operation.responses.responses.values_mut().for_each(name_media_type);
            complete_parameters(path, operation.parameters.get_or_insert_default());
        }
    }
    description
}

/// Declares the parameters in the path, and the form of idempotency keys.
fn complete_parameters(path: &str, parameters: &mut Vec<RefOr<Parameter>>) {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    for name in names {
        let named =
            |parameter: &RefOr<Parameter>| matches!(parameter, RefOr::T(parameter) if parameter.name == name);
        if !parameters.iter().any(named) {
            let builder = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
            let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1));
            parameters.push(builder.required(Required::True).schema(Some(schema)).build().into());
        }
    }
    for parameter in parameters.iter_mut() {
        let RefOr::T(key) = parameter else { continue };
        if key.name != "Idempotency-Key" {
            continue;
        }
        let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Za-z0-9_-]{22,64}$"));
        key.schema = Some(schema.into());
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
    methods.into_iter().filter_map(Option::as_mut)
}

fn problem(codes: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    ResponseBuilder::new().description(codes).content(PROBLEM_TYPE, content).build()
}

/// Problem documents have a separate media type (RFC 9457 §3).
fn name_media_type(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let is_problem = |content: &RefOr<Content>| {
        let RefOr::T(content) = content else { return false };
        let reference = format!("#/components/schemas/{PROBLEM}");
        matches!(&content.schema, Some(RefOr::Ref(schema)) if schema.ref_location == reference)
    };
    if response.content.get(JSON_TYPE).is_some_and(is_problem)
        && let Some(content) = response.content.swap_remove(JSON_TYPE)
    {
        response.content.insert(PROBLEM_TYPE.to_owned(), content);
    }
}

pub(super) fn serve(router: Router, description: OpenApi) -> Router {
    let serve = get(move || {
        let description = description.clone();
        async move { ([(header::CACHE_CONTROL, "no-cache")], Json(description)) }
    });
    router.route("/openapi.json", serve)
}
