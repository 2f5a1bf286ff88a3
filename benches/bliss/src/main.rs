//! Distances of bliss-audio between all tracks of a folder: one line a pair, `a,b,distance`.

use std::path::{Path, PathBuf};

use bliss_audio::decoder::Decoder;
use bliss_audio::decoder::symphonia::SymphoniaDecoder;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("usage: bliss-distances DIR"));
    let mut files = Vec::new();
    find(&folder, &mut files);
    files.sort();
    let songs: Vec<_> = files
        .iter()
        .map(|file| {
            eprintln!("{}", file.display());
            SymphoniaDecoder::song_from_path(file).expect("bliss-audio analyses the file")
        })
        .collect();
    let name = |file: &Path| file.strip_prefix(&folder).unwrap_or(file).display().to_string();
    for (a, of_a) in files.iter().zip(&songs) {
        for (b, of_b) in files.iter().zip(&songs) {
            println!("\"{}\",\"{}\",{}", name(a), name(b), of_a.distance(of_b));
        }
    }
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|e| ["ogg", "flac", "mp3", "wav"].iter().any(|x| e == *x)) {
            files.push(path);
        }
    }
}
