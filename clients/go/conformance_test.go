package vecstore_test

import (
	"testing"

	vecstore "github.com/vecstore/client-go"
	"github.com/vecstore/client-go/internal/conformance"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.Run(t, vecstore.ProtocolConnect, vecstore.ProtocolGRPC, vecstore.ProtocolGRPCWeb)
}
