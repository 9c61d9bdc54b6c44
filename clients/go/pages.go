package vecstore

import "iter"

// maxPage is the most of a page that the server allows.
const maxPage = 1000

// pages walks over lists that come in pages. An error is the last pair.
func pages[Wire, Public any](
	fetch func(token string) (page []Wire, next string, err error), convert func(Wire) Public,
) iter.Seq2[Public, error] {
	return func(yield func(Public, error) bool) {
		for token := ""; ; {
			page, next, err := fetch(token)
			if err != nil {
				var none Public
				yield(none, err)
				return
			}
			for _, each := range page {
				if !yield(convert(each), nil) {
					return
				}
			}
			if token = next; token == "" {
				return
			}
		}
	}
}
