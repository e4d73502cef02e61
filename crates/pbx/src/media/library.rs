//! All clips: built-in music and prompts, an operator's own files, and tones.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::api::{MediaStartError, MusicId, PromptId, Tone};
use super::clip::Clip;
use super::tone;

/// Names and contents of files in `prompts`, made by `prompts/make.sh`.
macro_rules! built_in {
    ($($name:expr),* $(,)?) => {
        &[$((
            $name,
            include_bytes!(concat!("../../prompts/", $name, ".opus")),
        )),*]
    };
}

/// Prompts in both languages.
macro_rules! both {
    ($($name:literal),* $(,)?) => {
        built_in![$(
            concat!("prompt-", $name, "-vi"),
            concat!("prompt-", $name, "-en"),
        )*]
    };
}

const MUSIC: &[(&str, &[u8])] =
    built_in!["music-default", "music-sales", "music-support", "music-vip"];

/// What the simulated phone says, and the lines of `prompts/prompts.txt`.
const SPEECH: [&[(&str, &[u8])]; 2] = [
    built_in!["prompt-hello"],
    both![
        "main-welcome",
        "main-menu",
        "after-hours",
        "wrong-key",
        "please-hold",
        "you-are-number",
        "apology",
        "goodbye",
        "no-such-number",
        "number-1",
        "number-2",
        "number-3",
        "number-4",
        "number-5",
        "number-6",
        "number-7",
        "number-8",
        "number-9",
        "number-10",
    ],
];

/// All that is built in.
fn built_in() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    MUSIC.iter().chain(SPEECH.into_iter().flatten()).copied()
}

/// Names of the prompts that are built in, as a [`PromptId`] has them.
pub fn built_in_prompts() -> impl Iterator<Item = &'static str> {
    built_in().filter_map(|(name, _)| name.strip_prefix("prompt-"))
}

const DEFAULT_MUSIC: &str = "music-default";

/// Largest file of an operator that is read: 16 MB.
const LARGEST: u64 = 16 << 20;

/// Clips by name.
#[derive(Debug)]
pub(super) struct Library {
    clips: HashMap<String, Arc<Clip>>,
    tones: HashMap<Tone, Arc<Clip>>,
}

impl Library {
    /// Reads the built-in clips, and those of the folder, which stand in for built-in ones of the
    /// same name.
    pub(super) fn load(folder: Option<&Path>) -> Result<Self, MediaStartError> {
        let mut clips = HashMap::new();
        for (name, bytes) in built_in() {
            let clip = Clip::from_ogg(bytes)
                .map_err(|error| broken(Path::new(name), &error.to_string()))?;
            clips.insert(name.to_owned(), Arc::new(clip));
        }
        if let Some(folder) = folder {
            add_folder(&mut clips, folder)?;
        }
        let mut tones = HashMap::new();
        for tone in [Tone::Ringback, Tone::Busy, Tone::Congestion] {
            let clip = tone::clip(tone)
                .map_err(|_| broken(Path::new("tone"), "libopus refused to encode it"))?;
            tones.insert(tone, Arc::new(clip));
        }
        Ok(Self { clips, tones })
    }

    /// Hold music; the default one where there is none of that name.
    pub(super) fn music(&self, id: &MusicId) -> Option<Arc<Clip>> {
        self.clips
            .get(&format!("music-{}", id.0))
            .or_else(|| self.clips.get(DEFAULT_MUSIC))
            .cloned()
    }

    /// A prompt.
    pub(super) fn prompt(&self, id: &PromptId) -> Option<Arc<Clip>> {
        self.clips.get(&format!("prompt-{}", id.0)).cloned()
    }

    /// A tone.
    pub(super) fn tone(&self, tone: Tone) -> Option<Arc<Clip>> {
        self.tones.get(&tone).cloned()
    }
}

/// Adds every `music-*.opus` and `prompt-*.opus` of a folder.
fn add_folder(
    clips: &mut HashMap<String, Arc<Clip>>,
    folder: &Path,
) -> Result<(), MediaStartError> {
    let entries = std::fs::read_dir(folder).map_err(|e| broken(folder, &e.to_string()))?;
    for entry in entries {
        let path = entry.map_err(|e| broken(folder, &e.to_string()))?.path();
        let Some(name) = clip_name(&path) else {
            continue;
        };
        let size = std::fs::metadata(&path).map_err(|e| broken(&path, &e.to_string()))?;
        if size.len() > LARGEST {
            return Err(broken(&path, "larger than 16 MB"));
        }
        let bytes = std::fs::read(&path).map_err(|e| broken(&path, &e.to_string()))?;
        let clip = Clip::from_ogg(&bytes).map_err(|e| broken(&path, &e.to_string()))?;
        tracing::info!(clip = %name, seconds = clip.duration().as_secs(), "clip read");
        clips.insert(name, Arc::new(clip));
    }
    Ok(())
}

/// `music-sales` for `.../music-sales.opus`.
fn clip_name(path: &Path) -> Option<String> {
    let name = path.file_stem()?.to_str()?;
    let wanted = path.extension() == Some(OsStr::new("opus"))
        && (name.starts_with("music-") || name.starts_with("prompt-"));
    wanted.then(|| name.to_owned())
}

