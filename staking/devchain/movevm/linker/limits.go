package linker

// Bounds of a Linker.
const (
	// maxChain of modules that need each other in a row. Packages have a few levels.
	maxChain = 128

	// maxTypeNodes is Sui's bound on the types in a type as a module writes it. What generic code makes of a type counts
	// the type arguments of the code besides; and a call counts the type arguments of both sides and one more.
	maxTypeNodes = 128

	// maxInstructions of all instances together. Generic code can ask for ever new instances of large functions; this
	// bounds the memory (about 60 bytes each) and the time that goes into them. Floe's packages and the framework have
	// some ten thousand.
	maxInstructions = 1_000_000
)
