package main

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/contract/object"
)

func newBlob(out *console) *cobra.Command {
	return family("blob", "Look after blobs that an account has stored",
		`A stored blob is an object of the account that paid for it. Commands take the object's id, or the blob's id where the account
has one object of it.`,
		newBlobList(out), newBlobShow(out), newBlobExtend(out), newBlobDelete(out), newBlobBurn(out), newBlobShare(out), newBlobAttribute(out))
}

// blobJSON is a blob object as commands print it.
type blobJSON struct {
	Object     staking.ObjectID `json:"object"`
	Blob       codec.BlobID     `json:"blob_id"`
	Size       uint64           `json:"size"`
	Space      uint64           `json:"encoded_size"`
	Registered uint32           `json:"registered_epoch"`
	Certified  *uint32          `json:"certified_epoch"`
	End        uint32           `json:"end_epoch"`
	Deletable  bool             `json:"deletable"`
	// Ended blobs are not paid for any more.
	Ended bool `json:"ended"`
}

func newBlobJSON(b *object.Blob, epoch uint32) blobJSON {
	return blobJSON{Ended: b.Storage.EndEpoch <= epoch, Object: staking.ObjectID(b.ID), Blob: b.BlobID, Size: b.Size, Space: b.Storage.StorageSize, Registered: b.RegisteredEpoch,
		Certified: b.CertifiedEpoch, End: b.Storage.EndEpoch, Deletable: b.Deletable}
}

// line says what a person wants to know of it.
func (b blobJSON) line() string {
	state := "not certified"
	if b.Certified != nil {
		state = fmt.Sprintf("certified in epoch %d", *b.Certified)
	}
	kind := "permanent"
	if b.Deletable {
		kind = "deletable"
	}
	end := fmt.Sprintf("until epoch %d", b.End)
	if b.Ended {
		end = fmt.Sprintf("ended with epoch %d", b.End)
	}
	return fmt.Sprintf("%s  %9s  %s  %s, %s  %s\n", b.Blob, formatBytes(int64(b.Size)), end, kind, state, b.Object)
}

func newBlobList(out *console) *cobra.Command {
	return spender(out, &cobra.Command{
		Use:   "ls",
		Short: "List the account's blobs",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, a *chain.Account, _ []string) error {
		blobs, err := a.Blobs(ctx)
		if err != nil {
			return err
		}
		epoch := uint32(0)
		epochs, err := a.Refresh(ctx)
		if err != nil {
			return err
		}
		if epochs != nil {
			epoch = epochs.Current.Epoch()
		}
		list, text := make([]blobJSON, len(blobs)), ""
		for i := range blobs {
			list[i] = newBlobJSON(&blobs[i].Value, epoch)
			text += list[i].line()
		}
		return out.result(map[string]any{"address": a.Address(), "blobs": list}, text)
	})
}

// findBlob finds the account's blob object of an object id or a blob id.
func findBlob(ctx context.Context, a *chain.Account, text string) (*object.Blob, error) {
	blobs, err := a.Blobs(ctx)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(text, "0x") {
		id, err := parseObject("object", text)
		if err != nil {
			return nil, err
		}
		for i := range blobs {
			if staking.ObjectID(blobs[i].Value.ID) == id {
				return &blobs[i].Value, nil
			}
		}
		return nil, fmt.Errorf("%w: %s has no blob object %s", errMissing, a.Address(), id)
	}
	id, err := codec.ParseBlobID(text)
	if err != nil {
		return nil, usagef("%w; name an object (0x...) or a blob", err)
	}
	var found *object.Blob
	for i := range blobs {
		if blobs[i].Value.BlobID != id {
			continue
		}
		if found != nil {
			return nil, usagef("the account has several objects of blob %s: name one of them (floe blob ls)", id)
		}
		found = &blobs[i].Value
	}
	if found == nil {
		return nil, fmt.Errorf("%w: %s has no object of blob %s", errMissing, a.Address(), id)
	}
	return found, nil
}

// blobSpender makes a command about one of the account's blobs.
func blobSpender(out *console, cmd *cobra.Command, run func(ctx context.Context, a *chain.Account, b *object.Blob, args []string) (any, string, error)) *cobra.Command {
	return spender(out, cmd, func(ctx context.Context, a *chain.Account, args []string) error {
		b, err := findBlob(ctx, a, args[0])
		if err != nil {
			return err
		}
		v, text, err := run(ctx, a, b, args[1:])
		if err != nil {
			return err
		}
		return out.result(v, text)
	})
}

