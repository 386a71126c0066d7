//! The names that a path is reached through.

use std::path::{Component, Path, PathBuf};

/// The most symbolic links that one path goes through, as the kernel counts them.
const MAX_LINKS: usize = 40;

/// Every name that a path is reached through: itself, the symbolic links in it and where they lead.
pub(super) fn steps(path: &Path) -> Vec<PathBuf> {
    let mut steps = vec![path.to_owned()];
    let mut at = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Some((link, target)) = first_link(&at) else { break };
        let rest = at.strip_prefix(&link).map(Path::to_owned).unwrap_or_default();
        steps.push(link.clone());
        let led = link.parent().unwrap_or(Path::new("/")).join(target);
        at = if rest.as_os_str().is_empty() { led } else { led.join(rest) };
        steps.push(at.clone());
    }
    steps
}

fn first_link(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let mut walked = PathBuf::new();
    for component in path.components() {
        walked.push(component);
        if matches!(component, Component::Normal(_))
            && let Ok(target) = std::fs::read_link(&walked)
        {
            return Some((walked, target));
        }
    }
    None
}

/// A folder, or the nearest one above it that is there.
pub(super) fn standing(path: &Path) -> PathBuf {
    path.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

/// The same path with every `..` and symbolic link before its last name resolved. A folder that is watched under two
/// names is heard under one of them only.
pub(super) fn resolved(path: &Path) -> PathBuf {
    let folders = path.ancestors().skip(1);
    let resolve = |folder: &Path| Some(folder.canonicalize().ok()?.join(path.strip_prefix(folder).ok()?));
    folders.into_iter().find_map(resolve).unwrap_or_else(|| path.to_owned())
}
