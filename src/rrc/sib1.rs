use super::access::{CellAccessRelatedInfo, CellSelectionInfo};
use super::barring::UacBarringInfo;
use super::error::{DecodeError, DecodeProblem};
use super::release::Sib1V1610;
use super::scheduling::SiSchedulingInfo;
use super::serving_cell::ServingCellConfigCommonSib;
use super::uper::{Coded, OctetString, Reader, Writer, range};
use super::value::Value;
use crate::ConfigError;
use crate::coding::bits;

sequence! {
    /// System information block 1, TS 38.331 6.2.2.
    #[doc(alias = "SystemInformationBlockType1")]
    #[doc(alias = "BCCH-DL-SCH-Message")]
    pub struct Sib1 {
        cell_selection_info: Option<CellSelectionInfo> = "cellSelectionInfo";
        cell_access_related_info: CellAccessRelatedInfo = "cellAccessRelatedInfo";
        conn_est_failure_control: Option<ConnEstFailureControl> = "connEstFailureControl";
        si_scheduling_info: Option<SiSchedulingInfo> = "si-SchedulingInfo";
        serving_cell_config_common: Option<ServingCellConfigCommonSib> = "servingCellConfigCommon";
        ims_emergency_support: bool = "ims-EmergencySupport", "true";
        ecall_over_ims_support: bool = "eCallOverIMS-Support", "true";
        ue_timers_and_constants: Option<UeTimersAndConstants> = "ue-TimersAndConstants";
        uac_barring_info: Option<UacBarringInfo> = "uac-BarringInfo";
        use_full_resume_id: bool = "useFullResumeID", "true";
        /// Kept as it came.
        late_non_critical_extension: Option<OctetString> = "lateNonCriticalExtension";
        /// Fields of Release 16 and later.
        non_critical_extension: Option<Sib1V1610> = "nonCriticalExtension";
    }
}

impl Sib1 {
    /// From the bytes of a BCCH-DL-SCH-Message, that is, of a transport block with the SI-RNTI. Returns the number
    /// of bytes the message took; the rest is the padding of the transport block.
    ///
    /// # Errors
    /// If the bytes are another message or none: names the field and the bit.
    pub fn decode(transport_block: &[u8]) -> Result<(Self, usize), DecodeError> {
        let bits = bits::unpack(transport_block);
        let mut reader = Reader::new(&bits);
        let message = |error: DecodeError| error.inside("BCCH-DL-SCH-Message");
        let other = |bit, name| Err(message(DecodeError::new(bit, DecodeProblem::OtherMessage(name))));
        if reader.flag().map_err(message)? {
            return other(0, "messageClassExtension");
        }
        if !reader.flag().map_err(message)? {
            return other(1, "systemInformation");
        }
        let sib1 = <Self as Coded>::decode(&mut reader, &()).map_err(|error| match error.path() {
            // The bits that tell which optional fields are present belong to no field.
            "" => error.inside("systemInformationBlockType1"),
            _ => error,
        })?;
        Ok((sib1, reader.position().div_ceil(8)))
    }

    /// The bytes of the BCCH-DL-SCH-Message with this SIB1; a transport block has zeros after them.
    ///
    /// # Errors
    /// If a field is beyond its range: names it.
    pub fn encode(&self) -> Result<Vec<u8>, ConfigError> {
        let mut writer = Writer::default();
        writer.flag(false); // c1
        writer.flag(true); // systemInformationBlockType1
        Coded::encode(self, &mut writer, &(), "systemInformationBlockType1")?;
        Ok(bits::pack(&writer.bits))
    }

    /// All fields under the standard's names.
    pub fn tree(&self) -> Value {
        self.value()
    }

    /// The fields as (path, text), as in `("servingCellConfigCommon.ssb-PeriodicityServingCell", "ms20")`.
    pub fn fields(&self) -> Vec<(String, String)> {
        self.tree().fields()
    }
}

sequence! {
    /// What a device does after failed connection attempts.
    pub struct ConnEstFailureControl {
        conn_est_fail_count: ConnEstFailCount = "connEstFailCount";
        conn_est_fail_offset_validity: OffsetValidity = "connEstFailOffsetValidity";
        /// dB.
        conn_est_fail_offset: Option<u8> = "connEstFailOffset", range(0, 15);
    }
}

enumerated! {
    /// Failures before the offset applies.
    pub enum ConnEstFailCount { N1 = "n1", N2 = "n2", N3 = "n3", N4 = "n4" }
}

enumerated! {
    /// Seconds.
    pub enum OffsetValidity {
        S30 = "s30", S60 = "s60", S120 = "s120", S240 = "s240", S300 = "s300", S420 = "s420", S600 = "s600",
        S900 = "s900",
    }
}

sequence! {
    /// Timers and constants of a device, TS 38.331 7.1.
    pub extensible struct UeTimersAndConstants [] {
        t300: T300 = "t300";
        t301: T300 = "t301";
        t310: T310 = "t310";
        n310: N310 = "n310";
        t311: T311 = "t311";
        n311: N311 = "n311";
        t319: T300 = "t319";
    }
}

enumerated! {
    /// Milliseconds; also for t301 and t319.
    pub enum T300 {
        Ms100 = "ms100", Ms200 = "ms200", Ms300 = "ms300", Ms400 = "ms400", Ms600 = "ms600", Ms1000 = "ms1000",
        Ms1500 = "ms1500", Ms2000 = "ms2000",
    }
}

enumerated! {
    /// Milliseconds.
    pub enum T310 {
        Ms0 = "ms0", Ms50 = "ms50", Ms100 = "ms100", Ms200 = "ms200", Ms500 = "ms500", Ms1000 = "ms1000",
        Ms2000 = "ms2000",
    }
}

enumerated! {
    /// Indications.
    pub enum N310 {
        N1 = "n1", N2 = "n2", N3 = "n3", N4 = "n4", N6 = "n6", N8 = "n8", N10 = "n10", N20 = "n20",
    }
}

enumerated! {
    /// Milliseconds.
    pub enum T311 {
        Ms1000 = "ms1000", Ms3000 = "ms3000", Ms5000 = "ms5000", Ms10000 = "ms10000", Ms15000 = "ms15000",
        Ms20000 = "ms20000", Ms30000 = "ms30000",
    }
}

enumerated! {
    /// Indications.
    pub enum N311 {
        N1 = "n1", N2 = "n2", N3 = "n3", N4 = "n4", N5 = "n5", N6 = "n6", N8 = "n8", N10 = "n10",
    }
}
