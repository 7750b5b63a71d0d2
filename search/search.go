// Package search finds tickets, milestones, wiki pages and attachments by the
// words in them. What is searched is brought along as Sources; this package
// takes queries apart, asks the sources that a caller may use, and shows the
// place in a text where a word was found.
package search

import (
	"context"
	"slices"

	"tracrpc/auth"
	"tracrpc/fault"
)

// View is the permission to search at all.
const View auth.Permission = "SEARCH_VIEW"

// Filter is the choice of one source.
type Filter struct {
	Name       string
	Label      string
	Permission auth.Permission // needed to be offered it
}

// Result is something that was found.
type Result struct {
	Path    string // of its page in Trac, below the environment's URL: "/ticket/1"
	Title   string
	Time    int64 // microseconds since 1970 UTC
	Author  string
	Excerpt string
}

// Source is one sort of things that can be searched. It must be safe for
// concurrent use.
type Source interface {
	Filter() Filter

	// Results are the things that hold every one of the terms, without regard to
	// case, as far as who may see them. There is at least one term.
	Results(ctx context.Context, who auth.Principal, terms []string) ([]Result, error)
}

// Service searches. It is safe for concurrent use.
type Service struct {
	sources []Source
}

// New makes a Service of sources, which are asked in this order.
func New(sources ...Source) *Service { return &Service{sources: sources} }

// Filters are the filters that who may choose from.
func (s *Service) Filters(ctx context.Context, who auth.Principal) ([]Filter, error) {
	sources, err := s.offered(ctx, who)
	filters := make([]Filter, len(sources))
	for i, source := range sources {
		filters[i] = source.Filter()
	}
	return filters, err
}

// offered are the sources that who may use.
func (s *Service) offered(ctx context.Context, who auth.Principal) ([]Source, error) {
	var offered []Source
	for _, source := range s.sources {
		may, err := who.May(ctx, source.Filter().Permission, auth.Resource{})
		if err != nil {
			return nil, err
		}
		if may {
			offered = append(offered, source)
		}
	}
	return offered, nil
}

// All are the results of a query from every source that who may use.
func (s *Service) All(ctx context.Context, who auth.Principal, query string) ([]Result, error) {
	sources, err := s.offered(ctx, who)
	if err != nil {
		return nil, err
	}
	return results(ctx, who, query, sources)
}

// Some are the results of a query from the sources with these names. Names that
// who is not offered are ignored.
func (s *Service) Some(ctx context.Context, who auth.Principal, query string, names []string) ([]Result, error) {
	sources, err := s.offered(ctx, who)
	if err != nil {
		return nil, err
	}
	sources = slices.DeleteFunc(sources, func(source Source) bool {
		return !slices.Contains(names, source.Filter().Name)
	})
	return results(ctx, who, query, sources)
}

// results asks sources one after the other.
func results(ctx context.Context, who auth.Principal, query string, sources []Source) ([]Result, error) {
	if len(sources) == 0 {
		return nil, nil
	}
	terms := Terms(query)
	if len(terms) == 0 {
		// The reference fails here, and has no words for it.
		return nil, fault.New(fault.BadCall, "")
	}
	var all []Result
	for _, source := range sources {
		found, err := source.Results(ctx, who, terms)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
