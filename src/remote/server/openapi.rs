//! The interface as an OpenAPI document, made from its types.

use std::sync::OnceLock;

use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::routes::{files, health, identify, listen, people, recommend, tracks, users};
use crate::remote::api;

#[derive(OpenApi)]
#[openapi(
    info(title = "EchoVibe index server", description = "Names what is heard by its fingerprints, offers \
        what to play next, and keeps each user's own history. Bodies are JSON, or MessagePack with the same \
        names (application/msgpack)."),
    paths(
        identify::identify, identify::timeline, listen::listen, tracks::list, tracks::show,
        tracks::enrol, tracks::remove, files::hold, files::unhold, recommend::recommend,
        people::feedback, people::history, people::profile, users::list, users::add, users::revoke,
        users::renew, health::stats, health::health, health::openapi, health::metrics
    ),
    components(schemas(api::ListenHello, api::LiveMessage)),
    security(("token" = [])),
    modifiers(&Token)
)]
struct Interface;

struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        if let Some(components) = &mut openapi.components {
            let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
            components.add_security_scheme("token", scheme);
        }
    }
}

/// The document, JSON.
#[must_use]
pub fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| Interface::openapi().to_json().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_in_the_document_and_needs_a_token_unless_it_says_otherwise() {
        let document: serde_json::Value = serde_json::from_str(document()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        assert_eq!(paths.len(), 17);
        let open: Vec<&String> = paths
            .iter()
            .filter(|(_, methods)| {
                methods.as_object().unwrap().values().any(|m| m.get("security").is_some())
            })
            .map(|(path, _)| path)
            .collect();
        assert_eq!(open, ["/v1/health", "/v1/openapi.json"]);
        assert_eq!(document["security"][0]["token"], serde_json::json!([]));
        assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    }

    #[test]
    fn the_document_says_what_is_checked() {
        let document: serde_json::Value = serde_json::from_str(document()).unwrap();
        let schemas = &document["components"]["schemas"];
        let mfcc = &schemas["Features"]["properties"]["mfcc"];
        for array in [mfcc, &mfcc["items"]] {
            assert_eq!(array["minItems"], array["maxItems"], "{mfcc}");
        }
        assert_eq!((&mfcc["minItems"], &mfcc["items"]["minItems"]), (&2.into(), &13.into()));
        let asked = document["paths"]["/v1/tracks"]["get"]["parameters"].as_array().unwrap();
        let asked = asked.iter().find(|parameter| parameter["name"] == "content").unwrap();
        let content = |body: &str| &schemas[body]["properties"]["content"];
        for hash in [content("TrackBody"), content("FileRequest"), &asked["schema"]] {
            assert_eq!(hash["pattern"], "^[0-9a-f]{64}$");
        }
    }
}
