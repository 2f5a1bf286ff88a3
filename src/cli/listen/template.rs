//! Templates: text with fields of a track in it.
//!
//! `{title}` is a field. A `{` with anything but a letter behind it stands for itself, so that JSON can be
//! written as it is. What else is special depends on where the template stands: see [`Syntax`].

use thiserror::Error;

/// What can be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Title,
    Artist,
    Album,
    Path,
    TrackId,
    OffsetS,
    Confidence,
    HeardS,
    At,
    Input,
    Json,
}

impl Field {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 11] = [
        (Self::Title, "title"),
        (Self::Artist, "artist"),
        (Self::Album, "album"),
        (Self::Path, "path"),
        (Self::TrackId, "track_id"),
        (Self::OffsetS, "offset_s"),
        (Self::Confidence, "confidence"),
        (Self::HeardS, "heard_s"),
        (Self::At, "at"),
        (Self::Input, "input"),
        (Self::Json, "json"),
    ];

    fn named(name: &str) -> Result<Self, TemplateError> {
        if let Some((field, _)) = Self::ALL.iter().find(|(_, known)| *known == name) {
            return Ok(*field);
        }
        let likeness = |known: &str| strsim::jaro_winkler(name, known);
        let names = Self::ALL.map(|(_, known)| known);
        let nearest = names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        Err(TemplateError::Unknown {
            name: name.to_owned(),
            nearest: nearest.copied().unwrap_or_default(),
            all: names.join(", "),
        })
    }

    /// Whether a stranger who writes tags can make it begin with anything.
    pub fn is_free_text(self) -> bool {
        matches!(self, Self::Title | Self::Artist | Self::Album)
    }
}

/// What is special besides fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// For people: what stands in `[...]` is left out where one of its fields is empty; `\n` and `\t` are
    /// a new line and a tab, and `\` before one of `\ { } [ ]` is that character.
    Text,
    /// One word of a command: `\{` is `{`, all else stands for itself.
    Argument,
}

/// A template that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// No field has this name.
    #[error("there is no field {{{name}}}; the nearest is {{{nearest}}}, and all are: {all}")]
    Unknown { name: String, nearest: &'static str, all: String },
    /// A field without an end.
    #[error("the {{ before \"{0}\" is not closed; for the character itself write \\{{")]
    OpenField(String),
    /// An optional part without an end.
    #[error("the [ before \"{0}\" is not closed; for the character itself write \\[")]
    OpenPart(String),
    /// An end without a beginning.
    #[error("a ] closes nothing; for the character itself write \\]")]
    Unopened,
    /// A backslash before something else.
    #[error("\\{0} means nothing here; possible are \\n, \\t, \\\\, \\{{, \\}}, \\[ and \\]")]
    Escape(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
    Optional(Vec<Part>),
}

/// A template that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

impl Template {
    /// Understands a template.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub fn parse(text: &str, syntax: Syntax) -> Result<Self, TemplateError> {
        let mut rest = text;
        let parts = parts(&mut rest, syntax)?;
        if rest.is_empty() { Ok(Self(parts)) } else { Err(TemplateError::Unopened) }
    }

    /// The text with all fields filled in.
    pub fn fill(&self, value: &dyn Fn(Field) -> Vec<u8>) -> Vec<u8> {
        let mut filled = Vec::new();
        fill(&self.0, value, &mut filled);
        filled
    }

    /// The field that the text begins with.
    pub fn first_field(&self) -> Option<Field> {
        match self.0.first() {
            Some(Part::Field(field)) => Some(*field),
            _ => None,
        }
    }

    /// The text, where there is no field in it.
    pub fn constant(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }
}

/// Parts up to the end of the text, or to a `]`, which is left.
fn parts(rest: &mut &str, syntax: Syntax) -> Result<Vec<Part>, TemplateError> {
    let (mut parts, mut text) = (Vec::new(), String::new());
    let end = |text: &mut String, parts: &mut Vec<Part>| {
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(text)));
        }
    };
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            '{' if after.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                end(&mut text, &mut parts);
                *rest = after;
                parts.push(Part::Field(field(rest)?));
                continue;
            }
            '\\' if syntax == Syntax::Text || after.starts_with('{') => {
                *rest = after;
                text.push(escaped(rest)?);
                continue;
            }
            '[' if syntax == Syntax::Text => {
                end(&mut text, &mut parts);
                *rest = after;
                parts.push(Part::Optional(self::parts(rest, syntax)?));
                *rest = rest
                    .strip_prefix(']')
                    .ok_or_else(|| TemplateError::OpenPart(beginning(after)))?;
                continue;
            }
            ']' if syntax == Syntax::Text => break,
            c => text.push(c),
        }
        *rest = after;
    }
    end(&mut text, &mut parts);
    Ok(parts)
}

