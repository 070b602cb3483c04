package runtime

import (
	"errors"
	"os"

	"github.com/goldfinch-dev/goldfinch/internal/local/program"
)

// unpack puts the package of a pool into its folder, once.
func (m *Manager) unpack(p *pool) error {
	p.unpacking.Lock()
	defer p.unpacking.Unlock()
	if p.folder != "" {
		return nil
	}
	content, err := p.version.Package()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp(m.options.Directory, p.version.ID+"-")
	if err != nil {
		return err
	}
	if err := program.Unpack(content, folder); err != nil {
		return errors.Join(err, os.RemoveAll(folder))
	}
	p.folder = folder
	return nil
}
