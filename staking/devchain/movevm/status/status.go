// Package status names the ways in which Move code can fail. The names are those of the Move VM, so that a failure
// here and a failure of the same bytecode on a Sui network read alike.
package status

import (
	"errors"
	"fmt"
)

// Code is a kind of failure. The zero Code is none.
type Code uint8

// Codes that a correct, verified package can meet come first, then those of malformed or unlinkable modules, then
// those that only unverified bytecode can meet.
const (
	_ Code = iota

	Aborted              // the abort instruction; Sub is the abort code
	ArithmeticError      // overflow, division by zero, a cast or a shift out of range
	VectorOperationError // Sub is one of the Vector sub-statuses
	VariantTagMismatch   // an enum value is of another variant than the instruction wants
	OutOfGas
	CallStackOverflow
	ExecutionStackOverflow
	VMMaxValueDepthReached
	VMMaxTypeNodesReached // of one type, or of the type arguments in a call
	TooManyTypeNodes      // of a layout, or in a linker
	MemoryLimitExceeded
	Canceled // the context ended; the cause is wrapped

	Malformed // the bytes are no module
	BadMagic
	UnknownVersion
	IndexOutOfBounds    // an index of the module leads nowhere
	InvalidSignature    // a reference inside another type, a wrong count of type arguments
	MissingDependency   // a module, a datatype, a function or a native is not there
	TypeMismatch        // also of declarations across modules
	ConstraintNotMet    // a type argument lacks an ability that the parameter asks for
	CyclicDependency    // of modules, or a datatype that contains itself
	FunctionNotVisible  // a private or friend function of another module
	DuplicateElement    // two declarations of one name
	ConstantInvalid     // a constant whose bytes are no value of its type
	UnsupportedFeature  // valid in some Move, not on Sui (global storage, native structs, metadata)
	InvalidArguments    // a call from outside with wrong types or counts
	FailedDeserialize   // bytes that are no BCS of the wanted type
	StackUnderflow      // an instruction finds too few operands
	StackUnbalanced     // a function returns with other operands than its results
	ValueUnavailable    // a local that was moved or never set
	AbilityMissing      // a value without copy is copied, without drop dropped
	ReferenceInvalid    // a reference whose target is gone, or that is read as what it is not
	ReferenceNotMutable // a write through an immutable reference
	BorrowedValue       // a value is moved or destroyed while references to it live
	NativeFailed        // a native broke its own contract
	InvariantViolated   // the interpreter contradicts itself: a defect here
)

// Sub-statuses of VectorOperationError.
const (
	VectorIndexOutOfBounds uint64 = 1
	VectorPopEmpty         uint64 = 2
	VectorUnpackParity     uint64 = 3
	VectorSizeLimit        uint64 = 4
)

// names of the codes, as the Move VM spells them where it has them.
var names = [...]string{
	Aborted:                "ABORTED",
	ArithmeticError:        "ARITHMETIC_ERROR",
	VectorOperationError:   "VECTOR_OPERATION_ERROR",
	VariantTagMismatch:     "VARIANT_TAG_MISMATCH",
	OutOfGas:               "OUT_OF_GAS",
	CallStackOverflow:      "CALL_STACK_OVERFLOW",
	ExecutionStackOverflow: "EXECUTION_STACK_OVERFLOW",
	VMMaxValueDepthReached: "VM_MAX_VALUE_DEPTH_REACHED",
	VMMaxTypeNodesReached:  "VM_MAX_TYPE_NODES_REACHED",
	TooManyTypeNodes:       "TOO_MANY_TYPE_NODES",
	MemoryLimitExceeded:    "MEMORY_LIMIT_EXCEEDED",
	Canceled:               "CANCELED",
	Malformed:              "MALFORMED",
	BadMagic:               "BAD_MAGIC",
	UnknownVersion:         "UNKNOWN_VERSION",
	IndexOutOfBounds:       "INDEX_OUT_OF_BOUNDS",
	InvalidSignature:       "INVALID_SIGNATURE",
	MissingDependency:      "MISSING_DEPENDENCY",
	TypeMismatch:           "TYPE_MISMATCH",
	ConstraintNotMet:       "CONSTRAINT_NOT_SATISFIED",
	CyclicDependency:       "CYCLIC_DEPENDENCY",
	FunctionNotVisible:     "FUNCTION_NOT_VISIBLE",
	DuplicateElement:       "DUPLICATE_ELEMENT",
	ConstantInvalid:        "MALFORMED_CONSTANT_DATA",
	UnsupportedFeature:     "UNSUPPORTED_FEATURE",
	InvalidArguments:       "INVALID_ARGUMENTS",
	FailedDeserialize:      "FAILED_TO_DESERIALIZE",
	StackUnderflow:         "STACK_UNDERFLOW",
	StackUnbalanced:        "STACK_UNBALANCED",
	ValueUnavailable:       "VALUE_UNAVAILABLE",
	AbilityMissing:         "ABILITY_MISSING",
	ReferenceInvalid:       "REFERENCE_INVALID",
	ReferenceNotMutable:    "REFERENCE_NOT_MUTABLE",
	BorrowedValue:          "BORROWED_VALUE",
	NativeFailed:           "NATIVE_FAILED",
	InvariantViolated:      "INVARIANT_VIOLATED",
}

func (c Code) String() string {
	if int(c) < len(names) && names[c] != "" {
		return names[c]
	}
	return fmt.Sprintf("CODE_%d", uint8(c))
}

// Error lets a bare Code serve as the target of errors.Is.
func (c Code) Error() string { return c.String() }

// Location is where in the bytecode a failure happened. Instruction counts instructions of the function, not bytes.
type Location struct {
	Address     [32]byte
	Module      string
	Function    string
	Instruction int
}

func (l Location) String() string {
	return fmt.Sprintf("0x%x::%s::%s at instruction %d", l.Address, l.Module, l.Function, l.Instruction)
}

// Error is a failure with its detail. Sub holds the abort code of Aborted and the sub-status of VectorOperationError.
type Error struct {
	Code    Code
	Sub     uint64
	Message string
	At      *Location // nil outside execution
	cause   error
}

// New makes an Error whose message is formatted as by fmt.Errorf; an operand under %w becomes its cause.
func New(c Code, format string, args ...any) *Error {
	formatted := fmt.Errorf(format, args...)
	return &Error{Code: c, Message: formatted.Error(), cause: errors.Unwrap(formatted)}
}

// Abort is the failure of code that aborts of its own will.
func Abort(code uint64) *Error { return &Error{Code: Aborted, Sub: code} }

// Vector is a failed vector operation.
func Vector(sub uint64, format string, args ...any) *Error {
	e := New(VectorOperationError, format, args...)
	e.Sub = sub
	return e
}

func (e *Error) Error() string {
	s := e.Code.String()
	if e.Code == Aborted || e.Code == VectorOperationError {
		s += fmt.Sprintf(" %d", e.Sub)
	}
	if e.At != nil {
		s += " in " + e.At.String()
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// Is makes errors.Is(err, code) hold for errors of that code.
func (e *Error) Is(target error) bool {
	c, ok := target.(Code)
	return ok && c == e.Code
}

func (e *Error) Unwrap() error { return e.cause }

// CodeOf is the Code of an error, 0 where it has none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}
