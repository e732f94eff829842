//! Tables of refused requests: a body, its error code, and the position of the error. A refused request
//! changes nothing.

use ecash_core::wire::ErrorCode;
use ecash_harness::TestMint;
use serde_json::{Value, json};

/// A request body and the error it must be refused with.
pub(crate) struct Case {
    pub(crate) what: &'static str,
    pub(crate) body: Value,
    pub(crate) code: ErrorCode,
    /// `index` or `field` of the problem document, if the error names one.
    pub(crate) at: Option<(&'static str, Value)>,
}

pub(crate) fn case(what: &'static str, body: Value, code: ErrorCode) -> Case {
    Case { what, body, code, at: None }
}

impl Case {
    pub(crate) fn at_index(self, index: usize) -> Self {
        Self { at: Some(("index", json!(index))), ..self }
    }

    pub(crate) fn in_field(self, field: &str) -> Self {
        Self { at: Some(("field", json!(field))), ..self }
    }
}

/// The totals that a refused request must not change.
pub(crate) async fn totals(mint: &TestMint) -> (u64, u64, u64, i64) {
    let report = mint.audit().await;
    assert_eq!(report.violations, []);
    (report.operations, report.issued_tokens, report.spent_tokens, report.accounts_minor)
}

/// Sends each case, and asserts its refusal and that nothing changed.
pub(crate) async fn assert_refused(
    mint: &TestMint,
    path: &str,
    token: Option<&str>,
    cases: impl IntoIterator<Item = Case>,
) {
    for Case { what, body, code, at } in cases {
        let before = totals(mint).await;
        let answer = mint.raw().post(path, token, None, &body).await;
        assert_eq!((answer.status, answer.code()), (code.status(), code.as_str()), "{what}: {}", answer.body);
        if let Some((place, value)) = at {
            assert_eq!(answer.body[place], value, "{what}");
        }
        assert_eq!(totals(mint).await, before, "{what} changed something");
    }
}
