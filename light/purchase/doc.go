// Package purchase stores blobs that are paid for. It joins the chain, where storage is bought and a blob registered and
// certified, with the data plane of package light, where its slivers go to the nodes.
//
// A put is resumable. Whatever interrupted it, before or after any transaction, in the middle of the upload, by an error, a
// signal or a crash, running the same put again finds what the account owns and goes on from there: a registered object is
// uploaded and certified, a certified one is reported. Nothing is paid twice unless that was asked for ([Another]).
package purchase
