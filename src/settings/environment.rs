//! Keys set in the environment, for containers and services: `ECHOVIBE_RECOGNITION__WINDOW_S=8` is
//! `window_s = 8` under `[recognition]`, and goes before every file.

use std::ffi::OsString;

/// Start of the names.
const PREFIX: &str = "ECHOVIBE_";
/// Between section and key.
const BETWEEN: &str = "__";

/// The keys that the variables set, as a table. Text needs no quotes; other values are written as in TOML.
///
/// # Errors
/// A value is not what its key takes, or is not text.
pub fn table(
    variables: impl Iterator<Item = (OsString, OsString)>,
    defaults: &toml::Table,
) -> Result<toml::Table, String> {
    let mut set = toml::Table::new();
    for (name, value) in variables {
        let Some(name) = name.to_str() else { continue };
        let Some((section, key)) =
            name.strip_prefix(PREFIX).and_then(|rest| rest.split_once(BETWEEN))
        else {
            continue;
        };
        let value = value.to_str().ok_or_else(|| format!("{name} is not UTF-8"))?;
        let (section, key) = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
        let default = defaults.get(&section).and_then(|table| table.get(&key));
        let free_text = default.is_some_and(toml::Value::is_str)
            || (default.is_none() && section == "mood_words");
        let value = if free_text {
            toml::Value::String(value.to_owned())
        } else {
            parsed(value).ok_or_else(|| format!("{name} is '{value}', which is no value"))?
        };
        let table = set.entry(section).or_insert_with(|| toml::Table::new().into());
        if let Some(table) = table.as_table_mut() {
            table.insert(key, value);
        }
    }
    Ok(set)
}

fn parsed(value: &str) -> Option<toml::Value> {
    let table: toml::Table = format!("value = {value}").parse().ok()?;
    table.get("value").filter(|_| table.len() == 1).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<toml::Table, String> {
        let defaults = crate::settings::DEFAULT_TOML.parse().unwrap();
        table(variables.iter().map(|(n, v)| (n.into(), v.into())), &defaults)
    }

    #[test]
    fn text_needs_no_quotes_and_the_rest_is_toml() {
        let set = of(&[
            ("ECHOVIBE_LISTEN__ON_TRACK", "notify-send -- {title}"),
            ("ECHOVIBE_LISTEN__NOW_PLAYING", "['/run/now.txt']"),
            ("ECHOVIBE_LISTEN__LINGER_S", "2"),
            ("ECHOVIBE_SCREEN__MOUSE", "true"),
            ("ECHOVIBE_RECOGNITION__THRESHOLD", "0.5"),
            ("ECHOVIBE_DATA_DIR", "/data"),
            ("HOME", "/home/ann"),
        ])
        .unwrap();
        assert_eq!(set["listen"]["on_track"].as_str(), Some("notify-send -- {title}"));
        assert_eq!(set["listen"]["now_playing"][0].as_str(), Some("/run/now.txt"));
        assert_eq!(set["screen"]["mouse"].as_bool(), Some(true));
        assert_eq!(set["recognition"]["threshold"].as_float(), Some(0.5));
        assert_eq!(set.len(), 3);
    }

    #[test]
    fn what_is_no_value_is_named() {
        let error = of(&[("ECHOVIBE_LISTEN__LINGER_S", "soon")]).unwrap_err();
        assert!(error.contains("ECHOVIBE_LISTEN__LINGER_S is 'soon'"), "{error}");
        assert!(of(&[("ECHOVIBE_SCREEN__MOUSE", "true\nother = 1")]).is_err());
    }
}
