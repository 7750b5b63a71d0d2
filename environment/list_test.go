package environment

import (
	"os"
	"path/filepath"
	"testing"

	"tracrpc/attachment"
	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/ticket"
)

func TestAttachmentsFollowTheirMilestone(t *testing.T) {
	t.Parallel()
	e := open(t)
	ctx := t.Context()
	admin := auth.NewPrincipal("admin", map[auth.Permission]bool{"TRAC_ADMIN": true}, nil)
	put := func(milestone, data string) {
		t.Helper()
		_, err := e.Attachments.Put(ctx, admin, attachment.Upload{
			Parent: auth.Resource{Realm: "milestone", ID: milestone}, Filename: "plan.txt", Data: []byte(data),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read := func(milestone string) (string, error) {
		data, err := e.Attachments.Read(ctx, admin, auth.Resource{Realm: "milestone", ID: milestone}, "plan.txt", nil)
		return string(data), err
	}
	rename := func(to string) func(*ticket.Milestone) { return func(m *ticket.Milestone) { m.Name = to } }
	put("milestone1", "one")
	put("milestone2", "two")

	err := e.Lists.Milestones.Update(ctx, "milestone1", rename("milestone2"), "admin")
	if want := `Milestone "milestone2" already exists.`; !fault.Is(err, fault.Invalid) || err.Error() != want {
		t.Errorf("renaming to a name that is taken: %v, want %s", err, want)
	}
	if err := e.Lists.Milestones.Update(ctx, "milestone1", rename("  first "), "admin"); err != nil {
		t.Fatal(err)
	}
	for milestone, want := range map[string]string{"first": "one", "milestone2": "two"} {
		if got, err := read(milestone); err != nil || got != want {
			t.Errorf("the file of %s holds %q, %v, want %q", milestone, got, err, want)
		}
	}
	if _, err := read("milestone1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the file is still where it was: %v", err)
	}
	if err := e.Lists.Milestones.Delete(ctx, "first", "admin"); err != nil {
		t.Fatal(err)
	}
	if _, err := read("first"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the file has outlived its milestone: %v", err)
	}
}

// TestLargestAttachment follows [attachment] max_size.
func TestLargestAttachment(t *testing.T) {
	t.Parallel()
	e := open(t)
	admin := auth.NewPrincipal("admin", map[auth.Permission]bool{"TRAC_ADMIN": true}, nil)
	put := func(size int) error {
		_, err := e.Attachments.Put(t.Context(), admin, attachment.Upload{
			Parent: auth.Resource{Realm: "wiki", ID: "WikiStart"}, Filename: "a.bin", Data: make([]byte, size), Replace: true,
		})
		return err
	}
	if err := put(1 << 20); err != nil {
		t.Errorf("without a limit: %v", err)
	}
	path := filepath.Join(e.Dir, "conf", "trac.ini")
	ini, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		setting string
		size    int
		want    string
	}{
		{"max_size = 2048", 2048, ""},
		{"max_size = 2048", 2049, "Maximum attachment size: 2.0 KB"},
		{"max_size = -1", 2049, ""},
		{"max_size =", 1, "Maximum attachment size: 0 bytes"},
		{"max_size = large", 2049, ""},
		{"", 2049, ""},
	} {
		if err := os.WriteFile(path, append(ini, "\n[attachment]\n"+test.setting+"\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
		if e, err = e.Reload(); err != nil {
			t.Fatal(err)
		}
		err := put(test.size)
		if test.want == "" && err != nil || test.want != "" && (!fault.Is(err, fault.Invalid) || err.Error() != test.want) {
			t.Errorf("%s, %d bytes: %v, want %q", test.setting, test.size, err, test.want)
		}
	}
}

func TestZone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"UTC": "UTC", "Europe/Berlin": "Europe/Berlin", "GMT +2:00": "GMT +2:00", "GMT -11:00": "GMT -11:00",
		"": "Local", "GMT +x": "Local", "Nowhere/Land": "Local",
	} {
		if got := zone(name).String(); got != want {
			t.Errorf("zone(%q) = %s, want %s", name, got, want)
		}
	}
}
