package vecstore

import (
	"context"
	"fmt"
	"iter"
	"time"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// Role is what an API key may do.
type Role string

// The roles.
const (
	// RoleReader reads and queries the namespaces that the key is bound to.
	RoleReader Role = "reader"
	// RoleWriter also writes records.
	RoleWriter Role = "writer"
	// RoleOwner also compacts, and takes and restores snapshots.
	RoleOwner Role = "owner"
	// RoleAdmin may do everything, in all namespaces and on the server.
	RoleAdmin Role = "admin"
	// RoleMetrics reads /metrics, and nothing else.
	RoleMetrics Role = "metrics"
)

// APIKey is a key without its secret.
type APIKey struct {
	// ID names the key in logs and calls, and stays when it is rotated.
	ID string
	// Name is for people; may be empty.
	Name string
	// Prefix has the first characters of the secret, to recognize it by.
	Prefix string
	Role   Role
	// Namespaces that it is bound to; empty for RoleAdmin and RoleMetrics.
	Namespaces []string
	CreatedAt  time.Time
	// ExpiresAt, RevokedAt and RotatedAt are zero where that does not happen, or did not.
	ExpiresAt, RevokedAt, RotatedAt time.Time
}

// CreateAPIKeyOption changes the key that CreateAPIKey makes.
type CreateAPIKeyOption func(*keyOptions)

type keyOptions struct {
	name       string
	namespaces []string
	expiresAt  time.Time
}

// WithKeyName is for people, at most 128 bytes.
func WithKeyName(name string) CreateAPIKeyOption {
	return func(o *keyOptions) { o.name = name }
}

// WithKeyNamespaces binds the key, 1..100 names for reader, writer and owner; they need not exist yet.
func WithKeyNamespaces(names ...string) CreateAPIKeyOption {
	return func(o *keyOptions) { o.namespaces = names }
}

// WithKeyExpiry sets from when on the key does not work. Default: never.
func WithKeyExpiry(moment time.Time) CreateAPIKeyOption {
	return func(o *keyOptions) { o.expiresAt = moment }
}

// CreateAPIKey makes a key and returns its secret, which is shown this once. A server without an admin's key refuses:
// ReasonNoAdminKey.
func (c *Client) CreateAPIKey(
	ctx context.Context, role Role, options ...CreateAPIKeyOption,
) (secret string, key APIKey, err error) {
	var o keyOptions
	for _, option := range options {
		option(&o)
	}
	request, err := o.message(role)
	if err != nil {
		return "", APIKey{}, err
	}
	answer, err := unary(ctx, c.session, aWrite, c.session.keys.CreateApiKey, request)
	if err != nil {
		return "", APIKey{}, err
	}
	return answer.GetKey(), fromAPIKey(answer.GetApiKey()), nil
}

// ListAPIKeysOption changes which keys ListAPIKeys lists.
type ListAPIKeysOption func(*listKeysOptions)

type listKeysOptions struct{ revoked bool }

// IncludeRevoked lists withdrawn keys too. Default false.
func IncludeRevoked(include bool) ListAPIKeysOption {
	return func(o *listKeysOptions) { o.revoked = include }
}

// ListAPIKeys lists keys by id, and fetches pages as the loop goes on.
func (c *Client) ListAPIKeys(ctx context.Context, options ...ListAPIKeysOption) iter.Seq2[APIKey, error] {
	var o listKeysOptions
	for _, option := range options {
		option(&o)
	}
	return pages(func(token string) ([]*pb.ApiKey, string, error) {
		request := &pb.ListApiKeysRequest{PageSize: Ptr(uint32(maxPage)), PageToken: token, IncludeRevoked: o.revoked}
		answer, err := unary(ctx, c.session, aRead, c.session.keys.ListApiKeys, request)
		return answer.GetApiKeys(), answer.GetNextPageToken(), err
	}, fromAPIKey)
}

// RevokeAPIKey withdraws a key at once and for good; what runs under it ends. An unknown id is ReasonAPIKeyNotFound.
func (c *Client) RevokeAPIKey(ctx context.Context, id string) error {
	if err := checkText(id, "id", ReasonInvalidArgument); err != nil {
		return err
	}
	_, err := unary(ctx, c.session, aWrite, c.session.keys.RevokeApiKey, &pb.RevokeApiKeyRequest{Id: id})
	return err
}

// RotateAPIKey gives a key a new secret, which is shown this once; the old one stops at once.
func (c *Client) RotateAPIKey(ctx context.Context, id string) (secret string, key APIKey, err error) {
	if err := checkText(id, "id", ReasonInvalidArgument); err != nil {
		return "", APIKey{}, err
	}
	answer, err := unary(ctx, c.session, aWrite, c.session.keys.RotateApiKey, &pb.RotateApiKeyRequest{Id: id})
	if err != nil {
		return "", APIKey{}, err
	}
	return answer.GetKey(), fromAPIKey(answer.GetApiKey()), nil
}

func (o *keyOptions) message(role Role) (*pb.CreateApiKeyRequest, error) {
	if err := checkText(o.name, "name", ReasonInvalidArgument); err != nil {
		return nil, err
	}
	for at, name := range o.namespaces {
		if err := checkText(name, fmt.Sprintf("namespaces[%d]", at), ReasonInvalidName); err != nil {
			return nil, err
		}
	}
	wire, err := toEnum[pb.Role](string(role), "ROLE_", "role", ReasonInvalidArgument)
	if err != nil {
		return nil, err
	}
	expiresAt, err := toTimestamp(o.expiresAt, "expires_at")
	if err != nil {
		return nil, err
	}
	return &pb.CreateApiKeyRequest{Name: o.name, Role: wire, Namespaces: o.namespaces, ExpiresAt: expiresAt}, nil
}

func fromAPIKey(key *pb.ApiKey) APIKey {
	return APIKey{
		ID:         key.GetId(),
		Name:       key.GetName(),
		Prefix:     key.GetPrefix(),
		Role:       Role(fromEnum(key.GetRole(), "ROLE_")),
		Namespaces: key.GetNamespaces(),
		CreatedAt:  fromTimestamp(key.GetCreatedAt()),
		ExpiresAt:  fromTimestamp(key.GetExpiresAt()),
		RevokedAt:  fromTimestamp(key.GetRevokedAt()),
		RotatedAt:  fromTimestamp(key.GetRotatedAt()),
	}
}
