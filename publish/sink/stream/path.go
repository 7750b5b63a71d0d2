package stream

import (
	"slices"
	"strings"

	"tracrpc/publish/encode"
)

// filter tells which paths a subscriber asked for.
type filter interface {
	wants(segments []string) bool
}

// asked tells whether a subscriber asked for a message: by its path, by the path
// that it had before, or by either with "private" in front, if it is that.
func asked(f filter, m *message) bool {
	for _, segments := range m.paths {
		if f.wants(segments) {
			return true
		}
	}
	return false
}

// maxTopicSets bounds what a subscriber may ask for in one request.
const maxTopicSets = 200

// newFilter makes the filter of a subscription to a path; false for one that
// asks for too much.
func newFilter(path string, topics, prefix bool) (filter, bool) {
	if topics {
		return newTopicFilter(path)
	}
	segments := encode.SplitPath(path)
	if n := len(segments); n > 0 && segments[n-1] == "*" && !strings.HasSuffix(path, "/") {
		segments = segments[:n-1]
	}
	if prefix {
		text := "/" + strings.Join(segments, "/")
		if strings.HasSuffix(path, "/") && len(segments) > 0 {
			text += "/"
		}
		return prefixFilter(text), true
	}
	return segmentFilter(segments), true
}

// segmentFilter wants what lies at a path or below it.
type segmentFilter []string

func (f segmentFilter) wants(segments []string) bool {
	return len(segments) >= len(f) && slices.Equal(f, segments[:len(f)])
}

// prefixFilter wants every path that begins with a text, as GitPubSub does,
// except that no character of it is special.
type prefixFilter string

func (f prefixFilter) wants(segments []string) bool {
	return strings.HasPrefix("/"+strings.Join(segments, "/"), string(f))
}

// topicFilter wants what has all topics of one of its sets, in any order: the
// segments of a path are topics to PyPubSub.
type topicFilter [][]string

func newTopicFilter(path string) (filter, bool) {
	var sets topicFilter
	for set := range strings.SplitSeq(path, ",") {
		if len(sets) == maxTopicSets {
			return nil, false
		}
		topics := encode.SplitPath(set)
		if len(topics) > 0 && topics[0] == encode.Private {
			topics = topics[1:]
		}
		sets = append(sets, topics)
	}
	return sets, true
}

func (f topicFilter) wants(segments []string) bool {
	return slices.ContainsFunc(f, func(set []string) bool {
		return !slices.ContainsFunc(set, func(topic string) bool { return !slices.Contains(segments, topic) })
	})
}
