// Package bundle makes function packages: it compiles a Go program as Lambda
// wants it, and zips it so that the same program is the same bytes, and so the
// same artifact, wherever and whenever it is packed.
//
// It does not deploy anything, and it packs nothing but a bootstrap.
package bundle

import (
	"archive/zip"
	"bytes"
	"fmt"
	"time"
)

// Bootstrap is the name that Lambda's OS-only runtimes start a program by
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html).
const Bootstrap = "bootstrap"

// maximumSize is Lambda's limit for an unpacked package
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const maximumSize = 250 << 20

// packedAt is when every file says that it was made: the earliest time that a
// zip file can hold, so that time is no part of the artifact.
var packedAt = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// Zip returns a function package whose only file is the program, as an
// executable bootstrap. The same program gives the same bytes.
func Zip(program []byte) ([]byte, error) {
	if len(program) == 0 {
		return nil, fmt.Errorf("zip %s: the program is empty", Bootstrap)
	}
	if len(program) > maximumSize {
		return nil, fmt.Errorf("zip %s: %d bytes are more than the %d that Lambda unpacks", Bootstrap, len(program), maximumSize)
	}
	header := &zip.FileHeader{Name: Bootstrap, Method: zip.Deflate, Modified: packedAt}
	header.SetMode(0o755)
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	file, err := archive.CreateHeader(header)
	if err == nil {
		_, err = file.Write(program)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("zip %s: %w", Bootstrap, err)
	}
	return packed.Bytes(), nil
}
