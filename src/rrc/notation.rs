//! Macros in which the structures of the standard are written down once; decoding, encoding and the printed view
//! follow from that. A field reads `rust_name: Type = "asn1-Name", bounds;`.

/// `()` where a type needs no bounds.
macro_rules! bound {
    () => {
        ()
    };
    ($bound:expr) => {
        $bound
    };
}

/// SEQUENCE. `pub extensible struct Name [Addition, …]` is one with `...`; the types in brackets are those of its
/// first additions as far as they have names here.
macro_rules! sequence {
    ($(#[$meta:meta])* pub struct $type:ident {
        $($(#[$field_meta:meta])* $field:ident : $ty:ty = $name:literal $(, $bound:expr)?;)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $type {
            $(#[doc = concat!("`", $name, "`")] $(#[$field_meta])* pub $field: $ty,)*
        }

        impl $crate::rrc::uper::Coded for $type {
            type Bound = ();
            fn decode(
                reader: &mut $crate::rrc::uper::Reader,
                (): &(),
            ) -> Result<Self, $crate::rrc::DecodeError> {
                use $crate::rrc::uper::Field;
                $(let $field = <$ty as Field>::OPTIONAL && reader.flag()?;)*
                Ok(Self {
                    $($field: <$ty as Field>::decode(reader, $field, &bound!($($bound)?))
                        .map_err(|error| error.inside($name))?,)*
                })
            }
            fn encode(
                &self,
                writer: &mut $crate::rrc::uper::Writer,
                (): &(),
                _: &'static str,
            ) -> Result<(), $crate::ConfigError> {
                use $crate::rrc::uper::Field;
                $(if <$ty as Field>::OPTIONAL { writer.flag(Field::present(&self.$field)); })*
                $(Field::encode(&self.$field, writer, &bound!($($bound)?), $name)?;)*
                Ok(())
            }
            fn value(&self) -> $crate::rrc::Value {
                use $crate::rrc::uper::Field;
                let mut members = Vec::new();
                $(if let Some(value) = Field::value(&self.$field, &bound!($($bound)?)) {
                    members.push(($name.into(), value));
                })*
                $crate::rrc::Value::Object(members)
            }
        }
    };
    ($(#[$meta:meta])* pub extensible struct $type:ident [$($addition:ty),*] {
        $($(#[$field_meta:meta])* $field:ident : $ty:ty = $name:literal $(, $bound:expr)?;)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $type {
            $(#[doc = concat!("`", $name, "`")] $(#[$field_meta])* pub $field: $ty,)*
            /// `...`: additions of later releases.
            pub extension: $crate::rrc::Extension,
        }

        impl $crate::rrc::uper::Coded for $type {
            type Bound = ();
            fn decode(
                reader: &mut $crate::rrc::uper::Reader,
                (): &(),
            ) -> Result<Self, $crate::rrc::DecodeError> {
                #[allow(unused_imports)] // a structure may consist of additions alone
                use $crate::rrc::uper::Field;
                let extended = reader.flag()?;
                $(let $field = <$ty as Field>::OPTIONAL && reader.flag()?;)*
                Ok(Self {
                    $($field: <$ty as Field>::decode(reader, $field, &bound!($($bound)?))
                        .map_err(|error| error.inside($name))?,)*
                    extension: if extended { $crate::rrc::Extension::decode(reader)? } else { Default::default() },
                })
            }
            fn encode(
                &self,
                writer: &mut $crate::rrc::uper::Writer,
                (): &(),
                _: &'static str,
            ) -> Result<(), $crate::ConfigError> {
                #[allow(unused_imports)]
                use $crate::rrc::uper::Field;
                writer.flag(!self.extension.additions.is_empty());
                $(if <$ty as Field>::OPTIONAL { writer.flag(Field::present(&self.$field)); })*
                $(Field::encode(&self.$field, writer, &bound!($($bound)?), $name)?;)*
                self.extension.encode(writer)
            }
            fn value(&self) -> $crate::rrc::Value {
                #[allow(unused_imports)]
                use $crate::rrc::uper::Field;
                let mut members = Vec::new();
                $(if let Some(value) = Field::value(&self.$field, &bound!($($bound)?)) {
                    members.push(($name.into(), value));
                })*
                self.extension.value_into(&[$($crate::rrc::Extension::value_of::<$addition>),*], &mut members);
                $crate::rrc::Value::Object(members)
            }
        }
    };
}

/// CHOICE: variants `Name = "asn1-Name";` (NULL) or `Name(Type, bounds) = "asn1-Name";`. `pub extensible enum` is one
/// with `...`, whose later alternatives are kept as octets.
macro_rules! choice {
    ($(#[$meta:meta])* pub enum $($rest:tt)*) => { choice! { @expand [] $(#[$meta])* pub enum $($rest)* } };
    ($(#[$meta:meta])* pub extensible enum $($rest:tt)*) => {
        choice! { @expand [Later] $(#[$meta])* pub enum $($rest)* }
    };
    (@expand [$($later:ident)?] $(#[$meta:meta])* pub enum $type:ident {
        $($(#[$variant_meta:meta])* $variant:ident $(($ty:ty $(, $bound:expr)?))? = $name:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $type {
            $(#[doc = concat!("`", $name, "`")] $(#[$variant_meta])* $variant $(($ty))?,)+
            $(
                /// An alternative of a later release, by its index (0..=63) among the additions, and its octets.
                $later(u8, $crate::rrc::OctetString),
            )?
        }

        impl $type {
            const NAMES: &'static [&'static str] = &[$($name),+];
        }

        impl $crate::rrc::uper::Coded for $type {
            type Bound = ();
            fn decode(
                reader: &mut $crate::rrc::uper::Reader,
                (): &(),
            ) -> Result<Self, $crate::rrc::DecodeError> {
                $(if reader.flag()? {
                    return Ok(Self::$later(
                        reader.small_number()?,
                        $crate::rrc::uper::Coded::decode(reader, &())?,
                    ));
                })?
                let known = Self::NAMES.len();
                let index = reader.index(known)?;
                let name = Self::NAMES[index];
                $(if name == $name {
                    return Ok(Self::$variant $((
                        <$ty as $crate::rrc::uper::Coded>::decode(reader, &bound!($($bound)?))
                            .map_err(|error| error.inside($name))?,
                    ))?);
                })+
                Err(reader.error($crate::rrc::DecodeProblem::UnknownValue { got: index as i64, known }))
            }
            fn encode(
                &self,
                writer: &mut $crate::rrc::uper::Writer,
                (): &(),
                _name: &'static str,
            ) -> Result<(), $crate::ConfigError> {
                $(if let Self::$later(index, octets) = self {
                    writer.flag(true);
                    writer.small_number(*index, _name)?;
                    return $crate::rrc::uper::Coded::encode(octets, writer, &(), _name);
                }
                writer.flag(false);)?
                let index = |name| Self::NAMES.iter().position(|&known| known == name).unwrap_or(0);
                match self {
                    $(choice!(@pattern payload $variant $($ty)?) => {
                        writer.index(index($name), Self::NAMES.len());
                        $(<$ty as $crate::rrc::uper::Coded>::encode(payload, writer, &bound!($($bound)?), $name)?;)?
                    })+
                    $(Self::$later(..) => {})?
                }
                Ok(())
            }
            fn value(&self) -> $crate::rrc::Value {
                match self {
                    $(choice!(@pattern payload $variant $($ty)?) => choice!(@value payload $name $($ty)?),)+
                    $(Self::$later(index, octets) => $crate::rrc::Value::Object(vec![(
                        format!("later[{index}]").into(),
                        $crate::rrc::uper::Coded::value(octets),
                    )]),)?
                }
            }
        }
    };
    (@pattern $payload:ident $variant:ident) => { Self::$variant };
    (@pattern $payload:ident $variant:ident $ty:ty) => { Self::$variant($payload) };
    (@value $payload:ident $name:literal) => { $crate::rrc::Value::Text($name.to_owned()) };
    (@value $payload:ident $name:literal $ty:ty) => {
        $crate::rrc::Value::Object(vec![($name.into(), $crate::rrc::uper::Coded::value($payload))])
    };
}

/// ENUMERATED; `pub extensible enum` is one with `...`, whose later values are kept by their index.
macro_rules! enumerated {
    ($(#[$meta:meta])* pub enum $type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl $type {
            /// All values in the order of the standard.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in TS 38.331.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl $crate::rrc::uper::Coded for $type {
            type Bound = ();
            fn decode(
                reader: &mut $crate::rrc::uper::Reader,
                (): &(),
            ) -> Result<Self, $crate::rrc::DecodeError> {
                Ok(Self::ALL[reader.index(Self::ALL.len())?])
            }
            fn encode(
                &self,
                writer: &mut $crate::rrc::uper::Writer,
                (): &(),
                _: &'static str,
            ) -> Result<(), $crate::ConfigError> {
                writer.index(*self as usize, Self::ALL.len());
                Ok(())
            }
            fn value(&self) -> $crate::rrc::Value {
                $crate::rrc::Value::Text(self.name().to_owned())
            }
        }
    };
    ($(#[$meta:meta])* pub extensible enum $type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
            /// A value of a later release, by its index (0..=63) among the additions.
            Later(u8),
        }

        impl $type {
            /// All values in the order of the standard, additions left out.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in TS 38.331; `None` for a later value.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($name),)+
                    Self::Later(_) => None,
                }
            }
        }

        impl $crate::rrc::uper::Coded for $type {
            type Bound = ();
            fn decode(
                reader: &mut $crate::rrc::uper::Reader,
                (): &(),
            ) -> Result<Self, $crate::rrc::DecodeError> {
                if reader.flag()? {
                    return reader.small_number().map(Self::Later);
                }
                Ok(Self::ALL[reader.index(Self::ALL.len())?])
            }
            fn encode(
                &self,
                writer: &mut $crate::rrc::uper::Writer,
                (): &(),
                name: &'static str,
            ) -> Result<(), $crate::ConfigError> {
                if let Self::Later(index) = *self {
                    writer.flag(true);
                    return writer.small_number(index, name);
                }
                writer.flag(false);
                writer.index(Self::ALL.iter().position(|known| known == self).unwrap_or(0), Self::ALL.len());
                Ok(())
            }
            fn value(&self) -> $crate::rrc::Value {
                $crate::rrc::Value::Text(match (self.name(), *self) {
                    (None, Self::Later(index)) => format!("later[{index}]"),
                    (name, _) => name.unwrap_or_default().to_owned(),
                })
            }
        }
    };
}
