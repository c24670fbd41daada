//! What travels with the samples of a stream: the time of each chunk, and where something is missing.

use futuresdr::runtime::buffer::Tags;
use futuresdr::runtime::dev::{ItemTag, Tag};
use nrflow::frame::SampleTime;

const BREAK: &str = "break";
const LOST: &str = "lost";

/// Says that item `index` has the time `time`. A time that is not what follows from the one before and the items in
/// between says that samples are missing.
pub fn mark(tags: &mut Tags<'_>, index: usize, time: SampleTime) {
    tags.add_tag(index, Tag::Id(time.0));
}

/// Says that before item `index` an unknown time is missing.
pub fn mark_break(tags: &mut Tags<'_>, index: usize) {
    tags.add_tag(index, Tag::String(BREAK.to_string()));
}

/// Says that the `n` items from `index` on were not received: they are zero.
pub fn mark_lost(tags: &mut Tags<'_>, index: usize, n: usize) {
    tags.add_tag(index, Tag::NamedUsize(LOST.to_string(), n));
}

/// How a stream goes on at an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// So many samples are missing before it.
    Leap(u64),
    /// An unknown number of samples is missing before it.
    Break,
    /// The items from it on, so many, were not received: they are zero.
    Lost(usize),
}

/// The marks of a slice of items, `tags`, whose first item has the time `first` if nothing is missing before it: index
/// and mark of each, in order. `first` is brought to the time of the item with the last mark that changed it, less its
/// index.
pub fn marks(tags: &[ItemTag], first: &mut u64) -> Vec<(usize, Mark)> {
    let mut found = Vec::new();
    for ItemTag { index, tag } in tags {
        match tag {
            Tag::Id(time) => {
                let leap = time.wrapping_sub(*first + *index as u64);
                // Time does not go back within a stream.
                if leap > 0 && leap < u64::MAX / 2 {
                    found.push((*index, Mark::Leap(leap)));
                    *first += leap;
                }
            }
            Tag::String(text) if text == BREAK => found.push((*index, Mark::Break)),
            Tag::NamedUsize(name, n) if name == LOST => found.push((*index, Mark::Lost(*n))),
            _ => {}
        }
    }
    found
}
