package move

// Bounds of what Read and Relink accept.
const (
	// maxModule is the most bytes of a compiled module: Sui's limit of a whole package (max_move_package_size).
	maxModule = 100 << 10
	// maxManifest is the most bytes of a manifest, twenty times the present one.
	maxManifest = 1 << 20
	// maxModules is the most modules of a package, as Sui has it (max_modules_in_publish is 64; the framework has more).
	maxModules = 256
	// maxTables is the most tables of a compiled module: the format knows 18 kinds, each at most once.
	maxTables = 18
)
