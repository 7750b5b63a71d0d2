package render

import (
	"context"

	"tracrpc/wiki/markup"
)

// repositoryIndexMacro shows what Trac shows when it has no repositories.
func repositoryIndexMacro() Macro {
	return Macro{
		Name:        "RepositoryIndex",
		Description: `Lists the repositories. This server has none, so there is nothing to see.`,
		Expand:      func(context.Context, *Place, *markup.Call) (string, error) { return "", nil },
	}
}
