package ticket

import "tracrpc/publish"

// Version is a version that tickets are about. Time is when it came out, in
// microseconds since 1970 UTC; 0 when that is not known.
type Version struct {
	Name        string `json:"name"`
	Time        int64  `json:"time"`
	Description string `json:"description"`
}

var versions = kind[Version]{
	realm:  publish.Version,
	words:  plainWords("Version"),
	id:     func(v Version) string { return v.Name },
	name:   func(v *Version) *string { return &v.Name },
	choice: func(v Version) Choice { return Choice{Field: "version", Name: v.Name, Time: v.Time} },
}
