package auth

import "context"

type principalKey struct{}

// WithPrincipal hands who to the handlers of an HTTP request. Below the HTTP
// layer a Principal is always an argument.
func WithPrincipal(ctx context.Context, who Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, who)
}

// FromContext is the principal of an HTTP request; the zero one when no
// middleware put one there.
func FromContext(ctx context.Context) Principal {
	who, _ := ctx.Value(principalKey{}).(Principal)
	return who
}