/// The field whose `{` was just read.
fn field(rest: &mut &str) -> Result<Field, TemplateError> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let name = rest.split(|c| !is_name(c)).next().unwrap_or_default();
    let Some(after) = rest[name.len()..].strip_prefix('}') else {
        return Err(TemplateError::OpenField(beginning(rest)));
    };
    *rest = after;
    Field::named(name)
}

/// The character whose `\` was just read.
fn escaped(rest: &mut &str) -> Result<char, TemplateError> {
    let c = rest.chars().next().ok_or_else(|| TemplateError::Escape(String::new()))?;
    *rest = &rest[c.len_utf8()..];
    match c {
        'n' => Ok('\n'),
        't' => Ok('\t'),
        '\\' | '{' | '}' | '[' | ']' => Ok(c),
        other => Err(TemplateError::Escape(other.to_string())),
    }
}

fn beginning(text: &str) -> String {
    text.chars().take(16).collect()
}

fn fill(parts: &[Part], value: &dyn Fn(Field) -> Vec<u8>, to: &mut Vec<u8>) {
    for part in parts {
        match part {
            Part::Text(text) => to.extend_from_slice(text.as_bytes()),
            Part::Field(field) => to.extend(value(*field)),
            Part::Optional(parts) => {
                let empty = |part: &Part| matches!(part, Part::Field(f) if value(*f).is_empty());
                if !parts.iter().any(empty) {
                    fill(parts, value, to);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, syntax: Syntax, artist: &str, title: &str) -> String {
        let value = |field| match field {
            Field::Artist => artist.as_bytes().to_vec(),
            Field::Title => title.as_bytes().to_vec(),
            _ => b"?".to_vec(),
        };
        let template = Template::parse(template, syntax).unwrap();
        String::from_utf8(template.fill(&value)).unwrap()
    }

    #[test]
    fn fields_are_filled_in_once() {
        let text = |template| filled(template, Syntax::Text, "{title}", "[a] \\n {artist}");
        assert_eq!(text("{artist} - {title}"), "{title} - [a] \\n {artist}");
        assert_eq!(text(""), "");
        assert_eq!(text("no field: {} { title} é"), "no field: {} { title} é");
    }

    #[test]
    fn parts_without_their_field_are_left_out() {
        for (artist, told) in [("Ada", "Ada - Tide"), ("", "Tide")] {
            assert_eq!(filled("[{artist} - ]{title}", Syntax::Text, artist, "Tide"), told);
            assert_eq!(filled("[[{artist} - ]{title}]", Syntax::Text, artist, "Tide"), told);
        }
        assert_eq!(filled("[by {artist}[, {title}]]", Syntax::Text, "", "Tide"), "");
        assert_eq!(filled("[always]", Syntax::Text, "", ""), "always");
    }

    #[test]
    fn escapes_in_text_and_in_arguments() {
        assert_eq!(filled(r"\[\{title}\]\n\t\\", Syntax::Text, "", "x"), "[{title}]\n\t\\");
        let argument = r#"{"a":{"t":"\{title}"}} [0] \n \\ {title}"#;
        let told = r#"{"a":{"t":"{title}"}} [0] \n \\ x"#;
        assert_eq!(filled(argument, Syntax::Argument, "", "x"), told);
    }

    #[test]
    fn mistakes_are_named() {
        for (template, told) in [
            ("{titel}", "no field {titel}; the nearest is {title}"),
            ("{Title}", "no field {Title}; the nearest is {title}"),
            ("{title", "the { before \"title\" is not closed"),
            ("{title {artist}", "the { before \"title {artist}\" is not closed"),
            ("[{artist}", "the [ before \"{artist}\" is not closed"),
            ("{artist}]", "a ] closes nothing"),
            (r"\d", r"\d means nothing here"),
            ("\\", "means nothing here"),
        ] {
            let error = Template::parse(template, Syntax::Text).unwrap_err().to_string();
            assert!(error.contains(told), "{template}: {error}");
        }
        assert!(Template::parse("{titel}", Syntax::Argument).is_err());
    }
}