fn broken(path: &Path, why: &str) -> MediaStartError {
    MediaStartError::Prompts(PathBuf::from(path), why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::codec::AudioCodec;

    #[test]
    fn built_in_clips_are_there_and_of_useful_length() {
        let library = Library::load(None).unwrap();
        for (name, bytes) in built_in() {
            assert!(bytes.len() < 200_000, "{name} is {} bytes", bytes.len());
            let ms = library.clips[name].duration().as_millis();
            let wanted = if name.starts_with("music") {
                20_000..=40_000
            } else if name.starts_with("prompt-number") {
                600..=1_500
            } else {
                700..=20_000
            };
            assert!(wanted.contains(&ms), "{name} takes {ms} ms");
        }
        let default = library.music(&MusicId("default".into())).unwrap();
        let unknown = library.music(&MusicId("no such queue".into())).unwrap();
        assert!(Arc::ptr_eq(&default, &unknown));
        let sales = library.music(&MusicId("sales".into())).unwrap();
        assert!(!Arc::ptr_eq(&default, &sales));
        assert!(library.prompt(&PromptId("no such prompt".into())).is_none());
    }

    #[test]
    fn every_line_of_the_list_is_built_in_in_both_languages() {
        let list = include_str!("../../prompts/prompts.txt");
        let lines = list
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        let mut wanted: Vec<_> = lines
            .flat_map(|line| {
                let name = line.split(" | ").next().unwrap();
                assert_eq!(line.split(" | ").count(), 3, "{line}");
                ["vi", "en"].map(|language| format!("{name}-{language}"))
            })
            .chain(["hello".to_owned()])
            .collect();
        wanted.sort_unstable();
        let mut there: Vec<_> = built_in_prompts().collect();
        there.sort_unstable();
        assert_eq!(there, wanted);
        let bytes = built_in().filter(|(name, _)| name.starts_with("prompt"));
        let bytes: usize = bytes.map(|(_, bytes)| bytes.len()).sum();
        assert!(bytes < 500_000, "{bytes} bytes of speech");
    }

    #[test]
    fn prompts_are_as_loud_as_speech_is_and_not_clipped() {
        let library = Library::load(None).unwrap();
        for name in built_in_prompts() {
            let clip = library.prompt(&PromptId(name.into())).unwrap();
            let pcm = decode(&clip, 0, clip.duration().as_millis() as usize / 20);
            // Power of each 20 ms in which somebody speaks.
            let power = |part: &[i16]| {
                let sum: f64 = part.iter().map(|s| f64::from(*s).powi(2)).sum();
                sum / part.len() as f64 / 32768.0f64.powi(2)
            };
            let spoken: Vec<_> = pcm.chunks(960).map(power).filter(|p| *p > 1e-4).collect();
            let level = 10.0 * (spoken.iter().sum::<f64>() / spoken.len() as f64).log10();
            assert!((-21.0..=-15.0).contains(&level), "{name}: {level:.1} dBFS");
            let ms = spoken.len() * 20;
            assert!(ms >= 140, "{name}: {ms} ms of speech");
            let loudest = pcm.iter().map(|s| s.unsigned_abs()).max().unwrap();
            assert!(loudest < 32_000, "{name}: {loudest}");
            // They follow each other: neither begins nor ends with a click.
            let ends = [&pcm[..48], &pcm[pcm.len() - 48..]];
            let edge = ends.into_iter().flatten().map(|s| s.unsigned_abs()).max();
            assert!(edge.unwrap() < 300, "{name}: {edge:?}");
        }
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = Library::load(Some(Path::new("/no/such/folder"))).unwrap_err();
        assert!(error.to_string().contains("/no/such/folder"), "{error}");
    }

    /// What a listener hears of a clip from this packet on, at 48 kHz.
    fn decode(clip: &Clip, from: usize, packets: usize) -> Vec<i16> {
        let mut decoder = opus::Decoder::new(48_000, opus::Channels::Mono).unwrap();
        let mut pcm = Vec::new();
        let length = clip.duration().as_millis() as usize / 20;
        for index in from..from + packets {
            let (packet, samples) = clip.packet(index % length, AudioCodec::Opus).unwrap();
            let mut frame = vec![0; samples as usize];
            decoder.decode(&packet, &mut frame, false).unwrap();
            pcm.extend(frame);
        }
        pcm
    }

    /// Largest step from one sample to the next.
    fn roughness(pcm: &[i16]) -> i32 {
        pcm.windows(2)
            .map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs())
            .max()
            .unwrap()
    }

    #[test]
    fn music_loops_without_a_seam_and_may_be_joined_anywhere() {
        let library = Library::load(None).unwrap();
        for name in ["default", "sales", "support", "vip"] {
            let clip = &library.clips[&format!("music-{name}")];
            let length = clip.duration().as_millis() as usize / 20;
            let whole = decode(clip, 0, length);
            let seam = decode(clip, length - 25, 50);
            // The joint is in the middle, 25 packets in.
            let joint = &seam[24 * 960..26 * 960];
            assert!(
                roughness(joint) <= roughness(&whole[960..]),
                "{name}: a click at the seam"
            );
            for from in (0..length).step_by(97) {
                let joined = decode(clip, from, 10);
                let loudest = joined.iter().map(|s| s.unsigned_abs()).max().unwrap();
                let usual = whole.iter().map(|s| s.unsigned_abs()).max().unwrap();
                assert!(loudest <= usual + usual / 8, "{name}: a bang at {from}");
            }
        }
    }
}
