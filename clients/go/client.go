package vecstore

// Client talks to one server. It is safe for use by several goroutines. Its own methods are those of a handle on one
// namespace: the one of WithNamespace, else the one that the API key is bound to, else "default".
type Client struct {
	NamespaceHandle
}

// NewClient makes a client for a server: host:port and http:// are clear text, https:// is TLS. An empty address is the
// environment variable VECSTORE_URL, else localhost:8080.
//
// It does not connect: the first call does, and a bad address or option is the error of every call.
func NewClient(address string, options ...Option) *Client {
	settings := newSettings(address, options)
	return &Client{NamespaceHandle{session: newSession(settings), name: settings.namespace}}
}

// Close ends the calls that run with ReasonClientClosed, refuses new ones and closes the connections. It returns nil.
func (c *Client) Close() error {
	c.session.close()
	return nil
}

// Namespace returns a handle on another namespace over the same connections. It need not exist yet.
func (c *Client) Namespace(name string) *NamespaceHandle {
	return &NamespaceHandle{session: c.session, name: name}
}

// NamespaceHandle reads and writes the records of one namespace. It is safe for use by several goroutines.
//
// Reads are repeated when they fail for a passing cause. A write is repeated when it never began, or when it has an
// idempotency key, which Upsert makes by itself.
type NamespaceHandle struct {
	session *session
	name    string
}

// Name returns the name of the namespace; empty for the one that the API key is bound to, else "default".
func (n *NamespaceHandle) Name() string { return n.name }
