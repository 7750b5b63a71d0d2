package attachment_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tracrpc/attachment"
	"tracrpc/fault"
)

func TestLargest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		largest int64
		size    int
		want    string // the fault; empty when the file is taken
	}{
		{attachment.AnySize, 5000, ""},
		{-5, 5000, ""},
		{0, 0, ""},
		{0, 1, "Maximum attachment size: 0 bytes"},
		{1, 2, "Maximum attachment size: 1 byte"},
		{1023, 1024, "Maximum attachment size: 1023 bytes"},
		{1024, 1024, ""},
		{1024, 1025, "Maximum attachment size: 1.0 KB"},
		{262_144, 262_145, "Maximum attachment size: 256.0 KB"},
		{1<<20 + 1<<19, 2 << 20, "Maximum attachment size: 1.5 MB"},
	} {
		w := newWorld(t)
		w.SetLargest(test.largest)
		_, err := w.Put(t.Context(), w.admin(), attachment.Upload{Parent: ticket("1"), Filename: "a.txt", Data: make([]byte, test.size)})
		kept := w.contents(t)
		if test.want == "" {
			if err != nil || len(kept["a.txt"]) != test.size {
				t.Errorf("%d bytes of %d: %v", test.size, test.largest, err)
			}
			continue
		}
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Message != test.want || f.Title != "Upload failed for a.txt" {
			t.Errorf("%d bytes of %d: %v, want %s", test.size, test.largest, err, test.want)
		}
		if len(kept) != 0 {
			t.Errorf("%d bytes of %d: refused, but there: %d", test.size, test.largest, len(kept))
		}
	}
}

// TestTooLargeLeavesWhatItWouldReplace refuses a file that would take the place of
// another.
func TestTooLargeLeavesWhatItWouldReplace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(t, w.admin(), "a.txt", "as it was", false)
	w.SetLargest(10)
	_, err := w.Put(t.Context(), w.admin(), attachment.Upload{Parent: ticket("1"), Filename: "a.txt", Data: make([]byte, 11), Replace: true})
	if got := w.contents(t); err == nil || len(got) != 1 || got["a.txt"] != "as it was" {
		t.Errorf("%v, and there is %q", err, got)
	}
}

// stored is what the files of attachments on disk may be called, below the root.
var stored = regexp.MustCompile(`^ticket/[0-9a-f]{3}/[0-9a-f]{40}/[0-9a-f]{40}(\.[A-Za-z0-9]+)?$`)

// TestNamesLeadNowhere attaches files whose names want to be paths.
func TestNamesLeadNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []string{
		"../../../conf/trac.ini", "/etc/passwd", "..", ".", "a/../../b.txt", `..\..\b.txt`, `C:\b.txt`, "a\x00.txt", "a.txt\n", "a.t/xt", "a.\xff", "．．／b.txt",
		".tracrpc", "-rf", "~/a", "$(id).sh", "a|b", "con", "a.txt::$DATA", "\u202ecod.exe", strings.Repeat("../", 1000) + "a.txt", strings.Repeat("ä", 5000), " ", "\t",
	}
	for _, name := range names {
		got := w.put(t, w.admin(), name, "data of "+name, true)
		if got != name {
			t.Errorf("%.50q is called %.50q", name, got)
		}
		data, err := w.Read(t.Context(), w.admin(), ticket("1"), name, nil)
		if err != nil || string(data) != "data of "+name {
			t.Errorf("%.50q: %.50q, %v", name, data, err)
		}
	}
	files := 0
	err := fs.WalkDir(os.DirFS(filepath.Dir(w.dir)), filepath.Base(w.dir), func(path string, d fs.DirEntry, err error) error {
		below, _ := filepath.Rel(filepath.Base(w.dir), path)
		if err != nil || d.IsDir() {
			return err
		}
		files++
		if !stored.MatchString(below) {
			t.Errorf("there is a file %s", below)
		}
		return nil
	})
	if err != nil || files != len(names) {
		t.Errorf("%d files, %v, want %d", files, err, len(names))
	}
	// What is below the folder without being an attachment is nobody's to read.
	if err := os.WriteFile(filepath.Join(w.dir, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"secret", "../secret", "../../../secret", w.dir + "/secret"} {
		if data, err := w.Read(t.Context(), w.admin(), ticket("1"), name, nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("Read(%q) = %q, %v", name, data, err)
		}
	}
}
