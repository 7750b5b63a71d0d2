package environment

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"tracrpc/publish/sink"
)

// componentEnabled tells whether [components] enables a component of a plugin:
// the rule for the longest part of its name decides (trac/env.py,
// is_component_enabled). Names have no case.
func (e *Environment) componentEnabled(name string) bool {
	name = strings.ToLower(name)
	rules := map[string]string{}
	for _, o := range e.Ini.Section("components") {
		rules[strings.TrimRight(o.Name, ".*")] = o.Name
	}
	for {
		if option, found := rules[name]; found {
			return e.Ini.Bool("components", option, false)
		}
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			return false
		}
		name = name[:dot]
	}
}

// confPath is a file that a plugin's option names: Trac's PathOption starts in
// the folder of trac.ini.
func (e *Environment) confPath(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(e.Dir, "conf", path)
}

// tlsSettings reads the options about TLS that each section of a broker may have.
func (e *Environment) tlsSettings(section string) sink.TLS {
	file := func(option string) string {
		if path := e.Ini.Get(section, option, ""); path != "" {
			return e.confPath(path)
		}
		return ""
	}
	return sink.TLS{
		On: e.Ini.Bool(section, "tls", false), CA: file("tls_ca"), Cert: file("tls_cert"), Key: file("tls_key"),
		Name: e.Ini.Get(section, "tls_name", ""), Insecure: e.Ini.Bool(section, "tls_insecure", false),
	}
}

// certificate is the option of a server's own certificate, and of its key; ""
// for none.
func (e *Environment) certificate(section string) (cert, key string) {
	file := e.Ini.Get(section, "tls_certificate", "")
	if file == "" {
		return "", ""
	}
	return e.confPath(file), e.confPath(e.Ini.Get(section, "tls_key", file))
}

// listenAddress reads the option listen of a section: HOST:PORT, one of them
// alone, or whether to listen at all, which is on this machine only. It is "" for
// none.
func listenAddress(section, value, port string) (string, error) {
	switch strings.ToLower(value) {
	case "", "disabled", "no", "false", "off":
		return "", nil
	case "enabled", "yes", "true", "on":
		return net.JoinHostPort("127.0.0.1", port), nil
	}
	if _, err := netip.ParseAddr(value); err == nil || !strings.Contains(value, ":") {
		value = net.JoinHostPort(value, port)
	}
	if _, _, err := net.SplitHostPort(value); err != nil {
		return "", fmt.Errorf("[%s] listen: want HOST:PORT, got %q", section, value)
	}
	return value, nil
}

// timeFields are the custom fields that hold times.
func (e *Environment) timeFields() []string {
	var names []string
	for _, o := range e.Ini.Section("ticket-custom") {
		if o.Value == "time" && !strings.Contains(o.Name, ".") {
			names = append(names, o.Name)
		}
	}
	slices.Sort(names)
	return names
}
