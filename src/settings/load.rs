//! From the defaults, the user's file and the environment to what holds.

use std::path::Path;

use super::check::check;
use super::{DEFAULT_TOML, Settings, SettingsError, environment};

impl Settings {
    /// The defaults with the keys of `path` over them, where there is one, and over those the keys that the
    /// environment sets (`ECHOVIBE_SECTION__KEY`).
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, or has an unknown key or a value out of range; or the environment
    /// does.
    pub fn load(path: Option<&Path>) -> Result<Self, SettingsError> {
        let read = |path: &Path| {
            std::fs::read_to_string(path)
                .map_err(|source| SettingsError::Read { path: path.to_owned(), source })
        };
        let text = path.map(read).transpose()?;
        let path = path.unwrap_or_else(|| Path::new("(built in)"));
        let table = merged(DEFAULT_TOML, text.as_deref(), path)?;
        let wrong = |message| SettingsError::Wrong { path: "(environment)".into(), message };
        let set = environment::table(std::env::vars_os(), &table).map_err(wrong)?;
        if set.is_empty() {
            return finished(table, path);
        }
        // What is wrong in the file is told as such.
        finished(table.clone(), path)?;
        finished(over(table, set).map_err(wrong)?, Path::new("(environment)"))
    }
}

/// The defaults with the keys of the text over them.
fn merged(defaults: &str, user: Option<&str>, path: &Path) -> Result<toml::Table, SettingsError> {
    let wrong = |message: String| SettingsError::Wrong { path: path.to_owned(), message };
    let table: toml::Table = defaults.parse().map_err(|e: toml::de::Error| wrong(e.to_string()))?;
    let Some(user) = user else { return Ok(table) };
    let user: toml::Table = user.parse().map_err(|e: toml::de::Error| wrong(e.to_string()))?;
    over(table, user).map_err(wrong)
}

/// A table with the keys of another over them, which must be known.
fn over(mut table: toml::Table, user: toml::Table) -> Result<toml::Table, String> {
    known(&table, &user, "")?;
    merge(&mut table, user);
    Ok(table)
}

/// What the keys mean, if they make sense.
fn finished(table: toml::Table, path: &Path) -> Result<Settings, SettingsError> {
    let wrong = |message: String| SettingsError::Wrong { path: path.to_owned(), message };
    let settings: Settings = table.try_into().map_err(|e: toml::de::Error| wrong(e.to_string()))?;
    check(&settings).map_err(wrong)?;
    Ok(settings)
}

/// Keys that the defaults have, or that stand there as a comment.
const OPTIONAL: [&str; 1] = ["recognition.threshold"];

/// Names the first key that does not exist, and the nearest one that does. Moods may be called anything.
fn known(base: &toml::Table, over: &toml::Table, within: &str) -> Result<(), String> {
    for (key, value) in over {
        let path = if within.is_empty() { key.clone() } else { format!("{within}.{key}") };
        if matches!(within, "moods" | "mood_words") || OPTIONAL.contains(&path.as_str()) {
            continue;
        }
        match (base.get(key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(over)) => known(base, over, &path)?,
            (Some(toml::Value::Table(_)), _) => {
                return Err(format!("{path} must be a table: write [{path}] above its keys"));
            }
            (Some(_), _) => {}
            (None, _) => {
                let likeness = |name: &&String| strsim::jaro_winkler(key, name);
                let nearest = base.keys().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
                let nearest = nearest.map_or("", String::as_str);
                return Err(format!("there is no key \"{path}\"; the nearest is \"{nearest}\""));
            }
        }
    }
    Ok(())
}

fn merge(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(over)) => merge(base, over),
            (Some(toml::Value::Float(base)), toml::Value::Integer(whole)) => *base = whole as f64,
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(over: &str) -> Result<Settings, SettingsError> {
        let path = Path::new("test.toml");
        finished(merged(DEFAULT_TOML, Some(over), path)?, path)
    }

    #[test]
    fn the_commented_file_is_the_default() {
        let settings = Settings::load(None).unwrap();
        assert_eq!(settings.recognition.false_names, 0.001);
        assert_eq!(settings.recognition.threshold, None);
    }

    #[test]
    fn one_key_overrides_one_key() {
        let settings = with("[screen]\nframes_per_second = 60\n[recommend]\nseed = 2").unwrap();
        assert_eq!(settings.screen.frames_per_second, 60);
        assert_eq!(settings.recommend.seed, 2.0);
        assert_eq!(settings.screen.theme, "auto");
    }

    #[test]
    fn bad_keys_and_values_are_named() {
        let unknown = with("[screen]\nframes = 60").unwrap_err().to_string();
        assert!(unknown.contains("frames") && unknown.contains("frames_per_second"), "{unknown}");
        assert_eq!(
            with("[sceen]\ntheme = \"dark\"").unwrap_err().to_string(),
            "the configuration test.toml is wrong: there is no key \"sceen\"; the nearest is \"screen\""
        );
        let range = with("[recognition]\nthreshold = 7").unwrap_err().to_string();
        assert!(range.contains("recognition.threshold is 7"), "{range}");
        let share = with("[recognition]\nfalse_names = 0").unwrap_err().to_string();
        assert!(share.contains("recognition.false_names is 0"), "{share}");
        assert_eq!(with("[recognition]\nthreshold = 1").unwrap().recognition.threshold, Some(1.0));
        let mood = with("[moods]\ncalm = [0.5, -3]").unwrap_err().to_string();
        assert!(mood.contains("moods.calm is [0.5, -3]"), "{mood}");
        assert_eq!(with("[moods]\nfloating = [0.3, -0.9]").unwrap().moods.len(), 7);
        let word = with("[mood_words]\nzen = \"void\"").unwrap_err().to_string();
        assert!(word.contains("mood_words.zen is \"void\"") && word.contains("calm"), "{word}");
        let weight = with("[recommend]\nmood = nan").unwrap_err().to_string();
        assert!(weight.contains("recommend.mood is NaN"), "{weight}");
        let linger = with("[listen]\nlinger_s = -1").unwrap_err().to_string();
        assert!(linger.contains("listen.linger_s is -1"), "{linger}");
        let timeout = with("[listen]\ncommand_timeout_s = 0").unwrap_err().to_string();
        assert!(timeout.contains("listen.command_timeout_s is 0"), "{timeout}");
        let window = with("[recommend]\nradio_window = 0").unwrap_err().to_string();
        assert!(window.contains("recommend.radio_window is 0"), "{window}");
        assert!(with("[screen").unwrap_err().to_string().contains("test.toml"));
    }
}
