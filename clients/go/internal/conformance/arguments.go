package conformance

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	vecstore "github.com/vecstore/client-go"
)

// arguments are those of one call, by the names of operations.json. What is taken out is used; what is left is one that this
// executor does not know.
type arguments map[string]any

func newArguments(values map[string]any) arguments { return maps.Clone(values) }

// left says what nobody took.
func (a arguments) left() error {
	if len(a) == 0 {
		return nil
	}
	return fmt.Errorf("this executor has no argument %s", strings.Join(slices.Sorted(maps.Keys(a)), ", "))
}

// take takes an argument out; nil where there is none. It panics where its type is another.
func take[T any](a arguments, name string) *T {
	value, ok := a[name]
	delete(a, name)
	if !ok {
		return nil
	}
	typed := value.(T)
	return &typed
}

// or is what a pointer points to, or the fallback.
func or[T any](pointer *T, fallback T) T {
	if pointer == nil {
		return fallback
	}
	return *pointer
}

func (a arguments) text(name string) string { return or(take[string](a, name), "") }

// integer takes a whole number.
func (a arguments) integer(name string) *int {
	number := take[float64](a, name)
	if number == nil {
		return nil
	}
	if float64(int(*number)) != *number {
		panic(fmt.Sprintf("%s is %v; this client takes whole numbers there", name, *number))
	}
	return vecstore.Ptr(int(*number))
}

// isNull takes an argument out if it is null.
func (a arguments) isNull(name string) bool {
	value, ok := a[name]
	if ok && value == nil {
		delete(a, name)
		return true
	}
	return false
}

func (a arguments) texts(name string) []string {
	elements := or(take[[]any](a, name), nil)
	texts := make([]string, len(elements))
	for at, element := range elements {
		texts[at] = element.(string)
	}
	return texts
}

func (a arguments) objects(name string) []arguments {
	elements := or(take[[]any](a, name), nil)
	objects := make([]arguments, len(elements))
	for at, element := range elements {
		objects[at] = newArguments(element.(map[string]any))
	}
	return objects
}

func (a arguments) object(name string) arguments {
	value := take[map[string]any](a, name)
	if value == nil {
		return nil
	}
	return newArguments(*value)
}

// moment takes milliseconds since 1970.
func (a arguments) moment(name string) time.Time {
	number := take[float64](a, name)
	if number == nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(*number)).UTC()
}

func (a arguments) version(name string) *uint64 {
	number := a.integer(name)
	if number == nil {
		return nil
	}
	return vecstore.Ptr(uint64(*number))
}

func (a arguments) vector(name string) []float32 {
	numbers := take[[]any](a, name)
	if numbers == nil {
		return nil
	}
	vector := make([]float32, len(*numbers))
	for at, number := range *numbers {
		vector[at] = float32(number.(float64))
	}
	return vector
}

func (a arguments) sparse(name string) *vecstore.SparseVector {
	of := a.object(name)
	if of == nil {
		return nil
	}
	indices := or(take[[]any](of, "indices"), nil)
	sparse := &vecstore.SparseVector{Indices: make([]uint32, len(indices)), Values: of.vector("values")}
	for at, index := range indices {
		sparse.Indices[at] = uint32(index.(float64))
	}
	return sparse
}

// records makes those of a call.
func (a arguments) records() []vecstore.Record {
	objects := a.objects("records")
	records := make([]vecstore.Record, len(objects))
	for at, of := range objects {
		records[at] = vecstore.Record{
			ID:        of.text("id"),
			Vector:    of.vector("vector"),
			Sparse:    of.sparse("sparse"),
			Text:      of.text("text"),
			Metadata:  or(take[map[string]any](of, "metadata"), nil),
			ExpiresAt: of.moment("expires_at_ms"),
			IfVersion: of.version("if_version"),
		}
		mustBeUsed(of)
	}
	return records
}

func (a arguments) source() iter.Seq2[vecstore.Record, error] {
	return vecstore.Records(a.records()...)
}

func (a arguments) updates() []vecstore.RecordUpdate {
	objects := a.objects("updates")
	updates := make([]vecstore.RecordUpdate, len(objects))
	for at, of := range objects {
		updates[at] = vecstore.RecordUpdate{
			ID:              of.text("id"),
			MergeMetadata:   or(take[map[string]any](of, "merge_metadata"), nil),
			ReplaceMetadata: or(take[map[string]any](of, "replace_metadata"), nil),
			ClearText:       of.isNull("text"),
			Text:            take[string](of, "text"),
			ClearExpiresAt:  of.isNull("expires_at_ms"),
			ExpiresAt:       of.moment("expires_at_ms"),
			IfVersion:       of.version("if_version"),
		}
		mustBeUsed(of)
	}
	return updates
}

