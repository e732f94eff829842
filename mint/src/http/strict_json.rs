//! Reads JSON strictly, because the digest of a request and its meaning must not depend on the parser:
//!
//! - An object that names a field twice is rejected. RFC 8259 §4 leaves open which of the two counts.
//! - An array in place of an object is rejected. serde would take its items for the fields, in the order in
//!   which the program declares them.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    Deserialize, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Map, Value};
use std::fmt;

/// Reads a JSON text whose objects name each field once.
///
/// # Errors
/// An error of the category `Data` if a field occurs twice, otherwise the error of `serde_json`.
pub(super) fn read(bytes: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice::<Unique>(bytes).map(|unique| unique.0)
}

/// A value whose objects name each field once.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Unique(value))) = entries.next_entry::<String, _>()? {
            if object.contains_key(&name) {
                // The name is the client's text and may be long.
                return Err(A::Error::custom(format_args!("the field {name:.64} occurs twice")));
            }
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

/// Deserializes from a value, but a struct only from an object.
pub(super) struct Strict(pub(super) Value);

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Strict));
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Value::Object(entries) => {
                let entries = entries.into_iter().map(|(name, value)| (name, Strict(value)));
                let mut entries = MapDeserializer::new(entries);
                let value = visitor.visit_map(&mut entries)?;
                entries.end().map(|()| value)
            }
            scalar => scalar.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &"an object")),
            value => Self(value).deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            value => visitor.visit_some(Self(value)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq, serde::Deserialize)]
    struct Inner {
        number: u64,
    }

    #[derive(Debug, PartialEq, Eq, serde::Deserialize)]
    struct Outer {
        name: Option<String>,
        inner: Option<Inner>,
        #[serde(default)]
        list: Vec<Inner>,
    }

    fn strictly(json: &str) -> Result<Outer, String> {
        let value = read(json.as_bytes()).map_err(|error| error.to_string())?;
        Outer::deserialize(Strict(value)).map_err(|error| error.to_string())
    }

    #[test]
    fn o13_a_field_that_occurs_twice_is_refused_at_any_depth() {
        for twice in [
            r#"{"name":"a","name":"a"}"#,
            r#"{"unknown":{"a":1,"a":2}}"#,
            r#"{"list":[{"number":1},{"number":1,"number":2}]}"#,
            r#"{"name":"a","na\u006de":"b"}"#,
        ] {
            assert!(strictly(twice).unwrap_err().contains("occurs twice"), "{twice}");
        }
    }

    #[test]
    fn o13_an_array_in_place_of_an_object_is_rejected_at_any_depth() {
        for array in [r#"["a",null,[]]"#, r#"{"inner":[1]}"#, r#"{"list":[[1]]}"#] {
            assert!(strictly(array).unwrap_err().contains("expected an object"), "{array}");
        }
    }

    #[test]
    fn well_formed_json_is_read() {
        let read = strictly(
            r#"{"name":"ü","inner":{"number":7},"list":[{"number":1},{"number":2}],"more":[1.5,true]}"#,
        );
        let inner = |number| Inner { number };
        let expected =
            Outer { name: Some("ü".to_owned()), inner: Some(inner(7)), list: vec![inner(1), inner(2)] };
        assert_eq!(read, Ok(expected));
        assert_eq!(
            strictly(r#"{"name":null,"inner":null}"#),
            Ok(Outer { name: None, inner: None, list: vec![] })
        );
    }
}
