package checkpoint

// Limits of what is read. Sui itself has none; these are far above what a network makes.
const (
	// maxSummary is in bytes: a committee of maxMembers has about as many.
	maxSummary = 256 << 10
	// maxContents is in bytes: 10,000 transactions (max_transactions_per_checkpoint) with the longest signatures of two
	// parties each.
	maxContents = 64 << 20
	// maxMembers of a committee. Sui has some hundred; above 4096 bitmaps would have another form.
	maxMembers = 2048
	// maxCertificate is in bytes: its fixed fields and the bitmap of all members.
	maxCertificate = 64 + 2*maxMembers + 16
)
