package store

// maxCause is how much is kept of what people are told about a failure, in bytes.
const maxCause = 1024

// MostListed bounds the entries of one list, whatever the caller asks for.
const MostListed = 1000
