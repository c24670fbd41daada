use super::pucch::{PucchOccIndex, PucchOccLength, PucchSpatialRelationInfo};
use crate::rrc::uper::{list, list_of, range};
use crate::rrc::uplink::SetupRelease;

sequence! {
    /// First addition to PUCCH-Config (Release 16).
    pub struct PucchConfigV1610 {
        resource_to_add_mod_list_ext: Option<Vec<PucchResourceExtV1610>> =
            "resourceToAddModListExt-v1610", list(1, 128);
        /// k_1; -1 stands for a place given later.
        dl_data_to_ul_ack: Option<SetupRelease<Vec<i8>>> = "dl-DataToUL-ACK-r16", list_of(1, 8, range(-1, 15));
        ul_access_config_list_dci_1_1: Option<SetupRelease<Vec<u8>>> =
            "ul-AccessConfigListDCI-1-1-r16", list_of(1, 16, range(0, 15));
        subslot_length_for_pucch: Option<SubslotLengthForPucch> = "subslotLengthForPUCCH-r16";
        dl_data_to_ul_ack_dci_1_2: Option<SetupRelease<Vec<u8>>> =
            "dl-DataToUL-ACK-DCI-1-2-r16", list_of(1, 8, range(0, 15));
        number_of_bits_for_pucch_resource_indicator_dci_1_2: Option<u8> =
            "numberOfBitsForPUCCH-ResourceIndicatorDCI-1-2-r16", range(0, 3);
        dmrs_uplink_transform_precoding_pucch: bool = "dmrs-UplinkTransformPrecodingPUCCH-r16", "enabled";
        spatial_relation_info_to_add_mod_list_size_ext: Option<Vec<PucchSpatialRelationInfo>> =
            "spatialRelationInfoToAddModListSizeExt-v1610", list(1, 56);
        spatial_relation_info_to_release_list_size_ext: Option<Vec<u8>> =
            "spatialRelationInfoToReleaseListSizeExt-v1610", list_of(1, 56, range(1, 8));
        spatial_relation_info_to_add_mod_list_ext: Option<Vec<PucchSpatialRelationInfoExt>> =
            "spatialRelationInfoToAddModListExt-v1610", list(1, 64);
        spatial_relation_info_to_release_list_ext: Option<Vec<u8>> =
            "spatialRelationInfoToReleaseListExt-v1610", list_of(1, 64, range(1, 64));
        resource_group_to_add_mod_list: Option<Vec<PucchResourceGroup>> = "resourceGroupToAddModList-r16", list(1, 4);
        resource_group_to_release_list: Option<Vec<u8>> =
            "resourceGroupToReleaseList-r16", list_of(1, 4, range(0, 3));
        sps_pucch_an_list: Option<SetupRelease<Vec<SpsPucchAn>>> = "sps-PUCCH-AN-List-r16", list(1, 4);
        scheduling_request_resource_to_add_mod_list_ext: Option<Vec<SchedulingRequestResourceConfigExtV1610>> =
            "schedulingRequestResourceToAddModListExt-v1610", list(1, 8);
    }
}

sequence! {
    /// What Release 16 adds to the resource at the same place of `resourceToAddModList`.
    pub extensible struct PucchResourceExtV1610 [] {
        interlace_allocation: Option<InterlaceAllocation> = "interlaceAllocation-r16";
        format: Option<PucchFormatV1610> = "format-v1610";
    }
}

sequence! {
    /// Interlaced resource blocks in shared spectrum.
    pub struct InterlaceAllocation {
        rb_set_index: u8 = "rb-SetIndex-r16", range(0, 4);
        interlace0: Interlace0 = "interlace0-r16";
    }
}

choice! {
    /// Interlace by subcarrier spacing.
    pub enum Interlace0 {
        Scs15(u8, range(0, 9)) = "scs15";
        Scs30(u8, range(0, 4)) = "scs30";
    }
}

choice! {
    /// Second interlace, or a cover code.
    pub enum PucchFormatV1610 {
        Interlace1(u8, range(0, 9)) = "interlace1-v1610";
        Occ(PucchOccV1610) = "occ-v1610";
    }
}

sequence! {
    /// Cover code of formats 2 and 3.
    pub struct PucchOccV1610 {
        occ_length: Option<PucchOccLength> = "occ-Length-v1610";
        occ_index: Option<PucchOccIndex> = "occ-Index-v1610";
    }
}

choice! {
    /// Symbols of a sub-slot, by cyclic prefix.
    pub enum SubslotLengthForPucch {
        NormalCp(SubslotLengthNormal) = "normalCP-r16";
        ExtendedCp(SubslotLengthExtended) = "extendedCP-r16";
    }
}

enumerated! {
    /// Symbols.
    pub enum SubslotLengthNormal { N2 = "n2", N7 = "n7" }
}

enumerated! {
    /// Symbols.
    pub enum SubslotLengthExtended { N2 = "n2", N6 = "n6" }
}

sequence! {
    /// What Release 16 adds to the relation at the same place.
    pub extensible struct PucchSpatialRelationInfoExt [] {
        pucch_spatial_relation_info_id: Option<u8> = "pucch-SpatialRelationInfoId-v1610", range(9, 64);
        pucch_pathloss_reference_rs_id: Option<u8> = "pucch-PathlossReferenceRS-Id-v1610", range(4, 63);
    }
}

sequence! {
    /// PUCCH resources whose beam changes together.
    pub struct PucchResourceGroup {
        pucch_resource_group_id: u8 = "pucch-ResourceGroupId-r16", range(0, 3);
        resource_per_group_list: Vec<u8> = "resourcePerGroupList-r16", list_of(1, 128, range(0, 127));
    }
}

sequence! {
    /// PUCCH resource of the HARQ-ACK of semi-persistent scheduling, by payload.
    pub struct SpsPucchAn {
        sps_pucch_an_resource_id: u8 = "sps-PUCCH-AN-ResourceID-r16", range(0, 127);
        max_payload_size: Option<u16> = "maxPayloadSize-r16", range(4, 256);
    }
}

sequence! {
    /// What Release 16 adds to the resource at the same place.
    pub extensible struct SchedulingRequestResourceConfigExtV1610 [] {
        phy_priority_index: Option<PhyPriority> = "phy-PriorityIndex-r16";
    }
}

enumerated! {
    /// Priority index.
    pub enum PhyPriority { P0 = "p0", P1 = "p1" }
}
