//! Pictures as SVG files: text stays text, and points tell their names.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::png::{PngError, png};
use super::scene::{Anchor, Rgb, Scene, Shape, Size};

/// A scene as a file.
///
/// # Errors
/// Pixels in it cannot be written as PNG.
pub fn svg(scene: &Scene) -> Result<String, PngError> {
    let Scene { width, height, .. } = scene;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"'Noto Sans Mono', 'DejaVu Sans Mono', monospace\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        hex(scene.background)
    );
    for shape in &scene.shapes {
        // Writing into a string cannot fail.
        let _ = writeln!(out, "{}", element(shape)?);
    }
    out.push_str("</svg>\n");
    Ok(out)
}

fn element(shape: &Shape) -> Result<String, PngError> {
    Ok(match shape {
        Shape::Box { at: [x, y, width, height], fill } => format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{}\"/>",
            hex(*fill)
        ),
        Shape::Line { from, to, width, colour } => format!(
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{}\" stroke-width=\"{width}\" \
             stroke-linecap=\"round\"/>",
            from[0],
            from[1],
            to[0],
            to[1],
            hex(*colour)
        ),
        Shape::Disc { at, radius, fill, opacity, title } => {
            let named = if title.is_empty() {
                String::new()
            } else {
                format!("<title>{}</title>", escape(title))
            };
            format!(
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\" fill=\"{}\" fill-opacity=\"{opacity}\">\
                 {named}</circle>",
                at[0],
                at[1],
                hex(*fill)
            )
        }
        Shape::Text { at, text, size, anchor, colour } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            // The raster height of the same font at this size, as the PNG has it.
            let (size, weight) = match size {
                Size::Small => (12, "normal"),
                Size::Large => (18, "bold"),
            };
            format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size}\" font-weight=\"{weight}\" \
                 text-anchor=\"{anchor}\" dominant-baseline=\"central\" fill=\"{}\">{}</text>",
                at[0],
                at[1],
                hex(*colour),
                escape(text)
            )
        }
        Shape::Pixels { at: [x, y], width, pixels } => {
            let height = pixels.len() as u32 / (*width).max(1);
            let only = Shape::Pixels { at: [0, 0], width: *width, pixels: pixels.clone() };
            let file =
                png(&Scene { width: *width, height, background: [0; 3], shapes: vec![only] })?;
            format!(
                "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
                 href=\"data:image/png;base64,{}\"/>",
                STANDARD.encode(file)
            )
        }
    })
}

fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Text as XML has it; what XML cannot hold at all becomes a question mark.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                out.push('?');
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_text_whatever_it_holds() {
        let title = "R&B <b>\"fusion\"</b>\u{1} 東京 🌱".to_owned();
        let disc = Shape::Disc {
            at: [1.0, 2.0],
            radius: 3.0,
            fill: [1, 2, 255],
            opacity: 0.5,
            title: title.clone(),
        };
        let mut scene = Scene { width: 20, height: 10, background: [255; 3], shapes: vec![disc] };
        scene.text([4.0, 5.0], title, Size::Large, Anchor::End, [0; 3]);
        let file = svg(&scene).unwrap();
        let told = "R&amp;B &lt;b&gt;&quot;fusion&quot;&lt;/b&gt;? 東京 🌱";
        assert_eq!(file.matches(told).count(), 2, "{file}");
        assert!(file.contains("fill=\"#0102ff\"") && file.contains("text-anchor=\"end\""));
        assert!(file.starts_with("<svg ") && file.ends_with("</svg>\n"));
    }
}
