//! `GET /health`, `/health/ready` and `/health/live`

use ecash_harness::{Engine, TestMint, on_every_ledger};

on_every_ledger! {
    health_has_the_published_fields,
}

async fn health_has_the_published_fields(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let health = mint.raw().get("/health", None).await;
    assert_eq!(health.status, 200);
    assert_eq!(health.body["status"], "running");
    assert_eq!(health.body["database"], "ok");
    assert_eq!(health.body["redis"], "not_used");
    assert_eq!(health.body["timestamp"], "2026-01-01T00:00:00Z");
    assert_eq!(mint.raw().get("/health/ready", None).await.status, 200);
    assert_eq!(mint.raw().get("/health/live", None).await.status, 204);
}
