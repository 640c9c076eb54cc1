/// The currency that gas is paid in.
module sui::sui;

/// The type of the currency, of which 10^9 units (MIST) are one SUI.
public struct SUI has drop {}
