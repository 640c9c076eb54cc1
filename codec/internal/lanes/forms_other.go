//go:build !amd64 || purego

package lanes

func supported() []Form { return nil }
