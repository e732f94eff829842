//! Parameters of statements.

/// A statement parameter of a type that both databases have.
#[derive(Clone)]
pub(crate) enum Parameter<'a> {
    Text(&'a str),
    OwnedText(String),
    Bytes(&'a [u8]),
    Integer(i64),
    MaybeInteger(Option<i64>),
    MaybeText(Option<&'a str>),
    Boolean(bool),
}
