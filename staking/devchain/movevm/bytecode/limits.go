package bytecode

// Bounds of the format, each checked where the number is read. Most are what the format can express; memory is bounded
// by the length of the module, since every entry takes a byte at least.
const (
	// MaxSize of a module in bytes: Sui's bound on a whole package.
	MaxSize = 100 << 10

	oldestVersion    = 6
	versionWithEnums = 7
	newestVersion    = 7
	suiFlavour       = 5 // in the top byte of the version word since version 7

	maxIndex        = 65535 // of any table and of code
	maxInstructions = 65535 // of a function
	maxVariantIndex = 1024  // of variant handles and their instances
	maxVariants     = 127   // of an enum; a tag is one byte
	maxFields       = 255   // of a struct or variant
	maxFieldIndex   = 255
	maxSignature    = 255 // types in a signature
	maxTypeParams   = 255
	maxAcquires     = 255
	maxLocals       = 255 // parameters and other locals together; an index is one byte
	maxIdentifier   = 128 // bytes; Sui's bound, the format could carry more
	maxConstant     = 65535
	maxTables       = 20 // more kinds there are not

	maxTokenDepth = 256 // types inside each other in a signature
)
