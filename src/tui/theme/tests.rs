use super::*;

fn terminal(depth: ColourDepth, unicode: bool) -> TerminalKind {
    TerminalKind::plain(depth, unicode)
}

#[test]
fn every_theme_is_whole_and_fits_every_terminal() {
    use ColourDepth::{None, Sixteen, True, TwoFiftySix};
    for (name, text) in BUILT_IN {
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table.len(), 14, "{name} names every meaning");
        for depth in [None, Sixteen, TwoFiftySix, True] {
            for unicode in [true, false] {
                Theme::choose(name, &terminal(depth, unicode), Option::None).unwrap();
            }
        }
    }
}

#[test]
fn auto_follows_the_terminal() {
    let auto = |depth| Theme::choose("auto", &terminal(depth, true), None).unwrap();
    assert_eq!(auto(ColourDepth::True).matched.fg, Some(Color::Rgb(0xff, 0xd9, 0xa0)));
    assert!(matches!(auto(ColourDepth::TwoFiftySix).matched.fg, Some(Color::Indexed(_))));
    assert_eq!(auto(ColourDepth::Sixteen).accent.fg, Some(Color::Cyan));
    let mut light = terminal(ColourDepth::True, true);
    light.background = Background::Light;
    assert_eq!(
        Theme::choose("auto", &light, None).unwrap(),
        Theme::choose("light", &light, None).unwrap()
    );
}

#[test]
fn without_colours_nothing_is_coloured_and_the_selection_still_shows() {
    let none = terminal(ColourDepth::None, true);
    let own = Theme::parse("own", "selection = \"none on #102030\"", &none).unwrap();
    for theme in [Theme::choose("dark", &none, None).unwrap(), own] {
        for style in [theme.text, theme.accent, theme.liked, theme.selection, theme.level_high] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
        assert!(theme.selection.add_modifier.contains(Modifier::REVERSED));
        assert_eq!(theme.spectrum, Spectrum::Ramp);
    }
}

#[test]
fn half_blocks_need_colours_and_utf8() {
    let spectrum =
        |depth, unicode| Theme::choose("dark", &terminal(depth, unicode), None).unwrap().spectrum;
    assert!(matches!(spectrum(ColourDepth::True, true), Spectrum::HalfBlocks { .. }));
    assert_eq!(spectrum(ColourDepth::True, false), Spectrum::Ramp);
    assert_eq!(spectrum(ColourDepth::Sixteen, true), Spectrum::Ramp);
}

#[test]
fn a_users_theme_overrides_single_meanings() {
    let full = terminal(ColourDepth::True, true);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, "accent = \"light-red on #000000 bold\"").unwrap();
    let theme = Theme::choose(path.to_str().unwrap(), &full, None).unwrap();
    assert_eq!(
        theme.accent,
        Style::new().fg(Color::LightRed).bg(Color::Rgb(0, 0, 0)).add_modifier(Modifier::BOLD)
    );
    assert_eq!(theme.text, Theme::choose("dark", &full, None).unwrap().text);
}

#[test]
fn mistakes_are_named() {
    let full = terminal(ColourDepth::True, true);
    let error = |text| Theme::parse("mine.toml", text, &full).unwrap_err().to_string();
    let colour = error("dim = \"grayish\"");
    assert!(colour.contains("mine.toml") && colour.contains("dim: \"grayish\""), "{colour}");
    assert!(error("acent = \"red\"").contains("the nearest is \"accent\""));
    assert!(error("spectrum = \"jet\"").contains("magma, viridis, cividis, paper, shades"));
    let unknown = Theme::choose("drak", &full, None).unwrap_err().to_string();
    assert!(
        unknown.contains("the nearest is dark") && unknown.contains("sixteen, mono"),
        "{unknown}"
    );
    let missing = Theme::choose("/nowhere/x.toml", &full, None).unwrap_err().to_string();
    assert!(missing.contains("/nowhere/x.toml"), "{missing}");
}
