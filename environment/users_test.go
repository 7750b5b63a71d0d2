package environment

import (
	"path/filepath"
	"testing"

	"tracrpc/auth"
)

func TestUserFiles(t *testing.T) {
	for _, c := range []struct {
		name, ini string
		want      auth.UserFiles // relative to the environment
	}{
		{"default", "", auth.UserFiles{Htpasswd: "conf/users.htpasswd", Htdigest: "conf/users.htdigest", Realm: "trac"}},
		{"own", "[tracrpc-auth]\nhtpasswd = ../all.htpasswd\nhtdigest = digests\nrealm = My Company\ndigest_algorithms = SHA-256\n",
			auth.UserFiles{Htpasswd: "../all.htpasswd", Htdigest: "digests", Realm: "My Company", Algorithms: "SHA-256"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Dir(writeFiles(t, "VERSION", "Trac Environment Version 1\n", "conf/trac.ini", c.ini))
			c.want.Htpasswd = filepath.Join(dir, c.want.Htpasswd)
			c.want.Htdigest = filepath.Join(dir, c.want.Htdigest)
			if got, err := UserFiles(dir); err != nil || got != c.want {
				t.Errorf("UserFiles = %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
	absolute := writeFiles(t, "VERSION", "Trac Environment Version 1\n", "conf/trac.ini", "[tracrpc-auth]\nhtpasswd = /etc/apache2/users\n")
	if got, err := UserFiles(filepath.Dir(absolute)); err != nil || got.Htpasswd != "/etc/apache2/users" {
		t.Errorf("UserFiles = %+v, %v, want /etc/apache2/users", got, err)
	}
}
