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

/// The marks of a slice of items with `tags`, in order: index and mark of each. Its first item has the time `first`,
/// unless something is missing before it.
pub fn marks(tags: &[ItemTag], mut first: u64) -> impl Iterator<Item = (usize, Mark)> {
    tags.iter().filter_map(move |ItemTag { index, tag }| {
        let mark = match tag {
            Tag::Id(time) => {
                let leap = time.wrapping_sub(first + *index as u64);
                // Time does not go back within a stream.
                if leap == 0 || leap > u64::MAX / 2 {
                    return None;
                }
                first += leap;
                Mark::Leap(leap)
            }
            Tag::String(text) if text == BREAK => Mark::Break,
            Tag::NamedUsize(name, n) if name == LOST => Mark::Lost(*n),
            _ => return None,
        };
        Some((*index, mark))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_say_what_is_missing_where() {
        let tag = |index, tag| ItemTag { index, tag };
        let tags = [
            tag(0, Tag::Id(100)),
            tag(10, Tag::Id(110)),
            tag(20, Tag::Id(150)),
            tag(20, Tag::String(BREAK.to_string())),
            tag(25, Tag::NamedUsize(LOST.to_string(), 3)),
            tag(30, Tag::Id(160)),
            tag(40, Tag::Id(7)),
            tag(50, Tag::String("of another block".to_string())),
        ];
        let found: Vec<_> = marks(&tags, 100).collect();
        assert_eq!(found, [(20, Mark::Leap(30)), (20, Mark::Break), (25, Mark::Lost(3))]);
        assert_eq!(marks(&tags, 90).next(), Some((0, Mark::Leap(10))));
    }
}
