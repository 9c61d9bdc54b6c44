// Package vecstore talks to a vecstore server, a vector database.
//
//	client := vecstore.NewClient("localhost:8080")
//	defer client.Close()
//	results, err := client.Query(ctx, []float32{0.1, 0.2, 0.3}, 10)
//
// A [Client] is safe for use by several goroutines, and holds its connections open. Every method that talks to the server
// takes a context first and returns an error that is an [*Error]: its [Reason] says what to act on, and
// errors.Is(err, vecstore.ReasonRecordExists) asks for one. Calls have a deadline unless the context brings its own, and
// are repeated where that is safe.
package vecstore
