package registry

import (
	"encoding/hex"
	"fmt"
	"path"

	"github.com/ipfs/go-datastore"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// Places of the books. Ids are in hexadecimal.
const (
	positionKey  = "/registry/position"
	blobPrefix   = "/registry/blob"   // first 3 digits of the blob id / blob id -> Blob
	objectPrefix = "/registry/object" // blob id / object id -> Object
	duePrefix    = "/registry/due"    // epoch, 8 digits / blob id -> nothing; epoch 0: now
	askPrefix    = "/registry/ask"    // blob id -> nothing
)

// bucketDigits of a blob id say in which of the buckets it is.
const bucketDigits = 3

// now is the epoch under which blobs are due at once.
const now = 0

func blobKey(id codec.BlobID) datastore.Key {
	name := hex.EncodeToString(id[:])
	return datastore.RawKey(blobPrefix + "/" + name[:bucketDigits] + "/" + name)
}

func bucket(n int) string { return fmt.Sprintf("%s/%03x", blobPrefix, n) }

func objectsOf(id codec.BlobID) string { return objectPrefix + "/" + hex.EncodeToString(id[:]) }

func objectKey(id codec.BlobID, object staking.ObjectID) datastore.Key {
	return datastore.RawKey(objectsOf(id) + "/" + hex.EncodeToString(object[:]))
}

func dueIn(epoch uint32) string { return fmt.Sprintf("%s/%08x", duePrefix, epoch) }

func dueKey(epoch uint32, id codec.BlobID) datastore.Key {
	return datastore.RawKey(dueIn(epoch) + "/" + hex.EncodeToString(id[:]))
}

func askKey(id codec.BlobID) datastore.Key {
	return datastore.RawKey(askPrefix + "/" + hex.EncodeToString(id[:]))
}

// blobOf reads the blob id at the end of a key.
func blobOf(key string) (codec.BlobID, error) {
	b, err := hex.DecodeString(path.Base(key))
	if err != nil || len(b) != len(codec.BlobID{}) {
		return codec.BlobID{}, fmt.Errorf("key %.200q: %w", key, errRecord)
	}
	return codec.BlobID(b), nil
}
