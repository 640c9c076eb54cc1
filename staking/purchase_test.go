package staking_test

import (
	"math"
	"testing"

	"github.com/floe-network/floe/staking"
)

func TestRefundable(t *testing.T) {
	for _, tc := range []struct {
		registered, epoch uint32
		want              bool
	}{
		{5, 5, true}, {5, 6, true}, {5, 7, false}, {math.MaxUint32, math.MaxUint32, true}, {5, math.MaxUint32, false},
	} {
		if got := (staking.Registration{Epoch: tc.registered}).Refundable(tc.epoch); got != tc.want {
			t.Errorf("registered in epoch %d, certified in %d: %v", tc.registered, tc.epoch, got)
		}
	}
}

func TestPriceTotal(t *testing.T) {
	const most = math.MaxUint64
	for _, tc := range []struct {
		price staking.Price
		want  uint64
	}{
		{staking.Price{}, 0},
		{staking.Price{Storage: 3350, Write: 67_000, Deposit: 67_000}, 137_350},
		{staking.Price{Storage: most - 2, Write: 1, Deposit: 1}, most},
		{staking.Price{Storage: most - 1, Write: 1, Deposit: 1}, most},
		{staking.Price{Storage: 1, Write: most, Deposit: most}, most},
	} {
		if got := tc.price.Total(); got != tc.want {
			t.Errorf("%+v: %d, want %d", tc.price, got, tc.want)
		}
	}
}
