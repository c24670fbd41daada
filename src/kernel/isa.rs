use std::sync::LazyLock;

/// An instruction set level that the kernels are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Portable Rust: the definition of every kernel.
    Scalar,
    /// AVX2 and FMA.
    Avx2,
}

/// Proof that this CPU has the instructions of a [`Level`]: a value can only be had from [`Isa::detect`] or
/// lowered from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Level);

impl Isa {
    /// The highest level of this CPU, lowered (never raised) by the environment variable `NRFLOW_ISA`
    /// (`scalar` or `avx2`; another value is ignored). Read once per process.
    pub fn detect() -> Self {
        static DETECTED: LazyLock<Isa> = LazyLock::new(|| {
            let wanted = match std::env::var("NRFLOW_ISA").as_deref() {
                Ok("scalar") => Level::Scalar,
                _ => Level::Avx2,
            };
            Isa(Isa::of_cpu().0.min(wanted))
        });
        *DETECTED
    }

    /// The portable level, which every CPU has.
    pub const fn scalar() -> Self {
        Self(Level::Scalar)
    }

    /// Every level of this CPU, for tests of one against the other.
    pub fn all() -> Vec<Self> {
        [Level::Scalar, Level::Avx2].into_iter().filter(|&level| level <= Self::of_cpu().0).map(Self).collect()
    }

    /// The level proven.
    pub const fn level(self) -> Level {
        self.0
    }

    fn of_cpu() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            return Self(Level::Avx2);
        }
        Self(Level::Scalar)
    }
}
