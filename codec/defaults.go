package codec

// DefaultMemoryBudget is what a call may keep in memory when Options say nothing: with it a blob of 1 GiB at n = 1000 is
// encoded with few repeated passes and far below 768 MiB resident, and blobs up to about 70 MiB in one pass.
const DefaultMemoryBudget = 256 << 20 // bytes
