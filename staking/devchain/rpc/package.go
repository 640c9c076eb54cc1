package rpc

import (
	"context"
	"errors"
	"fmt"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
)

// packageService describes published packages.
type packageService struct {
	v2.UnimplementedMovePackageServiceServer
	*api
}

func (s *packageService) find(name *string) (*packages.Package, error) {
	id, err := message.Address("package_id", name)
	if err != nil {
		return nil, err
	}
	o, err := s.chain.Object(id, 0)
	if err != nil {
		return nil, err
	}
	if o.Package == nil {
		return nil, message.Invalid("package_id", fmt.Errorf("object %s is no package", id))
	}
	return o.Package.Package, nil
}

// GetPackage describes a package with all that is in its modules.
func (s *packageService) GetPackage(_ context.Context, r *v2.GetPackageRequest) (*v2.GetPackageResponse, error) {
	p, err := s.find(r.PackageId)
	if err != nil {
		return nil, err
	}
	m, err := message.Package(p, s.api)
	if err != nil {
		return nil, err
	}
	return &v2.GetPackageResponse{Package: m}, nil
}

// GetDatatype describes a struct or an enum.
func (s *packageService) GetDatatype(_ context.Context, r *v2.GetDatatypeRequest) (*v2.GetDatatypeResponse, error) {
	p, err := s.named(r.PackageId, r.ModuleName, r.Name)
	if err != nil {
		return nil, err
	}
	m, err := message.Datatype(p, r.GetModuleName(), r.GetName(), s.api)
	if err != nil {
		return nil, err
	}
	return &v2.GetDatatypeResponse{Datatype: m}, nil
}

// GetFunction describes a function.
func (s *packageService) GetFunction(_ context.Context, r *v2.GetFunctionRequest) (*v2.GetFunctionResponse, error) {
	p, err := s.named(r.PackageId, r.ModuleName, r.Name)
	if err != nil {
		return nil, err
	}
	m, err := message.Function(p, r.GetModuleName(), r.GetName(), s.api)
	if err != nil {
		return nil, err
	}
	return &v2.GetFunctionResponse{Function: m}, nil
}

// named finds the package of something that must be named.
func (s *packageService) named(pkg, module, name *string) (*packages.Package, error) {
	switch {
	case module == nil:
		return nil, message.Missing("module_name")
	case name == nil:
		return nil, message.Missing("name")
	default:
		return s.find(pkg)
	}
}

// ListPackageVersions lists the versions of a package, of which any one is named.
func (s *packageService) ListPackageVersions(_ context.Context, r *v2.ListPackageVersionsRequest) (*v2.ListPackageVersionsResponse, error) {
	p, err := s.find(r.PackageId)
	if err != nil {
		return nil, err
	}
	snapshot := s.chain.Snapshot()
	list, next, err := snapshot.Packages(p.Original, store.Page{After: r.PageToken, Limit: page(r.PageSize, s.limits.PackagesPageSize, s.limits.MaxPageSize)})
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return nil, err
	}
	m := &v2.ListPackageVersionsResponse{NextPageToken: next}
	for _, v := range list {
		m.Versions = append(m.Versions, &v2.PackageVersion{PackageId: proto.String(v.ID.String()), Version: &v.Version})
	}
	return m, nil
}
