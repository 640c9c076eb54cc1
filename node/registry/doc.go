// Package registry keeps what the chain said about blobs: which objects are registered for a blob id, how large, until when,
// certified or not, whether the id is barred, and how far in the chain's history all this is.
//
// Everything that a batch of events says, the cursor behind it included, becomes durable together. Events may come more than
// once and in any order: an object only ever becomes registered, certified, extended and deleted, and its books are the most
// advanced of what was heard.
//
// A blob has one small record that answers the questions of every request, and one for each of its objects, so that memory
// does not depend on how many blobs or objects there are.
package registry
