//! Values that make sense.

use super::Settings;

/// Below so many bytes a second even what is typed would show late.
const LEAST_BYTES: u32 = 4000;

/// What is wrong with them, if anything.
pub(super) fn check(settings: &Settings) -> Result<(), String> {
    settings.server.check()?;
    let milvus = &settings.milvus;
    for (key, value) in
        [("nlist", milvus.nlist), ("nprobe", milvus.nprobe), ("partitions", milvus.partitions)]
    {
        if !(1..=65_536).contains(&value) {
            return Err(format!("milvus.{key} is {value}, but must be 1 to 65536"));
        }
    }
    if !(0.1..=3600.0).contains(&milvus.timeout_s) {
        return Err(format!("milvus.timeout_s is {}, but must be 0.1 to 3600", milvus.timeout_s));
    }
    let rec = &settings.recognition;
    let fps = settings.screen.frames_per_second;
    if let Some(threshold) = rec.threshold.filter(|t| !(0.0..=1.0).contains(t)) {
        return Err(format!("recognition.threshold is {threshold}, but must be 0 to 1"));
    }
    if !(rec.false_names > 0.0 && rec.false_names <= 1.0) {
        return Err(format!(
            "recognition.false_names is {}, but must be above 0 and at most 1",
            rec.false_names
        ));
    }
    if !(2.0..=60.0).contains(&rec.window_s) {
        return Err(format!("recognition.window_s is {}, but must be 2 to 60", rec.window_s));
    }
    if !(1..=120).contains(&fps) {
        return Err(format!("screen.frames_per_second is {fps}, but must be 1 to 120"));
    }
    let remote = settings.screen.remote_frames_per_second;
    if !(1..=120).contains(&remote) {
        return Err(format!("screen.remote_frames_per_second is {remote}, but must be 1 to 120"));
    }
    for (key, bytes) in [
        ("bytes_per_second", settings.screen.bytes_per_second),
        ("remote_bytes_per_second", settings.screen.remote_bytes_per_second),
    ] {
        if bytes != 0 && bytes < LEAST_BYTES {
            return Err(format!(
                "screen.{key} is {bytes}, but must be 0 or at least {LEAST_BYTES}"
            ));
        }
    }
    if !["log", "mel"].contains(&settings.screen.spectrogram_scale.as_str()) {
        return Err(format!(
            "screen.spectrogram_scale is \"{}\", but must be \"log\" or \"mel\"",
            settings.screen.spectrogram_scale
        ));
    }
    let images = ["auto", "off", "kitty", "sixel", "iterm2"];
    if !images.contains(&settings.screen.images.as_str()) {
        return Err(format!(
            "screen.images is \"{}\", but must be one of {}",
            settings.screen.images,
            images.join(", ")
        ));
    }
    if !(10.0..=120.0).contains(&settings.screen.spectrogram_range_db) {
        return Err("screen.spectrogram_range_db must be 10 to 120".to_owned());
    }
    let listen = &settings.listen;
    if !(0.0..=3600.0).contains(&listen.linger_s) {
        return Err(format!("listen.linger_s is {}, but must be 0 to 3600", listen.linger_s));
    }
    if !(0.1..=86_400.0).contains(&listen.command_timeout_s) {
        return Err(format!(
            "listen.command_timeout_s is {}, but must be 0.1 to 86400",
            listen.command_timeout_s
        ));
    }
    check_recommend(settings)?;
    for (name, [valence, energy]) in &settings.moods {
        if ![valence, energy].iter().all(|place| (-1.0..=1.0).contains(*place)) {
            return Err(format!(
                "moods.{name} is [{valence}, {energy}], but valence and energy must be -1 to 1"
            ));
        }
    }
    let names: Vec<&str> = settings.moods.keys().map(String::as_str).collect();
    for (word, name) in &settings.mood_words {
        if !settings.moods.contains_key(name) {
            return Err(format!(
                "mood_words.{word} is \"{name}\", but the moods are {}",
                names.join(", ")
            ));
        }
    }
    Ok(())
}

fn check_recommend(settings: &Settings) -> Result<(), String> {
    let (recommend, taste) = (&settings.recommend, &settings.taste);
    for (key, value) in [
        ("recommend.count", recommend.count),
        ("recommend.per_artist_in_ten", recommend.per_artist_in_ten),
        ("recommend.per_artist", recommend.per_artist),
        ("recommend.radio_window", recommend.radio_window),
        ("taste.centres", taste.centres),
    ] {
        if value == 0 {
            return Err(format!("{key} is 0, but must be at least 1"));
        }
    }
    for (key, value) in [
        ("taste.half_life_days", taste.half_life_days),
        ("recommend.fatigue_half_life_h", recommend.fatigue_half_life_h),
        ("recommend.fresh_half_life_days", recommend.fresh_half_life_days),
    ] {
        if value <= 0.0 || !value.is_finite() {
            return Err(format!("{key} is {value}, but must be above 0"));
        }
    }
    for (key, value) in
        [("recommend.explore", recommend.explore), ("taste.skipped_share", taste.skipped_share)]
    {
        if !(0.0..=1.0).contains(&value) {
            return Err(format!("{key} is {value}, but must be 0 to 1"));
        }
    }
    for (key, value) in [
        ("recommend.seed", recommend.seed),
        ("recommend.taste", recommend.taste),
        ("recommend.feedback", recommend.feedback),
        ("recommend.fatigue", recommend.fatigue),
        ("recommend.mood", recommend.mood),
        ("recommend.fresh", recommend.fresh),
        ("recommend.popularity", recommend.popularity),
        ("recommend.people", recommend.people),
        ("recommend.explore_reach", recommend.explore_reach),
        ("taste.like", taste.like),
        ("taste.save", taste.save),
        ("taste.play_finished", taste.play_finished),
        ("taste.repeat", taste.repeat),
        ("taste.skip_early", taste.skip_early),
        ("taste.skip_late", taste.skip_late),
        ("taste.ban", taste.ban),
        ("taste.star", taste.star),
    ] {
        if !value.is_finite() {
            return Err(format!("{key} is {value}, but must be a number"));
        }
    }
    Ok(())
}
