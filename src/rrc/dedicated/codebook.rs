use crate::rrc::uper::{BitString, Boolean, LongBitString, range};

sequence! {
    /// The codebook of the PMI, TS 38.214 5.2.2.2.
    pub struct CodebookConfig {
        codebook_type: CodebookType = "codebookType";
    }
}

choice! {
    /// Type I or II.
    pub enum CodebookType {
        TypeI(TypeI) = "type1";
        TypeII(TypeII) = "type2";
    }
}

sequence! {
    /// Type I: one beam a layer.
    pub struct TypeI {
        sub_type: TypeISubType = "subType";
        codebook_mode: u8 = "codebookMode", range(1, 2);
    }
}

choice! {
    /// Antennas in one panel or several.
    pub enum TypeISubType {
        SinglePanel(TypeISinglePanel) = "typeI-SinglePanel";
        MultiPanel(TypeIMultiPanel) = "typeI-MultiPanel";
    }
}

sequence! {
    /// Type I, one panel.
    pub struct TypeISinglePanel {
        nr_of_antenna_ports: TypeIAntennaPorts = "nrOfAntennaPorts";
        type_i_single_panel_ri_restriction: BitString<8> = "typeI-SinglePanel-ri-Restriction";
    }
}

choice! {
    /// Two ports, or more.
    pub enum TypeIAntennaPorts {
        Two(TypeITwoPorts) = "two";
        MoreThanTwo(TypeIMorePorts) = "moreThanTwo";
    }
}

sequence! {
    /// Two ports.
    pub struct TypeITwoPorts {
        two_tx_codebook_subset_restriction: BitString<6> = "twoTX-CodebookSubsetRestriction";
    }
}

sequence! {
    /// More than two ports.
    pub struct TypeIMorePorts {
        n1_n2: TypeIPanel = "n1-n2";
        type_i_single_panel_codebook_subset_restriction_i2: Option<BitString<16>> =
            "typeI-SinglePanel-codebookSubsetRestriction-i2";
    }
}

choice! {
    /// (N_1, N_2), and the beams that may be reported.
    pub enum TypeIPanel {
        TwoOne(BitString<8>) = "two-one-TypeI-SinglePanel-Restriction";
        TwoTwo(BitString<64>) = "two-two-TypeI-SinglePanel-Restriction";
        FourOne(BitString<16>) = "four-one-TypeI-SinglePanel-Restriction";
        ThreeTwo(LongBitString<96>) = "three-two-TypeI-SinglePanel-Restriction";
        SixOne(BitString<24>) = "six-one-TypeI-SinglePanel-Restriction";
        FourTwo(LongBitString<128>) = "four-two-TypeI-SinglePanel-Restriction";
        EightOne(BitString<32>) = "eight-one-TypeI-SinglePanel-Restriction";
        FourThree(LongBitString<192>) = "four-three-TypeI-SinglePanel-Restriction";
        SixTwo(LongBitString<192>) = "six-two-TypeI-SinglePanel-Restriction";
        TwelveOne(BitString<48>) = "twelve-one-TypeI-SinglePanel-Restriction";
        FourFour(LongBitString<256>) = "four-four-TypeI-SinglePanel-Restriction";
        EightTwo(LongBitString<256>) = "eight-two-TypeI-SinglePanel-Restriction";
        SixteenOne(BitString<64>) = "sixteen-one-TypeI-SinglePanel-Restriction";
    }
}

sequence! {
    /// Type I, several panels.
    pub struct TypeIMultiPanel {
        ng_n1_n2: TypeIPanels = "ng-n1-n2";
        ri_restriction: BitString<4> = "ri-Restriction";
    }
}

choice! {
    /// (N_g, N_1, N_2), and the beams that may be reported.
    pub enum TypeIPanels {
        TwoTwoOne(BitString<8>) = "two-two-one-TypeI-MultiPanel-Restriction";
        TwoFourOne(BitString<16>) = "two-four-one-TypeI-MultiPanel-Restriction";
        FourTwoOne(BitString<8>) = "four-two-one-TypeI-MultiPanel-Restriction";
        TwoTwoTwo(BitString<64>) = "two-two-two-TypeI-MultiPanel-Restriction";
        TwoEightOne(BitString<32>) = "two-eight-one-TypeI-MultiPanel-Restriction";
        FourFourOne(BitString<16>) = "four-four-one-TypeI-MultiPanel-Restriction";
        TwoFourTwo(LongBitString<128>) = "two-four-two-TypeI-MultiPanel-Restriction";
        FourTwoTwo(BitString<64>) = "four-two-two-TypeI-MultiPanel-Restriction";
    }
}

sequence! {
    /// Type II: sums of beams.
    pub struct TypeII {
        sub_type: TypeIISubType = "subType";
        phase_alphabet_size: PhaseAlphabetSize = "phaseAlphabetSize";
        subband_amplitude: Boolean = "subbandAmplitude";
        number_of_beams: NumberOfBeams = "numberOfBeams";
    }
}

choice! {
    /// Beams, or ports that are beams already.
    pub enum TypeIISubType {
        Beams(TypeIIBeams) = "typeII";
        PortSelection(TypeIIPortSelection) = "typeII-PortSelection";
    }
}

sequence! {
    /// Type II over beams.
    pub struct TypeIIBeams {
        n1_n2_codebook_subset_restriction: TypeIIPanel = "n1-n2-codebookSubsetRestriction";
        type_ii_ri_restriction: BitString<2> = "typeII-RI-Restriction";
    }
}

choice! {
    /// (N_1, N_2), and the beams that may be reported.
    pub enum TypeIIPanel {
        TwoOne(BitString<16>) = "two-one";
        TwoTwo(BitString<43>) = "two-two";
        FourOne(BitString<32>) = "four-one";
        ThreeTwo(BitString<59>) = "three-two";
        SixOne(BitString<48>) = "six-one";
        FourTwo(LongBitString<75>) = "four-two";
        EightOne(BitString<64>) = "eight-one";
        FourThree(LongBitString<107>) = "four-three";
        SixTwo(LongBitString<107>) = "six-two";
        TwelveOne(LongBitString<96>) = "twelve-one";
        FourFour(LongBitString<139>) = "four-four";
        EightTwo(LongBitString<139>) = "eight-two";
        SixteenOne(LongBitString<128>) = "sixteen-one";
    }
}

sequence! {
    /// Type II over ports.
    pub struct TypeIIPortSelection {
        port_selection_sampling_size: Option<PortSelectionSamplingSize> = "portSelectionSamplingSize";
        type_ii_port_selection_ri_restriction: BitString<2> = "typeII-PortSelectionRI-Restriction";
    }
}

enumerated! {
    /// Ports.
    pub enum PortSelectionSamplingSize { N1 = "n1", N2 = "n2", N3 = "n3", N4 = "n4" }
}

enumerated! {
    /// Phases.
    pub enum PhaseAlphabetSize { N4 = "n4", N8 = "n8" }
}

enumerated! {
    /// Beams L.
    pub enum NumberOfBeams { Two = "two", Three = "three", Four = "four" }
}
