//! The name somebody meant.

/// Of `names` the one most similar to `written`; empty where there are no names.
#[must_use]
pub fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> &'a str {
    let likeness = |name: &str| strsim::jaro_winkler(&written.to_lowercase(), name);
    names.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_find_their_name() {
        let names = ["frames_per_second", "theme", "mouse"];
        let near = |written| nearest(written, names.into_iter());
        assert_eq!(near("frames"), "frames_per_second");
        assert_eq!(near("Theem"), "theme");
        assert_eq!(nearest("x", std::iter::empty()), "");
    }
}
