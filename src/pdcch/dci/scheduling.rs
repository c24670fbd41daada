//! What the configured formats 0_1, 0_2, 1_1 and 1_2 have in common: a list of fields whose widths follow from the
//! configuration.

/// Writes the three types of a configured format from the list of its fields, in the order of its clause: the values,
/// the widths and the layout, which is widths and size. A field that the configuration does not have is 0 bits wide.
macro_rules! scheduling_format {
    (
        $(#[$doc:meta])*
        pub struct $dci:ident, $widths:ident, $layout:ident [$identifier:literal, $clause:literal] {
            $($(#[$field_doc:meta])* $field:ident: $kind:ty = $name:literal),* $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $dci {
            $($(#[$field_doc])* pub $field: $kind,)*
        }

        #[doc = concat!("Bits of each field of [`", stringify!($dci), "`], 0 where the format does not have it.")]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $widths {
            $(#[doc = concat!("Bits of the field \"", $name, "\".")] pub $field: u8,)*
        }

        impl $widths {
            /// The fields in the order in which they are sent: the standard's name, and bits.
            pub fn named(&self) -> impl Iterator<Item = (&'static str, usize)> {
                [$(($name, usize::from(self.$field))),*].into_iter()
            }
        }

        #[doc = concat!("A checked configuration of [`", stringify!($dci), "`]: where its fields lie, and its size.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $layout {
            widths: $widths,
            frequency: crate::pdcch::dci::FrequencyField,
            size: u8,
        }

        impl $layout {
            fn of_widths(
                widths: $widths,
                frequency: crate::pdcch::dci::FrequencyField,
            ) -> Result<Self, crate::ConfigError> {
                let size = 1 + widths.named().map(|(_, bits)| bits).sum::<usize>();
                if size > crate::pdcch::DCI_MAX_BITS {
                    let rule = format!("a DCI has at most {} bits", crate::pdcch::DCI_MAX_BITS);
                    return Err(crate::ConfigError::new("DCI size", size, rule, $clause));
                }
                // At most DCI_MAX_BITS, and at least DCI_MIN_BITS.
                Ok(Self { widths, frequency, size: size.max(crate::pdcch::DCI_MIN_BITS) as u8 })
            }

            /// Bits of each field besides the identifier of one bit, which comes first.
            pub const fn widths(&self) -> &$widths {
                &self.widths
            }

            /// Kind of the frequency domain resource assignment.
            pub const fn frequency(&self) -> crate::pdcch::dci::FrequencyField {
                self.frequency
            }

            /// Bits of the DCI, padding included.
            pub const fn size(&self) -> usize {
                self.size as usize
            }

            /// Padding bits at the end.
            pub fn padding_bits(&self) -> usize {
                self.size() - 1 - self.widths.named().map(|(_, bits)| bits).sum::<usize>()
            }

            /// The same fields padded to `size` bits, if that is more.
            pub(in crate::pdcch::dci) fn padded_to(mut self, size: usize) -> Self {
                self.size = self.size.max(size as u8);
                self
            }
        }

        impl $dci {
            /// The bits to transmit, first bit first, padding included.
            ///
            /// # Errors
            /// If a value does not fit its field.
            pub fn encode(&self, layout: &$layout) -> Result<Vec<u8>, crate::ConfigError> {
                let mut bits = Vec::with_capacity(layout.size());
                self.encode_into(layout, &mut bits)?;
                Ok(bits)
            }

            /// The same into a buffer, which is cleared first.
            ///
            /// # Errors
            /// If a value does not fit its field.
            pub fn encode_into(&self, layout: &$layout, bits: &mut Vec<u8>) -> Result<(), crate::ConfigError> {
                let mut w = crate::pdcch::dci::bits::Writer::new($clause, bits);
                w.field("identifier", $identifier as u8, 1)?;
                $(w.field($name, self.$field, layout.widths.$field.into())?;)*
                w.pad_to(layout.size());
                Ok(())
            }

            /// Reads the bits of a DCI; `None` if they are not of the layout's size, or of a format of the other
            /// direction. Padding is not looked at.
            pub fn decode(bits: &[u8], layout: &$layout) -> Option<Self> {
                if bits.len() != layout.size() || bits[0] != $identifier {
                    return None;
                }
                let mut r = crate::pdcch::dci::bits::Reader::new(&bits[1..]);
                Some(Self { $($field: r.value(layout.widths.$field.into()),)* })
            }

            /// The fields as the bandwidth part reads them that the DCI changes to and whose format has `widths`: of a
            /// longer field the least significant bits, a shorter one with zeros before it.
            #[must_use]
            #[doc(alias = "TS 38.213 12")]
            pub fn for_bandwidth_part(&self, widths: &$widths) -> Self {
                Self { $($field: crate::pdcch::dci::bits::low_bits(self.$field, widths.$field),)* }
            }
        }
    };
}

pub(super) use scheduling_format;
