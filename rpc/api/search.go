package api

import (
	"context"
	"time"

	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/rpc"
	"tracrpc/search"
)

// searching are the methods that search.
type searching struct {
	env *environment.Environment
}

// Search are the methods of the namespace search.
func Search(env *environment.Environment) []rpc.Method {
	s := searching{env}
	return []rpc.Method{{
		Signature:  "array search.getSearchFilters()",
		Permission: search.View,
		Help:       "What can be searched: filters, each as `[name, label]`.",
		Do:         s.filters,
	}, {
		Signature:  "array search.performSearch(string query, array filters=None)",
		Permission: search.View,
		Help: "Searches in everything, or in what the `filters` name. What is found holds every word of the query, " +
			"in upper or lower case, and also within longer words; a \"phrase in quotes\" counts as one word. " +
			"Each result is `[href, title, date, author, excerpt]`.",
		Do: s.perform,
	}}
}

func (s searching) filters(ctx context.Context, c *rpc.Call) (any, error) {
	filters, err := s.env.Search.Filters(ctx, c.Who)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(filters))
	for i, f := range filters {
		list[i] = []any{f.Name, f.Label}
	}
	return list, nil
}

func (s searching) perform(ctx context.Context, c *rpc.Call) (any, error) {
	if c.Arg(0) == nil {
		return nil, fault.New(fault.BadCall, "a query must be string, not nil")
	}
	query, err := c.String(0)
	if err != nil {
		return nil, err
	}
	results, err := s.results(ctx, c, query)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(results))
	for i, r := range results {
		list[i] = []any{c.BaseURL + r.Path, r.Title, time.UnixMicro(r.Time).UTC(), r.Author, r.Excerpt}
	}
	return list, nil
}

func (s searching) results(ctx context.Context, c *rpc.Call, query string) ([]search.Result, error) {
	if !c.Given(1) {
		return s.env.Search.All(ctx, c.Who, query)
	}
	names, err := filterNames(c.Arg(1))
	if err != nil {
		return nil, err
	}
	return s.env.Search.Some(ctx, c.Who, query, names)
}

// filterNames reads the names of filters. What cannot be the name of a filter is
// ignored, as unknown names are.
func filterNames(v any) ([]string, error) {
	if _, text := v.(string); text || !rpc.Truth(v) {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fault.New(fault.BadCall, "filters must be array, not %s", rpc.TypeName(v))
	}
	var names []string
	for _, v := range list {
		switch v := v.(type) {
		case string:
			names = append(names, v)
		case []any, rpc.Struct:
			return nil, fault.New(fault.BadCall, "a filter must be string, not %s", rpc.TypeName(v))
		}
	}
	return names, nil
}
