use super::apply::{self, Apply};
use super::corrections::Corrections;
use super::find::{self, Found};
use super::input::SoapyInput;
use super::output::SoapyOutput;
use super::stream::{RxStreams, TxStreams};
use super::switch::{Switch, Turn};
use super::{log, query, rates, soapy_direction, words};
use crate::radio::abilities::{Abilities, megahertz};
use crate::radio::{DeviceError, DeviceSettings, DeviceTime, Direction, WireFormat};
use soapysdr::Args;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A radio that is open. Clones are the same radio; it is closed with the last of them and of its streams.
#[derive(Clone)]
pub struct Device {
    shared: Arc<Shared>,
}

struct Shared {
    settings: DeviceSettings,
    abilities: Abilities,
    /// With which SoapySDR opens it.
    arguments: Vec<(String, String)>,
    /// As SoapySDR found it; empty if it did not.
    found: Found,
    state: Mutex<State>,
    /// A stream failed: all are to be closed, and the device opened again.
    broken: AtomicBool,
    notes: Mutex<Vec<String>>,
    turn: Turn,
}

struct State {
    handle: Option<Handle>,
    rx: Path,
    tx: Path,
}

/// What was made of one direction.
#[derive(Clone, Copy, Default)]
struct Path {
    /// Sample rate and centre frequency, Hz, once there was a stream.
    set: Option<(f64, f64)>,
    /// Whether there is a stream now.
    streams: bool,
    /// Whether a stream of it was given out that may be opened again.
    taken: bool,
}

struct Handle {
    corrections: Option<Corrections>,
    device: soapysdr::Device,
}

impl Handle {
    fn open(arguments: &[(String, String)], found: &Found) -> Result<Self, DeviceError> {
        let args = |pairs: &[(String, String)]| -> Args {
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
        };
        let device = soapysdr::Device::new(args(arguments)).map_err(|error| {
            let pairs: Vec<_> = arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let short = found.short_arguments();
            let said = if short.is_empty() { pairs.join(",") } else { short };
            DeviceError::cannot_open(said, words(&error))
        })?;
        let corrections = if found.arguments().is_empty() { None } else { Corrections::new(&args(found.arguments())) };
        Ok(Self { corrections, device })
    }

    /// Sets what concerns the device as a whole.
    fn apply(&self, settings: &DeviceSettings, abilities: &Abilities) -> Result<(), DeviceError> {
        if let Some(source) = &settings.clock_source {
            apply::listed("clock source", source, &abilities.clock_sources)?;
            let set = self.device.set_clock_source(source.as_str());
            set.map_err(|e| DeviceError::driver(format!("clock source '{source}'"), &e))?;
        }
        if let Some(source) = &settings.time_source {
            apply::listed("time source", source, &abilities.time_sources)?;
            let set = self.device.set_time_source(source.as_str());
            set.map_err(|e| DeviceError::driver(format!("time source '{source}'"), &e))?;
        }
        for (name, value) in &settings.settings {
            let set = self.device.write_setting(name.as_str(), value.as_str());
            set.map_err(|e| DeviceError::driver(format!("setting {name}={value}"), &e))?;
        }
        Ok(())
    }
}

impl Device {
    /// Opens the device that the settings name, or the only radio there is; sets what concerns it as a whole.
    ///
    /// # Errors
    /// A sentence if a setting is impossible, there is no such device or more than one, or it cannot be opened.
    pub fn open(settings: &DeviceSettings) -> Result<Self, DeviceError> {
        log::keep();
        settings.check()?;
        let asked = settings.arguments()?;
        let chosen = find::choose(&find::find(&asked)?, &asked)?;
        let found = chosen.unwrap_or_default();
        Self::open_found(settings, asked, found)
    }

