package program

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// maximumUnpacked is the most that a package may be unpacked:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maximumUnpacked = 250 << 20

// Unpack unpacks a package into a folder, which exists, and puts nothing outside of it. What can't run here is an [UnusableError].
func Unpack(content []byte, folder string) error {
	if err := Check(content); err != nil {
		return err
	}
	return extract(content, folder)
}

// extract unpacks a zip file, and nothing outside of folder.
func extract(content []byte, folder string) error {
	archive, err := open(content)
	if err != nil {
		return err
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	left := int64(maximumUnpacked)
	for _, file := range archive.File {
		written, err := extractFile(root, file, left)
		if err != nil {
			return &UnusableError{fmt.Sprintf("%s cannot be unpacked: %s", file.Name, err)}
		}
		left -= written
	}
	return nil
}

func extractFile(root *os.Root, file *zip.File, limit int64) (written int64, err error) {
	name := filepath.FromSlash(path.Clean(file.Name))
	if !filepath.IsLocal(name) {
		return 0, errors.New("it is outside of the package")
	}
	if file.FileInfo().IsDir() {
		return 0, root.MkdirAll(name, 0o755)
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return 0, err
	}
	from, err := file.Open()
	if err != nil {
		return 0, err
	}
	defer from.Close()
	switch mode := file.Mode(); {
	case mode&fs.ModeSymlink != 0:
		target, err := io.ReadAll(io.LimitReader(from, 4096))
		if err != nil {
			return 0, err
		}
		return 0, root.Symlink(string(target), name)
	case !mode.IsRegular():
		return 0, fmt.Errorf("it is a special file (%s)", mode)
	default:
		return write(root, name, mode.Perm()|0o400, from, limit)
	}
}

func write(root *os.Root, name string, mode fs.FileMode, from io.Reader, limit int64) (written int64, err error) {
	to, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode|0o200)
	if err != nil {
		return 0, err
	}
	written, err = io.Copy(to, io.LimitReader(from, limit+1))
	err = errors.Join(err, to.Close())
	if err == nil && written > limit {
		err = fmt.Errorf("the package is larger than %d MB", maximumUnpacked>>20)
	}
	return written, errors.Join(err, root.Chmod(name, mode)) // whatever the umask is
}

// open reads a zip file's directory.
func open(content []byte) (*zip.Reader, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, &UnusableError{"the package is not a zip file: " + err.Error()}
	}
	return archive, nil
}
