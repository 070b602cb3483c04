package runtime_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/local/program"
)

// elf is the header of an executable for a machine, with an interpreter if it is named.
func elf(machine uint16, interpreter string) string {
	var out bytes.Buffer
	out.WriteString("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9))
	segments := uint16(0)
	if interpreter != "" {
		segments = 1
	}
	write := func(values ...any) {
		for _, value := range values {
			binary.Write(&out, binary.LittleEndian, value) // a Buffer never fails
		}
	}
	write(uint16(2), machine, uint32(1), uint64(0), uint64(64), uint64(0), uint32(0), uint16(64), uint16(56), segments, uint16(64), uint16(0), uint16(0))
	if interpreter != "" {
		size := uint64(len(interpreter) + 1)
		write(uint32(3), uint32(4), uint64(120), uint64(0), uint64(0), size, size, uint64(1))
		out.WriteString(interpreter + "\x00")
	}
	return out.String()
}

// macho is the header of an executable for a machine.
func macho(cpu uint32) string {
	var out bytes.Buffer
	for _, value := range []uint32{0xfeedfacf, cpu, 0, 2, 0, 0, 0, 0} {
		binary.Write(&out, binary.LittleEndian, value) // a Buffer never fails
	}
	return out.String()
}

func TestCheckAccepts(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{
		"the test function": function,
		"a script":          archive(t, file{"README", 0o644, "x"}, script("exit")),
	} {
		if err := program.Check(content); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	here := goruntime.GOOS + "/" + goruntime.GOARCH
	command := "CGO_ENABLED=0 GOOS=" + goruntime.GOOS + " GOARCH=" + goruntime.GOARCH + " go build -tags lambda.norpc -o bootstrap"
	const amd64, arm64, s390 = 62, 183, 22
	other, otherMachine := "linux/arm64", uint16(arm64)
	if here == other {
		other, otherMachine = "linux/amd64", amd64
	}
	native := map[string]uint16{"amd64": amd64, "arm64": arm64}[goruntime.GOARCH]

	tests := map[string]struct {
		content []byte
		want    []string
	}{
		"no zip":          {[]byte("hello"), []string{"not a zip file"}},
		"no bootstrap":    {archive(t, file{"bin/bootstrap", 0o755, "#!/bin/sh"}), []string{"no file named bootstrap", command}},
		"not executable":  {archive(t, file{"bootstrap", 0o644, "#!/bin/sh"}), []string{"not executable", "chmod 755"}},
		"text":            {archive(t, file{"bootstrap", 0o755, "hello"}), []string{"neither ELF, Mach-O nor a script", command}},
		"other machine":   {archive(t, file{"bootstrap", 0o755, elf(otherMachine, "")}), []string{"built for " + other, "this machine is " + here, command}},
		"strange machine": {archive(t, file{"bootstrap", 0o755, elf(s390, "")}), []string{"built for linux/s390"}},
		"32 bits":         {archive(t, file{"bootstrap", 0o755, elf(3, "")}), []string{"built for linux/386"}},
		"arm":             {archive(t, file{"bootstrap", 0o755, elf(40, "")}), []string{"built for linux/arm,"}},
		"half a header":   {archive(t, file{"bootstrap", 0o755, "\x7fELF\x02\x01\x01"}), []string{"no executable that this machine knows", command}},
		"windows":         {archive(t, file{"bootstrap", 0o755, "MZ\x90"}), []string{"built for windows", command}},
	}
	if goruntime.GOOS == "linux" {
		tests["macOS, Intel"] = tests["text"]
		tests["macOS, Intel"] = struct {
			content []byte
			want    []string
		}{archive(t, file{"bootstrap", 0o755, macho(0x01000007)}), []string{"built for darwin/amd64", command}}
		tests["macOS, Apple"] = struct {
			content []byte
			want    []string
		}{archive(t, file{"bootstrap", 0o755, macho(0x0100000c)}), []string{"built for darwin/arm64"}}
		tests["macOS, PowerPC"] = struct {
			content []byte
			want    []string
		}{archive(t, file{"bootstrap", 0o755, macho(0x01000012)}), []string{"built for darwin/ppc64"}}
		tests["no loader"] = struct {
			content []byte
			want    []string
		}{archive(t, file{"bootstrap", 0o755, elf(native, "/lib/ld-none.so")}), []string{"linked against /lib/ld-none.so", command}}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := program.Check(test.content)
			if _, ok := errors.AsType[*program.UnusableError](err); !ok {
				t.Fatalf("error %v", err)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestCheckReadsUniversalBinaries(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	slice := macho(0x0100000c)
	for _, value := range []uint32{0xcafebabe, 1, 0x0100000c, 0, 4096, uint32(len(slice)), 12} {
		binary.Write(&out, binary.BigEndian, value) // a Buffer never fails
	}
	out.Write(make([]byte, 4096-out.Len()))
	out.WriteString(slice)
	err := program.Check(archive(t, file{"bootstrap", 0o755, out.String()}))
	if goruntime.GOOS+"/"+goruntime.GOARCH == "darwin/arm64" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), "built for darwin/arm64") {
		t.Errorf("error %v", err)
	}
}

func TestCheckAgreesWithTheSystem(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Check(archive(t, file{"bootstrap", 0o755, string(content)})); err != nil {
		t.Errorf("this test's own binary: %v", err)
	}
}
