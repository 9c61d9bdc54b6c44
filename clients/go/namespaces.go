package vecstore

import (
	"context"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// CreateNamespace creates an empty namespace; a name in use is ReasonNamespaceExists.
func (c *Client) CreateNamespace(ctx context.Context, name string) error {
	if err := checkText(name, "name", ReasonInvalidName); err != nil {
		return err
	}
	request := &pb.CreateNamespaceRequest{Name: name}
	_, err := unary(ctx, c.session, aWrite, c.session.namespaces.CreateNamespace, request)
	return err
}
