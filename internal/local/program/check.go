package program

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// An UnusableError says why a package cannot run on this machine, and how to
// make one that can.
type UnusableError struct{ reason string }

func (e *UnusableError) Error() string { return e.reason }

// Check reports why the package, a zip file, cannot run on this machine, as an
// [UnusableError]. It reads the header of its bootstrap and runs nothing.
func Check(content []byte) error {
	archive, err := open(content)
	if err != nil {
		return err
	}
	for _, file := range archive.File {
		if file.Name != "bootstrap" {
			continue
		}
		if file.Mode().Perm()&0o111 == 0 {
			return &UnusableError{"bootstrap is not executable: make it so (chmod 755 bootstrap) and zip it again on a system that keeps modes"}
		}
		from, err := file.Open()
		if err != nil {
			return &UnusableError{"bootstrap cannot be read: " + err.Error()}
		}
		defer from.Close()
		bootstrap, err := io.ReadAll(io.LimitReader(from, maximumUnpacked))
		if err != nil {
			return &UnusableError{"bootstrap cannot be read: " + err.Error()}
		}
		return checkBootstrap(bootstrap, runtime.GOOS, runtime.GOARCH)
	}
	return &UnusableError{"Couldn't find valid bootstrap(s): the package has no file named bootstrap at its top; " + buildCommand(runtime.GOOS, runtime.GOARCH)}
}

func buildCommand(system, architecture string) string {
	return fmt.Sprintf("build it with: CGO_ENABLED=0 GOOS=%s GOARCH=%s go build -tags lambda.norpc -o bootstrap", system, architecture)
}

// checkBootstrap looks at an executable that is to run on that system.
func checkBootstrap(bootstrap []byte, system, architecture string) error {
	built, err := platforms(bootstrap)
	if err != nil {
		return &UnusableError{fmt.Sprintf("bootstrap is no executable that this machine knows (%s); %s", err, buildCommand(system, architecture))}
	}
	want := system + "/" + architecture
	for _, platform := range built {
		if platform == want || platform == anyUnix && system != "windows" {
			return checkInterpreter(bootstrap)
		}
	}
	return &UnusableError{fmt.Sprintf("bootstrap was built for %s, and this machine is %s; %s", strings.Join(built, " and "), want, buildCommand(system, architecture))}
}

// anyUnix is where a script runs.
const anyUnix = "unix"

// platforms are those that an executable runs on, as GOOS/GOARCH.
func platforms(bootstrap []byte) ([]string, error) {
	switch {
	case bytes.HasPrefix(bootstrap, []byte("#!")):
		return []string{anyUnix}, nil
	case bytes.HasPrefix(bootstrap, []byte(elf.ELFMAG)):
		file, err := elf.NewFile(bytes.NewReader(bootstrap))
		if err != nil {
			return nil, err
		}
		return []string{"linux/" + elfArchitecture(file.Machine)}, nil
	case bytes.HasPrefix(bootstrap, []byte("MZ")):
		return []string{"windows"}, nil
	}
	if fat, err := macho.NewFatFile(bytes.NewReader(bootstrap)); err == nil {
		var all []string
		for _, part := range fat.Arches {
			all = append(all, "darwin/"+machoArchitecture(part.Cpu))
		}
		return all, nil
	}
	file, err := macho.NewFile(bytes.NewReader(bootstrap))
	if err != nil {
		return nil, errors.New("it is neither ELF, Mach-O nor a script")
	}
	return []string{"darwin/" + machoArchitecture(file.Cpu)}, nil
}

func elfArchitecture(machine elf.Machine) string {
	switch machine {
	case elf.EM_X86_64:
		return "amd64"
	case elf.EM_AARCH64:
		return "arm64"
	case elf.EM_386:
		return "386"
	case elf.EM_ARM:
		return "arm"
	default:
		return strings.ToLower(strings.TrimPrefix(machine.String(), "EM_"))
	}
}

func machoArchitecture(cpu macho.Cpu) string {
	switch cpu {
	case macho.CpuAmd64:
		return "amd64"
	case macho.CpuArm64:
		return "arm64"
	default:
		return strings.ToLower(strings.TrimPrefix(cpu.String(), "Cpu"))
	}
}

// checkInterpreter refuses a dynamically linked ELF file whose loader is not
// here; starting it would say "no such file or directory".
func checkInterpreter(bootstrap []byte) error {
	file, err := elf.NewFile(bytes.NewReader(bootstrap))
	if err != nil {
		return nil // not ELF
	}
	for _, segment := range file.Progs {
		if segment.Type != elf.PT_INTERP {
			continue
		}
		name, err := io.ReadAll(segment.Open())
		if err != nil {
			return &UnusableError{"bootstrap cannot be read: " + err.Error()}
		}
		loader := string(bytes.TrimRight(name, "\x00"))
		if _, err := os.Stat(loader); err != nil {
			return &UnusableError{fmt.Sprintf("bootstrap is linked against %s, which is not on this machine; %s", loader, buildCommand(runtime.GOOS, runtime.GOARCH))}
		}
	}
	return nil
}
