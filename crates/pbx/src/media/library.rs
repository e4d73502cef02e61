//! All clips: built-in music and prompts, an operator's own files, and tones.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::api::{MediaStartError, MusicId, PromptId, Tone};
use super::clip::Clip;
use super::tone;

/// Made by `prompts/make.sh`.
const BUILT_IN: &[(&str, &[u8])] = &[
    (
        "music-default",
        include_bytes!("../../prompts/music-default.opus"),
    ),
    (
        "music-sales",
        include_bytes!("../../prompts/music-sales.opus"),
    ),
    (
        "music-support",
        include_bytes!("../../prompts/music-support.opus"),
    ),
    ("music-vip", include_bytes!("../../prompts/music-vip.opus")),
    (
        "prompt-hello",
        include_bytes!("../../prompts/prompt-hello.opus"),
    ),
];

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
        for (name, bytes) in BUILT_IN {
            let clip = Clip::from_ogg(bytes)
                .map_err(|error| broken(Path::new(name), &error.to_string()))?;
            clips.insert((*name).to_owned(), Arc::new(clip));
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

    #[test]
    fn built_in_clips_are_there_and_of_useful_length() {
        let library = Library::load(None).unwrap();
        for (name, bytes) in BUILT_IN {
            assert!(bytes.len() < 200_000, "{name} is {} bytes", bytes.len());
            let seconds = library.clips[*name].duration().as_secs();
            let wanted = if name.starts_with("music") {
                20..=40
            } else {
                2..=20
            };
            assert!(wanted.contains(&seconds), "{name} takes {seconds} s");
        }
        let default = library.music(&MusicId("default".into())).unwrap();
        let unknown = library.music(&MusicId("no such queue".into())).unwrap();
        assert!(Arc::ptr_eq(&default, &unknown));
        let sales = library.music(&MusicId("sales".into())).unwrap();
        assert!(!Arc::ptr_eq(&default, &sales));
        assert!(library.prompt(&PromptId("no such prompt".into())).is_none());
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
            let (packet, samples) = clip.packet(index % length).unwrap();
            let mut frame = vec![0; samples as usize];
            decoder.decode(packet, &mut frame, false).unwrap();
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
