//! The RFC 8785 form of JSON for receipts, which have ASCII names and no fractions: sorted names, no white
//! space, no needless escapes.
//!
//! `serde_jcs`, which [`idempotency`](crate::idempotency) uses, also writes fractions as ECMAScript does.
//! That takes 17 kB of every wallet's page, so it stays out of the code that wallets use; a test compares the
//! two.

use serde_json::Value;

/// Returns the canonical text, or `None` for a number with a fraction or above 2^53, and for a name that is
/// not ASCII.
pub(super) fn text(value: &Value) -> Option<String> {
    let mut text = String::new();
    write(value, &mut text)?;
    Some(text)
}

/// Integers above this lose digits in ECMAScript, and so in RFC 8785.
const MAX_INTEGER: u64 = 1 << 53;

fn write(value: &Value, text: &mut String) -> Option<()> {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<_> = fields.keys().collect();
            names.sort();
            text.push('{');
            for (index, name) in names.into_iter().enumerate() {
                if !name.is_ascii() {
                    return None;
                }
                push_comma(index, text);
                // `serde_json` escapes strings as RFC 8785 requires: only where necessary, in the short form
                // if one exists, otherwise in lower-case hex.
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(fields.get(name)?, text)?;
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (index, value) in values.iter().enumerate() {
                push_comma(index, text);
                write(value, text)?;
            }
            text.push(']');
        }
        Value::Number(number) => {
            let magnitude = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs))?;
            if magnitude > MAX_INTEGER {
                return None;
            }
            text.push_str(&number.to_string());
        }
        plain => text.push_str(&plain.to_string()),
    }
    Some(())
}

fn push_comma(index: usize, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![any::<String>(), "[\u{0}-\u{7f}]{0,8}"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-9_007_199_254_740_992_i64..=9_007_199_254_740_992).prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 6, |inner| {
            let fields = prop::collection::btree_map("[ -~]{0,6}", inner.clone(), 0..6);
            prop_oneof![
                prop::collection::vec(inner, 0..6).prop_map(Value::from),
                fields.prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_text_is_that_of_the_full_implementation(value in any_json()) {
            prop_assert_eq!(text(&value), serde_jcs::to_string(&value).ok());
        }
    }

    #[test]
    fn values_that_ecmascript_writes_differently_are_rejected() {
        for bad in [json!(1.5), json!(1e300), json!(u64::MAX), json!(i64::MIN), json!({ "é": 1 })] {
            assert_eq!(text(&bad), None, "{bad}");
        }
    }
}
