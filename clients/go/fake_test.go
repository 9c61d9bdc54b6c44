package vecstore

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
	"github.com/vecstore/client-go/internal/gen/vecstore/v1/vecstorev1connect"
)

// fakeServer answers as its fields say; what is not set is unimplemented. It keeps the headers of each request.
type fakeServer struct {
	vecstorev1connect.UnimplementedVecStoreServiceHandler

	url    string
	upsert func(context.Context, *pb.UpsertRequest) (*pb.UpsertResponse, error)
	query  func(context.Context, *pb.QueryRequest) (*pb.QueryResponse, error)
	count  func(context.Context) (*pb.CountResponse, error)
	export func(*pb.ExportRequest, *connect.ServerStream[pb.ExportResponse]) error
	imp    func(*connect.BidiStream[pb.ImportRequest, pb.ImportResponse]) error

	mutex   sync.Mutex
	headers []http.Header
}

// startFake serves on a free port of loopback, in clear text over HTTP/1.1 and HTTP/2.
func startFake(t *testing.T) *fakeServer {
	t.Helper()
	fake := &fakeServer{}
	mux := http.NewServeMux()
	mux.Handle(vecstorev1connect.NewVecStoreServiceHandler(fake))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fake.mutex.Lock()
		fake.headers = append(fake.headers, r.Header.Clone())
		fake.mutex.Unlock()
		mux.ServeHTTP(w, r)
	}))
	server.Config.Protocols = &http.Protocols{}
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	fake.url = server.URL
	return fake
}

// client makes a client of the fake that waits little between attempts.
func (f *fakeServer) client(t *testing.T, options ...Option) *Client {
	t.Helper()
	quick := WithBackoff(time.Microsecond, time.Microsecond)
	client := NewClient(f.url, append([]Option{quick}, options...)...)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func (f *fakeServer) lastHeader() http.Header {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.headers[len(f.headers)-1]
}

func (f *fakeServer) requests() int {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return len(f.headers)
}

func (f *fakeServer) Upsert(
	ctx context.Context, request *connect.Request[pb.UpsertRequest],
) (*connect.Response[pb.UpsertResponse], error) {
	return answer(f.upsert(ctx, request.Msg))
}

func (f *fakeServer) Query(
	ctx context.Context, request *connect.Request[pb.QueryRequest],
) (*connect.Response[pb.QueryResponse], error) {
	return answer(f.query(ctx, request.Msg))
}

func (f *fakeServer) Count(
	ctx context.Context, _ *connect.Request[pb.CountRequest],
) (*connect.Response[pb.CountResponse], error) {
	return answer(f.count(ctx))
}

func (f *fakeServer) Export(
	_ context.Context, request *connect.Request[pb.ExportRequest], stream *connect.ServerStream[pb.ExportResponse],
) error {
	return f.export(request.Msg, stream)
}

func (f *fakeServer) Import(
	_ context.Context, stream *connect.BidiStream[pb.ImportRequest, pb.ImportResponse],
) error {
	return f.imp(stream)
}

// waitFor asks until a condition holds.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); {
		if time.Now().After(deadline) {
			t.Error("it did not come to pass within a minute")
			return
		}
		runtime.Gosched()
	}
}

func answer[T any](message *T, err error) (*connect.Response[T], error) {
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(message), nil
}

// refusal makes an error as a server sends it; retryAfter is a header, empty for none.
func refusal(code connect.Code, reason Reason, retryAfter string, metadata ...string) error {
	err := connect.NewError(code, errText("refused"))
	if retryAfter != "" {
		err.Meta().Set("Retry-After", retryAfter)
	}
	info := dynamicpb.NewMessage(errorInfoDescriptor())
	fields := info.Descriptor().Fields()
	info.Set(fields.ByName("reason"), protoreflect.ValueOfString(string(reason)))
	info.Set(fields.ByName("domain"), protoreflect.ValueOfString(errorInfoDomain))
	facts := info.Mutable(fields.ByName("metadata")).Map()
	for at := 0; at+1 < len(metadata); at += 2 {
		facts.Set(protoreflect.ValueOfString(metadata[at]).MapKey(), protoreflect.ValueOfString(metadata[at+1]))
	}
	detail, detailErr := connect.NewErrorDetail(info)
	if detailErr != nil {
		panic(detailErr)
	}
	err.AddDetail(detail)
	return err
}

type errText string

func (e errText) Error() string { return string(e) }

// errorInfoDescriptor describes google.rpc.ErrorInfo without registering its name.
var errorInfoDescriptor = sync.OnceValue(func() protoreflect.MessageDescriptor {
	text := func(name string, number int32) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{
			Name: proto.String(name), Number: proto.Int32(number),
			Type:  descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}
	}
	entry := &descriptorpb.DescriptorProto{
		Name:    proto.String("MetadataEntry"),
		Field:   []*descriptorpb.FieldDescriptorProto{text("key", 1), text("value", 2)},
		Options: &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)},
	}
	metadata := &descriptorpb.FieldDescriptorProto{
		Name: proto.String("metadata"), Number: proto.Int32(3),
		Type:     descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(),
		TypeName: proto.String(".google.rpc.ErrorInfo.MetadataEntry"),
		Label:    descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum(),
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("error_info_of_a_test.proto"), Package: proto.String("google.rpc"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{
			Name:       proto.String("ErrorInfo"),
			Field:      []*descriptorpb.FieldDescriptorProto{text("reason", 1), text("domain", 2), metadata},
			NestedType: []*descriptorpb.DescriptorProto{entry},
		}},
	}, nil)
	if err != nil {
		panic(err)
	}
	return file.Messages().ByName("ErrorInfo")
})
