package effects

import (
	"errors"
	"fmt"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// FailureKind says why an executed transaction failed. The numbers are those of Sui's ExecutionFailureStatus.
type FailureKind uint8

// The kinds that can happen here.
const (
	InsufficientGas                   FailureKind = 0
	InvariantViolation                FailureKind = 2
	MoveObjectTooBig                  FailureKind = 4 // Size, Max
	MovePackageTooBig                 FailureKind = 5 // Size, Max
	CircularObjectOwnership           FailureKind = 6 // Object
	InsufficientCoinBalance           FailureKind = 7
	CoinBalanceOverflow               FailureKind = 8
	PublishErrorNonZeroAddress        FailureKind = 9
	SuiMoveVerificationError          FailureKind = 10
	MovePrimitiveRuntimeError         FailureKind = 11 // Location, where known
	MoveAbort                         FailureKind = 12 // Location, Code
	VMVerificationError               FailureKind = 13
	VMInvariantViolation              FailureKind = 14
	FunctionNotFound                  FailureKind = 15
	ArityMismatch                     FailureKind = 16
	TypeArityMismatch                 FailureKind = 17
	NonEntryFunctionInvoked           FailureKind = 18
	CommandArgumentError              FailureKind = 19 // Index, Argument, Position, Secondary
	TypeArgumentError                 FailureKind = 20 // Index, TypeNotFound
	UnusedValueWithoutDrop            FailureKind = 21 // Position, Secondary
	InvalidPublicFunctionReturnType   FailureKind = 22 // Index
	EffectsTooLarge                   FailureKind = 24 // Size, Max
	PublishUpgradeMissingDependency   FailureKind = 25
	PublishUpgradeDependencyDowngrade FailureKind = 26
	PackageUpgradeError               FailureKind = 27 // Upgrade, Object, Other, Digest, Policy
	WrittenObjectsTooLarge            FailureKind = 28 // Size, Max
	SharedObjectOperationNotAllowed   FailureKind = 31
	InvalidLinkage                    FailureKind = 39
)

var failureNames = map[FailureKind]string{
	InsufficientGas: "InsufficientGas", InvariantViolation: "InvariantViolation", MoveObjectTooBig: "MoveObjectTooBig",
	MovePackageTooBig: "MovePackageTooBig", CircularObjectOwnership: "CircularObjectOwnership",
	InsufficientCoinBalance: "InsufficientCoinBalance", CoinBalanceOverflow: "CoinBalanceOverflow",
	PublishErrorNonZeroAddress: "PublishErrorNonZeroAddress", SuiMoveVerificationError: "SuiMoveVerificationError",
	MovePrimitiveRuntimeError: "MovePrimitiveRuntimeError", MoveAbort: "MoveAbort",
	VMVerificationError: "VMVerificationOrDeserializationError", VMInvariantViolation: "VMInvariantViolation",
	FunctionNotFound: "FunctionNotFound", ArityMismatch: "ArityMismatch", TypeArityMismatch: "TypeArityMismatch",
	NonEntryFunctionInvoked: "NonEntryFunctionInvoked", CommandArgumentError: "CommandArgumentError",
	TypeArgumentError: "TypeArgumentError", UnusedValueWithoutDrop: "UnusedValueWithoutDrop",
	InvalidPublicFunctionReturnType: "InvalidPublicFunctionReturnType", EffectsTooLarge: "EffectsTooLarge",
	PublishUpgradeMissingDependency:   "PublishUpgradeMissingDependency",
	PublishUpgradeDependencyDowngrade: "PublishUpgradeDependencyDowngrade", PackageUpgradeError: "PackageUpgradeError",
	WrittenObjectsTooLarge: "WrittenObjectsTooLarge", SharedObjectOperationNotAllowed: "SharedObjectOperationNotAllowed",
	InvalidLinkage: "InvalidLinkage",
}

func (k FailureKind) String() string {
	if s, ok := failureNames[k]; ok {
		return s
	}
	return fmt.Sprintf("FailureKind(%d)", uint8(k))
}

// ArgumentProblem says what is wrong with an argument of a command. The numbers are those of Sui's CommandArgumentError.
type ArgumentProblem uint8

// The problems.
const (
	TypeMismatch                          ArgumentProblem = 0
	InvalidBCSBytes                       ArgumentProblem = 1
	InvalidUsageOfPureArg                 ArgumentProblem = 2
	InvalidArgumentToPrivateEntryFunction ArgumentProblem = 3
	IndexOutOfBounds                      ArgumentProblem = 4 // Position
	SecondaryIndexOutOfBounds             ArgumentProblem = 5 // Position, Secondary
	InvalidResultArity                    ArgumentProblem = 6 // Position
	InvalidGasCoinUsage                   ArgumentProblem = 7
	InvalidValueUsage                     ArgumentProblem = 8
	InvalidObjectByValue                  ArgumentProblem = 9
	InvalidObjectByMutRef                 ArgumentProblem = 10
	InvalidTransferObject                 ArgumentProblem = 13
	InvalidMakeMoveVecNonObjectArgument   ArgumentProblem = 14
)

var argumentNames = [...]string{"TypeMismatch", "InvalidBCSBytes", "InvalidUsageOfPureArg",
	"InvalidArgumentToPrivateEntryFunction", "IndexOutOfBounds", "SecondaryIndexOutOfBounds", "InvalidResultArity",
	"InvalidGasCoinUsage", "InvalidValueUsage", "InvalidObjectByValue", "InvalidObjectByMutRef",
	InvalidTransferObject: "InvalidTransferObject", InvalidMakeMoveVecNonObjectArgument: "InvalidMakeMoveVecNonObjectArgument"}

func (p ArgumentProblem) String() string { return argumentNames[p] }

// UpgradeProblem says what is wrong with an upgrade. The numbers are those of Sui's PackageUpgradeError.
type UpgradeProblem uint8

// The problems.
const (
	UnableToFetchPackage  UpgradeProblem = 0 // Object
	IncompatibleUpgrade   UpgradeProblem = 2
	DigestDoesNotMatch    UpgradeProblem = 3 // Digest
	UnknownUpgradePolicy  UpgradeProblem = 4 // Policy
	PackageIDDoesNotMatch UpgradeProblem = 5 // Object, Other
)

var upgradeNames = [...]string{"UnableToFetchPackage", "NotAPackage", "IncompatibleUpgrade", "DigestDoesNotMatch",
	"UnknownUpgradePolicy", "PackageIDDoesNotMatch"}

func (p UpgradeProblem) String() string { return upgradeNames[p] }

// NoCommand is the Command of a Failure that no command is to blame for.
const NoCommand = -1

// Failure says why and where an executed transaction failed. Which fields count beyond Kind and Command, the kind says.
type Failure struct {
	Kind    FailureKind
	Command int // or NoCommand

	Location            *Location
	Code                uint64 // of an abort
	Index               uint16 // of an argument, a type argument or a result
	Argument            ArgumentProblem
	Position, Secondary uint16
	TypeNotFound        bool // the type argument is no type, rather than one without some ability
	Upgrade             UpgradeProblem
	Object, Other       types.Address
	Digest              ptb.Digest
	Policy              uint8
	Size, Max           uint64

	// Cause says more, for people. It is not part of the effects.
	Cause error
}

// Location is where in Move code a transaction failed.
type Location struct {
	Package      types.Address // the version that ran
	Module       string
	Function     uint16 // number of the function's definition
	Instruction  uint16
	FunctionName string
}

func (l *Location) String() string {
	return fmt.Sprintf("%s::%s::%s at instruction %d", l.Package, l.Module, l.FunctionName, l.Instruction)
}

func (f *Failure) Error() string {
	s := f.Kind.String()
	switch f.Kind {
	case MoveAbort:
		s += fmt.Sprintf(" %d in %s", f.Code, f.Location)
	case CommandArgumentError:
		s += fmt.Sprintf(" %s of argument %d", f.Argument, f.Index)
	case PackageUpgradeError:
		s += " " + f.Upgrade.String()
	}
	if f.Command != NoCommand {
		s = fmt.Sprintf("command %d: %s", f.Command, s)
	}
	if f.Cause != nil {
		s += ": " + f.Cause.Error()
	}
	return s
}

func (f *Failure) Unwrap() error { return f.Cause }

// Fail makes a Failure whose command is filled in later.
func Fail(k FailureKind, format string, args ...any) *Failure {
	return &Failure{Kind: k, Command: NoCommand, Cause: fmt.Errorf(format, args...)}
}

// At fills in the command of a Failure that has none. Other errors it leaves alone.
func At(command int, err error) error {
	var f *Failure
	if errors.As(err, &f) && f.Command == NoCommand {
		f.Command = command
	}
	return err
}

// BadArgument makes the Failure of an argument.
func BadArgument(index int, p ArgumentProblem, format string, args ...any) *Failure {
	f := Fail(CommandArgumentError, format, args...)
	f.Index, f.Argument = uint16(index), p
	return f
}

// KindOf says what kind of failure the status of code is.
func KindOf(c status.Code) FailureKind {
	switch c {
	case status.Aborted:
		return MoveAbort
	case status.OutOfGas:
		return InsufficientGas
	case status.ArithmeticError, status.VectorOperationError, status.VariantTagMismatch, status.CallStackOverflow,
		status.ExecutionStackOverflow, status.VMMaxValueDepthReached, status.TooManyTypeNodes, status.MemoryLimitExceeded:
		return MovePrimitiveRuntimeError
	case status.NativeFailed, status.InvariantViolated:
		return VMInvariantViolation
	default:
		// What a verifier would have refused when the code was published.
		return VMVerificationError
	}
}
