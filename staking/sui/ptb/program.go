// Package ptb has the wire forms of Sui's transactions: programmable transactions, the transactions of the chain itself,
// type tags, addresses and digests, with their BCS both ways, the digest of a transaction and the bytes that are signed.
//
// The types are shaped as Sui's are in BCS. A struct that stands for an enum has a pointer for each variant, of which
// exactly one is set, in the order of the variants.
package ptb

// Program is Sui's ProgrammableTransaction.
type Program struct {
	Inputs   []CallArg
	Commands []Command
}

// CallArg is an input.
type CallArg struct {
	Pure            *[]byte // BCS
	Object          *ObjectArg
	FundsWithdrawal *FundsWithdrawal
}

// IsBcsEnum marks an enum.
func (CallArg) IsBcsEnum() {}

// ObjectArg is an object as an input.
type ObjectArg struct {
	ImmOrOwned *ObjectRef
	Shared     *SharedRef
	Receiving  *ObjectRef
}

// IsBcsEnum marks an enum.
func (ObjectArg) IsBcsEnum() {}

// ID is the object's, zero where nothing is set.
func (a *ObjectArg) ID() Address {
	switch {
	case a.ImmOrOwned != nil:
		return a.ImmOrOwned.ID
	case a.Shared != nil:
		return a.Shared.ID
	case a.Receiving != nil:
		return a.Receiving.ID
	default:
		return Address{}
	}
}

// ObjectRef names a version of an object.
type ObjectRef struct {
	ID      Address
	Version uint64
	Digest  Digest
}

// SharedRef names a shared object.
type SharedRef struct {
	ID             Address
	InitialVersion uint64 // at which it was shared
	Mutable        bool
}

// FundsWithdrawal takes from the balance of an address.
type FundsWithdrawal struct {
	Reservation Reservation
	Type        WithdrawalType
	From        WithdrawFrom
}

// Reservation says how much is withdrawn.
type Reservation struct {
	MaxAmount *uint64
}

// IsBcsEnum marks an enum.
func (Reservation) IsBcsEnum() {}

// WithdrawalType says what is withdrawn.
type WithdrawalType struct {
	Balance *TypeTag
}

// IsBcsEnum marks an enum.
func (WithdrawalType) IsBcsEnum() {}

// WithdrawFrom says whose balance it is.
type WithdrawFrom struct {
	Sender    *struct{}
	Sponsor   *struct{}
	Allowance *Allowance
}

// IsBcsEnum marks an enum.
func (WithdrawFrom) IsBcsEnum() {}

// Allowance is somebody else's funds that the sender may use.
type Allowance struct{ Funder, Allowance Address }

// Command is a step.
type Command struct {
	MoveCall        *MoveCall
	TransferObjects *TransferObjects
	SplitCoins      *SplitCoins
	MergeCoins      *MergeCoins
	Publish         *Publish
	MakeMoveVec     *MakeMoveVec
	Upgrade         *Upgrade
}

// IsBcsEnum marks an enum.
func (Command) IsBcsEnum() {}

// MoveCall calls a function of a version of a package.
type MoveCall struct {
	Package          Address
	Module, Function string
	TypeArguments    []TypeTag
	Arguments        []Argument
}

// TransferObjects gives objects to an address.
type TransferObjects struct {
	Objects   []Argument
	Recipient Argument
}

// SplitCoins makes coins of amounts out of a coin.
type SplitCoins struct {
	Coin    Argument
	Amounts []Argument
}

// MergeCoins puts coins into a coin.
type MergeCoins struct {
	Target Argument
	Coins  []Argument
}

// Publish makes a package and results in its UpgradeCap.
type Publish struct {
	Modules      [][]byte
	Dependencies []Address
}

// MakeMoveVec makes a vector. Elements must be objects of one type when no type is given.
type MakeMoveVec struct {
	Type     *TypeTag `bcs:"optional"`
	Elements []Argument
}

// Upgrade makes the next version of a package from an UpgradeTicket and results in an UpgradeReceipt.
type Upgrade struct {
	Modules      [][]byte
	Dependencies []Address
	Package      Address
	Ticket       Argument
}

// Arguments of a command: those in its list, and others.
func (c *Command) Arguments() (list, single []Argument) {
	switch {
	case c.MoveCall != nil:
		return c.MoveCall.Arguments, nil
	case c.TransferObjects != nil:
		return c.TransferObjects.Objects, []Argument{c.TransferObjects.Recipient}
	case c.SplitCoins != nil:
		return c.SplitCoins.Amounts, []Argument{c.SplitCoins.Coin}
	case c.MergeCoins != nil:
		return c.MergeCoins.Coins, []Argument{c.MergeCoins.Target}
	case c.MakeMoveVec != nil:
		return c.MakeMoveVec.Elements, nil
	case c.Upgrade != nil:
		return nil, []Argument{c.Upgrade.Ticket}
	default:
		return nil, nil
	}
}

// Packages calls visit with the packages that a command names, each as often as it does.
func (c *Command) Packages(visit func(Address)) {
	switch {
	case c.MoveCall != nil:
		visit(c.MoveCall.Package)
		for _, t := range c.MoveCall.TypeArguments {
			t.packages(visit)
		}
	case c.MakeMoveVec != nil && c.MakeMoveVec.Type != nil:
		c.MakeMoveVec.Type.packages(visit)
	case c.Publish != nil:
		for _, d := range c.Publish.Dependencies {
			visit(d)
		}
	case c.Upgrade != nil:
		visit(c.Upgrade.Package)
		for _, d := range c.Upgrade.Dependencies {
			visit(d)
		}
	}
}
