//! Errors as one log line.

use std::error::Error;

/// Returns an error and its sources, joined by colons. An error's `Display` never repeats its source, so the chain is
/// walked once, where the error is logged.
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
