package environment

import "tracrpc/auth"

// UserFiles are the files that the users of the environment in dir are kept in.
// Nothing but its settings is read.
func UserFiles(dir string) (auth.UserFiles, error) {
	if err := checkVersion(dir); err != nil {
		return auth.UserFiles{}, err
	}
	ini, err := readSettings(dir)
	if err != nil {
		return auth.UserFiles{}, err
	}
	e := Environment{Dir: dir, Ini: ini}
	return e.UserFiles(), nil
}

// UserFiles are the files that the environment's users are kept in: those that
// [tracrpc-auth] names, else its own.
func (e *Environment) UserFiles() auth.UserFiles {
	return auth.UserFiles{
		Htpasswd:   e.Path(e.Ini.Get("tracrpc-auth", "htpasswd", "conf/users.htpasswd")),
		Htdigest:   e.Path(e.Ini.Get("tracrpc-auth", "htdigest", "conf/users.htdigest")),
		Realm:      e.Ini.Get("tracrpc-auth", "realm", "trac"),
		Algorithms: e.Ini.Get("tracrpc-auth", "digest_algorithms", ""),
		Cost:       e.Ini.Int("tracrpc-auth", "bcrypt_cost", 0),
	}
}
