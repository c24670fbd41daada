use super::publisher::{Publisher, Room};
use super::slot_message::SlotWriter;
use super::wire::{Edge, StreamInfo};
use super::{NetworkError, PublishOptions, PublisherCounts};
use crate::receive::{RxSlot, SyncSettings};
use crate::{Failure, SlotReader};
use futuresdr::runtime::dev::prelude::*;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Publishes the grids of slots with all that a receiver on another machine needs, a slot a message.
#[derive(Block)]
pub struct SlotPublisher {
    #[input]
    input: SlotReader<Arc<RxSlot>>,
    publisher: Publisher,
    writer: SlotWriter,
    failure: Failure,
}

impl SlotPublisher {
    /// Publishes at `endpoint` (`tcp://*:5555`, or with `*` for a free port) what a synchroniser with `settings` and
    /// slots of `slot_rate_hz` finds.
    ///
    /// # Errors
    /// If the address is taken or none.
    pub fn bind(
        endpoint: &str,
        settings: &SyncSettings,
        slot_rate_hz: u64,
        options: PublishOptions,
    ) -> Result<Self, NetworkError> {
        let info = StreamInfo {
            edge: Edge::Slots,
            sample_rate_hz: settings.sample_rate_hz,
            centre_frequency_hz: settings.centre_frequency_hz,
        };
        Ok(Self {
            input: SlotReader::default(),
            publisher: Publisher::bind(endpoint, info, options)?,
            writer: SlotWriter::new(settings.clone(), slot_rate_hz),
            failure: Failure::default(),
        })
    }

    /// The address, with the port that it got.
    pub fn address(&self) -> &str {
        self.publisher.address()
    }

    /// Set it to wait for no subscriber any more.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.publisher.stop)
    }

    /// What is counted.
    pub fn counts(&self) -> Arc<PublisherCounts> {
        Arc::clone(&self.publisher.counts)
    }

    /// What ended the graph, if it was this block.
    pub fn failure(&self) -> Failure {
        self.failure.clone()
    }
}

impl Kernel for SlotPublisher {
    async fn init(&mut self, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        self.failure.note(self.publisher.start())?;
        Ok(())
    }

    async fn work(&mut self, io: &mut WorkIo, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        while self.input.has_items() {
            let mut message = match self.publisher.room() {
                Room::Buffer(buffer) => buffer,
                Room::Later => {
                    io.block_on(self.publisher.wake.notified());
                    return Ok(());
                }
                Room::Never => {
                    io.finished = true;
                    return Ok(());
                }
            };
            let Some(slot) = self.input.pop() else { break };
            self.publisher.begin(&mut message, false);
            self.failure.note(self.writer.write(&slot, &mut message).map_err(anyhow::Error::msg))?;
            self.publisher.send(message);
        }
        if self.input.drained() {
            self.publisher.end();
            io.finished = true;
        }
        Ok(())
    }

    async fn deinit(&mut self, _mo: &mut MessageOutputs, _meta: &mut BlockMeta) -> Result<()> {
        self.publisher.end();
        self.publisher.join();
        Ok(())
    }
}