// queryParts are what the client takes for a query.
type queryParts struct {
	vector  []float32
	limit   int
	options []vecstore.QueryOption
	explain bool
}

// queryParts makes a query of its source and its parameters.
func (a arguments) queryParts() (queryParts, error) {
	var options []vecstore.QueryOption
	if id := take[string](a, "id"); id != nil {
		options = append(options, vecstore.WithQueryID(*id))
	}
	if sparse := a.sparse("sparse"); sparse != nil {
		options = append(options, vecstore.WithQuerySparse(*sparse))
	}
	if text := take[string](a, "text"); text != nil {
		options = append(options, vecstore.WithQueryText(*text))
	}
	filters, err := a.filters()
	for _, filter := range filters {
		options = append(options, filter)
	}
	for _, part := range a.projection() {
		options = append(options, part)
	}
	options = append(options, a.parameters()...)
	return queryParts{
		vector:  a.vector("vector"),
		limit:   or(a.integer("limit"), vecstore.DefaultLimit),
		options: options,
		explain: or(take[bool](a, "explain"), false),
	}, err
}

// parameters are those of a query that nothing else has.
func (a arguments) parameters() (options []vecstore.QueryOption) {
	add := func(option vecstore.QueryOption) { options = append(options, option) }
	if ef := a.integer("ef_search"); ef != nil {
		add(vecstore.WithEfSearch(*ef))
	}
	if recall := take[float64](a, "recall_target"); recall != nil {
		add(vecstore.WithRecallTarget(*recall))
	}
	if or(take[bool](a, "exact"), false) {
		add(vecstore.WithExactSearch())
	}
	if score := take[float64](a, "score_threshold"); score != nil {
		add(vecstore.WithScoreThreshold(*score))
	}
	if offset := a.integer("offset"); offset != nil {
		add(vecstore.WithOffset(*offset))
	}
	if path := take[string](a, "group_by"); path != nil {
		add(vecstore.WithGroupBy(*path))
	}
	if size := a.integer("group_size"); size != nil {
		add(vecstore.WithGroupSize(*size))
	}
	if of := a.object("fusion"); of != nil {
		add(vecstore.WithFusion(vecstore.Fusion{
			Method:       vecstore.FusionMethod(of.text("method")),
			RankConstant: of.integer("rank_constant"),
			Alpha:        take[float64](of, "alpha"),
			Candidates:   of.integer("candidates"),
		}))
		mustBeUsed(of)
	}
	if of := a.object("diversity"); of != nil {
		diversity := vecstore.Diversity{Lambda: take[float64](of, "lambda"), Candidates: of.integer("candidates")}
		add(vecstore.WithDiversity(diversity))
		mustBeUsed(of)
	}
	return options
}

func (a arguments) projection() (parts []vecstore.ProjectionOption) {
	for name, include := range map[string]func(bool) vecstore.ProjectionOption{
		"include_metadata": vecstore.IncludeMetadata,
		"include_vector":   vecstore.IncludeVector,
		"include_text":     vecstore.IncludeText,
	} {
		if wanted := take[bool](a, name); wanted != nil {
			parts = append(parts, include(*wanted))
		}
	}
	return parts
}

// filters makes the filter of a call in whatever form it comes.
func (a arguments) filters() (options []vecstore.FilterOption, err error) {
	if expression := take[string](a, "filter"); expression != nil {
		options = append(options, vecstore.WithFilter(*expression))
	}
	if tree := a.object("filter_tree"); tree != nil {
		options = append(options, vecstore.WithFilterTree(filterOf(tree)))
	}
	if json := take[map[string]any](a, "filter_json"); json != nil {
		var filter vecstore.Filter
		filter, err = vecstore.FilterFromMap(*json)
		options = append(options, vecstore.WithFilterTree(filter))
	}
	return options, err
}

func (a arguments) target() (vecstore.Target, error) {
	target := vecstore.Target{
		IDs:    a.texts("ids"),
		Filter: take[string](a, "filter"),
		All:    or(take[bool](a, "all"), false),
	}
	if tree := a.object("filter_tree"); tree != nil {
		target.Tree = vecstore.Ptr(filterOf(tree))
	}
	if json := take[map[string]any](a, "filter_json"); json != nil {
		filter, err := vecstore.FilterFromMap(*json)
		target.Tree = &filter
		return target, err
	}
	return target, nil
}

// mustBeUsed panics where a part of an argument has a name that this executor does not know.
func mustBeUsed(a arguments) {
	if err := a.left(); err != nil {
		panic(err)
	}
}