func newBlobShow(out *console) *cobra.Command {
	return looker(&cobra.Command{
		Use:   "show ID",
		Short: "Show what the chain says about a blob, whoever stored it",
		Args:  cobra.ExactArgs(1),
	}, func(ctx context.Context, c *chain.Chain, args []string) error {
		id, err := codec.ParseBlobID(args[0])
		if err != nil {
			return err
		}
		s, err := c.BlobState(ctx, id)
		if err != nil {
			return err
		}
		if s == (staking.BlobState{}) {
			return fmt.Errorf("%w: blob %s was never certified on this network", errMissing, id)
		}
		return out.result(struct {
			Blob codec.BlobID `json:"blob_id"`
			blobStateJSON
		}{id, newBlobStateJSON(s)}, fmt.Sprintf("%s  %s  %s\n", id, formatBytes(int64(s.Size)), onChain(s)))
	})
}

func newBlobExtend(out *console) *cobra.Command {
	var epochs uint32
	var limit wal
	cmd := &cobra.Command{
		Use:     "extend BLOB --epochs N",
		Short:   "Buy more epochs for a certified blob",
		Example: "  floe blob extend --epochs 10 --max 2 EFslbSPdb3hnt0UT8SZMgYz2tMMkp2XoiSwBZJKp37Q",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().Uint32Var(&epochs, "epochs", 0, "epochs to add")
	_ = cmd.MarkFlagRequired("epochs") // fails only for a flag that does not exist
	cmd.Flags().Var(&limit, "max", "most WAL to pay; 0: whatever it costs")
	return blobSpender(out, cmd, func(ctx context.Context, a *chain.Account, b *object.Blob, _ []string) (any, string, error) {
		most := uint64(limit)
		if most == 0 {
			most = math.MaxUint64
		}
		done, err := a.Extend(ctx, staking.ObjectID(b.ID), epochs, most)
		if err != nil {
			return nil, "", err
		}
		return map[string]any{"object": staking.ObjectID(b.ID), "end_epoch": done.End, "cost_frost": done.Cost, "transaction": done.Transaction},
			fmt.Sprintf("stored until epoch %d, for %s\n", done.End, formatWAL(done.Cost)), nil
	})
}

func newBlobDelete(out *console) *cobra.Command {
	return blobSpender(out, &cobra.Command{
		Use:   "delete BLOB",
		Short: "Delete a deletable blob; its storage comes back",
		Args:  cobra.ExactArgs(1),
	}, func(ctx context.Context, a *chain.Account, b *object.Blob, _ []string) (any, string, error) {
		if !b.Deletable {
			return nil, "", usagef("blob %s is permanent: nobody can delete it before epoch %d", b.BlobID, b.Storage.EndEpoch)
		}
		err := a.DeleteBlob(ctx, staking.ObjectID(b.ID))
		return map[string]any{"deleted": staking.ObjectID(b.ID), "storage": staking.ObjectID(b.Storage.ID), "encoded_size": b.Storage.StorageSize, "end_epoch": b.Storage.EndEpoch},
			fmt.Sprintf("deleted; %s until epoch %d are free for other blobs\n", formatBytes(int64(b.Storage.StorageSize)), b.Storage.EndEpoch), err
	})
}

func newBlobBurn(out *console) *cobra.Command {
	return blobSpender(out, &cobra.Command{
		Use:   "burn BLOB",
		Short: "Give a blob object up; the blob stays stored until its end",
		Args:  cobra.ExactArgs(1),
	}, func(ctx context.Context, a *chain.Account, b *object.Blob, _ []string) (any, string, error) {
		err := a.BurnBlob(ctx, staking.ObjectID(b.ID))
		return map[string]any{"burned": staking.ObjectID(b.ID)}, "", err
	})
}

func newBlobShare(out *console) *cobra.Command {
	var funds wal
	cmd := &cobra.Command{
		Use:   "share BLOB",
		Short: "Share a certified blob for good, so that anybody may pay for its extension",
		Args:  cobra.ExactArgs(1),
	}
	cmd.Flags().Var(&funds, "funds", "WAL that extend it")
	return blobSpender(out, cmd, func(ctx context.Context, a *chain.Account, b *object.Blob, _ []string) (any, string, error) {
		id, err := a.ShareBlob(ctx, staking.ObjectID(b.ID), uint64(funds))
		return map[string]any{"shared": id, "funds_frost": funds}, id.String() + "\n", err
	})
}

func newBlobAttribute(out *console) *cobra.Command {
	return blobSpender(out, &cobra.Command{
		Use:     "set-attr BLOB NAME VALUE",
		Short:   "Set an attribute of a blob object; an empty value removes it",
		Example: `  floe blob set-attr 0x5e..1f content-type image/jpeg`,
		Args:    cobra.ExactArgs(3),
	}, func(ctx context.Context, a *chain.Account, b *object.Blob, args []string) (any, string, error) {
		err := a.SetAttribute(ctx, staking.ObjectID(b.ID), args[0], args[1])
		return map[string]any{"object": staking.ObjectID(b.ID), "name": args[0], "value": args[1]}, "", err
	})
}

func newStorage(out *console) *cobra.Command {
	return family("storage", "Look after storage that an account has reserved and not used",
		`Storage is encoded bytes for some epochs. It comes back from deleted blobs, and put uses what fits before it buys.`,
		newStorageList(out), newStorageSplit(out), newStorageMerge(out))
}

// storageJSON is a reservation as commands print it.
type storageJSON struct {
	Object staking.ObjectID `json:"object"`
	Size   uint64           `json:"encoded_size"`
	Start  uint32           `json:"start_epoch"`
	End    uint32           `json:"end_epoch"`
}

func newStorageList(out *console) *cobra.Command {
	return spender(out, &cobra.Command{
		Use:   "ls",
		Short: "List the account's storage",
		Args:  cobra.NoArgs,
	}, func(ctx context.Context, a *chain.Account, _ []string) error {
		reserved, err := a.Storage(ctx)
		if err != nil {
			return err
		}
		list, text := make([]storageJSON, len(reserved)), ""
		for i, s := range reserved {
			list[i] = storageJSON{staking.ObjectID(s.Value.ID), s.Value.StorageSize, s.Value.StartEpoch, s.Value.EndEpoch}
			text += fmt.Sprintf("%s  %9s  epochs %d to %d\n", s.Value.ID, formatBytes(int64(s.Value.StorageSize)), s.Value.StartEpoch, s.Value.EndEpoch-1)
		}
		return out.result(map[string]any{"address": a.Address(), "storage": list}, text)
	})
}

func newStorageSplit(out *console) *cobra.Command {
	var size string
	var epoch uint32
	cmd := &cobra.Command{
		Use:     "split STORAGE (--size SIZE | --epoch N)",
		Short:   "Cut storage in two, by size or in time",
		Example: "  floe storage split 0x5e..1f --size 100MiB\n  floe storage split 0x5e..1f --epoch 12     (the first part ends before epoch 12)",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&size, "size", "", "encoded bytes that the first part keeps")
	cmd.Flags().Uint32Var(&epoch, "epoch", 0, "epoch with which the second part begins")
	cmd.MarkFlagsMutuallyExclusive("size", "epoch")
	cmd.MarkFlagsOneRequired("size", "epoch")
	return spender(out, cmd, func(ctx context.Context, a *chain.Account, args []string) error {
		id, err := parseObject("storage", args[0])
		if err != nil {
			return err
		}
		var bytes int64
		if size != "" {
			if bytes, err = parseSize(size); err != nil || bytes == 0 {
				return usagef("--size %q: want a size above zero, as 100MiB", size)
			}
		}
		if err := a.SplitStorage(ctx, id, uint64(bytes), epoch); err != nil {
			return err
		}
		return out.result(map[string]any{"split": id}, "")
	})
}

func newStorageMerge(out *console) *cobra.Command {
	return spender(out, &cobra.Command{
		Use:   "merge STORAGE OTHER...",
		Short: "Join storage of the same epochs, or of the same size where one ends and the other begins",
		Args:  cobra.MinimumNArgs(2),
	}, func(ctx context.Context, a *chain.Account, args []string) error {
		ids := make([]staking.ObjectID, len(args))
		for i, text := range args {
			var err error
			if ids[i], err = parseObject("storage", text); err != nil {
				return err
			}
		}
		if err := a.JoinStorage(ctx, ids[0], ids[1:]...); err != nil {
			return err
		}
		return out.result(map[string]any{"storage": ids[0]}, "")
	})
}
