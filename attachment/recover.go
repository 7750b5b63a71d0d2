package attachment

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"tracrpc/auth"
)

// recover settles the marks of processes that are no more. What it cannot settle
// is left for the next time: it must not keep the environment closed.
func (s *Service) recover(ctx context.Context) {
	marks := filepath.Join(s.files.root, marksFolder)
	folders, err := os.ReadDir(marks)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Error("attachment files left unsettled", "folder", marks, "err", err)
	}
	for _, folder := range folders {
		if err := s.recoverFolder(ctx, filepath.Join(marks, folder.Name())); err != nil {
			s.log.Error("attachment files left unsettled", "folder", folder.Name(), "err", err)
		}
	}
}

// recoverFolder settles the marks of one process, unless it is still alive.
func (s *Service) recoverFolder(ctx context.Context, dir string) error {
	lock, err := lockFolder(dir)
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	// By their names the former files come first: one that goes back to its place
	// must find out where that is before the fresh one is taken away from it.
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := s.recoverMark(ctx, filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return os.Remove(dir)
}

func (s *Service) recoverMark(ctx context.Context, path string) error {
	m, ok := s.files.readMark(path)
	if !ok {
		return os.Remove(path)
	}
	rows, err := s.store.AttachmentsAt(ctx, m.at.realm, m.at.time)
	if err != nil {
		return err
	}
	stands := false
	for _, row := range rows {
		if row.spot() == m.at {
			stands = true
			m.target = filepath.Join(s.files.root, row.file())
		}
	}
	s.log.Info("attachment file settled", "kind", m.kind, "kept", stands)
	return s.files.settle(m, stands)
}

// removeFolder removes the folder of a parent when nothing is left in it.
func (f *files) removeFolder(parent auth.Resource) {
	// A folder that is not empty, or not there, stays as it is.
	_ = os.Remove(filepath.Join(f.root, folder(parent)))
}
