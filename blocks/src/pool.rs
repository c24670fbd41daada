//! Buffers that come back: items shared as `Arc` between blocks, reused when the last reader has dropped its clone.

use std::sync::Arc;

/// A pool of `T`s. The pool keeps one `Arc` of each; an item is free again once all others are dropped, so in
/// steady state nothing is allocated.
#[derive(Debug)]
pub struct Pool<T> {
    items: Vec<Arc<T>>,
    make: fn(&T) -> T,
}

impl<T: Clone> Pool<T> {
    /// A pool whose items start as clones of `first`. It grows to as many items as are in flight at once, which
    /// the depth of the ports bounds.
    pub fn new(first: T) -> Self {
        Self { items: vec![Arc::new(first)], make: T::clone }
    }

    /// Fills a free item by `fill` and gives a clone of it away. The item holds what its last use left.
    pub fn share(&mut self, fill: impl FnOnce(&mut T)) -> Arc<T> {
        let free = self.items.iter_mut().position(|item| Arc::get_mut(item).is_some());
        let index = free.unwrap_or_else(|| {
            self.items.push(Arc::new((self.make)(&self.items[0])));
            self.items.len() - 1
        });
        let item = &mut self.items[index];
        // Just found free or just made, and nobody else can have cloned it since: `get_mut` succeeds.
        if let Some(item) = Arc::get_mut(item) {
            fill(item);
        }
        Arc::clone(item)
    }

    /// How many items the pool holds, free or in flight.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Never: a pool holds at least the item it was made with.
    pub fn is_empty(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reuses_what_was_dropped_and_never_what_is_read() {
        let mut pool = Pool::new(vec![0u8; 4]);
        let a = pool.share(|v| v[0] = 1);
        let b = pool.share(|v| v[0] = 2);
        assert_eq!((a[0], b[0], pool.len()), (1, 2, 2));
        let address = Arc::as_ptr(&a);
        drop(a);
        let c = pool.share(|v| v[0] = 3);
        assert_eq!((Arc::as_ptr(&c), b[0], c[0], pool.len()), (address, 2, 3, 2));
    }
}
