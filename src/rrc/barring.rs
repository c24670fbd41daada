use super::uper::{BitString, list, list_of, range};

sequence! {
    /// Unified access control, TS 38.331 6.3.2 and 5.3.14.
    pub struct UacBarringInfo {
        uac_barring_for_common: Option<Vec<UacBarringPerCat>> = "uac-BarringForCommon", list(1, 63);
        uac_barring_per_plmn_list: Option<Vec<UacBarringPerPlmn>> = "uac-BarringPerPLMN-List", list(1, 12);
        uac_barring_info_set_list: Vec<UacBarringInfoSet> = "uac-BarringInfoSetList", list(1, 8);
        uac_access_category1_selection_assistance_info: Option<UacSelectionAssistanceInfo> =
            "uac-AccessCategory1-SelectionAssistanceInfo";
    }
}

sequence! {
    /// The barring parameters of one access category.
    pub struct UacBarringPerCat {
        access_category: u8 = "accessCategory", range(1, 63);
        /// Entry of `uac-BarringInfoSetList`, counted from 1.
        uac_barring_info_set_index: u8 = "uac-barringInfoSetIndex", range(1, 8);
    }
}

sequence! {
    /// Barring of one network's access categories.
    pub struct UacBarringPerPlmn {
        /// Entry of the PLMN list, counted from 1.
        plmn_identity_index: u8 = "plmn-IdentityIndex", range(1, 12);
        uac_ac_barring_list_type: Option<UacBarringListType> = "uac-ACBarringListType";
    }
}

choice! {
    /// All 63 categories one by one, or those that differ.
    pub enum UacBarringListType {
        Implicit(Vec<u8>, list_of(63, 63, range(1, 8))) = "uac-ImplicitACBarringList";
        Explicit(Vec<UacBarringPerCat>, list(1, 63)) = "uac-ExplicitACBarringList";
    }
}

sequence! {
    /// One set of barring parameters.
    pub struct UacBarringInfoSet {
        uac_barring_factor: UacBarringFactor = "uac-BarringFactor";
        uac_barring_time: UacBarringTime = "uac-BarringTime";
        /// Access identities 1, 2, 11 to 15 that are barred.
        uac_barring_for_access_identity: BitString<7> = "uac-BarringForAccessIdentity";
    }
}

choice! {
    /// Which devices access category 1 takes in.
    pub enum UacSelectionAssistanceInfo {
        PlmnCommon(SelectionAssistance) = "plmnCommon";
        IndividualPlmnList(Vec<SelectionAssistance>, list(2, 12)) = "individualPLMNList";
    }
}

enumerated! {
    /// Categories a, b, c of TS 22.261.
    pub enum SelectionAssistance { A = "a", B = "b", C = "c" }
}

enumerated! {
    /// Probability that access is allowed: `p05` is 0.05.
    pub enum UacBarringFactor {
        P00 = "p00", P05 = "p05", P10 = "p10", P15 = "p15", P20 = "p20", P25 = "p25", P30 = "p30", P40 = "p40",
        P50 = "p50", P60 = "p60", P70 = "p70", P75 = "p75", P80 = "p80", P85 = "p85", P90 = "p90", P95 = "p95",
    }
}

enumerated! {
    /// Average barring time in seconds.
    pub enum UacBarringTime {
        S4 = "s4", S8 = "s8", S16 = "s16", S32 = "s32", S64 = "s64", S128 = "s128", S256 = "s256", S512 = "s512",
    }
}
