//! Channel, noise and offset estimation; equaliser.
