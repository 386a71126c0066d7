//! A JSON value as publishers write it: any type can be anywhere.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The most members of an object or a list. Chosen by hand.
const MAX_MEMBERS: usize = 256;
/// The longest text that is kept, in bytes. Chosen by hand.
const MAX_TEXT: usize = 1 << 20;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::parse::feed) enum JsonValue {
    /// A text, or a number as text.
    Text(String),
    /// A list, up to [`MAX_MEMBERS`].
    List(Vec<JsonValue>),
    /// An object, up to [`MAX_MEMBERS`].
    Map(Vec<(String, JsonValue)>),
    /// Null, true or false.
    Nothing,
}

impl JsonValue {
    /// The text, also if WordPress wraps it in `rendered`.
    pub(in crate::parse::feed) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Map(_) => self.get("rendered").and_then(Self::text),
            _ => None,
        }
    }

    /// The member of an object.
    pub(in crate::parse::feed) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(fields) = self else { return None };
        fields.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// The members of a list.
    pub(in crate::parse::feed) fn members(&self) -> impl Iterator<Item = &Self> {
        let members: &[Self] = if let Self::List(members) = self { members } else { &[] };
        members.iter()
    }
}

impl<'de> Deserialize<'de> for JsonValue {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(AnyJson)
    }
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = JsonValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<JsonValue, E> {
        Ok(JsonValue::Nothing)
    }

    fn visit_unit<E>(self) -> Result<JsonValue, E> {
        Ok(JsonValue::Nothing)
    }

    fn visit_i64<E>(self, number: i64) -> Result<JsonValue, E> {
        Ok(JsonValue::Text(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<JsonValue, E> {
        Ok(JsonValue::Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<JsonValue, E> {
        Ok(JsonValue::Text(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<JsonValue, E> {
        let end = (0..=text.len().min(MAX_TEXT)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        Ok(JsonValue::Text(text[..end].to_owned()))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<JsonValue, S::Error> {
        let mut members = Vec::new();
        while members.len() < MAX_MEMBERS {
            match seq.next_element()? {
                Some(member) => members.push(member),
                None => return Ok(JsonValue::List(members)),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(JsonValue::List(members))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<JsonValue, M::Error> {
        let mut fields = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if fields.len() < MAX_MEMBERS {
                fields.push((key, map.next_value()?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(JsonValue::Map(fields))
    }
}
