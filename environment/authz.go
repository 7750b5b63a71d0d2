package environment

import (
	"errors"
	"path/filepath"
	"slices"

	"tracrpc/auth"
)

// openAuthz opens the file of Trac's AuthzPolicy. A relative name starts in the
// folder of trac.ini.
func (e *Environment) openAuthz(actions auth.Actions) (auth.Policy, error) {
	path := e.Ini.Get("authz_policy", "authz_file", "")
	if path == "" {
		return nil, errors.New("[trac] permission_policies names AuthzPolicy, and [authz_policy] authz_file names no file for it")
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(e.Dir, "conf", path)
	}
	return auth.OpenAuthzFile(path, parseAuthz, actions, e.Log)
}

// parseAuthz takes the text of an authz file apart. It has the form of a
// trac.ini, with option names that keep their case. The options of [DEFAULT]
// come first in every section, with the section's own value where it has one.
func parseAuthz(path, text string) ([]auth.AuthzSection, error) {
	file, err := parseCased(path, text)
	if err != nil {
		return nil, err
	}
	var sections []auth.AuthzSection
	for _, s := range file.sections {
		if s.name == defaultSection {
			continue
		}
		section := auth.AuthzSection{Name: s.name}
		for _, o := range withDefaults(s.options, file.defaults()) {
			section.Options = append(section.Options, auth.AuthzOption{
				Name: o.name, Items: listItems(o.value()), Line: o.first + 1,
			})
		}
		sections = append(sections, section)
	}
	return sections, nil
}

func withDefaults(own, defaults []*iniOption) []*iniOption {
	own = slices.Clone(own)
	var all []*iniOption
	for _, o := range defaults {
		same := slices.IndexFunc(own, func(other *iniOption) bool { return other.name == o.name })
		if same >= 0 {
			o = own[same]
			own = slices.Delete(own, same, same+1)
		}
		all = append(all, o)
	}
	return append(all, own...)
}
