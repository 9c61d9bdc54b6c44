package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	vecstore "github.com/vecstore/client-go"
	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// task says what to do.
type task struct {
	address, namespace                                  string
	calls, warmup, concurrency, dimension, batch, limit int
}

// caller is one way to talk to the server.
type caller interface {
	query(ctx context.Context, vector []float32) error
	// upsertAll writes as many batches as the task has calls.
	upsertAll(ctx context.Context) error
}

var contestants = map[string]func(task) (caller, error){
	"vecstore-connect":  withProtocol(vecstore.ProtocolConnect),
	"vecstore-grpc":     withProtocol(vecstore.ProtocolGRPC),
	"vecstore-grpc-web": withProtocol(vecstore.ProtocolGRPCWeb),
	"vecstore-import": func(of task) (caller, error) {
		client := vecstore.NewClient(of.address, vecstore.WithNamespace(of.namespace))
		return importing{ours{client, of}}, nil
	},
	"vecstore-h2c": func(of task) (caller, error) {
		client := vecstore.NewClient(of.address, vecstore.WithNamespace(of.namespace), vecstore.WithHTTPClient(http2Client()))
		return ours{client, of}, nil
	},
	"grpc-go": newBareGRPC,
	"http2":   func(of task) (caller, error) { return bareHTTP2{http2Client(), of}, nil },
}

func withProtocol(protocol vecstore.Protocol) func(task) (caller, error) {
	return func(of task) (caller, error) {
		client := vecstore.NewClient(of.address, vecstore.WithNamespace(of.namespace), vecstore.WithProtocol(protocol))
		return ours{client, of}, nil
	}
}

// ours is the client of this repository.
type ours struct {
	client *vecstore.Client
	of     task
}

func (o ours) query(ctx context.Context, vector []float32) error {
	results, err := o.client.Query(ctx, vector, o.of.limit)
	return check(len(results), o.of.limit, err)
}

func (o ours) upsertAll(ctx context.Context) error {
	report, err := o.client.UpsertAll(
		ctx, o.of.source(), vecstore.WithBatchSize(o.of.batch), vecstore.WithConcurrency(o.of.concurrency))
	return check(report.Committed, o.of.records(), err)
}

// importing is the same, with one stream.
type importing struct{ ours }

func (i importing) upsertAll(ctx context.Context) error {
	report, err := i.client.Import(ctx, i.of.source(), vecstore.WithBatchSize(i.of.batch))
	return check(int(report.Imported), i.of.records(), err)
}

func (t task) records() int { return t.calls * t.batch }

// source makes the records one after the other.
func (t task) source() iter.Seq2[vecstore.Record, error] {
	return func(yield func(vecstore.Record, error) bool) {
		for at := range t.records() {
			record := vecstore.Record{ID: strconv.Itoa(at), Vector: randomVector(t.dimension, int64(at))}
			if !yield(record, nil) {
				return
			}
		}
	}
}

// inBatches sends all batches of a task, several at a time, and waits where the server asks for it.
func (t task) inBatches(send func(*pb.UpsertRequest) error) error {
	return spread(t.calls, t.concurrency, func(call int) error {
		request := t.upsertMessage(call * t.batch)
		for {
			err := send(request)
			if !errors.Is(err, errBacklog) {
				return err
			}
			time.Sleep(time.Second)
		}
	})
}

var errBacklog = errors.New("writes run ahead of the index")

// bareGRPC is grpc-go with the messages of the schema.
type bareGRPC struct {
	conn *grpc.ClientConn
	of   task
}

func newBareGRPC(of task) (caller, error) {
	conn, err := grpc.NewClient(of.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	return bareGRPC{conn, of}, err
}

func (b bareGRPC) query(ctx context.Context, vector []float32) error {
	var answer pb.QueryResponse
	err := b.conn.Invoke(ctx, "/vecstore.v1.VecStoreService/Query", queryMessage(vector, b.of), &answer)
	return check(len(answer.GetResults()), b.of.limit, err)
}

func (b bareGRPC) upsertAll(ctx context.Context) error {
	return b.of.inBatches(func(request *pb.UpsertRequest) error {
		var answer pb.UpsertResponse
		err := b.conn.Invoke(ctx, "/vecstore.v1.VecStoreService/Upsert", request, &answer)
		if status.Code(err) == codes.ResourceExhausted {
			return errBacklog
		}
		return err
	})
}

// bareHTTP2 is net/http with bytes: no message is decoded, and what the protocol of Connect says is not looked at.
type bareHTTP2 struct {
	client *http.Client
	of     task
}

func (b bareHTTP2) query(ctx context.Context, vector []float32) error {
	return b.post(ctx, "Query", queryMessage(vector, b.of))
}

func (b bareHTTP2) upsertAll(ctx context.Context) error {
	return b.of.inBatches(func(request *pb.UpsertRequest) error { return b.post(ctx, "Upsert", request) })
}

func (b bareHTTP2) post(ctx context.Context, method string, message proto.Message) error {
	data, err := proto.Marshal(message)
	if err != nil {
		return err
	}
	url := "http://" + b.of.address + "/vecstore.v1.VecStoreService/" + method
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/proto")
	request.Header.Set("Connect-Protocol-Version", "1")
	response, err := b.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode == http.StatusTooManyRequests {
		return errBacklog
	}
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, body)
	}
	return err
}

func http2Client() *http.Client {
	transport := &http.Transport{Protocols: &http.Protocols{}, DisableCompression: true}
	transport.Protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: transport}
}

func queryMessage(vector []float32, of task) *pb.QueryRequest {
	return &pb.QueryRequest{Namespace: of.namespace, VectorF32: bytesOf(vector), Limit: proto.Uint32(uint32(of.limit))}
}

func (t task) upsertMessage(first int) *pb.UpsertRequest {
	request := &pb.UpsertRequest{Namespace: t.namespace, Records: make([]*pb.Record, t.batch)}
	for at := range request.Records {
		vector := randomVector(t.dimension, int64(first+at))
		request.Records[at] = &pb.Record{Id: strconv.Itoa(first + at), VectorF32: bytesOf(vector)}
	}
	return request
}

func bytesOf(vector []float32) []byte {
	data := make([]byte, 4*len(vector))
	for at, value := range vector {
		binary.LittleEndian.PutUint32(data[4*at:], math.Float32bits(value))
	}
	return data
}

func check(got, want int, err error) error {
	if err == nil && got != want {
		return fmt.Errorf("got %d results, not %d", got, want)
	}
	return err
}

// fill makes the namespace and writes one batch of records with metadata, for queries.
func fill(ctx context.Context, of task) error {
	client := vecstore.NewClient(of.address, vecstore.WithNamespace(of.namespace))
	defer client.Close()
	if _, err := client.CreateNamespace(ctx, of.namespace); err != nil {
		return err
	}
	records := make([]vecstore.Record, of.batch)
	for at := range records {
		metadata := map[string]any{"n": at, "kind": "book", "title": "record " + strconv.Itoa(at)}
		records[at] = vecstore.Record{ID: strconv.Itoa(at), Vector: randomVector(of.dimension, int64(at)), Metadata: metadata}
	}
	_, err := client.Upsert(ctx, records)
	return err
}

func randomVector(dimension int, seed int64) []float32 {
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	vector := make([]float32, dimension)
	for at := range vector {
		vector[at] = random.Float32() - 0.5
	}
	return vector
}