    /// Opens a device that was found.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_this(settings: &DeviceSettings, found: &Found) -> Result<Self, DeviceError> {
        log::keep();
        settings.check()?;
        Self::open_found(settings, settings.arguments()?, found.clone())
    }

    fn open_found(
        settings: &DeviceSettings,
        mut arguments: Vec<(String, String)>,
        found: Found,
    ) -> Result<Self, DeviceError> {
        for (name, value) in found.arguments() {
            if !arguments.iter().any(|(given, _)| given == name) {
                arguments.push((name.clone(), value.clone()));
            }
        }
        let handle = Handle::open(&arguments, &found)?;
        let mut abilities = query::abilities(&handle.device, &found, handle.corrections.as_ref());
        if abilities.arguments.is_empty() {
            abilities.arguments.clone_from(&settings.device);
        }
        handle.apply(settings, &abilities)?;
        let turn = Turn::new(!abilities.full_duplex && !abilities.rx.is_empty() && !abilities.tx.is_empty());
        Ok(Self {
            shared: Arc::new(Shared {
                settings: settings.clone(),
                abilities,
                arguments,
                found,
                state: Mutex::new(State { handle: Some(handle), rx: Path::default(), tx: Path::default() }),
                broken: AtomicBool::new(false),
                notes: Mutex::default(),
                turn,
            }),
        })
    }

    /// What it is and can do.
    pub fn abilities(&self) -> &Abilities {
        &self.shared.abilities
    }

    /// The settings it was opened with.
    pub fn settings(&self) -> &DeviceSettings {
        &self.shared.settings
    }

    /// Takes what was rounded, or done otherwise than asked: a sentence each.
    pub fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The best sample rate of the device, Hz, that is at least `at_least_hz`: the lowest of NR's if the device has one,
    /// else the lowest that it has. It stays set. To be called before there are streams of this direction.
    ///
    /// # Errors
    /// If it has none, a sentence with those that it has.
    pub fn rate_for(&self, direction: Direction, at_least_hz: f64) -> Result<f64, DeviceError> {
        let path = self.settings().path(direction);
        apply::check_path(self.abilities(), path, direction)?;
        let channel = path.channels[0];
        let offered = &self.abilities().channels(direction)[channel].sample_rate_hz;
        let state = self.lock();
        let Some(handle) = &state.handle else { return Err(gone()) };
        let mut refused = None;
        for candidate in rates::candidates(offered, at_least_hz) {
            match apply::set_rate(&handle.device, direction, channel, candidate) {
                Ok(actual) if actual >= at_least_hz * (1.0 - 1e-6) => return Ok(actual),
                Ok(_) => {}
                Err(error) => refused = Some(error),
            }
        }
        Err(refused.unwrap_or_else(|| {
            DeviceError::CannotDo(format!(
                "a sample rate of {} MHz or more is needed: this device has {}",
                at_least_hz / 1e6,
                megahertz(offered)
            ))
        }))
    }

    /// As [`Self::rate_for`], or the highest rate that the device has, with a note.
    ///
    /// # Errors
    /// If it has no rate at all.
    pub fn rate_near(&self, direction: Direction, wanted_hz: f64) -> Result<f64, DeviceError> {
        let refused = match self.rate_for(direction, wanted_hz) {
            Ok(rate) => return Ok(rate),
            Err(error) => error,
        };
        let channel = self.settings().path(direction).channels[0];
        let offered = self.abilities().channels(direction).get(channel).map(|can| &can.sample_rate_hz[..]);
        let highest = offered.unwrap_or_default().iter().map(|range| range.high).max_by(f64::total_cmp);
        let rate = self.rate_for(direction, highest.filter(|&hz| hz < wanted_hz).ok_or(refused)?)?;
        let (wanted, rate_mhz) = (wanted_hz / 1e6, rate / 1e6);
        let mut notes = self.shared.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(format!("{wanted} MHz is what this usually needs; this device samples at {rate_mhz} MHz at most"));
        Ok(rate)
    }

    /// A stream from the device, with all that its settings say of receiving. It begins with its first read.
    ///
    /// # Errors
    /// A sentence on the first setting that the device refuses, or if the device transmits and cannot do both.
    pub fn input(&self, rate_hz: f64, frequency_hz: f64) -> Result<SoapyInput, DeviceError> {
        let (format, actual) = self.prepare(Direction::Rx, rate_hz, frequency_hz)?;
        SoapyInput::new(self.clone(), format, actual)
    }

    /// A stream to the device, with all that its settings say of transmitting. It begins with its first write.
    ///
    /// # Errors
    /// A sentence on the first setting that the device refuses, or if the device receives and cannot do both.
    pub fn output(&self, rate_hz: f64, frequency_hz: f64) -> Result<SoapyOutput, DeviceError> {
        let (format, actual) = self.prepare(Direction::Tx, rate_hz, frequency_hz)?;
        SoapyOutput::new(self.clone(), format, actual)
    }

    /// Tunes all channels of a direction, also while they stream, and gives where they are then, Hz.
    ///
    /// # Errors
    /// If the device does not go there.
    pub fn tune(&self, direction: Direction, frequency_hz: f64) -> Result<f64, DeviceError> {
        let mut state = self.lock();
        let mut actual = frequency_hz;
        let path = self.settings().path(direction);
        apply::check_path(self.abilities(), path, direction)?;
        self.with_apply(&state, direction, |apply| {
            for &channel in &path.channels {
                actual = apply.frequency(channel, frequency_hz)?;
            }
            Ok(())
        })?;
        if let Some((_, frequency)) = &mut state.path_mut(direction).set {
            *frequency = frequency_hz;
        }
        Ok(actual)
    }

    /// Lets a device that receives or transmits, one at a time, have a stream of each; `first` runs until the switch is
    /// turned.
    ///
    /// # Errors
    /// If the device can do both at once, or only one ever.
    pub fn switch(&self, first: Direction) -> Result<Switch, DeviceError> {
        self.shared.turn.give(first).then(|| Switch::new(self.clone())).ok_or_else(|| {
            DeviceError::CannotDo(format!(
                "{} needs no switch between receiving and transmitting",
                self.abilities().name()
            ))
        })
    }

    pub(super) fn turn(&self) -> &Turn {
        &self.shared.turn
    }

    /// Sets a direction up, and gives the format and the rate of its samples.
    fn prepare(&self, direction: Direction, rate_hz: f64, frequency_hz: f64) -> Result<(WireFormat, f64), DeviceError> {
        let path = self.settings().path(direction);
        apply::check_path(self.abilities(), path, direction)?;
        let mut state = self.lock();
        if state.path(direction).taken {
            return Err(DeviceError::CannotDo("this device has a stream of that direction already".to_string()));
        }
        let other = match direction {
            Direction::Rx => Direction::Tx,
            Direction::Tx => Direction::Rx,
        };
        if !self.shared.turn.allows_both() && state.path(other).taken {
            return Err(DeviceError::CannotDo(format!(
                "{} receives or transmits, one at a time: it needs a switch between them",
                self.abilities().name()
            )));
        }
        let mut actual = rate_hz;
        self.with_apply(&state, direction, |apply| {
            actual = apply.all(rate_hz, frequency_hz)?;
            Ok(())
        })?;
        let format = apply::wire_format(&self.abilities().channels(direction)[path.channels[0]], path.wire_format)?;
        *state.path_mut(direction) = Path { set: Some((actual, frequency_hz)), streams: false, taken: true };
        Ok((format, actual))
    }

    fn with_apply(
        &self,
        state: &State,
        direction: Direction,
        set: impl FnOnce(&mut Apply) -> Result<(), DeviceError>,
    ) -> Result<(), DeviceError> {
        let Some(handle) = &state.handle else { return Err(gone()) };
        let mut notes = self.shared.notes.lock().unwrap_or_else(PoisonError::into_inner);
        set(&mut Apply {
            handle: &handle.device,
            corrections: handle.corrections.as_ref(),
            abilities: self.abilities(),
            settings: self.settings(),
            direction,
            notes: &mut notes,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked changed single values only.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open_rx(&self, format: WireFormat) -> Result<RxStreams, DeviceError> {
        let path = &self.settings().rx;
        self.open_streams(Direction::Rx, |device| {
            RxStreams::open(device, format, &path.channels, &path.stream_arguments)
        })
    }

    pub(super) fn open_tx(&self, format: WireFormat) -> Result<TxStreams, DeviceError> {
        let path = &self.settings().tx;
        self.open_streams(Direction::Tx, |device| {
            TxStreams::open(device, format, &path.channels, &path.stream_arguments)
        })
    }

    fn open_streams<S>(
        &self,
        direction: Direction,
        open: impl FnOnce(&soapysdr::Device) -> Result<S, soapysdr::Error>,
    ) -> Result<S, DeviceError> {
        let mut state = self.lock();
        let Some(handle) = &state.handle else { return Err(gone()) };
        let streams = open(&handle.device).map_err(|e| DeviceError::driver("setting the stream up", &e))?;
        state.path_mut(direction).streams = true;
        Ok(streams)
    }

    /// The stream of a direction has been closed; with `for_good`, another may be asked for.
    pub(super) fn closed(&self, direction: Direction, for_good: bool) {
        let mut state = self.lock();
        let path = state.path_mut(direction);
        path.streams = false;
        path.taken &= !for_good;
    }

    /// The device's clock, in nanoseconds.
    pub(super) fn hardware_time_ns(&self) -> Option<i64> {
        let state = self.lock();
        let handle = state.handle.as_ref()?;
        handle.device.get_hardware_time(None).ok().filter(|_| self.abilities().hardware_time)
    }

    /// The device's clock now, in samples of `rate_hz`; none if it has no clock.
    pub fn now(&self, rate_hz: f64) -> Option<DeviceTime> {
        self.hardware_time_ns().map(|ns| DeviceTime::from_ns(ns, rate_hz))
    }

    /// A stream failed: all must be closed.
    pub(super) fn break_down(&self) {
        self.shared.broken.store(true, Ordering::Release);
    }

    pub(super) fn is_broken(&self) -> bool {
        self.shared.broken.load(Ordering::Acquire)
    }

    /// Opens a broken device again, once none of its streams is left, and sets all as it was. To be called after the
    /// caller's own stream has been closed.
    pub(super) fn reopen(&self) -> Result<(), String> {
        let mut state = self.lock();
        if !self.is_broken() {
            return Ok(());
        }
        if state.rx.streams || state.tx.streams {
            return Err("a stream of the other direction is not closed yet".to_string());
        }
        // SoapySDR would give the broken one again.
        state.handle = None;
        let open = Handle::open(&self.shared.arguments, &self.shared.found).map_err(|e| e.to_string())?;
        open.apply(self.settings(), self.abilities()).map_err(|e| e.to_string())?;
        state.handle = Some(open);
        for direction in [Direction::Rx, Direction::Tx] {
            let Some((rate, frequency)) = state.path(direction).set else { continue };
            let mut actual = rate;
            let set = self.with_apply(&state, direction, |apply| {
                actual = apply.all(rate, frequency)?;
                Ok(())
            });
            set.map_err(|e| e.to_string())?;
            if (actual - rate).abs() > 1e-9 * rate {
                return Err(format!("it samples at {actual} Hz now, and not at {rate} Hz any more"));
            }
        }
        self.shared.broken.store(false, Ordering::Release);
        Ok(())
    }

    /// The rate that the device says a direction has, Hz.
    pub fn sample_rate_hz(&self, direction: Direction) -> Option<f64> {
        let channel = self.settings().path(direction).channels[0];
        let state = self.lock();
        state.handle.as_ref()?.device.sample_rate(soapy_direction(direction), channel).ok()
    }

    /// The overall gain that the device says a direction has, dB.
    pub fn gain_db(&self, direction: Direction) -> Option<f64> {
        let channel = self.settings().path(direction).channels[0];
        let state = self.lock();
        state.handle.as_ref()?.device.gain(soapy_direction(direction), channel).ok()
    }
}

impl State {
    const fn path(&self, direction: Direction) -> &Path {
        match direction {
            Direction::Rx => &self.rx,
            Direction::Tx => &self.tx,
        }
    }

    const fn path_mut(&mut self, direction: Direction) -> &mut Path {
        match direction {
            Direction::Rx => &mut self.rx,
            Direction::Tx => &mut self.tx,
        }
    }
}

fn gone() -> DeviceError {
    DeviceError::CannotDo("the device is gone".to_string())
}
