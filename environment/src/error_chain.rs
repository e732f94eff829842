//! Formats an error and its sources as one line.

use std::error::Error;

/// Formats an error and its sources, joined by colons. Call it once, where the error is logged: by convention
/// the `Display` of an error does not repeat its source.
#[must_use]
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        chain.push_str(": ");
        chain.push_str(&error.to_string());
        source = error.source();
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::error_chain;
    use std::io::{Error, ErrorKind};

    #[derive(Debug, thiserror::Error)]
    #[error("the ledger cannot be opened")]
    struct Outer(#[source] Error);

    #[test]
    fn sources_follow_the_error() {
        let error = Outer(Error::new(ErrorKind::NotFound, "no such file"));
        assert_eq!(error_chain(&error), "the ledger cannot be opened: no such file");
    }
}
