// Package conformance compares with Sui's own libraries for TypeScript. Directory testdata has what they make of
// transactions, keys and signatures; the scripts write it anew with `npm run goldens`.
package conformance
